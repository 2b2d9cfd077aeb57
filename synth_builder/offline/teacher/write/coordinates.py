"""Problem families of coordinate geometry and on conic sections."""

from __future__ import annotations

from fractions import Fraction

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import one_of, polynomial, signed, stated, vector
from synth_builder.offline.teacher.write.scene import Scene

TRIPLES = ((3, 4, 5), (4, 3, 5), (5, 12, 13), (12, 5, 13), (8, 15, 17), (15, 8, 17))


def _distance_to_line(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, length = draw.choice(TRIPLES)
    y, constant = draw.integer(1, 9), draw.integer(1, 20)
    n = number or drawn(draw.integer(2, 15))
    line, point = f"${a}x + {b}y + {constant} = 0$", f"$P = ({n}, {y})$"
    question = one_of(
        draw,
        f"In the coordinate plane, consider the line {line} and the point {point}. Find the distance from $P$ to "
        "the line.",
        f"On a map of the land around the {scene.place(draw)}, with one unit for one kilometre, a straight road "
        f"follows the line {line}. A well lies at the point {point}. Find the shortest distance, in kilometres, "
        "from the well to the road.",
    )
    quantity = f"the distance from the point {point} to the line {line}"
    return stated(question, quantity, Fraction(a * n.value + b * y + constant, length))


def _circle_equation(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    x, y = draw.integer(2, 7), draw.integer(2, 7)
    if number is None:
        radius = draw.integer(2, 9)
        value = radius**2 - x**2 - y**2
        right = str(value)
    else:
        value, right = number.value, number.text
    circle = f"$x^2 + y^2 - {2 * x}x + {2 * y}y = {right}$"
    question = one_of(
        draw,
        f"The equation {circle} describes a circle in the coordinate plane. Complete the squares and find the exact "
        "area that this circle encloses.",
        f"A round flower bed beside the {scene.place(draw)} is bounded, in a coordinate system with metres as "
        f"units, by the circle {circle}. Find the exact area of the bed in square metres.",
    )
    return stated(question, f"the square of the radius of the circle {circle}", value + x**2 + y**2)


def _triangle_area(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    width, height = 2 * draw.integer(2, 6), draw.integer(3, 12)
    x, y = draw.integer(-5, 5), draw.integer(-5, 5)
    if number is None:
        third = (draw.integer(-5, 9), y + height)
        area = width * height // 2
        corners = f"$A = {vector((x, y))}$, $B = {vector((x + width, y))}$ and $C = {vector(third)}$"
    else:
        # The side AB lies on the horizontal axis, so that the linked coordinate is the height.
        corners = f"$A = {vector((x, 0))}$, $B = {vector((x + width, 0))}$ and $C = ({draw.integer(-5, 9)}, {number})$"
        area = width // 2 * number.value
    question = one_of(
        draw,
        f"A triangle in the coordinate plane has the vertices {corners}. Find the area of the triangle $ABC$.",
        f"Three posts beside the {scene.place(draw)} stand at the points {corners} of a coordinate system whose "
        "units are metres. A rope is stretched around the posts. Find the area, in square metres, of the triangle "
        "$ABC$ that the rope encloses.",
    )
    return stated(question, f"the area of the triangle with vertices {corners}", area)


def _reflection(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    x, shift = draw.integer(-9, 9), draw.integer(1, 9)
    n = number or drawn(draw.integer(2, 20))
    point, line = f"$P = ({x}, {n})$", f"$y = x {signed(shift)}$"
    question = one_of(
        draw,
        f"In the coordinate plane, the point {point} is reflected in the line {line}. The image is the point $Q$. "
        "Find the coordinates of $Q$.",
        f"A mirror stands along the line {line} of a coordinate plane, and a lamp stands at the point {point}. The "
        "lamp seems to stand at the point $Q$, the reflection of $P$ in the line. Find the coordinates of $Q$.",
    )
    return Problem(question)


def _collinear(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    x, y, slope = draw.integer(-4, 4), draw.integer(1, 6), draw.integer(2, 4)
    step = draw.integer(1, 4)
    n = number or drawn(draw.integer(6, 20))
    first, second = vector((x, y)), vector((x + step, y + slope * step))
    points = f"${first}$, ${second}$ and $({n}, t)$"
    question = one_of(
        draw,
        f"The three points {points} lie on one straight line in the coordinate plane. Find the value of $t$.",
        f"On a city map, the stops of a straight tram line near the {scene.place(draw)} have the coordinates "
        f"{points}. Find the value of $t$ for which all three stops lie on one straight line.",
    )
    return stated(question, f"the number $t$ for which the points {points} are collinear", y + slope * (n.value - x))


def _ellipse_foci(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    short, focal, long = draw.choice(TRIPLES)
    n = number or drawn(draw.integer(1, 4))
    if number:
        denominators = f"{long**2} \\cdot {n}^2", f"{short**2} \\cdot {n}^2"
    else:
        denominators = str((long * n.value) ** 2), str((short * n.value) ** 2)
    ellipse = f"$\\frac{{x^2}}{{{denominators[0]}}} + \\frac{{y^2}}{{{denominators[1]}}} = 1$"
    question = one_of(
        draw,
        f"Consider the ellipse {ellipse} in the coordinate plane. Find the distance between its two foci.",
        f"A whispering gallery in the {scene.place(draw)} has an elliptical floor whose boundary is {ellipse}, with "
        "lengths in metres. Two visitors stand at the two foci. Find the distance between the two foci.",
    )
    return stated(question, f"the distance between the foci of the ellipse {ellipse}", 2 * focal * n.value)


def _parabola_focus(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    focus = draw.integer(2, 8)
    n = number or drawn(draw.integer(2, 20))
    parabola = f"$y^2 = {4 * focus}x$"
    question = one_of(
        draw,
        f"A point $P$ in the first quadrant lies on the parabola {parabola}, and its $x$-coordinate is ${n}$. Find "
        "the distance from $P$ to the focus of the parabola.",
        f"The cross-section of a mirror in the {scene.place(draw)} is part of the parabola {parabola}, and the lamp "
        "is placed at its focus. A ray leaves the lamp and meets the mirror at a point $P$ with $x$-coordinate "
        f"${n}$. Find the distance from $P$ to the focus of the parabola.",
    )
    quantity = (
        f"the distance from the focus of the parabola {parabola} to a point of the parabola with $x$-coordinate ${n}$"
    )
    return stated(question, quantity, n.value + focus)


def _hyperbola_eccentricity(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, _ = draw.choice(TRIPLES)
    scale = draw.integer(1, 3)
    hyperbola = f"$\\frac{{x^2}}{{{(a * scale) ** 2}}} - \\frac{{y^2}}{{{(b * scale) ** 2}}} = 1$"
    question = one_of(
        draw,
        f"Consider the hyperbola {hyperbola} in the coordinate plane. Find its eccentricity as a reduced fraction.",
        f"The edge of a cooling tower is modelled by the hyperbola {hyperbola}. Find the eccentricity of this "
        "hyperbola as a reduced fraction.",
    )
    return Problem(question)


def _line_parabola_chord(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    first, slope = draw.integer(1, 5), draw.integer(1, 5)
    n = number or drawn(draw.integer(6, 15))
    # The line meets y = x^2 where x^2 - (slope) x - n * (n + slope) = 0, that is at x = n + slope and x = -n.
    line = f"$y = {polynomial([slope, 0])} + {n} \\cdot ({n} + {slope})$"
    question = (
        f"The line {line} meets the parabola $y = x^2$ at two points of the coordinate plane, $A$ on the left and "
        "$B$ on the right. "
    )
    question += one_of(
        draw,
        f"Find the horizontal distance between $A$ and $B$, multiplied by ${first}$.",
        "Let $d$ be the difference of the $x$-coordinates of $B$ and $A$. Find the value of "
        f"${polynomial([first, 0], 'd')}$.",
    )
    quantity = (
        f"${first}$ times the difference of the $x$-coordinates of the points where the line {line} meets the "
        "parabola $y = x^2$"
    )
    return stated(question, quantity, first * (2 * n.value + slope))


HIGH, COLLEGE = "high_school", "college"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("distance_point_line", "coordinate geometry",
           ("distance from a point to a line", "equation of a line", "coordinate plane", "perpendicular", "distance"),
           HIGH, _distance_to_line, range(1, 101)),
    Family("circle_general_equation", "coordinate geometry",
           ("equation of a circle", "completing the square", "area of a circle", "circle",
            "perfect square trinomial"),
           HIGH, _circle_equation, range(1, 201)),
    Family("coordinate_triangle_area", "coordinate geometry",
           ("triangle area", "shoelace formula", "coordinate plane", "area of a triangle from coordinates",
            "plotting points", "area of a triangle"),
           HIGH, _triangle_area, range(1, 101)),
    Family("reflection_in_line", "coordinate geometry",
           ("reflection", "equation of a line", "coordinate plane", "isometry", "perpendicular bisector",
            "coordinate axis"),
           HIGH, _reflection, range(1, 101)),
    Family("collinear_points", "coordinate geometry",
           ("collinearity", "slope", "equation of a line", "slope of a line segment", "point-slope form"),
           HIGH, _collinear, range(5, 101)),
    Family("ellipse_foci", "conic sections",
           ("ellipse", "focus", "semi-major axis", "conic section", "major axis", "equation of an ellipse",
            "standard form of a conic"),
           HIGH, _ellipse_foci, range(1, 61)),
    Family("parabola_focal_distance", "conic sections",
           ("parabola", "focus", "directrix", "conic section", "distance formula"),
           HIGH, _parabola_focus, range(1, 101)),
    Family("hyperbola_eccentricity", "conic sections",
           ("hyperbola", "eccentricity", "focus", "conic section", "standard form of a conic", "transverse axis"),
           COLLEGE, _hyperbola_eccentricity),
    Family("line_meets_parabola", "conic sections",
           ("parabola", "intersection of curves", "quadratic equation", "intersection of graphs",
            "roots of a quadratic equation"),
           HIGH, _line_parabola_chord, range(1, 61)),
)
# fmt: on
