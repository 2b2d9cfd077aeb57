"""Coordinate geometry and conic sections are solved from their text."""

import pytest

from synth_builder.offline.teacher.solve.coordinates import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

SOLVED = [
    ("Consider the line $3x + 4y + 3 = 0$ and $P = (1, 1)$. Find the distance from $P$ to the line.", "2"),
    ("Consider the line $y = x + 1$ and $P = (0, 0)$. Find the distance from $P$ to the line.", r"\frac{\sqrt{2}}{2}"),
    ("Find the exact area of the circle $x^2 + y^2 - 2x + 4y = 4$.", r"9\pi"),
    ("the square of the radius of the circle $2x^2 + 2y^2 - 8x = 10$", "9"),
    ("The triangle has $A = (0, 0)$, $B = (4, 0)$ and $C = (1, 3)$. Find its area.", "6"),
    ("The area of the triangle with vertices $A = (1, 1)$, $B = (2, 3)$ and $C = (4, 4)$", r"\frac{3}{2}"),
    ("The point $P = (3, 1)$ is reflected in the line $y = x$ to $Q$. Find the coordinates of $Q$.", "(1, 3)"),
    ("The point $P = (1, 2)$ is reflected in the line $y = 2x + 5$ to $Q$. Find the coordinates of $Q$.", "(-3, 4)"),
    ("The points $(1, 1)$, $(3, 5)$ and $(7, t)$ lie on one line. Find the value of $t$.", "13"),
    ("the number $t$ for which the points $(0, 0)$, $(2, 1)$ and $(3, t)$ lie on a line", r"\frac{3}{2}"),
    (r"Find the distance between the foci of the ellipse $\frac{x^2}{25} + \frac{y^2}{9} = 1$.", "8"),
    (r"Find the distance between the foci of the ellipse $\frac{x^2}{4} + \frac{y^2}{9} = 1$.", r"2\sqrt{5}"),
    (r"Find the eccentricity of the hyperbola $\frac{x^2}{9} - \frac{y^2}{16} = 1$.", r"\frac{5}{3}"),
    ("Find the distance from the focus of the parabola $y^2 = 4x$ to its point with $x$-coordinate $6$.", "7"),
    ("$3$ times the difference of the $x$-coordinates of the points where the line $y = x + 6$ meets the parabola "
     "$y = x^2$", "15"),
    ("The line $y = 1$ meets the parabola $y = 2x^2$. Let $d$ be the difference of the $x$-coordinates. "
     "Find the value of $d$.", r"\sqrt{2}"),
]  # fmt: skip

UNKNOWN = [
    "A triangle has $A = (0, 0)$, $B = (4, 0)$ and $C = (1, 3)$; $D$ is the midpoint of $BC$. Find the area of $ABD$.",
    "Consider the line $3x + 4y + 3 = 0$. Find the distance from $P$ to the line.",
    "Consider the curve $3x^2 + 4y + 3 = 0$ and $P = (1, 1)$. Find the distance from $P$ to the tangent line.",
    "Find the exact area of the circle $x^2 + y^2 - 2x + 4y = -40$.",
    "Find the exact area of the circle $x^2 + 2y^2 - 2x + 4y = 4$.",
    "The triangle has $A = (0, 0)$, $B = (4, 0)$ and $C = (1, 3)$. A point is $D = (1, 1)$. Find the area.",
    "The points $(1, 1)$, $(3, 5)$ and $(7, 8)$ lie on one line. Find the value of $t$.",
    r"Find the distance between the foci of the hyperbola $\frac{x^2}{25} - \frac{y^2}{9} = 1$.",
    r"Find the eccentricity of the ellipse $\frac{x^2}{9} + \frac{y^2}{16} = 1$.",
    "The line $y = -1$ meets the parabola $y = 2x^2$. Let $d$ be the difference of the $x$-coordinates. "
    "Find the value of $d$.",
]


@pytest.mark.parametrize(("text", "answer"), SOLVED)
def test_questions_are_solved(text: str, answer: str) -> None:
    solution = solve_one(text, METHODS)
    assert solution is not None
    assert solution.answer == answer
    assert answer in solution.steps[-1]


@pytest.mark.parametrize("text", UNKNOWN)
def test_other_questions_are_left_alone(text: str) -> None:
    assert solve_one(text, METHODS) is None
