r"""Trigonometric equations between two functions of multiples of x, and double angles without a quadrant."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.notation import (
    exact_root,
    format_number,
    format_pi,
    in_brackets,
    math_parts,
    read_given,
    read_number,
)
from synth_builder.offline.teacher.solve.question import Method, Solution

_ANGLE = r"(?:\(?(\d*) ?x\)?)"
_EQUATION = re.compile(rf"\\(sin|cos) ?{_ANGLE} = (-?)\\(sin|cos) ?{_ANGLE}")
# One turn or half a turn from 0: the length in multiples of pi, and whether the end belongs to it.
_RANGES = {
    r"[0, 2\pi)": (2, False),
    r"0 \le x < 2\pi": (2, False),
    r"[0, 2\pi]": (2, True),
    r"0 \le x \le 2\pi": (2, True),
    r"[0, \pi)": (1, False),
    r"0 \le x < \pi": (1, False),
    r"[0, \pi]": (1, True),
    r"0 \le x \le \pi": (1, True),
}


def count_common_values(text: str) -> Solution | None:
    """Number of solutions in a range of an equation between two sines or cosines of multiples of x."""
    if not re.search(r"how many|number of (?:real )?solutions", text, re.IGNORECASE) or read_given(text).outside:
        return None
    parts = [part for part in math_parts(text) if part != "x"]
    equations = [match for part in parts if (match := _EQUATION.fullmatch(part))]
    ranges = [_RANGES[part] for part in parts if part in _RANGES]
    if len(equations) != 1 or len(ranges) != 1 or len(parts) != 2:
        return None
    left_kind, left_factor, minus, right_kind, right_factor = equations[0].groups()
    first, second = int(left_factor or 1), int(right_factor or 1)
    # Everything as cosines, cos(first x - left) = cos(second x - right), the angles in multiples of pi.
    left = Fraction(left_kind == "sin", 2)
    right = Fraction(right_kind == "sin", 2) + (1 if minus else 0)
    length, closed = ranges[0]
    places: set[Fraction] = set()
    for factor, shift in ((first - second, left - right), (first + second, left + right)):
        if not factor:
            if shift % 2 == 0:
                return None  # an identity
            continue
        sign = 1 if factor > 0 else -1
        shift, factor = sign * shift, abs(factor)
        low = math.ceil(-shift / 2)
        candidates = [(shift + 2 * turn) / factor for turn in range(low, low + factor * length + 2)]
        places |= {place for place in candidates if 0 <= place < length or (closed and place == length)}
    listed = ", ".join(format_pi(place) for place in sorted(places))
    answer = str(len(places))
    return Solution(
        (
            r"Write both sides as cosines, with $\sin u = \cos\left(u - \frac{\pi}{2}\right)$"
            r" and $-\cos u = \cos(u - \pi)$.",
            r"$\cos u = \cos v$ means $u = v + 2\pi k$ or $u = -v + 2\pi k$ with an integer $k$.",
            f"In the given range this gives $x = {listed}$." if places else "Nothing of it lies in the given range.",
            f"There are ${answer}$ solutions.",
        ),
        answer,
    )


_LETTER = r"(x|[ABt]|\\theta|\\alpha|\\beta|\\varphi|\\phi)"
_KNOWN = re.compile(rf"\\(sin|cos) ?{_LETTER} = (.+)")
_ASKED = re.compile(
    rf"(?:[Ww]hat is|[Ff]ind|[Cc]ompute|[Dd]etermine|[Ee]valuate|[Cc]alculate|[Vv]alue of) "
    rf"(?:the (?:exact )?value of )?\$\\cos ?\(?2 ?{_LETTER}\)?\$"
)


def cosine_of_double_angle(text: str) -> Solution | None:
    """Value of cos 2x from sin x or cos x alone."""
    asked = _ASKED.search(text)
    parts = math_parts(text)
    known = [match for part in parts if (match := _KNOWN.fullmatch(part))]
    if not asked or len(known) != 1 or len(parts) != 2 or known[0][2] != asked[1] or read_given(text).outside:
        return None
    kind, letter, value = known[0][1], asked[1], read_number(known[0][3])
    if value is None or abs(value) > 1:
        return None
    square = value * value
    result = 1 - 2 * square if kind == "sin" else 2 * square - 1
    formula = rf"1 - 2\sin^2 {letter}" if kind == "sin" else rf"2\cos^2 {letter} - 1"
    working = f"1 - 2 \\cdot {format_number(square)}" if kind == "sin" else f"2 \\cdot {format_number(square)} - 1"
    answer = format_number(result)
    return Solution(
        (
            rf"By the double angle formula $\cos 2{letter} = {formula}$.",
            f"The square is ${in_brackets(value)}^2 = {format_number(square)}$.",
            rf"So $\cos 2{letter} = {working} = {answer}$.",
        ),
        answer,
    )


_PYTHAGOREAN = re.compile(
    r"(?:[Ww]hat is|[Ff]ind|[Cc]ompute|[Dd]etermine|[Vv]alue of) (?:the (?:exact )?value of )?"
    rf"\$\\(sin|cos|tan) ?{_LETTER}\$"
)
_QUADRANT_WORDS = {"first": (1, 1), "second": (1, -1), "third": (-1, -1), "fourth": (-1, 1)}


def ratio_in_quadrant(text: str) -> Solution | None:
    """Value of sin, cos or tan from another one of sin and cos, for an angle in a quadrant that words name."""
    asked, parts = _PYTHAGOREAN.search(text), math_parts(text)
    known = [match for part in parts if (match := _KNOWN.fullmatch(part))]
    quadrants = re.findall(r"(first|second|third|fourth) quadrant", text) or (["first"] if "acute" in text else [])
    if not asked or len(known) != 1 or len(set(quadrants)) != 1 or read_given(text).outside:
        return None
    kind, letter, value = known[0][1], asked[2], read_number(known[0][3])
    if (
        known[0][2] != letter
        or kind == asked[1]
        or any(p not in (letter, known[0][0], asked[0].split("$")[1]) for p in parts)
    ):
        return None
    other = None if value is None else exact_root(1 - value * value)
    if value is None or not other:
        return None
    sine_sign, cosine_sign = _QUADRANT_WORDS[quadrants[0]]
    sine, cosine = (value, other * cosine_sign) if kind == "sin" else (other * sine_sign, value)
    if sine * sine_sign <= 0 or cosine * cosine_sign <= 0:
        return None
    answer = format_number({"sin": sine, "cos": cosine, "tan": sine / cosine}[asked[1]])
    return Solution(
        (
            rf"From $\sin^2 {letter} + \cos^2 {letter} = 1$ the square of the other one is"
            f" $1 - {format_number(value * value)} = {format_number(1 - value * value)}$.",
            rf"In the {quadrants[0]} quadrant $\sin {letter} = {format_number(sine)}$"
            rf" and $\cos {letter} = {format_number(cosine)}$.",
            rf"So $\{asked[1]} {letter} = {answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    count_common_values,
    cosine_of_double_angle,
    ratio_in_quadrant,
)
