"""Coordinate geometry and conic sections."""

from __future__ import annotations

import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.notation import (
    Number,
    Terms,
    exact_root,
    format_pi,
    format_point,
    format_polynomial,
    format_root,
    format_sum,
    in_brackets,
    math_parts,
    numerals,
    read_equation,
    read_given,
    read_number,
    read_point,
    read_polynomial,
)
from synth_builder.offline.teacher.solve.notation import format_number as num
from synth_builder.offline.teacher.solve.question import Method, Solution

_MULTIPLIER = re.compile(r"value of \$(.*)d\$|multiplied by \$(.+)\$|^\$(.+)\$ times")
_ABSCISSA = re.compile(r"\$x\$-coordinate(?: is| of| equal to)? \$([^$]+)\$")
_OPEN_POINT = re.compile(r"\(([^(),]+),\s*t\)")


def _single_equation(text: str, *ignored: str) -> Terms | None:
    """The one equation in x and y of a text, as left minus right; None if other numbers are given besides `ignored`."""
    given = read_given(text)
    equations = [f"{name} = {right}" for name, right in given.named.items() if name not in ignored] + list(given.others)
    terms = read_equation(equations[0], "xy") if len(equations) == 1 else None
    return None if given.outside else terms


_NAMELESS_POINT = re.compile(r"\$(\([^()$]+,[^()$]+\))\$")


def distance_to_line(text: str) -> Solution | None:
    """Distance of a point from a line in general form."""
    if not re.search(r"distance[^.]* from", text) or "line" not in text:
        return None
    text = _NAMELESS_POINT.sub(r"$P = \1$", text, count=1) if "$P" not in text else text
    given = read_given(text)
    point = read_point(given.named.get("P", ""))
    line = _single_equation(text, "P")
    if point is None or len(point) != 2 or line is None or set(line) - {(1, 0), (0, 1), (0, 0)} or given.values:
        return None
    a, b, c = line.get((1, 0), Fraction(0)), line.get((0, 1), Fraction(0)), line.get((0, 0), Fraction(0))
    if not (a or b):
        return None
    value, square = a * point[0] + b * point[1] + c, a * a + b * b
    answer = format_root(square, abs(value) / square)
    working = format_sum(
        [
            rf"{num(a)} \cdot {in_brackets(point[0])}",
            rf"{num(b)} \cdot {in_brackets(point[1])}",
            num(c),
        ]
    )
    return Solution(
        (
            r"The distance from $(x_0, y_0)$ to $ax + by + c = 0$ is $\frac{|ax_0 + by_0 + c|}{\sqrt{a^2 + b^2}}$.",
            f"Put the point in: ${working} = {num(value)}$.",
            rf"The normal vector has the length $\sqrt{{{num(square)}}} = {format_root(square)}$.",
            f"The distance is ${answer}$.",
        ),
        answer,
    )


def circle_from_equation(text: str) -> Solution | None:
    """Completing the squares: area or squared radius of a circle from its general equation."""
    squared = "square of the radius" in text
    wanted = re.search(r"(?:[Ff]ind|[Ww]hat is|[Dd]etermine) the (radius|cent(?:er|re)) of the circle", text)
    if "circle" not in text or not (squared or wanted or re.search(r"find the (?:exact )?area", text, re.IGNORECASE)):
        return None
    circle = _single_equation(text)
    if circle is None or read_given(text).values or circle.get((2, 0), Fraction(0)) != circle.get((0, 2)):
        return None
    if set(circle) - {(2, 0), (0, 2), (1, 0), (0, 1), (0, 0)}:
        return None
    scale = circle[(2, 0)]
    x, y = (-circle.get(powers, Fraction(0)) / (2 * scale) for powers in ((1, 0), (0, 1)))
    constant = -circle.get((0, 0), Fraction(0)) / scale
    square = constant + x * x + y * y
    if square <= 0:
        return None
    answer = num(square) if squared else format_pi(square)
    if wanted:
        answer = format_root(square) if wanted[1] == "radius" else format_point((x, y))
    return Solution(
        (
            f"Complete the squares: add ${num(x * x)}$ and ${num(y * y)}$ on both sides.",
            f"Now $({format_polynomial((-x, 1))})^2 + ({format_polynomial((-y, 1), 'y')})^2"
            f" = {num(constant)} + {num(x * x)} + {num(y * y)} = {num(square)}$.",
            f"So $r^2 = {num(square)}$."
            if squared
            else f"So the {wanted[1]} is ${answer}$."
            if wanted
            else rf"So the area is $\pi r^2 = {answer}$.",
        ),
        answer,
    )


def triangle_area(text: str) -> Solution | None:
    """Shoelace formula: area of a triangle from the coordinates of its vertices in the plane."""
    if "area" not in text or "triangle" not in text or re.search("midpoint|median|centroid|circle|times", text):
        return None
    if "vertices" in text and "$A" not in text:
        for name in "ABC":
            text = _NAMELESS_POINT.sub(rf"${name} = \1$", text, count=1)
    points = [read_point(point) for point in read_given(text).only_named("A", "B", "C")]
    corners = [point for point in points if point is not None and len(point) == 2]
    if len(corners) != 3:
        return None
    a, b, c = corners
    u, v = (b[0] - a[0], b[1] - a[1]), (c[0] - a[0], c[1] - a[1])
    determinant = u[0] * v[1] - u[1] * v[0]
    answer = num(abs(determinant) / 2)
    return Solution(
        (
            f"The sides from $A$ are the vectors $AB = {format_point(u)}$ and $AC = {format_point(v)}$.",
            rf"Their determinant is ${num(u[0])} \cdot {in_brackets(v[1])}"
            rf" - {in_brackets(u[1])} \cdot {in_brackets(v[0])} = {num(determinant)}$.",
            rf"The area is half its absolute value: $\frac{{{num(abs(determinant))}}}{{2}} = {answer}$.",
        ),
        answer,
    )


def reflect_in_line(text: str) -> Solution | None:
    """Reflection of a point in a line."""
    if not re.search("reflect", text) or "coordinates of $Q$" not in text:
        return None
    point = read_point(read_given(text).named.get("P", ""))
    line = _single_equation(text, "P")
    if point is None or len(point) != 2 or line is None or set(line) - {(1, 0), (0, 1), (0, 0)}:
        return None
    a, b, c = line.get((1, 0), Fraction(0)), line.get((0, 1), Fraction(0)), line.get((0, 0), Fraction(0))
    if not (a or b) or read_given(text).values:
        return None
    factor = -(a * point[0] + b * point[1] + c) / (a * a + b * b)
    foot = (point[0] + factor * a, point[1] + factor * b)
    answer = format_point((2 * foot[0] - point[0], 2 * foot[1] - point[1]))
    return Solution(
        (
            f"The line is perpendicular to the vector ${format_point((a, b))}$.",
            f"The foot of the perpendicular from $P = {format_point(point)}$ is ${format_point(foot)}$.",
            f"The foot is the midpoint of $PQ$, so $Q = 2 {format_point(foot)} - {format_point(point)} = {answer}$.",
        ),
        answer,
    )


def collinear_parameter(text: str) -> Solution | None:
    """The missing second coordinate of the third of three points on one line."""
    if "line" not in text or not re.search(r"(?:value of|number) \$t\$", text):
        return None
    parts = [part for part in math_parts(text) if "," in part]
    points = [read_point(part) for part in parts]
    known = [point for point in points if point is not None and len(point) == 2]
    open_points = [match for part in parts if (match := _OPEN_POINT.fullmatch(part))]
    given = read_given(text)
    if len(parts) != 3 or len(known) != 2 or len(open_points) != 1 or given.values or given.named or given.outside:
        return None
    x = read_number(open_points[0][1])
    (x1, y1), (x2, y2) = known
    if x is None or x1 == x2 or any(part not in parts for part in given.others):
        return None
    slope = (y2 - y1) / (x2 - x1)
    answer = num(y1 + slope * (x - x1))
    return Solution(
        (
            rf"The slope of the line is $\frac{{{num(y2)} - {in_brackets(y1)}}}"
            rf"{{{num(x2)} - {in_brackets(x1)}}} = {num(slope)}$.",
            f"From the first point to the third, $x$ grows by ${num(x - x1)}$.",
            rf"So $t = {num(y1)} + {in_brackets(slope)} \cdot {in_brackets(x - x1)} = {answer}$.",
        ),
        answer,
    )


def _axes_squares(text: str) -> tuple[Fraction, Fraction] | None:
    """The numbers p and q of the one conic x^2/p + y^2/q = 1 of a text; q is negative for a hyperbola."""
    terms = None if read_given(text).values else _single_equation(text)
    if terms is None or set(terms) != {(2, 0), (0, 2), (0, 0)}:
        return None
    return -terms[(0, 0)] / terms[(2, 0)], -terms[(0, 0)] / terms[(0, 2)]


def ellipse_focal_distance(text: str) -> Solution | None:
    """Distance between the foci of an ellipse in standard form."""
    if "ellip" not in text or not re.search(r"distance between (?:its two |the two |the |its )?foci", text):
        return None
    squares = _axes_squares(text)
    if squares is None or min(squares) <= 0:
        return None
    large, small = max(squares), min(squares)
    answer = format_root(large - small, 2)
    return Solution(
        (
            f"The squares of the semi-axes are ${num(large)}$ and ${num(small)}$.",
            f"For the distance $c$ from the centre to a focus,"
            f" $c^2 = {num(large)} - {num(small)} = {num(large - small)}$.",
            rf"The distance between the foci is $2c = 2\sqrt{{{num(large - small)}}} = {answer}$.",
        ),
        answer,
    )


def hyperbola_eccentricity(text: str) -> Solution | None:
    """Eccentricity of a hyperbola in standard form."""
    if "hyperbola" not in text or "eccentricity" not in text:
        return None
    squares = _axes_squares(text)
    if squares is None or squares[0] * squares[1] >= 0:
        return None
    a, b = max(squares), -min(squares)
    answer = format_root((a + b) / a)
    return Solution(
        (
            f"Here $a^2 = {num(a)}$ and $b^2 = {num(b)}$.",
            f"Then $c^2 = a^2 + b^2 = {num(a + b)}$, so $c = {format_root(a + b)}$.",
            rf"The eccentricity is $\frac{{c}}{{a}} = \frac{{{format_root(a + b)}}}{{{format_root(a)}}} = {answer}$.",
        ),
        answer,
    )


def parabola_focal_distance(text: str) -> Solution | None:
    """Distance from a point of a parabola to its focus, by the directrix."""
    abscissa = _ABSCISSA.search(text)
    if not abscissa or "parabola" not in text or not re.search(r"distance from [^.]*focus", text):
        return None
    x = read_number(abscissa[1])
    parabola = _single_equation(text)
    values = read_given(text).values
    if x is None or len(values) != 1 or parabola is None or set(parabola) != {(0, 2), (1, 0)}:
        return None
    focus = -parabola[(1, 0)] / parabola[(0, 2)] / 4
    if focus <= 0 or x < 0:
        return None
    answer = num(x + focus)
    return Solution(
        (
            f"The parabola has the form $y^2 = 4px$ with $p = {num(focus)}$.",
            f"Its focus is ${format_point((focus, 0))}$, its directrix is $x = {num(-focus)}$.",
            f"The point is as far from the focus as from the directrix: ${num(x)} + {num(focus)} = {answer}$.",
        ),
        answer,
    )


_PART_OF_PARABOLA = re.compile(
    r"(?:[Ff]ind|[Ww]hat (?:is|are)|[Dd]etermine|[Gg]ive|[Ss]tate) (?:the coordinates of )?the (focus|vertex)\b"
)


def focus_or_vertex(text: str) -> Solution | None:
    """Focus or vertex of a parabola with an axis parallel to a coordinate axis, by completing the square."""
    asked = _PART_OF_PARABOLA.search(text)
    if not asked or "parabola" not in text or "distance" in text or read_given(text).values:
        return None
    terms = _single_equation(text)
    if terms is None:
        return None
    # Exchange x and y where the square is that of y.
    upright = (2, 0) in terms
    read = terms if upright else {(q, p): c for (p, q), c in terms.items()}
    linear = read.get((0, 1))
    if not linear or set(read) - {(2, 0), (1, 0), (0, 1), (0, 0)} or (2, 0) not in read:
        return None
    a, b, c = (-read.get(powers, Fraction(0)) / linear for powers in ((2, 0), (1, 0), (0, 0)))
    across = -b / (2 * a)
    along = c - b * b / (4 * a)
    focal = 1 / (4 * a)
    vertex = (across, along) if upright else (along, across)
    focus = (across, along + focal) if upright else (along + focal, across)
    answer = format_point(focus if asked[1] == "focus" else vertex)
    steps = [
        f"Completing the square gives ${'y' if upright else 'x'} = {num(a)}({'x' if upright else 'y'} - "
        f"{in_brackets(across)})^2 + {in_brackets(along)}$, so the vertex is ${format_point(vertex)}$.",
    ]
    if asked[1] == "focus":
        steps.append(rf"The focal length is $\frac{{1}}{{4a}} = {num(focal)}$ with $a = {num(a)}$.")
    return Solution((*steps, f"The {asked[1]} is ${answer}$."), answer)


def line_meets_parabola(text: str) -> Solution | None:
    """A multiple of the horizontal distance between the two common points of a line and a parabola."""
    if "parabola" not in text or not re.search(r"difference of the \$x\$-coordinates|horizontal distance", text):
        return None
    curves = [part.removeprefix("y = ") for part in math_parts(text) if part.startswith("y = ")]
    multiplier = _MULTIPLIER.search(text)
    if len(curves) != 2 or multiplier is None:
        return None
    first, second = (read_polynomial(curve) for curve in curves)
    written = multiplier[1] or multiplier[2] or multiplier[3]
    factor = read_number(written) if written else Fraction(1)
    used = [numeral for part in (*curves, written or "") for numeral in numerals(part)]
    if first is None or second is None or factor is None or sorted(used) != sorted(numerals(text)):
        return None
    return _chord_width(first, second, factor)


def _chord_width(first: tuple[Fraction, ...], second: tuple[Fraction, ...], factor: Fraction) -> Solution | None:
    size = max(len(first), len(second))
    padded = [(*curve, *[Fraction(0)] * (size - len(curve))) for curve in (first, second)]
    c, b, a = [two - one for one, two in zip(*padded, strict=True)] if size == 3 else (Fraction(0),) * 3
    discriminant = b * b - 4 * a * c
    if not a or discriminant <= 0:
        return None
    answer = format_root(discriminant, factor / abs(a))
    width = format_root(discriminant, 1 / abs(a))
    root = exact_root(discriminant)
    middle: tuple[Number, ...] = () if root is None else ((-b - root) / (2 * a), (-b + root) / (2 * a))
    found = f" They are $x = {num(min(middle))}$ and $x = {num(max(middle))}$." if middle else ""
    return Solution(
        (
            f"At the common points ${format_polynomial((c, b, a))} = 0$.",
            f"The discriminant is ${num(discriminant)}$, so there are two solutions.{found}",
            f"Their difference is ${width}$.",
            rf"Multiplied by ${num(factor)}$, this gives ${answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    distance_to_line,
    circle_from_equation,
    triangle_area,
    reflect_in_line,
    collinear_parameter,
    ellipse_focal_distance,
    hyperbola_eccentricity,
    parabola_focal_distance,
    line_meets_parabola,
    focus_or_vertex,
)
