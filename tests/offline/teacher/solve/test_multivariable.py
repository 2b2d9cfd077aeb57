"""Calculus of two variables."""

from __future__ import annotations

import pytest

from synth_builder.offline.teacher.solve.multivariable import METHODS
from synth_builder.offline.teacher.solve.question import solve_linked


def answer(question: str) -> str | None:
    solution = solve_linked(question, METHODS)
    return None if solution is None else solution.answer


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            r"Find the rate of change of $f(x, y) = x^2 + y^2$ at the point $(1, 2)$ in the direction of $(3, 4)$.",
            r"\frac{22}{5}",
        ),
        (
            "How fast does $f(x, y) = xy + 3x$ grow at the point $(1, 1)$ in the direction of the vector $(1, 1)$?",
            r"\frac{5\sqrt{2}}{2}",
        ),
        (r"Give $\frac{\partial f}{\partial x}$ at $(2, 3)$ for $f(x, y) = x^2y + y^2$.", "12"),
        (r"Give $\frac{\partial f}{\partial y}$ at $(2, 3)$ for $f(x, y) = x^2y + y^2$.", "10"),
        ("What is the smallest value of $f(x, y) = x^2 + y^2 - 2x + 4y + 9$?", "4"),
        ("Find the minimum value of $f(x, y) = 2x^2 + 2xy + y^2 - 6x + 1$.", "-8"),
        ("Positive $x$ and $y$ satisfy $x + 2y = 12$. Find the maximum value of the product $xy$.", "18"),
        ("the maximum of $xy$ over all positive $x$ and $y$ with $3x + y = 5$", r"\frac{25}{12}"),
        (r"Evaluate $\int_0^{2} \int_0^{3} (x + y) \, dy \, dx$.", "15"),
        (r"Evaluate $\int_1^2 \int_0^1 (6xy) \, dx \, dy$.", r"\frac{9}{2}"),
    ],
)
def test_known_questions_are_answered_exactly(question: str, expected: str) -> None:
    assert answer(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "The gradient of the road is steep.",
        "Find the rate of change of $f(x, y) = x^2 + y^2$ in the direction of $(3, 4)$.",
        r"Give $\frac{\partial f}{\partial x}$ and $\frac{\partial f}{\partial y}$ at $(2, 3)$ for $f(x, y) = x^2y$.",
        "Find the minimum value of $f(x, y) = x^2 - y^2 + 1$.",
        "Find the minimum value of $f(x, y) = x^2 + y^2$ with $x + y = 1$.",
        "Positive $x$ and $y$ satisfy $x + 2y = 12$. Find the minimum value of the product $xy$.",
        r"Evaluate $\int_0^{2} \int_0^{x} (x + y) \, dy \, dx$.",
    ],
)
def test_other_questions_are_left_alone(question: str) -> None:
    assert answer(question) is None


def test_the_minimum_is_not_undercut_on_a_grid() -> None:
    values = [x * x + x * y + y * y - 7 * x - 8 * y + 20 for x in range(-20, 20) for y in range(-20, 20)]
    assert answer("Find the minimum value of $f(x, y) = x^2 + xy + y^2 - 7x - 8y + 20$.") == str(min(values))


def test_the_double_integral_agrees_with_a_midpoint_sum() -> None:
    cells = [(x + 0.5, y + 0.5) for x in range(4) for y in range(5)]
    total = sum(2 * x + 6 * y for x, y in cells)  # exact for linear functions
    assert answer(r"Evaluate $\int_0^{4} \int_0^{5} (2x + 6y) \, dy \, dx$.") == str(round(total))
