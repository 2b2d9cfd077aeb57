"""Questions on functions and graphs, exponentials and logarithms, sequences and series."""

from __future__ import annotations

from fractions import Fraction

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import one_of, polynomial, signed, stated
from synth_builder.offline.teacher.write.scene import Scene


def composite_function(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The inner function first."""
    n = number or drawn(draw.integer(2, 9))
    a, b, c = draw.integer(2, 5), draw.integer(1, 9), draw.integer(1, 9)
    f, g = f"{a}x - {b}", f"x^2 {signed(c)}"
    question = one_of(
        draw,
        f"Let $f(x) = {f}$ and $g(x) = {g}$. Evaluate $f(g({n}))$.",
        f"Two machines process numbers. The first one turns $x$ into $g(x) = {g}$, and the second one turns $x$ "
        f"into $f(x) = {f}$. The number ${n}$ enters the first machine, and its result enters the second one. Find "
        f"$f(g({n}))$.",
    )
    quantity = f"the value of $f(g({n}))$ where $f(x) = {f}$ and $g(x) = {g}$"
    return stated(question, quantity, a * (n.value**2 + c) - b)


def inverse_function(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Solve the function equation for its argument."""
    n = number or drawn(draw.integer(2, 6))
    b, d = draw.integer(1, 9), draw.integer(2, 9)
    f = f"\\frac{{x + {b}}}{{x - {d}}}"
    question = one_of(
        draw,
        f"The function $f(x) = {f}$ has an inverse function $f^{{-1}}$. Evaluate $f^{{-1}}({n})$.",
        f"For which real number $x$ does the function $f(x) = {f}$ take the value ${n}$?",
    )
    value = Fraction(d * n.value + b, n.value - 1)
    return stated(question, f"the number $x$ with ${f} = {n}$", value)


def domain_of_roots(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A square root needs a non-negative argument."""
    n = number or drawn(draw.integer(3, 40))
    a = draw.integer(1, 12)
    f = f"\\sqrt{{x + {a}}} + \\sqrt{{{n} - x}}"
    question = one_of(
        draw,
        f"How many integers belong to the domain of the real function $f(x) = {f}$?",
        f"A real function is defined by $f(x) = {f}$ wherever this expression makes sense. For how many integers "
        "$x$ is it defined?",
    )
    return Problem(question, f"the number of integers in the domain of $f(x) = {f}$", n.value + a + 1)


def iterate_piecewise(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A function defined by cases, applied again and again."""
    n = number or drawn(draw.integer(5, 60))
    times, odd = draw.choice((("three", 3), ("four", 4), ("five", 5))), draw.choice((1, 3, 5))
    rule = f"$f(n) = \\frac{{n}}{{2}}$ for even $n$ and $f(n) = n + {odd}$ for odd $n$"
    question = one_of(
        draw,
        f"A function on the positive integers is defined by {rule}. Starting with ${n}$, the function is applied "
        f"exactly {times[0]} times in a row. What is the final value?",
        f"A machine at the {scene.place(draw)} replaces a positive integer $n$ by $f(n)$, where {rule}. Which "
        f"number results when the machine is applied {times[0]} times in a row to ${n}$?",
    )
    value = n.value
    for _ in range(times[1]):
        value = value + odd if value % 2 else value // 2
    return Problem(question, f"the result of applying $f$ {times[0]} times in a row to ${n}$, where {rule}", value)


def logarithmic_equation(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A logarithm undone by its base."""
    n = number or drawn(draw.integer(2, 30))
    base, power = draw.choice(((2, 3), (2, 4), (2, 5), (3, 2), (3, 3), (5, 2), (4, 2)))
    equation = f"\\log_{{{base}}}(x - {n}) = {power}"
    question = one_of(
        draw,
        f"Solve the equation ${equation}$ for $x$.",
        f"For which real number $x$ is ${equation}$?",
    )
    return Problem(question, f"the solution $x$ of ${equation}$", n.value + base**power)


def exponential_equation(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Both sides as powers of one base."""
    n = number or drawn(2 * draw.integer(2, 15))
    left, right, ratio = draw.choice(
        ((4, 8, (3, 2)), (9, 27, (3, 2)), (4, 16, (2, 1)), (8, 4, (2, 3)), (25, 5, (1, 2)))
    )
    equation = f"{left}^x = {right}^{{{n}}}"
    question = one_of(
        draw,
        f"Solve the exponential equation ${equation}$ for $x$.",
        f"Find the real number $x$ for which ${equation}$.",
    )
    return stated(question, f"the solution $x$ of ${equation}$", Fraction(n.value * ratio[0], ratio[1]))


def sum_of_logarithms(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The logarithm of a product, with the solution that the domain excludes."""
    base, x, d = draw.choice(
        ((2, 4, 2), (2, 8, 4), (2, 8, 6), (2, 16, 8), (3, 9, 6), (3, 9, 8), (6, 9, 5), (10, 20, 15))
    )
    power, product = 0, x * (x - d)
    while product > 1:
        power, product = power + 1, product // base
    equation = f"\\log_{{{base}}}(x) + \\log_{{{base}}}(x - {d}) = {power}"
    question = one_of(
        draw,
        f"Solve the equation ${equation}$ over the real numbers.",
        f"Find the only real number $x$ that satisfies ${equation}$.",
    )
    return Problem(question, f"the real solution $x$ of ${equation}$", x)


def doubling_population(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Growth by a constant factor in constant time."""
    n = number or drawn(draw.integer(3, 20))
    period, steps = draw.integer(2, 6), draw.integer(2, 5)
    factor, verb = draw.choice(((2, "doubles"), (3, "triples")))
    question = one_of(
        draw,
        f"A culture at the laboratory starts with ${n}$ cells. The number of cells {verb} every ${period}$ hours. "
        f"How many cells are there after ${period * steps}$ hours?",
        f"The {scene.place(draw)} starts a newsletter with ${n}$ readers. The number of readers {verb} every "
        f"${period}$ weeks. How many readers are there after ${period * steps}$ weeks?",
    )
    return Problem(question, f"the value of ${n} \\cdot {factor}^{{{steps}}}$", n.value * factor**steps)


def count_decimal_digits(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The decimal logarithm of a power."""
    n = number or drawn(draw.integer(15, 100))
    base = draw.choice((2, 3, 5, 6, 7))
    question = one_of(
        draw,
        f"How many digits does the integer ${base}^{{{n}}}$ have in base ten?",
        f"A computer at the {scene.place(draw)} prints the integer ${base}^{{{n}}}$ in full decimal notation. How "
        "many digits does it print?",
    )
    return Problem(question, f"the number of decimal digits of ${base}^{{{n}}}$", len(str(base**n.value)))


def arithmetic_term(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The general term of an arithmetic sequence."""
    n = number or drawn(draw.integer(8, 40))
    a, d = draw.integer(2, 15), draw.integer(2, 9)
    question = one_of(
        draw,
        f"An arithmetic sequence has first term ${a}$ and common difference ${d}$. Find the term with index ${n}$, "
        "where the first term has index $1$.",
        f"The arithmetic sequence $a_1, a_2, a_3, \\ldots$ begins with ${a}, {a + d}, {a + 2 * d}, \\ldots$. Find "
        f"$a_{{{n}}}$.",
    )
    quantity = f"the term $a_{{{n}}}$ of the arithmetic sequence with $a_1 = {a}$ and common difference ${d}$"
    return Problem(question, quantity, a + (n.value - 1) * d)


def arithmetic_sum(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The sum of the first terms of an arithmetic sequence."""
    n = number or drawn(draw.integer(5, 25))
    a, d = draw.integer(2, 15), draw.integer(2, 6)
    question = one_of(
        draw,
        f"The hall of the {scene.place(draw)} has ${n}$ rows of seats. The first row has ${a}$ seats, and every "
        f"further row has ${d}$ seats more than the row before it. How many seats are there in total?",
        f"An arithmetic sequence has first term ${a}$ and common difference ${d}$. Find the sum of its first ${n}$ "
        "terms.",
    )
    quantity = f"the sum of the first ${n}$ terms of the arithmetic sequence with first term ${a}$"
    value = n.value * a + d * n.value * (n.value - 1) // 2
    return Problem(question, f"{quantity} and common difference ${d}$", value)


def geometric_sum(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The sum of the first terms of a geometric sequence."""
    n = number or drawn(draw.integer(3, 8))
    a, r = draw.integer(1, 6), draw.choice((2, 3))
    question = one_of(
        draw,
        f"A geometric sequence has first term ${a}$ and common ratio ${r}$. Find the sum of its first ${n}$ terms.",
        f"A machine at the {scene.place(draw)} makes ${a}$ {scene.thing(draw)} on the first day, and on every "
        f"further day it makes ${r}$ times as many as on the day before. How many does it make in the first ${n}$ "
        "days in total?",
    )
    quantity = (
        f"the sum of the first ${n}$ terms of the geometric sequence with first term ${a}$ and common ratio ${r}$"
    )
    return Problem(question, quantity, a * (r**n.value - 1) // (r - 1))


def bouncing_ball(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """An infinite geometric series."""
    n = number or drawn(draw.integer(2, 30))
    top, bottom = draw.choice(((1, 2), (1, 3), (2, 3), (3, 4), (2, 5), (3, 5), (4, 5)))
    question = one_of(
        draw,
        f"A ball is dropped from a height of ${n}$ metres. After every impact it rises to "
        f"$\\frac{{{top}}}{{{bottom}}}$ of the height from which it last fell. What is the total distance in metres "
        "that it travels, up and down, if it bounces forever?",
    )
    quantity = (
        f"the total distance in metres travelled by a ball dropped from ${n}$ metres that bounces forever and rises"
    )
    value = n.value * Fraction(bottom + top, bottom - top)
    quantity += f" to $\\frac{{{top}}}{{{bottom}}}$ of the previous height every time"
    return stated(question, quantity, value)


def infinite_geometric_series(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The sum of an infinite geometric series."""
    total, bottom = draw.integer(2, 12), draw.integer(3, 9)
    first = Fraction(total * (bottom - 1), bottom)
    text = str(first) if first.denominator == 1 else f"\\frac{{{first.numerator}}}{{{first.denominator}}}"
    question = one_of(
        draw,
        f"An infinite geometric series has first term ${text}$ and common ratio $\\frac{{1}}{{{bottom}}}$. Find its "
        "sum.",
        f"Evaluate the infinite geometric series whose first term is ${text}$ and whose common ratio is "
        f"$\\frac{{1}}{{{bottom}}}$.",
    )
    quantity = (
        f"the sum of the infinite geometric series with first term ${text}$ and common ratio $\\frac{{1}}{{{bottom}}}$"
    )
    return Problem(question, quantity, total)


def telescoping_sum(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Neighbouring differences cancel."""
    n = number or drawn(draw.integer(5, 60))
    c = draw.integer(1, 9)
    sum_text = f"\\sum_{{i=1}}^{{{n}}} \\frac{{{c}}}{{i(i + 1)}}"
    question = one_of(
        draw,
        f"Evaluate the sum ${sum_text}$ exactly.",
        f"Use partial fractions and cancellation of neighbouring terms to find the exact value of ${sum_text}$.",
    )
    return Problem(question)


def sum_of_squares(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The formula for the sum of the first squares."""
    n = number or drawn(draw.integer(4, 20))
    c = draw.integer(1, 9)
    sum_text = f"\\sum_{{i=1}}^{{{n}}} (i^2 + {c})"
    question = one_of(
        draw,
        f"Evaluate the sum ${sum_text}$.",
        f"A stack of square layers at the {scene.place(draw)} has ${n}$ layers. For $i = 1, 2, \\ldots, {n}$, layer "
        f"$i$ consists of $i^2 + {c}$ bricks. How many bricks are in the stack?",
    )
    value = sum(i * i + c for i in range(1, n.value + 1))
    return Problem(question, f"the value of ${sum_text}$", value)


def line_intersection(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Where the graphs of two linear functions meet."""
    n = number or drawn(draw.integer(20, 60))
    a, c = draw.integer(5, 9), draw.integer(1, 4)
    f, g = polynomial((a, 0)), f"{polynomial((c, 0))} + {n}"
    question = one_of(
        draw,
        f"The graphs of the functions $f(x) = {f}$ and $g(x) = {g}$ intersect in one point. Find the $x$-coordinate "
        "of this point.",
        f"Two companies charge $f(x) = {f}$ and $g(x) = {g}$ dollars for $x$ hours of work. For which number of "
        "hours $x$ do both charge the same amount?",
    )
    quantity = f"the $x$-coordinate of the intersection point of the graphs of $f(x) = {f}$ and $g(x) = {g}$"
    return stated(question, quantity, Fraction(n.value, a - c))


FUNCTION, EXPONENTIAL, SEQUENCE = (
    "functions and graphs",
    "exponential and logarithmic functions",
    "sequences and series",
)
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("composite_function", FUNCTION,
           ("function composition", "function evaluation", "quadratic function", "function", "function value"),
           "high_school", composite_function, range(2, 60)),
    Family("inverse_function", FUNCTION,
           ("inverse function", "rational function", "linear equation", "function", "inverse under composition",
            "preimage"),
           "high_school", inverse_function, range(2, 100)),
    Family("domain_of_roots", FUNCTION,
           ("domain of a function", "square root", "linear inequality", "function", "interval of real numbers",
            "radical expression", "inequality"),
           "high_school", domain_of_roots, range(2, 200)),
    Family("iterate_piecewise", FUNCTION,
           ("piecewise function", "iteration", "parity", "even and odd numbers", "function value", "function"),
           "competition", iterate_piecewise, range(2, 400)),
    Family("line_intersection", FUNCTION,
           ("linear function", "intersection of graphs", "linear equation", "intersection of lines", "function",
            "graph of a function", "solution of an equation"),
           "middle_school", line_intersection, range(2, 200)),
    Family("logarithmic_equation", EXPONENTIAL,
           ("logarithm", "logarithmic equation", "exponential form", "equation", "solution"),
           "high_school", logarithmic_equation, range(2, 200)),
    Family("exponential_equation", EXPONENTIAL,
           ("exponential equation", "laws of exponents", "common base", "equation", "exponent"),
           "high_school", exponential_equation, range(2, 200)),
    Family("sum_of_logarithms", EXPONENTIAL,
           ("logarithm of a product", "logarithmic equation", "extraneous solution", "laws of logarithms",
            "quadratic equation"),
           "high_school", sum_of_logarithms),
    Family("doubling_population", EXPONENTIAL,
           ("exponential growth", "doubling time", "growth factor", "population model", "exponential growth model"),
           "high_school", doubling_population, range(2, 200)),
    Family("count_decimal_digits", EXPONENTIAL,
           ("common logarithm", "number of digits", "floor function", "digit", "logarithm"),
           "competition", count_decimal_digits, range(5, 200)),
    Family("arithmetic_term", SEQUENCE,
           ("arithmetic sequence", "common difference", "general term", "sequence", "term of a sequence"),
           "high_school", arithmetic_term, range(2, 200)),
    Family("arithmetic_sum", SEQUENCE,
           ("arithmetic series", "common difference", "partial sum", "arithmetic progression", "sequence"),
           "high_school", arithmetic_sum, range(2, 100)),
    Family("geometric_sum", SEQUENCE,
           ("geometric series", "common ratio", "partial sum", "geometric progression", "sequence"),
           "high_school", geometric_sum, range(2, 16)),
    Family("bouncing_ball", SEQUENCE,
           ("infinite geometric series", "common ratio", "total distance", "geometric progression", "distance"),
           "high_school", bouncing_ball, range(2, 100)),
    Family("infinite_geometric_series", SEQUENCE,
           ("infinite geometric series", "common ratio", "convergence", "convergence of a series"),
           "high_school", infinite_geometric_series),
    Family("telescoping_sum", SEQUENCE, ("telescoping sum", "partial fraction decomposition", "partial sum"),
           "competition", telescoping_sum, range(2, 200)),
    Family("sum_of_squares_formula", SEQUENCE, ("sum of squares", "summation", "partial sum"),
           "high_school", sum_of_squares, range(2, 60)),
)
# fmt: on
