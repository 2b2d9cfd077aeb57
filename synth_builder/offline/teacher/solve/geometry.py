"""Triangles, circles and polygons."""

from __future__ import annotations

import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.notation import format_number as num
from synth_builder.offline.teacher.solve.notation import (
    format_pi,
    format_root,
    in_brackets,
    math_parts,
    read_given,
    read_number,
    read_value,
)
from synth_builder.offline.teacher.solve.question import Method, Solution

# Twice the cosine of an angle in degrees, where it is rational.
_TWICE_COSINE = {60: 1, 90: 0, 120: -1}
_VALUE = r"[^$]*\$[^$]*\d[^$]*\$"  # the next $...$ with a numeral, up to its end

_HYPOTENUSE = re.compile(
    r"length of the hypotenuse|how long is the hypotenuse|long is the third|length of the third", re.IGNORECASE
)
_HYPOTENUSE_GIVEN = re.compile(r"hypotenuse (?:is|has|of|measures|and)(?! a right triangle)")
_HERON = re.compile(r"\bsides?\b.*\barea\b|\barea\b.*\bside", re.DOTALL)
_SHADOWS = re.compile(rf"height{_VALUE}[^$]*shadow{_VALUE}[^$]*shadow{_VALUE}", re.DOTALL)
_RATIO = re.compile(r"ratio(?: of)? \$([^$:]+):([^$:]+):([^$:]+)\$")
_RING = re.compile(rf"radius{_VALUE}.*(?:width|distance between|greater by){_VALUE}", re.DOTALL)
_SIDES_ASKED = re.compile(
    r"how many (?:sides|walls|vertices|corners|edges)|number of (?:sides|vertices)", re.IGNORECASE
)
_HEIGHT_LAST = re.compile(rf"parallel sides{_VALUE}{_VALUE}(?:[^$]*(?:height|distance){_VALUE}|{_VALUE}[^$]*apart)")


def hypotenuse(text: str) -> Solution | None:
    """Pythagorean theorem: two legs give the hypotenuse."""
    if "right" not in text or not _HYPOTENUSE.search(text) or _HYPOTENUSE_GIVEN.search(text):
        return None
    legs = read_given(text).only_values()
    if len(legs) != 2 or min(legs) <= 0:
        return None
    square = legs[0] ** 2 + legs[1] ** 2
    answer = format_root(square)
    first, second = map(num, legs)
    return Solution(
        (
            "By the Pythagorean theorem, the square of the hypotenuse is the sum of the squares of the legs.",
            f"${first}^2 + {second}^2 = {num(legs[0] ** 2)} + {num(legs[1] ** 2)} = {num(square)}$.",
            rf"The hypotenuse is $\sqrt{{{num(square)}}} = {answer}$.",
        ),
        answer,
    )


def heron_area(text: str) -> Solution | None:
    """Heron's formula: three sides give the area of a triangle."""
    if "triang" not in text or not _HERON.search(text) or re.search(r"vertices|similar|height|circle|midpoint", text):
        return None
    sides = sorted(read_given(text).only_values())
    if len(sides) != 3 or sides[0] <= 0 or sides[0] + sides[1] <= sides[2]:
        return None
    half = sum(sides, Fraction(0)) / 2
    rests = [half - side for side in sides]
    square = half * rests[0] * rests[1] * rests[2]
    answer = format_root(square)
    product = r" \cdot ".join(map(num, [half, *rests]))
    return Solution(
        (
            "Use Heron's formula. The semiperimeter is "
            rf"$s = \frac{{{' + '.join(map(num, sides))}}}{{2}} = {num(half)}$.",
            f"The differences of $s$ and the sides are ${'$, $'.join(map(num, rests))}$.",
            rf"The area is $\sqrt{{{product}}} = \sqrt{{{num(square)}}} = {answer}$.",
        ),
        answer,
    )


def similar_triangles(text: str) -> Solution | None:
    """Equal ratios of sides in similar triangles, also of a pole and a tower with their shadows."""
    if "similar" in text and re.search(r"(?:length of|side) (?:the side )?\$EF\$", text):
        sides = [read_number(side) for side in read_given(text).only_named("AB", "BC", "DE")]
        names = ("AB", "BC", "DE", "EF")
        reason = "Corresponding sides of similar triangles have the same ratio"
    elif (
        "shadow" in text and _SHADOWS.search(text) and re.search(r"how many [a-z]+ high|height of", text, re.IGNORECASE)
    ):
        values = read_given(text).only_values()
        sides = [values[1], values[0], values[2]] if len(values) == 3 else []
        names = ("shadow of the pole", "pole", "shadow of the tower", "tower")
        reason = "The sun's rays make similar right triangles, so heights and shadows have the same ratio"
    else:
        return None
    known = [side for side in sides if side is not None and side > 0]
    if len(known) != 3:
        return None
    first, second, third = known
    answer = num(second * third / first)
    left, middle, right, asked = (rf"\text{{{name}}}" if name.islower() else name for name in names)
    return Solution(
        (
            rf"{reason}: $\frac{{{asked}}}{{{right}}} = \frac{{{middle}}}{{{left}}}$.",
            rf"The ratio is $\frac{{{num(second)}}}{{{num(first)}}}"
            f" = {num(second / first)}$.",
            rf"Hence the result is ${num(third)} \cdot {num(second / first)} = {answer}$.",
        ),
        answer,
    )


def law_of_cosines(text: str) -> Solution | None:
    """Law of cosines: two sides and the angle between them give the square of the third side."""
    if "angle" not in text or not re.search(r"AC\^2|square of the (?:straight-line )?distance", text):
        return None
    given = read_given(text)
    if "AC^2" in text and "triangle" in text:
        at_b = [part for part in math_parts(text) if part.endswith(r"^\circ")] if r"angle at $B$" in text else []
        angle = at_b[0] if len(at_b) == 1 else given.named.get(r"\angle B")
        numbers = [given.named.get("AB"), given.named.get("BC"), angle]
        exact = set(given.named) <= {"AB", "BC", r"\angle B"} and not given.outside and len(given.values) <= 1
        if not exact or any(part != "AC^2" for part in given.others) or (given.values and r"\angle B" in given.named):
            return None
    elif "square of the" in text:
        parts = math_parts(text)
        angles = [part for part in parts if part.endswith(r"^\circ")]
        numbers = [*(part for part in parts if part not in angles), *angles]
        if len(given.only_values()) != 3 or len(angles) != 1 or len(parts) != 3:
            return None
    else:
        return None
    read = [value for part in numbers if part and (value := read_value(part)) is not None]
    if len(read) != 3 or read[2] not in _TWICE_COSINE or min(read) <= 0:
        return None
    first, second, degrees = read
    factor = _TWICE_COSINE[int(degrees)]
    answer = num(first**2 + second**2 - factor * first * second)
    one, other = num(first), num(second)
    return Solution(
        (
            "By the law of cosines, the square of the third side is"
            rf" ${one}^2 + {other}^2 - 2 \cdot {one} \cdot {other} \cdot \cos {degrees}^\circ$.",
            rf"Here $\cos {degrees}^\circ = {num(Fraction(factor, 2))}$, so the last term is"
            f" ${num(-factor * first * second)}$.",
            f"The result is ${num(first**2)} + {num(second**2)} + {in_brackets(-factor * first * second)} = {answer}$.",
        ),
        answer,
    )


def angle_ratio(text: str) -> Solution | None:
    """Angle sum of a triangle, shared in a ratio."""
    asked = re.search(r"(largest|smallest) angle", text)
    ratio = _RATIO.search(text)
    if not (asked and ratio and "triang" in text) or len(math_parts(text)) != 1:
        return None
    read = [part for group in ratio.groups() if (part := read_number(group)) is not None and part > 0]
    if len(read) != 3 or "exterior" in text:
        return None
    share = Fraction(180) / sum(read)
    part = max(read) if asked[1] == "largest" else min(read)
    answer = num(part * share)
    return Solution(
        (
            r"The interior angles of a triangle add up to $180^\circ$.",
            f"The ratio has ${' + '.join(map(num, read))} = {num(sum(read))}$ equal parts"
            rf" of ${num(share)}^\circ$ each.",
            rf"The {asked[1]} angle has ${num(part)}$ of them:"
            rf" ${num(part)} \cdot {num(share)} = {answer}$ degrees.",
        ),
        answer,
    )


_CHORD_PIECES = re.compile(
    rf"[Cc]hords?\b[^$]*(?:pieces|segments|parts)(?: of| with)?(?: the)?(?: lengths?)?{_VALUE} and \$[^$]*\d[^$]*\$"
    r"[^$]*(?:other|second)[^$]*\$[^$]*\d[^$]*\$[^$]*\bother\b[^$]*$",
    re.DOTALL,
)


def power_of_point(text: str) -> Solution | None:
    """Power of a point: two chords or two secants through it."""
    if _CHORD_PIECES.search(text):
        values = read_given(text).only_values()
        return _fourth_piece(*values) if len(values) == 3 else None
    if not re.search("[Cc]hord|[Ss]ecant", text) or not re.search(
        r"length of \$PD\$|how long is \$PD\$", text, re.IGNORECASE
    ):
        return None
    read = [read_number(length) for length in read_given(text).only_named("PA", "PB", "PC")]
    lengths = [length for length in read if length is not None and length > 0]
    if len(lengths) != 3:
        return None
    return _fourth_piece(*lengths)


def _fourth_piece(first: Fraction, second: Fraction, third: Fraction) -> Solution | None:
    if min(first, second, third) <= 0:
        return None
    answer = num(first * second / third)
    return Solution(
        (
            r"The power of the point $P$ is the same for both lines: $PA \cdot PB = PC \cdot PD$.",
            rf"$PA \cdot PB = {num(first)} \cdot {num(second)} = {num(first * second)}$.",
            rf"Hence $PD = \frac{{{num(first * second)}}}{{{num(third)}}} = {answer}$.",
        ),
        answer,
    )


def sector_area(text: str) -> Solution | None:
    """Area of a circular sector from its radius and its angle in degrees."""
    if "sector" not in text or "area" not in text or re.search("arc|perimeter", text):
        return None
    values = read_given(text).only_values()
    parts = [part for part in math_parts(text) if read_value(part) is not None]
    if len(values) != 2 or sum(part.endswith(r"^\circ") for part in parts) != 1:
        return None
    radius, degrees = values if parts[1].endswith(r"^\circ") else reversed(values)
    if radius <= 0 or not 0 < degrees <= 360:
        return None
    area = radius**2 * degrees / 360
    return multiple_of_pi(
        text,
        area,
        (
            rf"The sector is the part $\frac{{{num(degrees)}}}{{360}} = {num(degrees / 360)}$"
            " of the whole disk.",
            rf"The disk has the area $\pi \cdot {num(radius)}^2 = {format_pi(radius**2)}$.",
            rf"The sector has the area ${num(degrees / 360)} \cdot {format_pi(radius**2)}"
            f" = {format_pi(area)}$.",
        ),
    )


def multiple_of_pi(text: str, coefficient: Fraction, steps: tuple[str, ...]) -> Solution:
    """Answer with the multiple of pi, or without pi where the quantity is asked divided by it."""
    if r"divided by $\pi$" not in text:
        return Solution(steps, format_pi(coefficient))
    answer = num(coefficient)
    return Solution((*steps, rf"Divided by $\pi$, this is ${answer}$."), answer)


def ring_area(text: str) -> Solution | None:
    """Area of the ring between two concentric circles from the inner radius and the width."""
    if not re.search(r"\bring\b|\bpath\b", text) or "area" not in text or not _RING.search(text):
        return None
    values = read_given(text).only_values()
    if len(values) != 2 or min(values) <= 0 or "diameter" in text or re.search("outer circle has", text):
        return None
    inner, width = values
    outer = inner + width
    area = outer**2 - inner**2
    return multiple_of_pi(
        text,
        area,
        (
            f"The outer radius is ${num(inner)} + {num(width)} = {num(outer)}$.",
            "The ring is the large disk without the small disk:"
            rf" $\pi({num(outer)}^2 - {num(inner)}^2)$.",
            rf"$\pi({num(outer**2)} - {num(inner**2)}) = {format_pi(area)}$.",
        ),
    )


def tangent_segment(text: str) -> Solution | None:
    """Length of the tangent segment from an outer point to a circle."""
    if "tangent segment" not in text or "radius" not in text:
        return None
    given = read_given(text)
    radius = given.values[0] if len(given.values) == 1 else None
    distance = read_number(given.named.get("OP", ""))
    if radius is None or distance is None or len(given.named) != 1 or given.others or given.outside:
        return None
    if not 0 < radius < distance:
        return None
    square = distance**2 - radius**2
    answer = format_root(square)
    return Solution(
        (
            "The radius $OT$ is perpendicular to the tangent, so $OTP$ is a right triangle with hypotenuse $OP$.",
            f"$PT^2 = OP^2 - OT^2 = {num(distance**2)} - {num(radius**2)} = {num(square)}$.",
            rf"Hence $PT = \sqrt{{{num(square)}}} = {answer}$.",
        ),
        answer,
    )


def polygon_diagonals(text: str) -> Solution | None:
    """Number of diagonals of a convex polygon."""
    if "convex polygon" not in text or not re.search("diagonals|not neighbours", text):
        return None
    if not re.search(r"how many (?:diagonals|threads|[a-z]+ are needed)|number of diagonals", text, re.IGNORECASE):
        return None
    values = read_given(text).only_values()
    if len(values) != 1 or values[0].denominator != 1 or values[0] < 3 or "diagonals and" in text:
        return None
    sides = int(values[0])
    ends = sides * (sides - 3)
    return Solution(
        (
            f"Each of the ${sides}$ vertices is joined by a diagonal to ${sides} - 3 = {sides - 3}$ others:"
            " not to itself and not to its two neighbours.",
            rf"That counts ${sides} \cdot {sides - 3} = {ends}$ ends of diagonals, and every diagonal has two ends.",
            rf"The number of diagonals is $\frac{{{ends}}}{{2}} = {ends // 2}$.",
        ),
        str(ends // 2),
    )


def sides_from_angle(text: str) -> Solution | None:
    """Number of sides of a regular polygon from its interior angle."""
    if "regular polygon" not in text or "interior angle" not in text or not _SIDES_ASKED.search(text):
        return None
    parts = math_parts(text)
    values = read_given(text).only_values()
    if len(values) != 1 or len(parts) != 1 or not parts[0].endswith(r"^\circ") or not 0 < values[0] < 180:
        return None
    exterior = 180 - values[0]
    sides = Fraction(360) / exterior
    if sides.denominator != 1 or sides < 3:
        return None
    answer = num(sides)
    return Solution(
        (
            rf"Each exterior angle measures $180^\circ - {parts[0]} = {num(exterior)}^\circ$.",
            r"The exterior angles of a convex polygon add up to $360^\circ$.",
            rf"The number of sides is $\frac{{360}}{{{num(exterior)}}} = {answer}$.",
        ),
        answer,
    )


def trapezoid_area(text: str) -> Solution | None:
    """Area of a trapezoid from its parallel sides and its height."""
    if "trapez" not in text or "area" not in text or not _HEIGHT_LAST.search(text):
        return None
    values = read_given(text).only_values()
    if len(values) != 3 or min(values) <= 0:
        return None
    first, second, height = values
    answer = num((first + second) * height / 2)
    return Solution(
        (
            "The area of a trapezoid is half the sum of the parallel sides times the height.",
            rf"Half the sum is $\frac{{{num(first)} + {num(second)}}}{{2}}"
            rf" = {num((first + second) / 2)}$.",
            rf"The area is ${num((first + second) / 2)} \cdot {num(height)} = {answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    hypotenuse,
    heron_area,
    similar_triangles,
    law_of_cosines,
    angle_ratio,
    power_of_point,
    sector_area,
    ring_area,
    tangent_segment,
    polygon_diagonals,
    sides_from_angle,
    trapezoid_area,
)
