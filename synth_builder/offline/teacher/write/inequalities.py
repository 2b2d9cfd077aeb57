"""Questions on inequalities."""

from __future__ import annotations

from math import isqrt

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import one_of, polynomial, stated
from synth_builder.offline.teacher.write.scene import Scene


def absolute_value_inequality(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The integers between two bounds."""
    n = number or drawn(draw.integer(5, 60))
    a, b = draw.choice((2, 3, 4)), draw.integer(1, 15)
    inequality = f"|{a}x - {b}| \\le {n}"
    question = one_of(
        draw,
        f"How many integers $x$ satisfy the inequality ${inequality}$?",
        f"A measured value $x$ is accepted when ${inequality}$. How many integers $x$ are accepted?",
    )
    value = sum(abs(a * x - b) <= n.value for x in range(-n.value - b, n.value + b + 1))
    return stated(question, f"the number of integers $x$ with ${inequality}$", value)


def quadratic_inequality(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The sign of a product between its zeros."""
    n = number or drawn(draw.integer(8, 40))
    a = draw.integer(1, 7)
    inequality = f"(x + {a})(x - {n}) < 0"
    question = one_of(
        draw,
        f"How many integers $x$ satisfy the inequality ${inequality}$?",
        f"Consider the set of all real numbers $x$ with ${inequality}$. How many integers belong to this set?",
    )
    return Problem(question, f"the number of integers $x$ with ${inequality}$", n.value + a - 1)


def arithmetic_geometric_mean(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The inequality of the arithmetic and the geometric mean."""
    root = draw.integer(2, 9)
    a = draw.choice((1, 4, 9))
    n = number or drawn(root * root)
    expression = f"{polynomial((a, 0))} + \\frac{{{n}}}{{x}}"
    question = one_of(
        draw,
        f"Find the minimum value of ${expression}$ for real numbers $x > 0$.",
        f"The daily cost of a machine running at speed $x > 0$ is ${expression}$. What is the smallest possible value "
        "of this cost?",
    )
    exact = isqrt(a * n.value)
    value = 2 * exact if exact * exact == a * n.value else 0
    return stated(question, f"the minimum value of ${expression}$ for $x > 0$", value)


INEQUALITY = "inequalities"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("absolute_value_inequality", INEQUALITY,
           ("absolute value", "linear inequality", "integer solution", "absolute value inequality",
            "compound inequality", "inequality", "integer"),
           "high_school", absolute_value_inequality, range(2, 200)),
    Family("quadratic_inequality", INEQUALITY,
           ("quadratic inequality", "sign chart", "interval", "strict inequality", "inequality", "solution set",
            "integer"),
           "high_school", quadratic_inequality, range(2, 200)),
    Family("arithmetic_geometric_mean", INEQUALITY,
           ("arithmetic-geometric mean inequality", "minimum value", "square root", "geometric mean", "inequality"),
           "competition", arithmetic_geometric_mean, range(2, 200)),
)
# fmt: on
