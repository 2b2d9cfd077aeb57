"""Solid geometry: boxes, cubes, cones, spheres, cylinders and polyhedra."""

from __future__ import annotations

import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.geometry import multiple_of_pi
from synth_builder.offline.teacher.solve.notation import (
    exact_root,
    format_pi,
    format_root,
    math_parts,
    numerals,
    read_given,
    read_number,
    values_of,
)
from synth_builder.offline.teacher.solve.notation import format_number as num
from synth_builder.offline.teacher.solve.question import Method, Solution
from synth_builder.offline.teacher.solve.reading import with_numerals

_VALUE = r"[^$]*\$[^$]*\d[^$]*\$"  # the next $...$ with a numeral, up to its end
_PAINTED_FACES = re.compile(r"exactly (one|two|three) (?:of (?:its|their) )?faces? (?:is |are )?painted", re.IGNORECASE)
_CONE = re.compile(rf"\bcone\b.*\bradius{_VALUE}[^$]*height{_VALUE}", re.DOTALL)
_SURFACE = re.compile(r"surface area (?:of (?:a |the )?sphere )?(?:is |of |equal to )?\$([^$]*)\\pi\$")
_BALLS = re.compile(r"\$[^$]*\$ (?:solid |identical |equal )*balls[^$]*radius \$[^$]*\$")
_CYLINDER = re.compile(r"cylind[^$]*radius \$[^$]*\$")
_FACES = re.compile(r"\$([^$]*)\$ triangular faces and \$([^$]*)\$ quadrilateral faces")


def space_diagonal(text: str) -> Solution | None:
    """Space diagonal of a rectangular box."""
    if "rectangular" not in text or not re.search(r"space diagonal|longest straight|opposite corners", text):
        return None
    edges = read_given(text).only_values()
    if len(edges) != 3 or min(edges) <= 0 or "edges" not in text:
        return None
    square = sum((edge**2 for edge in edges), Fraction(0))
    answer = format_root(square)
    squares = " + ".join(f"{num(edge)}^2" for edge in edges)
    values = " + ".join(num(edge**2) for edge in edges)
    return Solution(
        (
            f"By the Pythagorean theorem, used twice, the square of the space diagonal is ${squares}$.",
            f"${values} = {num(square)}$.",
            rf"The space diagonal is $\sqrt{{{num(square)}}} = {answer}$.",
        ),
        answer,
    )


def painted_cube(text: str) -> Solution | None:
    """Unit cubes with a given number of painted faces in a cube that is painted on the outside."""
    asked = _PAINTED_FACES.search(text)
    if not asked or "cube" not in text or "unit cubes" not in text:
        return None
    values = read_given(text).only_values()
    if len(values) != 1 or values[0].denominator != 1 or values[0] < 2:
        return None
    edge = int(values[0])
    inner = edge - 2
    if asked[1] == "one":
        count, reason = (
            6 * inner**2,
            rf"on each of the $6$ faces, the inner ${inner} \cdot {inner} = {inner**2}$ of them",
        )
        working = rf"6 \cdot {inner**2}"
    elif asked[1] == "two":
        count, reason = 12 * inner, f"on each of the $12$ edges, the ${edge} - 2 = {inner}$ that are no corners"
        working = rf"12 \cdot {inner}"
    else:
        count, reason, working = 8, "at the corners, one at each", "8"
    return Solution(
        (
            f"The big cube has ${edge}$ unit cubes along each edge.",
            f"The unit cubes with exactly {asked[1]} painted face{'' if asked[1] == 'one' else 's'} lie {reason}.",
            f"Their number is ${working}{f' = {count}' if working != str(count) else ''}$.",
        ),
        str(count),
    )


def cone_volume(text: str) -> Solution | None:
    """Volume of a right circular cone."""
    if "cone" not in text or not _CONE.search(text) or not re.search("volume", text):
        return None
    values = read_given(text).only_values()
    if len(values) != 2 or min(values) <= 0 or re.search("diameter|frustum|cylinder|water", text):
        return None
    radius, height = values
    volume = radius**2 * height / 3
    return multiple_of_pi(
        text,
        volume,
        (
            r"The volume of a cone is $\frac{1}{3}\pi r^2 h$.",
            rf"The base has the area $\pi \cdot {num(radius)}^2 = {format_pi(radius**2)}$.",
            rf"The volume is $\frac{{1}}{{3}} \cdot {format_pi(radius**2)} \cdot {num(height)}"
            rf" = {format_pi(volume)}$.",
        ),
    )


def sphere_volume(text: str) -> Solution | None:
    """Volume of a sphere from its surface area."""
    surface = _SURFACE.search(text)
    if not surface or "spher" not in text or not re.search("volume", text):
        return None
    if [numeral for part in math_parts(text) for numeral in numerals(part)] != numerals(surface[1]):
        return None
    area = read_number(surface[1])
    if area is None or area <= 0 or read_given(text).outside:
        return None
    radius = exact_root(area / 4)
    if radius is None:
        return None
    volume = radius**3 * Fraction(4, 3)
    return multiple_of_pi(
        text,
        volume,
        (
            rf"From $4\pi r^2 = {format_pi(area)}$ we get $r^2 = {num(area / 4)}$,"
            f" so $r = {num(radius)}$.",
            rf"The volume is $\frac{{4}}{{3}}\pi r^3 = \frac{{4}}{{3}}\pi \cdot {num(radius**3)}$.",
            f"This is ${format_pi(volume)}$.",
        ),
    )


def balls_in_cylinder(text: str) -> Solution | None:
    """Rise of the water in a cylinder when balls sink in it."""
    if "cylind" not in text or "balls" not in text or not re.search(r"\bris", text):
        return None
    balls, vessel = _BALLS.search(text), _CYLINDER.search(_BALLS.sub("", text))
    values = read_given(text).only_values()
    if not balls or not vessel or len(values) != 3 or min(values) <= 0:
        return None
    found = values_of(balls[0] + vessel[0])
    if len(found) != 3 or re.search("diameter|spills over|overflows", text):
        return None
    count, ball, cylinder = found
    volume = count * ball**3 * Fraction(4, 3)
    rise = volume / cylinder**2
    answer = num(rise)
    return Solution(
        (
            rf"All balls have the volume ${num(count)} \cdot \frac{{4}}{{3}}\pi \cdot {num(ball)}^3"
            f" = {format_pi(volume)}$.",
            rf"The cross-section of the cylinder has the area $\pi \cdot {num(cylinder)}^2"
            rf" = {format_pi(cylinder**2)}$.",
            rf"The water rises by $\frac{{{format_pi(volume)}}}{{{format_pi(cylinder**2)}}} = {answer}$."
            if volume.denominator == 1
            else rf"The water rises by the quotient of the two, ${answer}$.",
        ),
        answer,
    )


def polyhedron_vertices(text: str) -> Solution | None:
    """Euler's polyhedron formula: faces give edges, then vertices."""
    faces = _FACES.search(text)
    if not faces or "convex polyhedron" not in text:
        return None
    asked = re.search(r"(?:how many|number of) (vertices|edges)", text, re.IGNORECASE)
    values = read_given(text).only_values()
    if not asked or len(values) != 2 or any(value.denominator != 1 or value < 0 for value in values):
        return None
    triangles, quadrilaterals = int(values[0]), int(values[1])
    ends = 3 * triangles + 4 * quadrilaterals
    if ends % 2:
        return None
    edges, count = ends // 2, triangles + quadrilaterals
    steps = (
        f"The number of faces is $F = {triangles} + {quadrilaterals} = {count}$.",
        "Every edge belongs to two faces, so"
        rf" $E = \frac{{3 \cdot {triangles} + 4 \cdot {quadrilaterals}}}{{2}} = {edges}$.",
    )
    if asked[1] == "edges":
        return Solution(steps, str(edges))
    vertices = edges - count + 2
    last = f"By Euler's formula $V - E + F = 2$, we get $V = {edges} - {count} + 2 = {vertices}$."
    return Solution((*steps, last), str(vertices))


_POLYGONS = {"triang": 3, "square": 4, "quadri": 4, "pentag": 5, "hexag": 6}
_EQUAL_FACES = re.compile(
    r"\$(\d+)\$ faces[^$.]*(?:each|all|every)[^$.]*?\b(triang|square|quadri|pentag|hexag)"
    r"|\$(\d+)\$ (triang|square|quadri|pentag|hexag)\w* faces"
)


def equal_faces(text: str) -> Solution | None:
    """Vertices or edges of a convex polyhedron all of whose faces have the same number of sides."""
    if "polyhedron" not in text or "convex" not in text:
        return None
    text = with_numerals(text)
    faces = _EQUAL_FACES.search(text)
    asked = re.search(r"(?:how many|number of) (vertices|corners|edges)", text, re.IGNORECASE)
    values = read_given(text).only_values()
    if (
        not faces
        or not asked
        or len(values) != 1
        or len(re.findall(r"\b(?:triang|square|quadri|pentag|hexag)", text)) != 1
    ):
        return None
    count, sides = int(faces[1] or faces[3]), _POLYGONS[faces[2] or faces[4]]
    if count * sides % 2 or count < 4:
        return None
    edges = count * sides // 2
    vertices = edges - count + 2
    step = rf"Every edge belongs to two faces, so $E = \frac{{{count} \cdot {sides}}}{{2}} = {edges}$."
    if asked[1] == "edges":
        return Solution((step, f"There are ${edges}$ edges."), str(edges))
    last = f"By Euler's formula $V - E + F = 2$, we get $V = {edges} - {count} + 2 = {vertices}$."
    return Solution((step, last), str(vertices))


METHODS: tuple[Method, ...] = (
    space_diagonal,
    painted_cube,
    cone_volume,
    sphere_volume,
    balls_in_cylinder,
    polyhedron_vertices,
    equal_faces,
)
