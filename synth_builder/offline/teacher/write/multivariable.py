"""Problem families on functions of several variables."""

from __future__ import annotations

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import one_of, polynomial, signed, stated, times, vector
from synth_builder.offline.teacher.write.scene import Scene


def _directional_derivative(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b = draw.integer(1, 5), draw.integer(1, 5)
    x, y = draw.integer(1, 4), draw.integer(1, 4)
    function = f"$f(x, y) = {polynomial([a, 0, 0])} + {polynomial([b, 0])}y + y^2$"
    direction = draw.choice(((3, 4), (4, 3), (5, 12), (-3, 4), (8, 6)))
    question = one_of(
        draw,
        f"Let {function}. Find the directional derivative of $f$ at the point ${vector((x, y))}$ in the direction "
        f"of the vector ${vector(direction)}$, which must first be scaled to length $1$.",
        f"The temperature of a metal plate at the point $(x, y)$ is {function}. Find the rate of change of the "
        f"temperature, per unit of length, at the point ${vector((x, y))}$ in the direction of the vector "
        f"${vector(direction)}$.",
    )
    return Problem(question)


def _partial_derivative(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, c = draw.integer(1, 5), draw.integer(1, 6), draw.integer(1, 6)
    y = draw.integer(1, 5)
    n = number or drawn(draw.integer(2, 9))
    function = f"$f(x, y) = {polynomial([a, 0, 0])}y + {polynomial([b, 0])}y^2 + {polynomial([c, 0])}$"
    name = draw.choice(("x", "y"))
    value = 2 * a * n.value * y + b * y * y + c if name == "x" else a * n.value**2 + 2 * b * n.value * y
    question = one_of(
        draw,
        f"Consider the function {function} of two real variables. Find the value of the partial derivative "
        f"$\\frac{{\\partial f}}{{\\partial {name}}}$ at the point $({n}, {y})$.",
        f"The output of a machine with the settings $x$ and $y$ is {function}. Only ${name}$ is changed a little "
        f"from the settings $({n}, {y})$. Find the value of $\\frac{{\\partial f}}{{\\partial {name}}}$ at this "
        "point.",
    )
    quantity = f"the value of $\\frac{{\\partial f}}{{\\partial {name}}}$ at the point $({n}, {y})$ for {function}"
    return stated(question, quantity, value)


def _paraboloid_minimum(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    x, y = draw.integer(-4, 4), draw.integer(1, 4)
    base = x * x + x * y + y * y
    n = number or drawn(draw.integer(30, 90))
    # The minimum of q(u, v) = u^2 + u v + v^2 with u = x - x0 and v = y - y0 is reached at (x0, y0).
    linear = "".join(f" {signed(-size)}{letter}" for size, letter in ((2 * x + y, "x"), (x + 2 * y, "y")) if size)
    function = f"$f(x, y) = x^2 + xy + y^2{linear.replace(' 1x', ' x').replace(' 1y', ' y')} + {n}$"
    question = one_of(
        draw,
        f"The function {function} has exactly one critical point, where it takes its smallest value. Find the "
        "minimum value of $f$.",
        f"The cost of a product depends on two settings $x$ and $y$ as {function}. Both settings may be any real "
        "numbers. Find the minimum value of $f$.",
    )
    return stated(question, f"the minimum value of {function}", n.value - base)


def _constrained_maximum(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b = draw.integer(1, 5), draw.integer(2, 5)
    n = number or drawn(draw.integer(2, 12))
    condition = f"${polynomial([a, 0])} + {polynomial([b, 0], 'y')} = {times(2 * a * b, n)}$"
    question = one_of(
        draw,
        f"Positive real numbers $x$ and $y$ satisfy {condition}. Find the maximum value of the product $xy$, for "
        "example with a Lagrange multiplier.",
        f"Two ingredients are bought in the amounts $x > 0$ and $y > 0$, and the budget requires {condition}. The "
        "yield is $xy$. Find the maximum yield.",
    )
    quantity = f"the maximum of $xy$ over all positive real numbers $x$ and $y$ with {condition}"
    return stated(question, quantity, a * b * n.value**2)


def _double_integral(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, height = 2 * draw.integer(1, 4), 2 * draw.integer(1, 4), draw.integer(2, 6)
    n = number or drawn(draw.integer(2, 8))
    integral = f"$\\int_0^{{{n}}} \\int_0^{{{height}}} ({a}x + {b}y) \\, dy \\, dx$"
    question = one_of(
        draw,
        f"Find the exact value of the double integral {integral}, in which $y$ is the inner variable.",
        f"The density of a rectangular plate at the point $(x, y)$ is ${a}x + {b}y$, and its mass is the double "
        f"integral {integral}. Find the mass of the plate.",
    )
    value = a // 2 * n.value**2 * height + b // 2 * height**2 * n.value
    return stated(question, f"the value of the double integral {integral}", value)


COLLEGE, TOPIC = "college", "multivariable calculus"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("directional_derivative", TOPIC,
           ("directional derivative", "gradient", "partial derivative", "unit vector", "dot product",
            "instantaneous rate of change"),
           COLLEGE, _directional_derivative),
    Family("partial_derivative", TOPIC,
           ("partial derivative", "function of two variables", "average rate of change", "differentiation",
            "function"),
           COLLEGE, _partial_derivative, range(1, 61)),
    Family("two_variable_minimum", TOPIC,
           ("critical point", "gradient", "minimum", "partial derivative", "quadratic form", "stationary point",
            "function of two variables"),
           COLLEGE, _paraboloid_minimum, range(1, 201)),
    Family("constrained_maximum", TOPIC,
           ("lagrange multiplier", "constrained optimization", "maximum", "constraint",
            "arithmetic-geometric mean inequality", "inequality"),
           COLLEGE, _constrained_maximum, range(1, 61)),
    Family("double_integral", TOPIC, ("double integral", "iterated integral", "density", "integral"),
           COLLEGE, _double_integral, range(1, 61)),
)
# fmt: on
