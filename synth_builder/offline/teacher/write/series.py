"""Problem families on infinite series and differential equations."""

from __future__ import annotations

from fractions import Fraction

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import one_of, polynomial, signed, stated, times
from synth_builder.offline.teacher.write.scene import Scene


def _telescoping_series(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    factor = draw.integer(2, 9)
    n = number or drawn(draw.integer(2, 20))
    series = f"$\\sum_{{j=1}}^{{\\infty}} \\frac{{{factor}}}{{(j + {n})(j + {n} + 1)}}$"
    question = one_of(
        draw,
        "The terms of the following infinite series can be split into partial fractions, so that its partial sums "
        f"telescope. Find the exact sum of the series {series}.",
        f"Find the exact value of the convergent infinite series {series}.",
    )
    return Problem(question)


def _arithmetic_geometric_series(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    base = draw.integer(2, 5)
    n = number or drawn(draw.integer(1, 12))
    factor = times((base - 1) ** 2, n)
    series = f"$\\sum_{{j=1}}^{{\\infty}} \\frac{{{factor} \\cdot j}}{{{base}^j}}$"
    question = one_of(
        draw,
        "Differentiating the geometric series gives a formula for $\\sum_{j=1}^{\\infty} j x^j$. Use it to "
        f"find the exact sum of the series {series}.",
        "In a game a player gets a prize in round $j$ that grows with $j$, while the chance to reach that round "
        f"shrinks. The mean prize is the sum of the series {series}. Find the exact value of this sum.",
    )
    return stated(question, f"the sum of the infinite series {series}", base * n.value)


def _radius_of_convergence(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    power = draw.choice(("j", "j^2", "(j + 1)", "(2j + 1)"))
    centre = draw.integer(-5, 5)
    n = number or drawn(draw.integer(2, 12))
    base = f"(x {signed(-centre)})^j" if centre else "x^j"
    place = draw.choice((f"\\frac{{{base}}}{{{power} \\cdot {n}^j}}", f"\\frac{{{power} \\cdot {base}}}{{{n}^j}}"))
    series = f"$\\sum_{{j=1}}^{{\\infty}} {place}$"
    question = one_of(
        draw,
        f"Consider the power series {series} in the real variable $x$. Use the ratio test to find its radius of "
        "convergence.",
        f"The power series {series} converges on an interval of real numbers $x$ and diverges far away from it. "
        "Find the radius of convergence of this series.",
    )
    return stated(question, f"the radius of convergence of the power series {series}", n.value)


def _taylor_coefficient(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    order = draw.integer(2, 4)
    factorial = (1, 1, 2, 6, 24)[order]
    n = number or drawn(draw.integer(2, 5))
    function = f"$f(x) = {factorial}e^{{{n} \\cdot x}}$"
    question = one_of(
        draw,
        f"The function {function} is expanded into its Maclaurin series, that is its Taylor series at $0$. Find the "
        f"coefficient of $x^{order}$ in this series.",
        f"An engineer replaces the function {function} by the first terms of its Taylor series at $x = 0$. What is "
        f"the coefficient of $x^{order}$ in this Taylor series?",
    )
    return stated(question, f"the coefficient of $x^{order}$ in the Taylor series of {function} at $0$", n.value**order)


def _separable_equation(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, c = draw.choice(((3, 4, 5), (4, 3, 5), (5, 12, 13), (12, 5, 13), (8, 15, 17), (15, 8, 17)))
    n = number or drawn(draw.integer(1, 6))
    setting = f"$\\frac{{dy}}{{dx}} = \\frac{{x}}{{y}}$ with $y(0) = {times(a, n)}$"
    at = times(b, n)
    question = one_of(
        draw,
        f"A positive function $y(x)$ satisfies the differential equation {setting}. Separate the variables and find "
        f"$y({at})$.",
        f"The height $y(x) > 0$ of a hanging net, as a function of the position $x$, satisfies {setting}. Find the "
        f"value of $y({at})$.",
    )
    return stated(question, f"the value of $y({at})$ for the positive solution of {setting}", c * n.value)


def _mixing_tank(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    flow, grams = draw.integer(2, 9), draw.integer(2, 12)
    n = number or drawn(draw.integer(5, 40))
    question = one_of(
        draw,
        f"A tank in the {scene.place(draw)} holds ${n}$ litres of pure water. Brine with ${grams}$ grams of salt "
        f"per litre flows in at ${flow}$ litres per minute, and the well-stirred mixture flows out at the same "
        "rate. Find the amount of salt in the tank, in grams, that is approached in the long run.",
        f"The amount of salt $S(t)$, in grams, in a tank of ${n}$ litres satisfies $\\frac{{dS}}{{dt}} = "
        f"{flow * grams} - \\frac{{{flow} \\cdot S}}{{{n}}}$ with $S(0) = 0$. Find the limit of $S(t)$ as $t \\to "
        "\\infty$.",
    )
    quantity = (
        f"the limit of $S(t)$ as $t \\to \\infty$ for the solution of $\\frac{{dS}}{{dt}} = {flow * grams} - "
        f"\\frac{{{flow} \\cdot S}}{{{n}}}$ with $S(0) = 0$"
    )
    return stated(question, quantity, grams * n.value)


def _second_order_equation(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    p, q = draw.choice(((1, 2), (1, 3), (2, 3), (-1, 1), (-1, 2), (-2, 1)))
    first, second = draw.integer(1, 5), draw.integer(1, 5)
    # Written like a polynomial of second degree, in which y'' stands for the square and y for the constant.
    operator = polynomial([1, -(p + q), 0], "y'").replace("y'^2", "y''") + f" {signed(p * q)}y".replace(" 1y", " y")
    start = first * p + second * q
    at = draw.integer(2, 4)
    setting = f"${operator} = 0$ with $y(0) = {first + second}$ and $y'(0) = {start}$"
    question = one_of(
        draw,
        f"A function $y(x)$ satisfies the differential equation {setting}. Find the exact value of $y(\\ln {at})$.",
        f"Solve the linear differential equation {setting}, and find the exact value of $y(\\ln {at})$.",
    )
    value = first * Fraction(at) ** p + second * Fraction(at) ** q
    return stated(question, f"the value of $y(\\ln {at})$ for the solution of {setting}", value)


def _exponential_growth(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    factor, days, steps = draw.integer(2, 4), draw.integer(2, 6), draw.integer(2, 4)
    n = number or drawn(draw.integer(2, 12))
    question = one_of(
        draw,
        f"The mass $P(t)$ of a culture of algae in the pond of the {scene.place(draw)} satisfies "
        "$\\frac{dP}{dt} = rP$ with a constant $r$, where $t$ is measured in days. At the start the mass is "
        f"${n}$ grams, and after ${days}$ days it is ${factor}$ times as large. Find the mass, in grams, after "
        f"${days * steps}$ days.",
        f"A function $P(t)$ satisfies $\\frac{{dP}}{{dt}} = rP$ with a constant $r$, and $P(0) = {n}$. It is known "
        f"that $P({days}) = {factor} \\cdot P(0)$. Find the value of $P({days * steps})$.",
    )
    quantity = (
        f"the value of $P({days * steps})$ for the function with $\\frac{{dP}}{{dt}} = rP$, $P(0) = {n}$ and "
        f"$P({days}) = {factor} \\cdot P(0)$"
    )
    return stated(question, quantity, n.value * factor**steps)


HIGH, COLLEGE = "high_school", "college"
SERIES, EQUATIONS = "infinite series", "differential equations"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("telescoping_series", SERIES,
           ("telescoping sum", "partial fraction decomposition", "infinite series", "convergence of a series",
            "telescoping series sum"),
           COLLEGE, _telescoping_series, range(1, 101)),
    Family("arithmetic_geometric_series", SERIES,
           ("geometric series", "power series", "term-by-term differentiation", "convergence of a series",
            "differentiation"),
           COLLEGE, _arithmetic_geometric_series, range(1, 61)),
    Family("radius_of_convergence", SERIES,
           ("radius of convergence", "power series", "ratio test", "convergence of a series", "absolute convergence",
            "interval of real numbers"),
           COLLEGE, _radius_of_convergence, range(2, 101)),
    Family("taylor_coefficient", SERIES,
           ("taylor series", "exponential function", "coefficient", "maclaurin series", "taylor polynomial"),
           COLLEGE, _taylor_coefficient, range(1, 61)),
    Family("separable_equation", EQUATIONS,
           ("separable differential equation", "initial value problem", "antiderivative", "initial condition"),
           COLLEGE, _separable_equation, range(1, 61)),
    Family("mixing_tank", EQUATIONS,
           ("mixing problem", "linear differential equation", "equilibrium solution", "flow rate",
            "first-order linear differential equation"),
           COLLEGE, _mixing_tank, range(1, 101)),
    Family("second_order_equation", EQUATIONS,
           ("linear differential equation", "characteristic equation", "initial value problem",
            "second-order linear differential equation", "characteristic equation of a differential equation",
            "homogeneous differential equation", "general solution", "initial condition"),
           COLLEGE, _second_order_equation),
    Family("exponential_growth_equation", EQUATIONS,
           ("exponential growth", "differential equation", "initial value problem", "exponential growth model",
            "population model", "continuous growth"),
           HIGH, _exponential_growth, range(1, 61)),
)
# fmt: on
