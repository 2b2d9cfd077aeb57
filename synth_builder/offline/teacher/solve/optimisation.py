r"""Greatest and least values, and rates of change of linked quantities."""

from __future__ import annotations

import re

from synth_builder.offline.teacher.solve.notation import (
    format_number,
    format_pi,
    format_polynomial,
    format_root,
    read_polynomial,
)
from synth_builder.offline.teacher.solve.polynomials import derivative, rational_roots, value_at
from synth_builder.offline.teacher.solve.question import Method, Solution
from synth_builder.offline.teacher.solve.reading import find_numbers, phrase, take_parts

_FENCE_METRES, _TOTAL_LENGTH = (
    phrase(r"# (?:metres|meters|feet|yards) of (?:fence|fencing|wire)"),
    phrase("total length of #"),
)
_THREE_SIDES = re.compile(r"needs? no fence|width and two heights")
_FOUR_SIDES = re.compile(r"[Aa]ll four sides|whose four sides")
_GREATEST_AREA = re.compile(r"(?:greatest|largest|maximum)(?: possible)? area|as large as possible")


def find_greatest_rectangle(text: str) -> Solution | None:
    """Find the greatest area of a rectangle with a fixed length of fence on three or on four sides."""
    if "rectang" not in text or not _GREATEST_AREA.search(text):
        return None
    three, four = _THREE_SIDES.search(text), _FOUR_SIDES.search(text)
    numbers = find_numbers(text, _FENCE_METRES) or find_numbers(text, _TOTAL_LENGTH)
    if numbers is None or bool(three) == bool(four) or numbers[0] <= 0:
        return None
    fence = numbers[0]
    best = fence / 4
    width = fence - 2 * best if three else fence / 2 - best
    area = "h(" + (f"{format_number(fence)} - 2h" if three else f"{format_number(fence / 2)} - h") + ")"
    answer = format_number(best * width)
    return Solution(
        (
            f"Let the height be $h$. Then the area is $A(h) = {area}$.",
            f"$A'(h) = {format_number(width + 2 * best if three else fence / 2)} - {4 if three else 2}h = 0$ "
            f"gives $h = {format_number(best)}$, and the width is ${format_number(width)}$.",
            rf"The greatest area is ${format_number(best)} \cdot {format_number(width)} = {answer}$.",
        ),
        answer,
    )


_FUNCTION = re.compile(r"[a-zA-Z]\(([a-z])\) = (.+)")
_LOCAL = re.compile(r"local (maximum|minimum)")


def find_local_extremum(text: str) -> Solution | None:
    """Find the value of a cubic polynomial at its local maximum or minimum."""
    kinds = _LOCAL.findall(text)
    if not kinds or "value" not in text:
        return None
    parts = take_parts(text, (_FUNCTION,))
    coefficients = None if parts is None else read_polynomial(parts[0][1], parts[0][0])
    if parts is None or coefficients is None or len(coefficients) != 4:
        return None
    slope = derivative(coefficients)
    roots = rational_roots(slope)
    if roots is None or len(roots) != 2:
        return None
    # A cubic with a positive leading coefficient rises to its maximum at the smaller critical point.
    first = (kinds[-1] == "maximum") == (coefficients[3] > 0)
    place = roots[0] if first else roots[1]
    bend = value_at(derivative(slope), place)
    answer = format_number(value_at(coefficients, place))
    variable = parts[0][0]
    return Solution(
        (
            f"$f'({variable}) = {format_polynomial(slope, variable)}$ has the zeros "
            f"${variable} = {format_number(roots[0])}$ and ${variable} = {format_number(roots[1])}$.",
            f"$f''({format_number(place)}) = {format_number(bend)}$ is {'negative' if bend < 0 else 'positive'}, "
            f"so the local {kinds[-1]} is at ${variable} = {format_number(place)}$.",
            f"Its value is $f({format_number(place)}) = {answer}$.",
        ),
        answer,
    )


_NOT_BELOW_ZERO = re.compile(r"[a-z] (?:\\ge|>) 0")
_MAXIMUM = re.compile(r"(?:maximum|greatest(?: possible)?|largest(?: possible)?|highest) (?:value|profit)")


_BARE_QUADRATIC = re.compile(r"of (?:the (?:expression|function) )?\$(?:y = )?([^$=]*x\^2[^$=]*)\$")


def find_quadratic_maximum(text: str) -> Solution | None:
    """Find the maximum value of a quadratic function."""
    if not _MAXIMUM.search(text) or "local" in text or "minimum" in text:
        return None
    text = _BARE_QUADRATIC.sub(r"of $f(x) = \1$", text)
    parts = take_parts(text, (_FUNCTION,), (_NOT_BELOW_ZERO,))
    coefficients = None if parts is None else read_polynomial(parts[0][1], parts[0][0])
    if parts is None or coefficients is None or len(coefficients) != 3 or coefficients[2] >= 0:
        return None
    slope = derivative(coefficients)
    place = -slope[0] / slope[1]
    if place < 0 and _NOT_BELOW_ZERO.search(text):
        return None
    answer = format_number(value_at(coefficients, place))
    variable = parts[0][0]
    return Solution(
        (
            f"The derivative is ${format_polynomial(slope, variable)}$; it is zero at "
            f"${variable} = {format_number(place)}$.",
            f"The coefficient of ${variable}^2$ is negative, so this is the maximum.",
            f"The value there is ${answer}$.",
        ),
        answer,
    )


_CIRCLE_SPEED = phrase(r"grows at (?:the )?(?:constant )?(?:rate )?(?:of )?#")
_CIRCLE_RADIUS = phrase("radius is #")

# The other way round, the growth of the radius is asked.
_AREA_GIVEN = re.compile(r"\barea\b(?:(?!radius)[^$.?])*\bgrows (?:at|by) (?:(?:an?|the|constant|rate|of) )*\$")


def find_circle_growth(text: str) -> Solution | None:
    """Find the rate at which the area of a circle grows while its radius grows steadily."""
    if "area" not in text or "circ" not in text or "volume" in text or _AREA_GIVEN.search(text):
        return None
    numbers = find_numbers(text, _CIRCLE_SPEED, _CIRCLE_RADIUS)
    if numbers is None:
        return None
    speed, radius = numbers
    without_pi = r"divided by $\pi$" in text
    rate = 2 * radius * speed
    answer = format_number(rate) if without_pi else format_pi(rate)
    steps = (
        r"From $A = \pi r^2$ we get $\frac{dA}{dt} = 2\pi r \frac{dr}{dt}$ by the chain rule.",
        rf"Here this is $2\pi \cdot {format_number(radius)} \cdot {format_number(speed)} = {format_pi(rate)}$.",
    )
    return Solution((*steps, f"Divided by $\\pi$ it is ${answer}$.") if without_pi else steps, answer)


_SIDE_SPEED = phrase(
    r"(?:side|edge)s?(?: length)? of (?:a|the) (?:square|cube) (?:grows?|increases?|expands?) "
    r"(?:steadily |constantly )?"
    r"(?:at|by) (?:(?:a|the) )?(?:constant |steady )?(?:rate of )?#"
)
_SIDE = phrase(
    r"(?:when|as soon as|at the moment when|once) (?:the|its|each) (?:side|edge)s?(?: length)? "
    r"(?:is|has (?:the )?length|reaches) #"
)
_SOLID_OR_FLAT = re.compile(r"\b(square|cube)(?! (?:cent|met|mill|inch|unit|cm))\b")


def find_square_growth(text: str) -> Solution | None:
    """Find the rate at which the area of a square, or the volume or surface of a cube, grows with its side."""
    if not re.search(r"(?:what|which) rate|[Hh]ow fast|rate of (?:change|increase|growth)", text):
        return None
    numbers = find_numbers(text, _SIDE_SPEED, _SIDE)
    kinds = [
        kind for kind in ("square", "cube") if re.search(rf"\b{kind}(?!\w* (?:cent|met|mill|inch|unit|cm))\b", text)
    ]
    asked = [what for what in ("area", "volume", "diagonal", "perimeter") if what in text]
    if numbers is None or len(kinds) != 1 or len(asked) != 1:
        return None
    speed, side = numbers
    formulas = {
        ("square", "area"): ("s^2", "2s", 2 * side),
        ("cube", "volume"): ("s^3", "3s^2", 3 * side**2),
        ("cube", "area"): ("6s^2", "12s", 12 * side),
    }
    formula = formulas.get((kinds[0], asked[0]))
    if formula is None or ((kinds[0], asked[0]) == ("cube", "area") and "surface" not in text):
        return None
    written, slope, value = formula
    answer = format_number(value * speed)
    return Solution(
        (
            rf"From ${written}$ we get the rate ${slope} \cdot \frac{{ds}}{{dt}}$ by the chain rule.",
            rf"With $s = {format_number(side)}$ this is "
            rf"${format_number(value)} \cdot {format_number(speed)} = {answer}$.",
        ),
        answer,
    )


_LADDER = phrase(r"ladder (?:is|of length|has (?:the |a )?length(?: of)?) #")
_FOOT = phrase(r"foot is (?:at (?:the |a )?distance (?:of )?)?#")
_SPEED = phrase(r"away (?:from (?:a vertical|the|a) wall )?at (?:the speed |a speed of |speed )?#")


_SPEED_UNIT = re.compile(r"(\w+) per second")


def find_ladder_speed(text: str) -> Solution | None:
    """Find the speed of the top of a ladder whose foot slides away from a wall."""
    if len(set(_SPEED_UNIT.findall(text))) > 1:  # metres per second are asked for decimetres per second
        return None
    if "ladder" not in text or "top" not in text or "slide" not in text:
        return None
    numbers = find_numbers(text, _LADDER, _FOOT, _SPEED)
    if numbers is None or not 0 < numbers[1] < numbers[0]:
        return None
    length, foot, speed = numbers
    square = length**2 - foot**2
    height = format_root(square)
    answer = format_root(1 / square, foot * speed)
    return Solution(
        (
            rf"By Pythagoras the top is at the height $\sqrt{{{format_number(length)}^2 - {format_number(foot)}^2}} "
            f"= {height}$.",
            r"Differentiating $x^2 + y^2 = L^2$ gives $x\frac{dx}{dt} + y\frac{dy}{dt} = 0$.",
            rf"So the top slides down at the speed $\frac{{x}}{{y}} \cdot \frac{{dx}}{{dt}} = "
            rf"\frac{{{format_number(foot)} \cdot {format_number(speed)}}}{{{height}}} = {answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    find_greatest_rectangle,
    find_local_extremum,
    find_quadratic_maximum,
    find_circle_growth,
    find_square_growth,
    find_ladder_speed,
)
