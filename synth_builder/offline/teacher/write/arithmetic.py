"""Questions of everyday arithmetic: whole numbers, fractions, ratios, percentages, money and measures."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import ceil, gcd

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import one_of, stated
from synth_builder.offline.teacher.write.scene import Scene


def order_of_operations(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Brackets and powers before products before sums."""
    n = number or drawn(draw.integer(20, 90))
    b, d, e = draw.integer(3, 9), draw.integer(2, 9), draw.integer(2, 4)
    c = d + draw.integer(2, 8)
    expression = f"{n} + {b} \\cdot ({c} - {d}) - {e}^2"
    question = one_of(
        draw,
        f"Evaluate ${expression}$.",
        f"A calculator at the {scene.place(draw)} follows the usual order of operations. What result does it show for "
        f"${expression}$?",
    )
    return stated(question, f"the value of ${expression}$", n.value + b * (c - d) - e * e)


def leftover_items(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The remainder of a division."""
    n = number or drawn(draw.integer(60, 400))
    size = draw.integer(5, 17)
    things = scene.thing(draw)
    question = one_of(
        draw,
        f"The {scene.place(draw)} has ${n}$ {things}. They are packed into boxes of ${size}$ until no further box can "
        f"be filled. How many {things} are left over?",
        f"At the {scene.place(draw)}, ${n}$ {things} are shared equally among ${size}$ children, and each child gets "
        f"as many whole {things} as possible. How many {things} remain?",
    )
    return stated(question, f"the remainder when ${n}$ is divided by ${size}$", n.value % size)


def boxes_needed(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A division rounded up."""
    n = number or drawn(draw.integer(60, 400))
    size = draw.integer(6, 18)
    things = scene.thing(draw)
    question = one_of(
        draw,
        f"The {scene.place(draw)} must transport ${n}$ {things}. One box holds at most ${size}$ of them. What is the "
        "smallest number of boxes needed to transport all of them?",
        f"A group of ${n}$ visitors travels to the {scene.place(draw)} in vans. Each van carries at most ${size}$ "
        "visitors. What is the smallest number of vans needed?",
    )
    value = ceil(Fraction(n.value, size))
    return Problem(question, f"the smallest integer that is at least $\\frac{{{n}}}{{{size}}}$", value)


def cost_and_change(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Products, a sum and a difference."""
    n = number or drawn(draw.integer(3, 20))
    first, second, count = draw.integer(2, 9), draw.integer(2, 9), draw.integer(3, 12)
    things = scene.thing(draw)
    banknote = draw.choice((1000, 1200, 1500))
    question = one_of(
        draw,
        f"At the {scene.place(draw)}, a visitor buys ${n}$ {things} at ${first}$ dollars each and ${count}$ drinks at "
        f"${second}$ dollars each. The visitor pays with a voucher worth ${banknote}$ dollars. How many dollars "
        "remain on the voucher?",
        f"A club has ${banknote}$ dollars. It buys ${n}$ {things} at ${first}$ dollars each and ${count}$ posters at "
        f"${second}$ dollars each. How many dollars does the club have left?",
    )
    quantity = f"the value of ${banknote} - ({first} \\cdot {n} + {second} \\cdot {count})$"
    return stated(question, quantity, banknote - first * n.value - second * count)


def sum_of_fractions(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A common denominator."""
    b, d = draw.sample((4, 5, 6, 7, 8, 9, 10, 12), 2)
    n = number or drawn(draw.choice([a for a in range(1, b) if gcd(a, b) == 1]))
    c = draw.choice([a for a in range(1, d) if gcd(a, d) == 1])
    expression = f"\\frac{{{n}}}{{{b}}} + \\frac{{{c}}}{{{d}}}"
    question = one_of(
        draw,
        f"Evaluate ${expression}$. Give the result as a fraction in lowest terms.",
        f"A recipe from the {scene.place(draw)} needs $\\frac{{{n}}}{{{b}}}$ cups of milk for the dough and "
        f"$\\frac{{{c}}}{{{d}}}$ cups of milk for the filling. How many cups of milk are needed in total? Give the "
        "result as a fraction in lowest terms.",
    )
    return Problem(question)


def fractions_of_remainder(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Fractions of what is left, one after the other."""
    a, b = draw.choice((2, 3, 4, 5)), draw.choice((3, 4, 5, 7))
    c = draw.choice([c for c in range(1, b) if gcd(b, c) == 1])
    total = a * b * draw.integer(2, 9)
    n = number or drawn(draw.integer(5, 40))
    things = scene.thing(draw)
    question = one_of(
        draw,
        f"The {scene.place(draw)} has ${total}$ {things}. On Monday, $\\frac{{1}}{{{a}}}$ of them are sold. On "
        f"Tuesday, $\\frac{{{c}}}{{{b}}}$ of the remaining {things} are sold. On Wednesday, ${n}$ new {things} are "
        f"delivered. How many {things} are there then?",
        f"A collector owns ${total}$ {things}. First, $\\frac{{1}}{{{a}}}$ of them are given away. Next, "
        f"$\\frac{{{c}}}{{{b}}}$ of the remaining {things} are sold. Finally, the collector buys ${n}$ more {things}. "
        f"How many {things} does the collector own in the end?",
    )
    quantity = f"the value of ${total} \\cdot \\frac{{{a - 1}}}{{{a}}} \\cdot \\frac{{{b - c}}}{{{b}}} + {n}$"
    return Problem(question, quantity, total * (a - 1) * (b - c) // (a * b) + n.value)


def repeating_decimal(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A period of two digits as a fraction of 99."""
    period = draw.choice([p for p in range(10, 99) if p % 11])
    question = one_of(
        draw,
        f"Write the repeating decimal $0.\\overline{{{period}}}$ as a fraction in lowest terms.",
        f"A calculator shows the repeating decimal $0.\\overline{{{period}}}$, whose digits ${period}$ repeat without "
        "end. Which fraction in lowest terms equals this number?",
    )
    return Problem(question)


def share_in_ratio(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A total divided in the ratio of three parts."""
    a, b, c = draw.choice([ratio for ratio in combinations(range(1, 10), 3) if gcd(*ratio) == 1])
    total = (a + b + c) * draw.integer(3, 12)
    things = scene.thing(draw)
    question = one_of(
        draw,
        f"The {scene.place(draw)} divides ${total}$ {things} among three groups in the ratio ${a} : {b} : {c}$. How "
        f"many {things} does the group with the largest share receive?",
        f"Three partners share ${total}$ {things} in the ratio ${a} : {b} : {c}$. How many {things} are in the "
        "largest share?",
    )
    quantity = f"the largest part when ${total}$ is divided in the ratio ${a} : {b} : {c}$"
    return Problem(question, quantity, total * c // (a + b + c))


def total_from_share(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The total from the smallest part of a ratio."""
    b, c = sorted(draw.sample(range(2, 10), 2))
    n = number or drawn(draw.integer(4, 20))
    things = scene.thing(draw)
    question = one_of(
        draw,
        f"At the {scene.place(draw)}, the numbers of red, blue and green {things} are in the ratio $1 : {b} : {c}$. "
        f"There are ${n}$ red {things}. How many red, blue and green {things} are there in total?",
        f"Three friends share some {things} in the ratio $1 : {b} : {c}$. The smallest share consists of ${n}$ "
        f"{things}. How many {things} do the three friends have in total?",
    )
    quantity = f"the total of three numbers in the ratio $1 : {b} : {c}$ of which the smallest is ${n}$"
    return Problem(question, quantity, n.value * (1 + b + c))


def inverse_proportion(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """More workers need less time in proportion."""
    n = number or drawn(draw.integer(2, 15))
    factor, days = draw.integer(2, 5), draw.integer(2, 8)
    question = one_of(
        draw,
        f"At the {scene.place(draw)}, ${n}$ machines need ${days * factor}$ hours to finish an order. All machines "
        f"work at the same constant rate. How many machines are needed to finish the same order in ${days}$ hours?",
        f"At a construction site, ${n}$ workers build a wall in ${days * factor}$ days, and all of them work at the "
        f"same constant rate. How many workers are needed to build the same wall in ${days}$ days?",
    )
    quantity = (
        f"the number of workers who do in ${days}$ days the work of ${n}$ equal workers in ${days * factor}$ days"
    )
    return Problem(question, quantity, n.value * factor)


def successive_percentages(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Percentage changes multiply."""
    n = number or drawn(draw.choice((40, 80, 120, 150, 200, 250, 400)))
    up, down = draw.choice((10, 20, 25, 30, 40, 50)), draw.choice((10, 15, 20, 25, 30, 50))
    question = one_of(
        draw,
        f"A jacket at the {scene.place(draw)} costs ${n}$ dollars. Its price is first increased by ${up}\\%$, and the "
        f"new price is then reduced by ${down}\\%$. What is the final price in dollars? Give the exact value.",
        f"The value of a painting is ${n}$ dollars. In the first year it rises by ${up}\\%$, and in the second year "
        f"it falls by ${down}\\%$. What is its value in dollars after the two years? Give the exact value.",
    )
    quantity = f"the result of increasing ${n}$ by ${up}\\%$ and then reducing the result by ${down}\\%$"
    return stated(question, quantity, n.value * Fraction(100 + up, 100) * Fraction(100 - down, 100))


def original_price(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The whole from the part that a reduction leaves."""
    reduction = draw.choice((20, 50, 60, 75, 80, 90))
    n = number or drawn(draw.integer(3, 30) * 4)
    question = one_of(
        draw,
        f"In a sale at the {scene.place(draw)}, all prices are reduced by ${reduction}\\%$. A lamp costs ${n}$ "
        "dollars in the sale. What was its price in dollars before the sale?",
        f"After a discount of ${reduction}\\%$, a ticket costs ${n}$ dollars. What is the price of the ticket in "
        "dollars without the discount?",
    )
    quantity = f"the number that is ${n}$ after a reduction by ${reduction}\\%$"
    return stated(question, quantity, Fraction(n.value * 100, 100 - reduction))


def mixture_strength(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The weighted mean of two concentrations."""
    n = number or drawn(draw.integer(2, 12))
    other = draw.integer(2, 12)
    weak, strong = draw.choice((5, 10, 15, 20)), draw.choice((30, 40, 50, 60, 80))
    question = one_of(
        draw,
        f"A laboratory mixes ${n}$ litres of a salt solution of ${weak}\\%$ with ${other}$ litres of a salt solution "
        f"of ${strong}\\%$. What is the concentration of salt in the mixture, in percent? Give the exact value.",
        f"The {scene.place(draw)} prepares a drink from ${n}$ litres of juice with ${weak}\\%$ sugar and ${other}$ "
        f"litres of syrup with ${strong}\\%$ sugar. What percentage of the mixture is sugar? Give the exact value.",
    )
    quantity = f"the weighted mean of ${weak}$ and ${strong}$ with the weights ${n}$ and ${other}$"
    return stated(question, quantity, Fraction(n.value * weak + other * strong, n.value + other))


def simple_interest(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Principal times rate times time."""
    n = number or drawn(draw.integer(2, 12))
    principal, rate = 100 * draw.integer(1, 6), draw.integer(2, 7)
    question = one_of(
        draw,
        f"The {scene.place(draw)} lends ${principal}$ dollars at simple interest of ${rate}\\%$ per year. How many "
        f"dollars of interest are due after ${n}$ years?",
        f"A deposit of ${principal}$ dollars earns simple interest at a rate of ${rate}\\%$ per year. How many "
        f"dollars of interest does it earn in ${n}$ years?",
    )
    quantity = f"the simple interest in dollars on ${principal}$ dollars at ${rate}\\%$ per year for ${n}$ years"
    return Problem(question, quantity, principal * rate * n.value // 100)


def compound_interest(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A balance that grows by a factor each year."""
    n = number or drawn(100 * draw.integer(2, 50))
    rate, years = draw.choice((2, 3, 4, 5, 6, 8, 10)), draw.choice((2, 3, 4))
    question = one_of(
        draw,
        f"A deposit of ${n}$ dollars earns ${rate}\\%$ interest per year, compounded annually. What is the balance in "
        f"dollars after ${years}$ years? Round to the nearest cent.",
        f"The {scene.place(draw)} invests ${n}$ dollars at an annual interest rate of ${rate}\\%$, compounded "
        f"annually. What is the investment worth in dollars after ${years}$ years? Round to the nearest cent.",
    )
    return Problem(question)


def instalment_extra(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The price of paying later."""
    n = number or drawn(draw.integer(6, 24))
    deposit, rate, extra = 10 * draw.integer(5, 20), 5 * draw.integer(4, 12), 5 * draw.integer(1, 6)
    # Less than the deposit and two instalments, so that even a small linked number of months costs more than cash.
    cash = deposit + 2 * rate - extra
    question = one_of(
        draw,
        f"A machine for the {scene.place(draw)} costs ${cash}$ dollars in cash. It can also be bought with a deposit "
        f"of ${deposit}$ dollars followed by ${n}$ monthly instalments of ${rate}$ dollars each. How many dollars "
        "more does the instalment plan cost than the cash price?",
    )
    quantity = f"the value of ${deposit} + {n} \\cdot {rate} - {cash}$"
    return Problem(question, quantity, deposit + n.value * rate - cash)


def convert_speed(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Kilometres per hour to metres per second."""
    n = number or drawn(18 * draw.integer(1, 9))
    question = one_of(
        draw,
        f"A train leaves the {scene.place(draw)} at a constant speed of ${n}$ kilometres per hour. What is its speed "
        "in metres per second? Give the exact value.",
        f"Convert a speed of ${n}$ kilometres per hour to metres per second. Give the exact value.",
    )
    quantity = f"the speed in metres per second that equals ${n}$ kilometres per hour"
    return stated(question, quantity, Fraction(n.value * 5, 18))


def cut_pieces(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A length in metres divided by one in centimetres."""
    n = number or drawn(draw.integer(3, 30))
    piece = draw.choice((4, 5, 10, 20, 25, 50))
    question = one_of(
        draw,
        f"A worker at the {scene.place(draw)} cuts a ribbon of ${n}$ metres into pieces of ${piece}$ centimetres. How "
        "many pieces are there?",
        f"A rope is ${n}$ metres long. It is cut completely into pieces that are each ${piece}$ centimetres long. How "
        "many pieces are obtained?",
    )
    quantity = f"the number of pieces of ${piece}$ centimetres in ${n}$ metres"
    return Problem(question, quantity, n.value * 100 // piece)


def round_trip_speed(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The harmonic mean of two speeds."""
    n = number or drawn(draw.choice((10, 12, 15, 20, 30)))
    back = draw.choice((30, 40, 45, 60, 90))
    if n.value == back:
        back *= 2
    question = one_of(
        draw,
        f"A cyclist rides from home to the {scene.place(draw)} at ${n}$ kilometres per hour and returns on the same "
        f"road at ${back}$ kilometres per hour. What is the average speed of the whole round trip, in kilometres per "
        "hour? Give the exact value.",
        f"A boat crosses a lake at ${n}$ kilometres per hour and comes back the same way at ${back}$ kilometres per "
        "hour. What is its average speed over the whole trip, in kilometres per hour? Give the exact value.",
    )
    value = Fraction(2 * n.value * back, n.value + back)
    return stated(question, f"the harmonic mean of ${n}$ and ${back}$", value)


def work_together(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Rates of work add."""
    n = number or drawn(draw.integer(2, 12))
    other = draw.integer(3, 20)
    question = one_of(
        draw,
        f"A first pump fills the tank at the {scene.place(draw)} alone in ${n}$ hours. A second pump fills it alone "
        f"in ${other}$ hours. How many hours do both pumps need together to fill the tank? Give the exact value.",
        f"One painter can paint a hall alone in ${n}$ days, and another painter can paint it alone in ${other}$ days. "
        "How many days do they need together? Give the exact value.",
    )
    quantity = f"the number of hours that two pumps need together when they need ${n}$ and ${other}$ hours alone"
    return stated(question, quantity, Fraction(n.value * other, n.value + other))


WHOLE, FRACTIONS, RATIO = "arithmetic of whole numbers", "fractions and decimals", "ratio and proportion"
PERCENT, MONEY, MEASURE = "percentages", "financial mathematics", "measurement and units"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("order_of_operations", WHOLE,
           ("order of operations", "exponent", "multiplication", "evaluation of expressions", "whole number"),
           "elementary", order_of_operations, range(2, 400)),
    Family("leftover_items", WHOLE, ("division with remainder", "remainder", "quotient", "whole number", "division"),
           "elementary", leftover_items, range(2, 400)),
    Family("boxes_needed", WHOLE,
           ("division with remainder", "rounding up", "ceiling function", "whole number", "division"),
           "elementary", boxes_needed, range(2, 400)),
    Family("cost_and_change", WHOLE,
           ("multiplication", "addition", "subtraction", "total cost", "unit price", "whole number"),
           "elementary", cost_and_change, range(2, 60)),
    Family("sum_of_fractions", FRACTIONS,
           ("addition of fractions", "common denominator", "simplest form", "fraction", "numerator", "denominator",
            "equivalent fraction", "like fractions"),
           "elementary", sum_of_fractions, range(1, 100)),
    Family("fractions_of_remainder", FRACTIONS,
           ("fraction of a quantity", "multiplication of fractions", "subtraction", "fraction"),
           "elementary", fractions_of_remainder, range(2, 200)),
    Family("repeating_decimal", FRACTIONS,
           ("repeating decimal", "simplest form", "rational number", "decimal number", "decimal expansion",
            "fraction"),
           "middle_school", repeating_decimal),
    Family("share_in_ratio", RATIO, ("ratio", "proportional division", "unit rate", "equivalent ratio"),
           "middle_school", share_in_ratio),
    Family("total_from_share", RATIO, ("ratio", "proportional division", "scale factor", "equivalent ratio"),
           "middle_school", total_from_share, range(2, 200)),
    Family("inverse_proportion", RATIO,
           ("inverse proportion", "rate of work", "unit rate", "constant of proportionality"),
           "middle_school", inverse_proportion, range(2, 100)),
    Family("work_together", RATIO, ("rate of work", "reciprocal", "unit rate", "addition of fractions"),
           "middle_school", work_together, range(2, 60)),
    Family("successive_percentages", PERCENT,
           ("percentage increase", "percentage decrease", "successive percentage change", "percentage change",
            "percentage", "growth factor"),
           "middle_school", successive_percentages, range(2, 400)),
    Family("original_price", PERCENT,
           ("reverse percentage", "discount", "percentage decrease", "percentage", "base of a percentage"),
           "middle_school", original_price, range(2, 200)),
    Family("mixture_strength", PERCENT, ("mixture problem", "weighted mean", "concentration", "percentage"),
           "middle_school", mixture_strength, range(2, 60)),
    Family("simple_interest", MONEY, ("simple interest", "interest rate", "principal", "percentage", "time"),
           "middle_school", simple_interest, range(2, 60)),
    Family("compound_interest", MONEY,
           ("compound interest", "interest rate", "principal", "exponential growth", "future value", "rounding",
            "growth factor"),
           "high_school", compound_interest, range(10, 400)),
    Family("instalment_extra", MONEY, ("instalment plan", "total cost", "subtraction", "multiplication"),
           "middle_school", instalment_extra, range(2, 60)),
    Family("convert_speed", MEASURE, ("unit conversion", "speed", "metric unit", "dimensional analysis"),
           "middle_school", convert_speed, range(2, 400)),
    Family("cut_pieces", MEASURE, ("unit conversion", "length", "division", "metric system"),
           "elementary", cut_pieces, range(2, 200)),
    Family("round_trip_speed", MEASURE,
           ("average speed", "harmonic mean", "speed", "uniform motion", "distance", "time"),
           "middle_school", round_trip_speed, range(2, 30)),
)
# fmt: on
