"""Differential equations and numerical methods."""

from __future__ import annotations

import pytest

from synth_builder.offline.teacher.solve.differential_equations import METHODS
from synth_builder.offline.teacher.solve.question import solve_linked


def answer(question: str) -> str | None:
    solution = solve_linked(question, METHODS)
    return None if solution is None else solution.answer


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (r"The positive function $y$ has $\frac{dy}{dx} = \frac{x}{y}$ with $y(0) = 3$. Find $y(4)$.", "5"),
        (r"For $y > 0$ with $\frac{dy}{dx} = \frac{x}{y}$ and $y(0) = 1$, find $y(2)$.", r"\sqrt{5}"),
        (
            r"Find the limit of $S(t)$ as $t \to \infty$ if $\frac{dS}{dt} = 10 - \frac{2 \cdot "
            "S}{15}$ with $S(0) = 0$.",
            "75",
        ),
        (
            "A vat holds $50$ litres. Brine with $2$ grams of salt per litre flows in at $5$ litres "
            "per minute and leaves at the "
            "same rate. How much salt is there in the long run?",
            "100",
        ),
        (r"Let $y'' - y = 0$ with $y(0) = 3$ and $y'(0) = 1$. Find $y(\ln 2)$.", r"\frac{9}{2}"),
        (r"Let $y'' - 5y' + 6y = 0$ with $y(0) = 2$ and $y'(0) = 5$. Find $y(\ln 2)$.", "12"),
        (r"With $\frac{dP}{dt} = rP$, $P(0) = 5$ and $P(2) = 3 \cdot P(0)$, find $P(6)$.", "135"),
        (
            r"A mould has $\frac{dP}{dt} = rP$. At the start the mass is $4$ grams, after $3$ hours "
            "it is $2$ times as large. "
            "How large is it, in grams, after $12$ hours?",
            "64",
        ),
        ("Newton's method for $f(x) = x^2 - 7$ starts with $x_0 = 3$. Give $x_1$.", r"\frac{8}{3}"),
        ("Newton's method for $f(x) = x^3 - 2x - 5$ starts with $x_0 = 2$. Give $x_1$.", r"\frac{21}{10}"),
        (r"Estimate $\int_0^{4} x^2 \, dx$ by the trapezoidal rule with $2$ equal subintervals.", "24"),
        ("Use the trapezoidal rule for $y = x^2 + 1$ from $x = 1$ to $x = 3$ with $4$ subintervals.", r"\frac{43}{4}"),
        (r"How many bisection steps shrink $[0, 1]$ to a length of at most $\frac{1}{10}$?", "4"),
        (r"After how many steps of bisection is the length of $[2, 10]$ at most $\frac{1}{2}$?", "4"),
        ("Use Euler's method with step size $1$ for $y' = y$, $y(0) = 3$ to approximate $y(2)$.", "12"),
        (
            r"Use Euler's method with step size $\frac{1}{2}$ for $y' = x + y$, $y(0) = 1$ to "
            "approximate $y(1)$ in $2$ steps.",
            r"\frac{5}{2}",
        ),
    ],
)
def test_known_questions_are_answered_exactly(question: str, expected: str) -> None:
    assert answer(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "The solution of the equation is to be separable.",
        r"The function $y$ has $\frac{dy}{dx} = \frac{y}{x}$ with $y(0) = 3$. Find $y(4)$.",
        r"Find the limit of $S(t)$ as $t \to \infty$ if in a tank of $20$ litres $\frac{dS}{dt} = 10 "
        r"- \frac{2 \cdot S}{15}$.",
        r"Let $y'' + y = 0$ with $y(0) = 3$ and $y'(0) = 1$. Find $y(\ln 2)$.",
        r"Let $y'' - 2y' + y = 0$ with $y(0) = 3$ and $y'(0) = 1$. Find $y(\ln 2)$.",
        r"With $\frac{dP}{dt} = rP$, $P(0) = 5$ and $P(2) = 3 \cdot P(0)$, find $P(5)$.",
        "Newton's method for $f(x) = x^2 - 7$ starts with $x_0 = 0$. Give $x_1$.",
        "Newton's method for $f(x) = x^2 - 7$ starts with $x_0 = 3$ to solve $x^2 = 8$. Give $x_1$.",
        r"Estimate $\int_0^{4} x^2 \, dx$ by Simpson's rule with $2$ equal subintervals.",
        r"How many bisection steps are needed for $[0, 1]$?",
        "Use Euler's method with step size $1$ for $y' = y$, $y(0) = 3$ to approximate $y(2)$ in $3$ steps.",
    ],
)
def test_other_questions_are_left_alone(question: str) -> None:
    assert answer(question) is None


def test_the_tank_fills_up_to_its_limit() -> None:
    salt = 0.0
    for _ in range(20000):
        salt += 0.05 * (27 - 9 * salt / 40)
    question = (
        r"Find the limit of $S(t)$ as $t \to \infty$ for $\frac{dS}{dt} = 27 - \frac{9 \cdot S}{40}$ with $S(0) = 0$."
    )
    assert answer(question) == str(round(salt))


def test_the_second_order_solution_agrees_with_small_steps() -> None:
    height, slope, steps = 7.0, 12.0, 200000
    for _ in range(steps):
        step = 0.6931471805599453 / steps
        height, slope = height + step * slope, slope + step * (3 * slope - 2 * height)
    assert height == pytest.approx(24, abs=1e-2)
    assert answer(r"Solve $y'' - 3y' + 2y = 0$ with $y(0) = 7$ and $y'(0) = 12$ for $y(\ln 2)$.") == "24"
