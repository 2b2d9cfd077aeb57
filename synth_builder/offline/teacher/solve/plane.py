r"""Points of the plane, the missing leg of a right triangle, and circles from one length."""

from __future__ import annotations

import re

from synth_builder.offline.teacher.solve.notation import (
    format_number,
    format_pi,
    format_point,
    format_root,
    in_brackets,
    read_given,
    read_point,
    read_value,
)
from synth_builder.offline.teacher.solve.question import Method, Solution
from synth_builder.offline.teacher.solve.reading import numeric_parts

_VALUE = r"[^$]*\$[^$]*\d[^$]*\$"  # the next $...$ with a numeral, up to its end
_LEG_ASKED = re.compile(r"(?:other|second|remaining|missing) leg\b")
_HYPOTENUSE_FIRST = re.compile(rf"hypotenuse{_VALUE}[^$]*\bleg{_VALUE}", re.DOTALL)
_LEG_FIRST = re.compile(rf"\bleg{_VALUE}[^$]*hypotenuse{_VALUE}", re.DOTALL)
_LADDER = re.compile(rf"ladder{_VALUE}[^$]*(?:foot|base|bottom|lower end){_VALUE}", re.DOTALL)
_HEIGHT_ASKED = re.compile(r"[Hh]ow high|[Hh]ow far up|height")


def leg_of_right_triangle(text: str) -> Solution | None:
    """Pythagorean theorem: the hypotenuse and one leg give the other leg, also for a ladder at a wall."""
    ladder = "ladder" in text and "wall" in text and _HEIGHT_ASKED.search(text) and _LADDER.search(text)
    both = _HYPOTENUSE_FIRST.search(text) or _LEG_FIRST.search(text)
    triangle = both and "right" in text and _LEG_ASKED.search(text)
    lengths = read_given(text).only_values()
    if not (ladder or triangle) or len(lengths) != 2 or re.search("slide|slip|area|perimeter|pull|move", text):
        return None
    leg, longest = sorted(lengths)
    if not 0 < leg < longest or (ladder and lengths[0] != longest):
        return None
    square = longest**2 - leg**2
    answer = format_root(square)
    return Solution(
        (
            f"In a right triangle the hypotenuse is ${format_number(longest)}$ and a leg is ${format_number(leg)}$.",
            "By the Pythagorean theorem the square of the other leg is "
            f"${format_number(longest**2)} - {format_number(leg**2)}"
            f" = {format_number(square)}$.",
            rf"It is $\sqrt{{{format_number(square)}}} = {answer}$.",
        ),
        answer,
    )


_POINT = re.compile(r"(?:[A-Z] ?(?:= ?)?)?(\(.+\))")
_BETWEEN = re.compile(
    r"(?P<slope>\bslope of the (?:straight )?line|\bgradient of the (?:straight )?line)"
    r"|(?P<distance>\bdistance (?:between|from)|\blength of the (?:line )?segment)|(?P<midpoint>\bmidpoint)"
)
_ANOTHER_TASK = re.compile(r"perpendicular|parallel|reflect|triangle|circle|line \$|plane|axis|vector")


def compare_two_points(text: str) -> Solution | None:
    """Distance or midpoint of two points of the plane, or the slope of the line through them."""
    asked, parts = _BETWEEN.findall(text), numeric_parts(text)
    points = [point for part in parts if (m := _POINT.fullmatch(part)) and (point := read_point(m[1])) is not None]
    if len(asked) != 1 or len(points) != 2 or len(parts) != 2 or {len(point) for point in points} != {2}:
        return None
    if _ANOTHER_TASK.search(text):
        return None
    (x, y), (u, v) = points
    across, upward = u - x, v - y
    differences = (
        f"The differences of the coordinates are ${format_number(u)} - {in_brackets(x)} = {format_number(across)}$"
        f" and ${format_number(v)} - {in_brackets(y)} = {format_number(upward)}$."
    )
    slope, distance, _ = asked[0]
    if slope:
        if not across:
            return None
        answer = format_number(upward / across)
        return Solution((differences, f"The slope is the quotient of rise and run, ${answer}$."), answer)
    if distance:
        square = across**2 + upward**2
        answer = format_root(square)
        last = rf"The distance is $\sqrt{{{format_number(across**2)} + {format_number(upward**2)}}} = {answer}$."
        return Solution((differences, last), answer)
    answer = format_point(((x + u) / 2, (y + v) / 2))
    sums = f"The sums of the coordinates are ${format_number(x + u)}$ and ${format_number(y + v)}$."
    return Solution((sums, f"Half of them gives the midpoint ${answer}$."), answer)


_CIRCLE_ASKED = re.compile(
    r"(?:[Ff]ind|[Ww]hat is|[Cc]alculate|[Dd]etermine) the (?:exact )?(area|circumference) of a circle "
    r"(?:with|of|whose|that has) (?:a |the )?(radius|diameter)(?: is| of)? \$([^$]+)\$(?: \w+)?[.?]$"
)


def measure_circle(text: str) -> Solution | None:
    """Area or circumference of a circle from its radius or diameter."""
    found = _CIRCLE_ASKED.search(text)
    length = read_value(found[3]) if found else None
    if found is None or length is None or length <= 0 or len(numeric_parts(text)) != 1:
        return None
    radius = length / 2 if found[2] == "diameter" else length
    value = radius**2 if found[1] == "area" else 2 * radius
    answer = format_pi(value)
    formula = r"\pi r^2" if found[1] == "area" else r"2\pi r"
    return Solution(
        (f"The radius is $r = {format_number(radius)}$.", f"The {found[1]} is ${formula} = {answer}$."), answer
    )


METHODS: tuple[Method, ...] = (
    leg_of_right_triangle,
    compare_two_points,
    measure_circle,
)
