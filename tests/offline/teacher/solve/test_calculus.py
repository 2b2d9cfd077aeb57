"""Limits and derivatives are found from the words of a question."""

from __future__ import annotations

import math

import pytest

from synth_builder.offline.teacher.solve.calculus import METHODS
from synth_builder.offline.teacher.solve.question import solve_linked


def answer(question: str) -> str | None:
    solution = solve_linked(question, METHODS)
    return None if solution is None else solution.answer


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (r"Calculate $\lim_{x \to 2} \frac{3x^2 - 3 \cdot 2^2}{x - 2}$.", "12"),
        (r"What is the limit $\lim_{x \to 1} \frac{x^2 - 1}{x^2 - 3x + 2}$, of the form $\frac{0}{0}$?", "-2"),
        (r"Find $\lim_{x \to 0} \frac{4 - 4\cos(3 \cdot x)}{x^2}$.", "18"),
        (r"Find $\lim_{x \to 0} \frac{1 - \cos(x)}{x^2}$.", r"\frac{1}{2}"),
        (
            r"Choose $c$ so that $f(x) = \begin{cases} x^2 + 1 & \text{if } x < 3 \\ c - 2 \cdot x & "
            r"\text{if } x \ge 3 "
            r"\end{cases}$ is continuous.",
            "16",
        ),
        (
            r"For which $c$ is $\begin{cases} 2x - 1 & \text{if } x < 2 \\ 3c + x & \text{if } x \ge 2 \end{cases}$ "
            "continuous?",
            r"\frac{1}{3}",
        ),
        (r"Find $\lim_{x \to \infty} \left(\sqrt{x^2 + 14x + 5} - x\right)$.", "7"),
        (r"Find $\lim_{x \to \infty} \left(\sqrt{4x^2 + 3x} - 2x\right)$.", r"\frac{3}{4}"),
        ("For $f(x) = x^3 - 4x$, what is $f'(2)$?", "8"),
        ("A car is at $s(t) = t^3 + 2t$ metres after $t$ seconds. Find its velocity at $t = 3$.", "29"),
        ("Find the derivative $g'(1)$ of $g(x) = (2x^2 - 3)^{5}$.", "20"),
        ("Find $f'(2)$ for $f(x) = (x^2 - 3)^4$ with the chain rule.", "16"),
        ("Find the value at $x = 0$ of the derivative of order $4$ of $f(x) = (3x^2 + x + 2)e^x$.", "42"),
        ("Let $f(x) = (x + 1)e^{x}$. It is differentiated $9$ times. Find $f^{(9)}$ at $x = 0$.", "10"),
        ("Give the equation of the tangent to $y = x^2 - 3x$ at the place $x = 2$.", "y = x - 4"),
        ("Find the equation of the tangent line to $y = 2x^2 + 1$ at $x = -1$.", "y = -4x - 1"),
        (r"The curve $x^2 + xy + y^2 = 7$ passes through $(1, 2)$. Find $\frac{dy}{dx}$ there.", r"-\frac{4}{5}"),
        (r"Use implicit differentiation for the curve $x^2 + y^2 = 25$ at $(3, -4)$.", r"\frac{3}{4}"),
    ],
)
def test_known_questions_are_answered_exactly(question: str, expected: str) -> None:
    assert answer(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "The limit of my patience is near.",
        r"Find $\lim_{x \to 2} \frac{x^2 + 1}{x - 2}$.",
        r"Find $\lim_{x \to 0} \frac{4 - 3\cos(3x)}{x^2}$.",
        r"Find $\lim_{x \to \infty} \left(\sqrt{2x^2 + 14x} - x\right)$.",
        "Let $f(x) = x^3$. Find the second derivative $f''(2)$.",
        "Let $f(x) = x^3$. Find the average rate of change up to $x = 2$.",
        "Let $f(x) = x^3$. Find $f'(2)$ and $f'(3)$.",
        "Find the value of the derivative of order $4$ of $f(x) = (3x^2 + 2)e^x$.",
        "Find the equation of the tangent line to $y = 2x^2 + 1$.",
        r"The curve $x^2 + y^2 = 25$ does not pass through $(3, 3)$. Find $\frac{dy}{dx}$ there.",
    ],
)
def test_other_questions_are_left_alone(question: str) -> None:
    assert answer(question) is None


@pytest.mark.parametrize(("factor", "speed"), [(3, 5), (7, 2)])
def test_the_cosine_limit_agrees_with_a_nearby_value(factor: int, speed: int) -> None:
    x = 1e-4
    found = answer(rf"Find $\lim_{{x \to 0}} \frac{{{factor} - {factor}\cos({speed}x)}}{{x^2}}$.")
    assert found is not None
    shown = found.replace(r"\frac{", "").replace("}{", "/").replace("}", "")
    top, _, bottom = shown.partition("/")
    assert int(top) / int(bottom or 1) == pytest.approx((factor - factor * math.cos(speed * x)) / x**2, rel=1e-4)


def test_high_derivatives_agree_with_the_power_series() -> None:
    # The coefficient of x^n in (2x^2 + 3x + 5) e^x, times n!.
    order = 6
    series = 2 / math.factorial(order - 2) + 3 / math.factorial(order - 1) + 5 / math.factorial(order)
    question = "Find the value at $x = 0$ of the derivative of order $6$ of $f(x) = (2x^2 + 3x + 5)e^x$."
    assert answer(question) == str(round(series * math.factorial(order)))
