"""Integrals, areas, volumes, distances and averages."""

from __future__ import annotations

import math

import pytest

from synth_builder.offline.teacher.solve.integration import METHODS
from synth_builder.offline.teacher.solve.question import solve_linked


def answer(question: str) -> str | None:
    solution = solve_linked(question, METHODS)
    return None if solution is None else solution.answer


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (r"Evaluate $\int_1^{3} (3x^2 - 2x) \, dx$.", "18"),
        (r"What is $\int_0^2 (x + 1) \, dx$?", "4"),
        (r"Evaluate $\int_0^{2} 6x(x^2 + 1) \, dx$.", "36"),
        (r"With $u = x^2 + 1$ find $\int_0^{1} 2x(x^2 + 1)^{3} \, dx$.", r"\frac{15}{4}"),
        (r"Evaluate $\int_0^1 (2x + 1)e^{x} \, dx$.", "e + 1"),
        (r"Evaluate $\int_0^1 (4x + 2)e^{2x} \, dx$ exactly.", "2e^2"),
        ("Find the total distance for $0 \\le t \\le 4$ with velocity $v(t) = 2t - 2$.", "10"),
        ("The velocity is $v(t) = 3t - 3$. What total distance is covered from $t = 2$ to $t = 4$?", "12"),
        ("Find the area enclosed by $y = x^2$ and $y = 2x$.", r"\frac{4}{3}"),
        ("The region enclosed by $y = x^2$ and $y = x + 1$ has which area?", r"\frac{5\sqrt{5}}{6}"),
        ("The curve $y = \\sqrt{2x}$, $0 \\le x \\le 3$, is rotated about the $x$-axis. Find the volume.", r"9\pi"),
        ("The line $y = 2x$ is rotated about the $x$-axis between $x = 0$ and $x = 3$. Find the volume.", r"36\pi"),
        ("Find the average value of $f(x) = 3x^2$ on $[0, 2]$.", "4"),
        ("What average value does $g(x) = x + 1$ have on the interval $[1, 4]$?", r"\frac{7}{2}"),
    ],
)
def test_known_questions_are_answered_exactly(question: str, expected: str) -> None:
    assert answer(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "The whole is integral to the part.",
        r"Estimate $\int_0^2 (x + 1) \, dx$ by the trapezoidal rule with $4$ subintervals.",
        r"Evaluate $\int_0^2 (x + 1) \, dx$ and $\int_0^3 (x + 1) \, dx$.",
        r"Evaluate $\int_0^2 \sin(2x) \, dx$.",
        "Find the displacement for $0 \\le t \\le 4$ with velocity $v(t) = 2t - 2$.",
        "Find the area enclosed by $y = x^2 + 5$ and $y = 2x$.",
        "The curve $y = \\sqrt{2x}$, $0 \\le x \\le 3$, is rotated about the $y$-axis. Find the volume.",
        "Find the average value of $f(x) = 3x^2$.",
    ],
)
def test_other_questions_are_left_alone(question: str) -> None:
    assert answer(question) is None


def test_integration_by_parts_agrees_with_a_numerical_integral() -> None:
    places = [(step + 0.5) / 2000 for step in range(2000)]
    numeric = sum((3 * x - 5) * math.exp(3 * x) for x in places) / 2000
    assert answer(r"Find $\int_0^1 (3x - 5)e^{3x} \, dx$.") == "-e^3 + 2"
    assert numeric == pytest.approx(-math.exp(3) + 2, abs=1e-3)
