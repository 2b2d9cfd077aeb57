"""Expanding products and powers: single coefficients and their sums."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.given import has_loose_digits, is_writable
from synth_builder.offline.teacher.solve.notation import (
    format_number,
    in_brackets,
    math_parts,
    read_polynomial,
)
from synth_builder.offline.teacher.solve.question import Method, Solution

_LARGEST_EXPONENT = 2000
_TWO_FACTORS = re.compile(r"\(([^()]+)\)\(([^()]+)\)")


def find_product_coefficient(text: str) -> Solution | None:
    """Find one coefficient of a product of two polynomials."""
    asked = re.search(r"coefficient of \$x(?:\^\{?(\d+)\}?)?\$", text)
    if (
        asked is None
        or not re.search(r"expan|\$ in (?:the (?:product|power|polynomial) )?\$", text)
        or has_loose_digits(text)
    ):
        return None
    parts = math_parts(text)
    factors = next((found for part in parts if (found := _TWO_FACTORS.fullmatch(part))), None)
    if factors is None or len(parts) != 2:
        return None
    left, right = read_polynomial(factors[1]), read_polynomial(factors[2])
    if left is None or right is None:
        return None
    power = int(asked[1] or 1)
    pairs = [(left[one], right[power - one]) for one in range(len(left) - 1, -1, -1) if 0 <= power - one < len(right)]
    answer = format_number(sum((one * other for one, other in pairs), Fraction(0)))
    written = " + ".join(rf"{in_brackets(one)} \cdot {in_brackets(other)}" for one, other in pairs) or "0"
    return Solution(
        (
            f"Collect the products of terms whose exponents add up to ${power}$.",
            f"Their coefficients give ${written} = {answer}$.",
        ),
        answer,
    )


_LINEAR_POWER = re.compile(r"\(([^()]+)\)\^(?:\{(\d+)\}|(\d))")


def find_binomial_coefficient(text: str) -> Solution | None:
    """Find one coefficient of a power of a linear binomial."""
    asked = re.search(r"coefficient of \$x(?:\^(?:\{(\d+)\}|(\d)))?\$", text)
    if (
        asked is None
        or not re.search(r"expan|\$ in (?:the (?:product|power|polynomial) )?\$", text)
        or has_loose_digits(text)
    ):
        return None
    parts = math_parts(text)
    found = next((found for part in parts if (found := _LINEAR_POWER.fullmatch(part))), None)
    base = read_polynomial(found[1]) if found else None
    if found is None or base is None or len(base) != 2 or len(parts) != 2:
        return None
    exponent, power = int(found[2] or found[3]), int(asked[1] or asked[2] or 1)
    if exponent > _LARGEST_EXPONENT and (power > 50 or base[0] not in (1, -1)):
        return None
    if power > exponent:
        return Solution(
            (f"The power ${power}$ of $x$ exceeds the degree ${exponent}$.", "The coefficient is $0$."), "0"
        )
    ways = math.comb(exponent, power)
    coefficient = ways * base[1] ** power * base[0] ** (exponent - power)
    if not is_writable(coefficient) or not is_writable(ways):
        return None
    answer = format_number(coefficient)
    return Solution(
        (
            f"By the binomial theorem the term is"
            rf" $\binom{{{exponent}}}{{{power}}} \cdot ({format_number(base[1])}x)^{{{power}}}"
            rf" \cdot ({format_number(base[0])})^{{{exponent - power}}}$.",
            rf"Here $\binom{{{exponent}}}{{{power}}} = {ways}$.",
            f"The coefficient is ${answer}$.",
        ),
        answer,
    )


_SQUARE_AND_RECIPROCAL = re.compile(
    r"(?:\\left)?\((\d*)x(?:\^(\d))? ([-+]) \\frac\{(\d+)\}\{x(?:\^(\d))?\}(?:\\right)?\)\^(?:\{(\d+)\}|(\d))"
)


def find_constant_term(text: str) -> Solution | None:
    """Find the constant term of a power of ax^m + b/x^n."""
    if not re.search(r"constant term|does not depend on \$x\$|independent of \$x\$", text) or has_loose_digits(text):
        return None
    parts = [part for part in math_parts(text) if part not in ("x", r"x \ne 0")]
    found = _SQUARE_AND_RECIPROCAL.fullmatch(parts[0]) if len(parts) == 1 else None
    if found is None:
        return None
    up, down, exponent = int(found[2] or 1), int(found[5] or 1), int(found[6] or found[7])
    first, second = int(found[1] or 1), int(found[4]) * (1 if found[3] == "+" else -1)
    if exponent > _LARGEST_EXPONENT:
        return None
    if exponent * up % (up + down):
        return Solution((f"The exponents of $x$ are ${exponent * up} - {up + down}j$ and never $0$.",), "0")
    place = exponent * up // (up + down)
    ways = math.comb(exponent, place)
    constant = ways * first ** (exponent - place) * second**place
    if not is_writable(constant):
        return None
    answer = str(constant)
    return Solution(
        (
            f"With $j$ factors of the second kind the exponent of $x$ is ${exponent * up} - {up + down}j$;"
            f" it is $0$ for $j = {place}$.",
            rf"The term is $\binom{{{exponent}}}{{{place}}} \cdot {first}^{{{exponent - place}}} \cdot"
            rf" ({second})^{{{place}}} = {answer}$.",
        ),
        answer,
    )


def add_coefficients(text: str) -> Solution | None:
    """Find the sum of all coefficients of a power by putting x = 1."""
    if not re.search(r"sum of all (?:its |the )?coefficients", text) or "expan" not in text or has_loose_digits(text):
        return None
    parts = [part for part in math_parts(text) if part != "x"]
    found = _LINEAR_POWER.fullmatch(parts[0]) if len(parts) == 1 else None
    base = read_polynomial(found[1]) if found else None
    if found is None or base is None:
        return None
    total, exponent = sum(base, Fraction(0)), int(found[2] or found[3])
    if exponent > _LARGEST_EXPONENT:
        return None
    if not is_writable(total**exponent):
        return None
    answer = format_number(total**exponent)
    return Solution(
        (
            "The sum of all coefficients is the value of the polynomial at $x = 1$.",
            f"${found[1]}$ becomes ${format_number(total)}$.",
            f"$({format_number(total)})^{{{exponent}}} = {answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    find_product_coefficient,
    find_binomial_coefficient,
    find_constant_term,
    add_coefficients,
)
