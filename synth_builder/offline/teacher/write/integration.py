"""Problem families on integrals and their applications."""

from __future__ import annotations

from fractions import Fraction

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import one_of, polynomial, stated, times
from synth_builder.offline.teacher.write.scene import Scene


def _definite_integral(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, c = draw.integer(1, 3), draw.integer(1, 5), draw.integer(1, 9)
    n = number or drawn(draw.integer(2, 6))
    integrand = polynomial([3 * a, 2 * b, c])
    integral = f"$\\int_0^{{{n}}} ({integrand}) \\, dx$"
    question = one_of(
        draw,
        f"Use the fundamental theorem of calculus to find the exact value of the definite integral {integral}.",
        f"Water flows into a tank in the {scene.place(draw)} at the rate of ${integrand}$ litres per minute after "
        f"$x$ minutes. Find the integral {integral}, which is the amount of water, in litres, that flows in during "
        f"the first ${n}$ minutes.",
    )
    return stated(question, f"the value of the integral {integral}", a * n.value**3 + b * n.value**2 + c * n.value)


def _distance_travelled(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    turn, extra = draw.integer(2, 8), draw.integer(1, 6)
    speed = 2 * draw.integer(1, 4)
    velocity = f"$v(t) = {polynomial([speed, -speed * turn], 't')}$"
    end = turn + extra
    question = one_of(
        draw,
        f"A robot in the {scene.place(draw)} moves along a straight line with velocity {velocity} metres per second "
        "after $t$ seconds. It turns round once. Find the total distance, in metres, that it travels from $t = 0$ "
        f"to $t = {end}$.",
        f"A particle moves on a line with velocity {velocity}. Find the total distance that it travels for $0 \\le "
        f"t \\le {end}$, where backward motion also counts as positive distance.",
    )
    quantity = f"the total distance travelled for $0 \\le t \\le {end}$ with velocity {velocity}"
    return stated(question, quantity, speed // 2 * (turn**2 + extra**2))


def _integration_by_parts(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b = draw.integer(1, 6), draw.integer(-5, 6)
    rate = draw.choice((1, 1, 2))
    exponent = "x" if rate == 1 else f"{rate}x"
    integral = f"$\\int_0^1 ({polynomial([a, b])})e^{{{exponent}}} \\, dx$"
    question = one_of(
        draw,
        "The integrand below is the product of a polynomial and an exponential function. Use integration by parts "
        f"to find the exact value of {integral} in terms of $e$.",
        f"Find the exact value of the definite integral {integral} in terms of $e$.",
    )
    return Problem(question)


def _substitution(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    factor, constant = draw.integer(1, 6), draw.integer(1, 5)
    n = number or drawn(draw.integer(2, 5))
    integral = f"$\\int_0^{{{n}}} {4 * factor}x(x^2 + {constant}) \\, dx$"
    question = one_of(
        draw,
        f"Use the substitution $u = x^2 + {constant}$ to find the exact value of the definite integral {integral}.",
        f"Find the exact value of {integral}, for example with a substitution for the expression in brackets.",
    )
    return stated(
        question, f"the value of the integral {integral}", factor * ((n.value**2 + constant) ** 2 - constant**2)
    )


def _area_between(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    factor = draw.integer(1, 4)
    n = number or drawn(draw.integer(2, 9))
    curve, line = f"$y = {polynomial([factor, 0, 0])}$", f"$y = {times(factor, n)} \\cdot x$"
    question = one_of(
        draw,
        f"In the coordinate plane, the parabola {curve} and the line {line} enclose a bounded region. Find the "
        "exact area of this region.",
        f"A garden bed of the {scene.place(draw)} is bounded by a curved edge {curve} and by a straight edge "
        f"{line}, with lengths in metres. Find the exact area of the bed in square metres.",
    )
    return stated(question, f"the area enclosed by {curve} and {line}", Fraction(factor * n.value**3, 6))


def _solid_of_revolution(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    factor = 2 * draw.integer(1, 4)
    n = number or drawn(draw.integer(2, 9))
    root = f"$y = \\sqrt{{{factor}x}}$"
    question = one_of(
        draw,
        f"The region under the curve {root} between $x = 0$ and $x = {n}$ is rotated about the $x$-axis. Find the "
        "exact volume of the resulting solid.",
        f"A bowl in the {scene.place(draw)} has the shape that arises when the curve {root}, for $0 \\le x \\le "
        f"{n}$, is rotated about the $x$-axis, with lengths in centimetres. Find the exact volume, in cubic "
        "centimetres, that the bowl encloses.",
    )
    quantity = (
        f"the volume, divided by $\\pi$, of the solid that arises when the region under {root} for $0 \\le x \\le "
        f"{n}$ is rotated about the $x$-axis"
    )
    return stated(question, quantity, factor // 2 * n.value**2)


def _average_value(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, c = draw.integer(1, 4), draw.integer(1, 6), draw.integer(1, 20)
    n = number or drawn(draw.integer(2, 9))
    function = polynomial([3 * a, 2 * b, c])
    question = one_of(
        draw,
        f"Find the average value of the function $f(x) = {function}$ on the interval $[0, {n}]$.",
        f"During a storm, the rainfall at the {scene.place(draw)} after $x$ hours is $f(x) = {function}$ "
        f"millimetres per hour. Find the average value of $f$ on the interval $[0, {n}]$.",
    )
    quantity = f"the average value of $f(x) = {function}$ on the interval $[0, {n}]$"
    return stated(question, quantity, a * n.value**2 + b * n.value + c)


HIGH, COLLEGE = "high_school", "college"
INTEGRALS, APPLICATIONS = "integrals", "applications of integration"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("definite_integral", INTEGRALS,
           ("definite integral", "fundamental theorem of calculus", "antiderivative", "integral",
            "accumulated change", "integral of a power"),
           HIGH, _definite_integral, range(1, 61)),
    Family("integration_by_parts", INTEGRALS,
           ("integration by parts", "definite integral", "exponential function", "integral", "integrand"),
           COLLEGE, _integration_by_parts),
    Family("integration_by_substitution", INTEGRALS,
           ("integration by substitution", "definite integral", "antiderivative", "integral", "change of variables",
            "substitution"),
           COLLEGE, _substitution, range(1, 41)),
    Family("distance_travelled", APPLICATIONS,
           ("velocity", "definite integral", "total distance", "signed area", "displacement", "integral"),
           HIGH, _distance_travelled),
    Family("area_between_curves", APPLICATIONS,
           ("area between curves", "definite integral", "parabola", "integral", "intersection of graphs", "curve"),
           HIGH, _area_between, range(1, 61)),
    Family("solid_of_revolution", APPLICATIONS,
           ("volume of revolution", "volume", "disk method", "integral", "cross section"),
           COLLEGE, _solid_of_revolution, range(1, 61)),
    Family("average_value", APPLICATIONS,
           ("average value of a function", "definite integral", "antiderivative", "integral",
            "mean value theorem for integrals"),
           COLLEGE, _average_value, range(1, 61)),
)
# fmt: on
