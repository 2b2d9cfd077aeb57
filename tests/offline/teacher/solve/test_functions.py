"""Questions about polynomials and functions are solved from their text."""

import pytest

from synth_builder.offline.teacher.solve.functions import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

SOLVED = [
    ("Find the remainder when $x^2 + 1$ is divided by $x - 2$.", "5"),
    ("the remainder when $x^3$ is divided by $x + 2$", "-8"),
    ("Find the sum of the reciprocals of the two solutions of $x^2 - 5x + 6 = 0$.", r"\frac{5}{6}"),
    (
        r"Let $p$, $q$ and $r$ be the solutions of $x^3 - 6x^2 + 11x - 6 = 0$. Find $\frac{1}{p} + "
        r"\frac{1}{q} + \frac{1}{r}$.",
        r"\frac{11}{6}",
    ),
    (r"Suppose $x + \frac{1}{x} = 5$. Find $x^2 + \frac{1}{x^2}$.", "23"),
    (r"The sum of a number $x$ and its reciprocal is $4$. Find $x^2 + \frac{1}{x^2}$.", "14"),
    (r"Write $\frac{5x + 1}{(x - 1)(x + 2)} = \frac{A}{x - 1} + \frac{B}{x + 2}$. Find $A$.", "2"),
    (r"Write $\frac{5x + 1}{(x - 1)(x + 2)} = \frac{A}{x - 1} + \frac{B}{x + 2}$. Find $B$.", "3"),
    ("Let $f(x) = 2x$ and $g(x) = x + 1$. Find $g(f(3))$.", "7"),
    ("the value of $f(g(-1))$ where $f(x) = x^2$ and $g(x) = 3x - 1$", "16"),
    (r"Let $f(x) = \frac{x}{x + 1}$. Evaluate $f^{-1}(2)$.", "-2"),
    (r"the number $x$ with $\frac{2x + 1}{x - 1} = 3$", "4"),
    (r"How many integers lie in the domain of $f(x) = \sqrt{x - 1} + \sqrt{4 - x}$?", "4"),
    (r"the number of integers in the domain of $\sqrt{2x + 1} + \sqrt{5 - 2x}$", "3"),
    (
        r"Here $f(n) = \frac{n}{2}$ for even $n$ and $f(n) = n + 1$ for odd $n$, the function is "
        "applied three times. Starting with $5$, what is the final value?",
        "4",
    ),
    (
        r"the result of applying $f$ twice to $8$, where $f(n) = \frac{n}{2}$ for even $n$ and "
        "$f(n) = n + 7$ for odd $n$",
        "2",
    ),
    ("Where do $f(x) = 2x$ and $g(x) = x + 3$ intersect? Give the $x$-coordinate.", "3"),
    ("the $x$-coordinate of the point where $f(x) = 5$ and $g(x) = 2x$ intersect", r"\frac{5}{2}"),
]

UNKNOWN = [
    "",
    "Find the answer.",
    "Let $f(n) = 1$.",
    "Find the remainder when $x^2 + 1$ is divided by $x^2 - 2$.",
    "Let $f(x) = 2x$. Find $g(f(3))$.",
    "Where do $f(x) = 2x$ and $g(x) = 2x + 3$ intersect? Give the $x$-coordinate.",
    r"the number of integers in the domain of $\sqrt{x} + \sqrt{x + 1}$",
    r"Let $f(x) = \frac{x + 1}{x + 2}$. Evaluate $f^{-1}(1)$.",
]


def answer(text: str) -> str | None:
    solution = solve_one(text, METHODS)
    return None if solution is None else solution.answer


@pytest.mark.parametrize(("text", "expected"), SOLVED)
def test_finds_the_answer_and_shows_steps(text: str, expected: str) -> None:
    solution = solve_one(text, METHODS)
    assert solution is not None
    assert solution.answer == expected
    assert 1 <= len(solution.steps) <= 6


@pytest.mark.parametrize("text", UNKNOWN)
def test_leaves_other_questions_alone(text: str) -> None:
    assert answer(text) is None
