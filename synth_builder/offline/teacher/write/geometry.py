"""Problem families on triangles and circles."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import one_of, stated, times
from synth_builder.offline.teacher.write.scene import Scene

TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29))
HERONIAN = (
    *((13, 14, 15, 84), (5, 5, 6, 12), (5, 5, 8, 12), (10, 13, 13, 60), (9, 10, 17, 36), (7, 15, 20, 42)),
    *((13, 20, 21, 126), (11, 13, 20, 66), (10, 17, 21, 84), (4, 13, 15, 24), (17, 25, 28, 210)),
)


def _hypotenuse(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    short, long, hypotenuse = draw.choice(TRIPLES)
    n = number or drawn(draw.integer(2, 9))
    legs = f"${times(short, n)}$ and ${times(long, n)}$"
    question = one_of(
        draw,
        f"Next to the {scene.place(draw)}, two straight paths of lengths {legs} metres meet at a right angle. A "
        "third straight path is planned between their far ends. How many metres long is the third path?",
        f"A triangular sign at the entrance of the {scene.place(draw)} has a right angle, and the two sides that "
        f"form this angle have lengths {legs} centimetres. Find the length of the hypotenuse in centimetres.",
    )
    return stated(question, f"the length of the hypotenuse of a right triangle with legs {legs}", hypotenuse * n.value)


def _heron(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    first, second, third, area = draw.choice(HERONIAN)
    scale = draw.integer(1, 3)
    sides = f"${first * scale}$, ${second * scale}$ and ${third * scale}$"
    question = one_of(
        draw,
        f"A gardener fences a triangular flower bed behind the {scene.place(draw)}. The sides of the bed measure "
        f"{sides} metres, and no angle is known. Find the area of the bed in square metres.",
        f"The three sides of a triangle have lengths {sides}. Using only these lengths, without measuring any "
        "angle, find the area of the triangle.",
    )
    return stated(question, f"the area of the triangle with side lengths {sides}", area * scale * scale)


def _similar_shadow(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    ratio, shadow = draw.integer(2, 5), draw.integer(2, 6)
    n = number or drawn(draw.integer(4, 30))
    question = one_of(
        draw,
        f"On a sunny afternoon a vertical pole of height ${ratio * shadow}$ metres casts a shadow of length "
        f"${shadow}$ metres. At the same time a tower beside the {scene.place(draw)} casts a shadow of length ${n}$ "
        "metres on the same level ground. How many metres high is the tower?",
        "Triangles $ABC$ and $DEF$ are similar, with $A$, $B$, $C$ corresponding to $D$, $E$, $F$ in this order. "
        f"It is given that $AB = {shadow}$, $BC = {ratio * shadow}$ and $DE = {n}$. Find the length of $EF$.",
    )
    quantity = (
        f"the length of the side $EF$ of a triangle $DEF$ with $DE = {n}$ that is similar to a triangle $ABC$ with "
        f"$AB = {shadow}$ and $BC = {ratio * shadow}$"
    )
    return stated(question, quantity, ratio * n.value)


def _law_of_cosines(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    n = number or drawn(draw.integer(3, 15))
    side, angle = draw.integer(3, 15), draw.choice((60, 120))
    question = one_of(
        draw,
        f"In triangle $ABC$ the sides $AB$ and $BC$ have lengths $AB = {n}$ and $BC = {side}$, and the angle at $B$ "
        f"measures ${angle}^\\circ$. Find $AC^2$, the square of the length of the third side.",
        f"Two straight roads leave the {scene.place(draw)} at an angle of ${angle}^\\circ$. One walker goes ${n}$ "
        f"kilometres along the first road, another goes ${side}$ kilometres along the second road. Find the square "
        "of the straight-line distance between the two walkers, in square kilometres.",
    )
    quantity = (
        f"the value of $AC^2$ in a triangle $ABC$ with $AB = {n}$, $BC = {side}$ and $\\angle B = {angle}^\\circ$"
    )
    sign = -1 if angle == 60 else 1
    return stated(question, quantity, n.value**2 + side**2 + sign * n.value * side)


def _angle_ratio(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    total = draw.choice((9, 10, 12, 15, 18, 20))
    first = draw.integer(1, (total - 1) // 3)
    second = draw.integer(first, (total - first - 1) // 2)
    third = total - first - second
    common = gcd(first, second, third)
    ratio = f"${first // common} : {second // common} : {third // common}$"
    question = one_of(
        draw,
        f"The three interior angles of a triangle are in the ratio {ratio}. Find the measure, in degrees, of the "
        "largest angle of the triangle.",
        f"A carpenter who works for the {scene.place(draw)} cuts a triangular board so that its interior angles are "
        f"in the ratio {ratio}. How many degrees does the largest angle of the board measure?",
    )
    quantity = (
        f"the number of degrees in the largest angle of a triangle whose interior angles are in the ratio {ratio}"
    )
    return stated(question, quantity, 180 // total * third)


def _intersecting_chords(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    ratio, known = draw.integer(2, 5), draw.integer(2, 6)
    n = number or drawn(draw.integer(3, 20))
    setting = f"$PA = {n}$, $PB = {ratio * known}$ and $PC = {known}$"
    question = one_of(
        draw,
        f"Two chords $AB$ and $CD$ of a circle meet at a point $P$ inside the circle. It is known that {setting}. "
        "Find the length of $PD$.",
        "From a point $P$ outside a circle, two secants are drawn. The first meets the circle at $A$ and $B$, the "
        f"second meets it at $C$ and $D$. Given that {setting}, find the length of $PD$.",
    )
    quantity = (
        "the length of $PD$, where the chords $AB$ and $CD$ of a circle meet at a point $P$ inside the circle with "
        f"{setting}"
    )
    return stated(question, quantity, ratio * n.value)


def _sector_area(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    angle = draw.choice((30, 40, 45, 60, 72, 90, 120, 135, 150))
    n = number or drawn(draw.choice((6, 12, 18, 24)))
    question = one_of(
        draw,
        f"A lawn sprinkler in front of the {scene.place(draw)} reaches ${n}$ metres and turns back and forth "
        f"through an angle of ${angle}^\\circ$. Find the exact area, in square metres, of the sector of lawn that "
        "it waters.",
        f"A sector of a circle of radius ${n}$ has a central angle of ${angle}^\\circ$. Find the exact area of this "
        "sector as a multiple of $\\pi$.",
    )
    quantity = f"the area, divided by $\\pi$, of a circular sector with radius ${n}$ and central angle ${angle}^\\circ$"
    return stated(question, quantity, Fraction(angle * n.value**2, 360))


def _ring_area(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    width = draw.integer(1, 6)
    n = number or drawn(draw.integer(3, 20))
    question = one_of(
        draw,
        f"A circular pond near the {scene.place(draw)} has radius ${n}$ metres. A path of constant width ${width}$ "
        "metres surrounds the pond. Find the exact area of the path in square metres.",
        f"Two circles have the same centre. The inner circle has radius ${n}$, and the distance between the two "
        f"circles is ${width}$. Find the exact area of the ring between the circles.",
    )
    quantity = (
        f"the area, divided by $\\pi$, of the ring between a circle of radius ${n}$ and a larger circle with the "
        f"same centre whose radius is greater by ${width}$"
    )
    return stated(question, quantity, width * (2 * n.value + width))


def _tangent_length(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    radius, tangent, distance = draw.choice(TRIPLES)
    n = number or drawn(draw.integer(1, 5))
    setting = f"a circle with centre $O$ and radius ${times(radius, n)}$"
    point = f"a point $P$ with $OP = {times(distance, n)}$"
    question = one_of(
        draw,
        f"Consider {setting}, and {point}. A line through $P$ touches the circle at $T$. Find the length of the "
        "tangent segment $PT$.",
        f"On a map, the shore of a round lake is {setting}. A walker stands at {point} and looks along a straight "
        "line that touches the shore at $T$. Find the length of the tangent segment $PT$.",
    )
    return stated(question, f"the length of a tangent segment from {point} to {setting}", tangent * n.value)


MIDDLE, HIGH = "middle_school", "high_school"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("right_triangle_hypotenuse", "triangles",
           ("right triangle", "pythagorean theorem", "hypotenuse", "pythagorean triple", "right angle"),
           MIDDLE, _hypotenuse, range(1, 61)),
    Family("triangle_area_heron", "triangles",
           ("heron's formula", "triangle area", "semiperimeter", "area of a triangle", "triangle area formula"),
           HIGH, _heron),
    Family("similar_triangles", "triangles",
           ("similar triangles", "proportion", "scale factor", "similarity", "cross multiplication"),
           MIDDLE, _similar_shadow, range(1, 201)),
    Family("law_of_cosines", "triangles", ("law of cosines", "triangle", "angle"),
           HIGH, _law_of_cosines, range(1, 101)),
    Family("triangle_angle_ratio", "triangles", ("angle sum of a triangle", "ratio", "angle", "degree measure"),
           MIDDLE, _angle_ratio),
    Family("power_of_a_point", "circles",
           ("power of a point", "chord", "intersecting chords theorem", "circle", "line segment"),
           HIGH, _intersecting_chords, range(1, 101)),
    Family("sector_area", "circles",
           ("circular sector", "central angle", "area of a circle", "circle", "degree measure"),
           HIGH, _sector_area, range(2, 101)),
    Family("ring_area", "circles", ("annulus", "area of a circle", "concentric circles", "circle"),
           MIDDLE, _ring_area, range(2, 101)),
    Family("tangent_segment", "circles",
           ("tangent to a circle", "pythagorean theorem", "radius", "circle", "right angle", "perpendicular",
            "line segment"),
           HIGH, _tangent_length, range(1, 61)),
)
# fmt: on
