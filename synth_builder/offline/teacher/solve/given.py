r"""The given numbers of a question: all of its `$...$` numbers in order, so that a method can account for every one."""

from __future__ import annotations

import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.notation import Number, math_parts, read_number, read_polynomial

_OUTSIDE = re.compile(r"\$[^$]*\$")
LARGEST_RADICAND = 10**12  # square factors are found by trial division
_MOST_BITS = 10_000  # Python refuses to write integers of more than 4300 digits
_DIGIT = re.compile(r"\d")


def given_numbers(text: str, count: int) -> list[Fraction] | None:
    r"""Give the numbers of the `$...$` parts (`5`, `\frac{1}{2}`, `20\%` as 20), in order.

    Returns:
        None unless there are exactly `count` parts, each a number, and no further numeral in the words.
    """
    parts = math_parts(text)
    if len(parts) != count or has_loose_digits(text):
        return None
    numbers = [number for part in parts if (number := read_number(part.removesuffix(r"\%"))) is not None]
    return numbers if len(numbers) == count else None


def given_integers(text: str, count: int) -> list[int] | None:
    """Give the numbers as `given_numbers` does, if all of them are integers."""
    numbers = given_numbers(text, count)
    if numbers is None or any(number.denominator != 1 for number in numbers):
        return None
    return [int(number) for number in numbers]


def is_writable(number: Number) -> bool:
    """Tell whether a number has so few digits that it can be written out in an answer."""
    return max(number.numerator.bit_length(), number.denominator.bit_length()) <= _MOST_BITS


def has_loose_digits(text: str) -> bool:
    """Tell whether a numeral stands outside of `$...$`."""
    return _DIGIT.search(_OUTSIDE.sub("", text)) is not None


def asked_equation(text: str, unknown: str = "x") -> tuple[str, str] | None:
    """Give the two sides of the one equation of a text whose other `$...$` parts only name the unknown."""
    parts = [part for part in math_parts(text) if part != unknown]
    if len(parts) != 1 or parts[0].count("=") != 1 or has_loose_digits(text):
        return None
    left, right = parts[0].split("=")
    return left.strip(), right.strip()


def polynomial_equation(text: str, unknown: str = "x") -> tuple[Fraction, ...] | None:
    """Give the coefficients, constant term first, of left side minus right side of the one equation of a text."""
    sides = asked_equation(text, unknown)
    if sides is None:
        return None
    return subtract(read_polynomial(sides[0], unknown), read_polynomial(sides[1], unknown))


def subtract(left: tuple[Fraction, ...] | None, right: tuple[Fraction, ...] | None) -> tuple[Fraction, ...] | None:
    """Subtract two polynomials given by their coefficients, constant term first; None if one could not be read."""
    if left is None or right is None:
        return None
    size = max(len(left), len(right))
    padded = zip(left + (Fraction(0),) * (size - len(left)), right + (Fraction(0),) * (size - len(right)), strict=True)
    difference = [one - other for one, other in padded]
    while difference and not difference[-1]:
        difference.pop()
    return tuple(difference)
