r"""Expected values and variances of random variables."""

from __future__ import annotations

import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.notation import (
    format_number,
    read_number,
    read_polynomial,
    read_terms,
)
from synth_builder.offline.teacher.solve.question import Method, Solution
from synth_builder.offline.teacher.solve.reading import find_numbers, numeric_parts, phrase, take_parts

_PAYMENT = re.compile(r"\$([^$]+)\$ dollars with probability \$([^$]+)\$")


def find_expected_payment(text: str) -> Solution | None:
    """Find the expected payment of a game with a few prizes."""
    if "expected" not in text or "nothing otherwise" not in text:
        return None
    payments = _PAYMENT.findall(text)
    read = [(read_number(prize), read_number(chance)) for prize, chance in payments]
    pairs = [(prize, chance) for prize, chance in read if prize is not None and chance is not None]
    if not pairs or len(pairs) != len(payments) or len(numeric_parts(text)) != 2 * len(pairs):
        return None
    if any(chance < 0 for _, chance in pairs) or sum(chance for _, chance in pairs) > 1:
        return None
    answer = format_number(sum((prize * chance for prize, chance in pairs), Fraction(0)))
    products = [rf"{format_number(prize)} \cdot {format_number(chance)}" for prize, chance in pairs]
    values = " + ".join(format_number(prize * chance) for prize, chance in pairs)
    return Solution(
        (
            f"Multiply each payment by its probability: $E = {' + '.join(products)}$.",
            f"The case without a payment adds $0$. So $E = {values} = {answer}$.",
        ),
        answer,
    )


_AS_SHOWN = re.compile(
    r"as many (\w+) as the (?:number|die|dice|pips?)[\w ]*|the number (?:shown|rolled|of pips) in (\w+)"
)
_NOTHING = re.compile(
    r"\bnothing (?:at all )?(?:if|when) (?:the number|it|this number)(?: shown| rolled)? is (odd|even|prime)\b"
)


def find_expected_die_payment(text: str) -> Solution | None:
    """Find the expected payment of a die that pays its number, or nothing for some numbers."""
    if (
        "expected" not in text
        or " fair die " not in text
        or numeric_parts(text)
        or re.search(r"\d|twice|two|double", text)
    ):
        return None
    nothing = _NOTHING.search(text)
    if (
        not _AS_SHOWN.search(text)
        or ("nothing" in text) != bool(nothing)
        or re.search(r"pays? .*to play|fee|costs", text)
    ):
        return None
    kinds = {"odd": (1, 3, 5), "even": (2, 4, 6), "prime": (2, 3, 5)}
    paid = [number for number in range(1, 7) if not nothing or number not in kinds[nothing[1]]]
    answer = format_number(Fraction(sum(paid), 6))
    return Solution(
        (
            r"Each number from $1$ to $6$ comes with the probability $\frac{1}{6}$.",
            f"The numbers that are paid are ${', '.join(map(str, paid))}$ with the sum ${sum(paid)}$.",
            rf"The expected value is $\frac{{{sum(paid)}}}{{6}} = {answer}$.",
        ),
        answer,
    )


_VARIANCES = (re.compile(r"\\operatorname\{Var\}\(X\) = (.+)"), re.compile(r"\\operatorname\{Var\}\(Y\) = (.+)"))
_COMBINATION = re.compile(r"([^=]*[XY][^=]*)")


def find_variance_of_combination(text: str) -> Solution | None:
    """Find the variance of a X + b Y + c for independent X and Y."""
    if "ndependent" not in text or "variance" not in text:
        return None
    parts = take_parts(text, (*_VARIANCES, _COMBINATION))
    if parts is None:
        return None
    first, second, terms = read_number(parts[0][0]), read_number(parts[1][0]), read_terms(parts[2][0], "XY")
    if first is None or second is None or terms is None or any(sum(powers) > 1 for powers in terms):
        return None
    a, b = terms.get((1, 0), Fraction(0)), terms.get((0, 1), Fraction(0))
    answer = format_number(a**2 * first + b**2 * second)
    return Solution(
        (
            "For independent variables the variances add, factors are squared and constants do not matter.",
            rf"So the variance is $({format_number(a)})^2 \cdot {format_number(first)} + ({format_number(b)})^2 \cdot "
            f"{format_number(second)} = {format_number(a**2 * first)} + {format_number(b**2 * second)}$.",
            f"This is ${answer}$.",
        ),
        answer,
    )


_ROW = (phrase(r"# \w+ (?:\w+ )?and \$\d+\$ \w+ \w+"), phrase(r"\$\d+\$ \w+ (?:\w+ )?and # \w+ \w+"))
_POINTS = (phrase("earns # points"), phrase("# points are added"))
_LINEAR = re.compile(r"\$(\d+X(?: [+-] \d+)?|X [+-] \d+)\$")


def find_expected_neighbours(text: str) -> Solution | None:
    """Find the expected number of neighbouring pairs of different colours in a random row."""
    if "different colours" not in text or "expected" not in text or "neighbour" not in text or "row" not in text:
        return None
    linear = _LINEAR.findall(text)
    if len(linear) == 1:
        numbers = find_numbers(_LINEAR.sub("", text), *_ROW)
        coefficients = read_polynomial(linear[0], "X")
        if numbers is None or coefficients is None or len(coefficients) != 2:
            return None
        first, second = numbers
        constant, factor = coefficients
    else:
        found = find_numbers(text, *_ROW, *_POINTS)
        if found is None:
            return None
        first, second, factor, constant = found
    size = first + second
    if size < 2 or size.denominator != 1:
        return None
    chance = 2 * first * second / (size * (size - 1))
    mean = (size - 1) * chance
    answer = format_number(factor * mean + constant)
    return Solution(
        (
            rf"Neighbours differ with probability $\frac{{2 \cdot {first} \cdot {second}}}{{{size} \cdot {size - 1}}} "
            f"= {format_number(chance)}$.",
            rf"There are ${size - 1}$ neighbouring pairs, so by linearity the expected number is ${size - 1} \cdot "
            f"{format_number(chance)} = {format_number(mean)}$.",
            rf"So the result is ${format_number(factor)} \cdot {format_number(mean)} + {format_number(constant)}$, "
            f"which is ${answer}$.",
        ),
        answer,
    )


_ROW_OF_TABLE = re.compile(r"P\(X = (-?\d+)\) = (.+)")


def find_variance_of_table(text: str) -> Solution | None:
    """Find the variance of a random variable from its table of probabilities."""
    if "variance of $X$" not in text:
        return None
    rows = [_ROW_OF_TABLE.fullmatch(part) for part in numeric_parts(text)]
    read = [(Fraction(row[1]), read_number(row[2])) for row in rows if row is not None]
    pairs = [(value, chance) for value, chance in read if chance is not None and chance >= 0]
    if not pairs or len(pairs) != len(rows) or sum(chance for _, chance in pairs) != 1:
        return None
    if len({value for value, _ in pairs}) != len(pairs):
        return None
    mean = sum((value * chance for value, chance in pairs), Fraction(0))
    square = sum((value**2 * chance for value, chance in pairs), Fraction(0))
    answer = format_number(square - mean**2)
    means = " + ".join(rf"{value} \cdot {format_number(chance)}" for value, chance in pairs)
    squares = " + ".join(rf"{value**2} \cdot {format_number(chance)}" for value, chance in pairs)
    return Solution(
        (
            f"$E(X) = {means} = {format_number(mean)}$.",
            f"$E(X^2) = {squares} = {format_number(square)}$.",
            rf"The variance is $E(X^2) - E(X)^2 = {format_number(square)} - {format_number(mean**2)} = {answer}$.",
        ),
        answer,
    )


_TRIALS = phrase(r"(?:(?<=with )|checks )#(?= trials| \w+\. Each)")
_CHANCE = phrase("probability #")


def find_binomial_variance(text: str) -> Solution | None:
    """Find the variance of a binomially distributed number."""
    if "ariance of" not in text or not re.search("binomial|ndependent", text):
        return None
    if "standard" in text or not re.search(r"binomially distributed|number of faulty", text):
        return None
    numbers = find_numbers(text, _TRIALS, _CHANCE)
    if numbers is None or not 0 <= numbers[1] <= 1:
        return None
    trials, chance = numbers
    answer = format_number(trials * chance * (1 - chance))
    return Solution(
        (
            f"The number is binomially distributed with $n = {trials}$ and $p = {format_number(chance)}$.",
            rf"Its variance is $np(1 - p) = {trials} \cdot {format_number(chance)} \cdot {format_number(1 - chance)} = "
            f"{answer}$.",
        ),
        answer,
    )


_SUCCESSES = phrase("# successes")


def find_expected_waiting(text: str) -> Solution | None:
    """Find the expected number of independent trials until a number of successes in total."""
    if "expected" not in text or "success" not in text or not re.search(r"until|stops", text):
        return None
    if "ndependent" not in text or re.search(r"in a row|consecutive|variance", text):
        return None
    if "first success" in text:
        single = find_numbers(text, _CHANCE)
        numbers = None if single is None else (single[0], Fraction(1))
    else:
        found = find_numbers(text, _CHANCE, _SUCCESSES) if "in total" in text else None
        numbers = None if found is None else (found[0], found[1])
    if numbers is None or not 0 < numbers[0] <= 1 or numbers[1] < 1:
        return None
    chance, successes = numbers
    answer = format_number(successes / chance)
    return Solution(
        (
            rf"The waiting time for one success is geometrically distributed with the mean $\frac{{1}}{{p}} = "
            f"{format_number(1 / chance)}$.",
            rf"For ${successes}$ successes the times add: ${successes} \cdot {format_number(1 / chance)} = {answer}$.",
        ),
        answer,
    )


_INTERVAL = re.compile(r"\[([^\],]+), ([^\],]+)\]")
_LENGTH = phrase(r"(?:interval of length|leaves [\w ]*every) #")


def find_uniform_variance(text: str) -> Solution | None:
    """Find the variance of a uniformly distributed number."""
    if "uniformly distributed" not in text or "ariance of" not in text:
        return None
    if parts := take_parts(text, (_INTERVAL,)):
        low, high = read_number(parts[0][0]), read_number(parts[0][1])
        length = None if low is None or high is None else high - low
    else:
        found = find_numbers(text, _LENGTH)
        if found is None or not ("interval" in text or "waiting time" in text):
            return None
        length = found[0]
    if length is None or length <= 0:
        return None
    answer = format_number(length**2 / 12)
    return Solution(
        (
            f"The interval has the length ${format_number(length)}$.",
            r"The variance of the uniform distribution is the square of the length divided by $12$.",
            rf"It is $\frac{{{format_number(length)}^2}}{{12}} = {answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    find_expected_payment,
    find_expected_die_payment,
    find_variance_of_combination,
    find_expected_neighbours,
    find_variance_of_table,
    find_binomial_variance,
    find_expected_waiting,
    find_uniform_variance,
)
