r"""Infinite series: geometric and telescoping sums, power series and Taylor coefficients."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from itertools import pairwise

from synth_builder.offline.teacher.solve.given import has_loose_digits
from synth_builder.offline.teacher.solve.notation import format_number, math_parts, read_number, read_polynomial
from synth_builder.offline.teacher.solve.question import Method, Solution
from synth_builder.offline.teacher.solve.reading import find_numbers, phrase, take_parts

_WRITTEN_SERIES = re.compile(r"(.+?) ([-+]) \\[cl]?dots")


def add_written_series(text: str) -> Solution | None:
    """Find the sum of an infinite geometric series that is given by its first terms."""
    if "sum" not in text.lower() or re.search(r"partial|\bfirst\b", text) or has_loose_digits(text):
        return None
    parts = math_parts(text)
    written = _WRITTEN_SERIES.fullmatch(parts[0]) if len(parts) == 1 else None
    if written is None:
        return None
    pieces = re.split(r" ([-+]) ", written[1])
    signs = [1, *(1 if sign == "+" else -1 for sign in pieces[1::2])]
    read = [read_number(piece) for piece in pieces[::2]]
    terms = [sign * value for sign, value in zip(signs, read, strict=True) if value is not None]
    if len(terms) < 3 or len(terms) != len(read) or 0 in terms:
        return None
    ratio = terms[1] / terms[0]
    if abs(ratio) >= 1 or any(later != ratio * earlier for earlier, later in pairwise(terms)):
        return None
    if (terms[-1] * ratio > 0) != (written[2] == "+"):
        return None
    answer = format_number(terms[0] / (1 - ratio))
    return Solution(
        (
            f"Each term is the one before times ${format_number(ratio)}$, so the series is geometric.",
            rf"As $|{format_number(ratio)}| < 1$, the sum is $\frac{{a_1}}{{1 - r}}$"
            f" with $a_1 = {format_number(terms[0])}$ and $1 - r = {format_number(1 - ratio)}$.",
            f"It is ${answer}$.",
        ),
        answer,
    )


_HEIGHT = phrase(r"(?:height (?:of )?|(?:dropped|falls) from )#(?! of)")
_REBOUND = phrase(r"(?:rises|rebounds|reaches)(?: to)? #")


def find_bouncing_distance(text: str) -> Solution | None:
    """Find the total way of a ball that bounces forever."""
    if "ball" not in text or "total" not in text or "distance" not in text:
        return None
    if not re.search(r"forever|without end|infinite|always", text):
        return None
    numbers = find_numbers(text, _HEIGHT, _REBOUND)
    if numbers is None or not 0 < numbers[1] < 1:
        return None
    height, ratio = numbers
    ups = height * ratio / (1 - ratio)
    answer = format_number(height + 2 * ups)
    return Solution(
        (
            f"The first fall is ${format_number(height)}$. Every later height is passed twice, up and down.",
            rf"The rebound heights form a geometric series with the sum $\frac{{{format_number(height * ratio)}}}"
            rf"{{1 - {format_number(ratio)}}} = {format_number(ups)}$.",
            rf"The total distance is ${format_number(height)} + 2 \cdot {format_number(ups)} = {answer}$.",
        ),
        answer,
    )


_SERIES = r"\\sum_\{([jnmki])=(\d+)\}\^\{?\\infty\}?"
_TELESCOPE = re.compile(_SERIES + r" \\frac\{(\d+)\}\{\(([^()]+)\)\(([^()]+)\)\}")


def sum_telescoping_series(text: str) -> Solution | None:
    """Sum c/((j + a)(j + b)) by partial fractions."""
    if r"\sum" not in text:
        return None
    parts = take_parts(text, (_TELESCOPE,))
    if parts is None:
        return None
    index, start, top, first, second = parts[0]
    factors = [read_polynomial(factor, index) for factor in (first, second)]
    shifts = sorted(factor[0] for factor in factors if factor is not None and len(factor) == 2 and factor[1] == 1)
    gap = shifts[1] - shifts[0] if len(shifts) == 2 else Fraction(0)
    begin = int(start) + shifts[0] if shifts else Fraction(0)
    if gap.denominator != 1 or not 1 <= gap <= 50 or begin.denominator != 1 or begin < 1:
        return None
    low, high = shifts
    left = [Fraction(1, int(begin) + step) for step in range(int(gap))]
    answer = format_number(Fraction(top) / gap * sum(left))
    return Solution(
        (
            rf"Partial fractions: $\frac{{{top}}}{{({index} + {low})({index} + {high})}} = "
            rf"{format_number(Fraction(top) / gap)}\left(\frac{{1}}{{{index} + {low}}} - "
            rf"\frac{{1}}{{{index} + {high}}}\right)$.",
            f"The sums telescope; only ${' + '.join(format_number(term) for term in left)}$ is left in the bracket.",
            f"The sum of the series is ${answer}$.",
        ),
        answer,
    )


_WEIGHTED = re.compile(_SERIES + r" \\frac\{([^{}^]+)\}\{(\d+)\^\{?\1\}?\}")


def sum_weighted_geometric_series(text: str) -> Solution | None:
    """Sum (a j + b)/r^j from j = 1."""
    if r"\sum" not in text or "radius" in text:
        return None
    parts = take_parts(text, (_WEIGHTED,), (re.compile(r"\\sum_\{j=1\}\^\{\\infty\} j ?x\^j"),))
    if parts is None or parts[0][1] != "1":
        return None
    index, _, top, base = parts[0]
    coefficients, ratio = read_polynomial(top, index), Fraction(1, int(base)) if int(base) > 1 else Fraction(0)
    if not coefficients or len(coefficients) > 2 or not ratio:
        return None
    linear = coefficients[1] if len(coefficients) == 2 else Fraction(0)
    answer = format_number(linear * ratio / (1 - ratio) ** 2 + coefficients[0] * ratio / (1 - ratio))
    shown = format_number(ratio)
    return Solution(
        (
            r"For $|x| < 1$ we have $\sum_{j=1}^{\infty} x^j = \frac{x}{1 - x}$ and, by differentiation, "
            r"$\sum_{j=1}^{\infty} j x^j = \frac{x}{(1 - x)^2}$.",
            rf"For $x = {shown}$ these are ${format_number(ratio / (1 - ratio))}$ and "
            f"${format_number(ratio / (1 - ratio) ** 2)}$.",
            f"With the numerator ${top}$ the sum is ${answer}$.",
        ),
        answer,
    )


_POWER_SERIES = re.compile(_SERIES + r" \\frac\{([^{}]+)\}\{([^{}]+)\}")


def find_radius_of_convergence(text: str) -> Solution | None:
    """Find the radius of convergence of a power series whose coefficients are polynomials over powers."""
    if "radius of convergence" not in text:
        return None
    parts = take_parts(text, (_POWER_SERIES,))
    if parts is None:
        return None
    index, _, top, bottom = parts[0]
    above, below = (_growth(side.split(r" \cdot "), index) for side in (top, bottom))
    if above is None or below is None or not above[1] or below[1]:
        return None
    answer = format_number(below[0] / above[0])
    return Solution(
        (
            f"Take the ratio of two neighbouring terms. Polynomial factors in ${index}$ have ratios that tend to $1$.",
            rf"So the ratio tends to $|{above[2]}| \cdot {format_number(above[0] / below[0])}$.",
            rf"It is below $1$ for $|{above[2]}| < {answer}$, so the radius of convergence is ${answer}$.",
        ),
        answer,
    )


def _growth(factors: list[str], index: str) -> tuple[Fraction, bool, str] | None:
    """Give the product of the bases of the exponential factors, and whether (and how) the variable is among them."""
    base, variable = Fraction(1), ""
    for factor in factors:
        if match := re.fullmatch(rf"(x|\(x [+-] \d+\))\^\{{?{index}\}}?", factor):
            if variable:
                return None
            variable = match[1].strip("()")
        elif match := re.fullmatch(rf"(\d+)\^\{{?{index}\}}?", factor):
            base *= int(match[1])
        elif not read_polynomial(factor, index):
            return None
    return (base, bool(variable), variable) if base else None


_EXPONENTIAL = re.compile(r"f\(x\) = (-?\d*) ?e\^\{?([^{}]*x)\}?")
_POWER = re.compile(r"x\^\{?(\d+)\}?|x")
_AT_ZERO = re.compile(r"(?:x = )?0")


def find_taylor_coefficient(text: str) -> Solution | None:
    """Find a coefficient of the Taylor series of c e^(ax) at 0."""
    if "coefficient" not in text or not re.search(r"Taylor|Maclaurin", text) or not re.search(r"\$(?:x = )?0\$", text):
        return None
    parts = take_parts(text, (_EXPONENTIAL, _POWER), (_AT_ZERO,))
    if parts is None:
        return None
    (front, argument), order = parts[0], int(parts[1][0] or 1)
    exponent = read_polynomial(argument)
    if exponent is None or len(exponent) != 2 or exponent[0] or order > 200:
        return None
    factor = Fraction({"": "1", "-": "-1"}.get(front, front))
    answer = format_number(factor * exponent[1] ** order / math.factorial(order))
    speed = format_number(exponent[1])
    return Solution(
        (
            rf"The Taylor series of $e^u$ is $\sum \frac{{u^n}}{{n!}}$; put $u = {speed}x$.",
            rf"The coefficient of $x^{{{order}}}$ is $\frac{{{format_number(factor)} \cdot {speed}^{{{order}}}}}"
            rf"{{{order}!}} = \frac{{{format_number(factor * exponent[1] ** order)}}}{{{math.factorial(order)}}}$.",
            f"This is ${answer}$.",
        ),
        answer,
    )


_FRACTION_RULE = re.compile(r"a_\{([jn])\s*\+\s*1\} = (.+?)(?: ?\\cdot)? ?a_\1 \+ (.+)")
_FIRST = re.compile(r"a_1 = (.+)")
_FROM_ONE = re.compile(r"[jn] \\ge 1")
_ANY_NUMBER = re.compile(r"(?:\d+|\\frac\{\d+\}\{\d+\})")


def find_linear_recursion_limit(text: str) -> Solution | None:
    """Find the limit of a sequence with the rule a_(j+1) = q a_j + b."""
    if "limit" not in text or "a_" not in text:
        return None
    words = _ANY_NUMBER  # a story names the two numbers of the rule once more
    repeated = [part for part in re.findall(r"\$([^$]+)\$", text) if words.fullmatch(part)]
    for part in repeated:
        text = text.replace(f"${part}$", "it", 1)
    parts = take_parts(text, (_FRACTION_RULE, _FIRST), (_FROM_ONE,))
    if parts is None:
        return None
    _, factor, summand = parts[0]
    ratio, extra = read_number(factor), read_number(summand)
    if ratio is None or extra is None or not -1 < ratio < 1 or read_number(parts[1][0]) is None:
        return None
    if any(read_number(part) not in (ratio, extra) for part in repeated):
        return None
    answer = format_number(extra / (1 - ratio))
    shown = format_number(ratio)
    return Solution(
        (
            rf"The limit $L$ satisfies $L = {shown} \cdot L + {format_number(extra)}$.",
            rf"So ${format_number(1 - ratio)} \cdot L = {format_number(extra)}$, that is $L = {answer}$.",
            rf"The distance to $L$ is multiplied by ${shown}$ in every step, so the sequence converges to ${answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    add_written_series,
    find_bouncing_distance,
    sum_telescoping_series,
    sum_weighted_geometric_series,
    find_radius_of_convergence,
    find_taylor_coefficient,
    find_linear_recursion_limit,
)
