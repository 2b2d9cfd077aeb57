"""Infinite series and limits of linear recursions."""

from __future__ import annotations

import pytest

from synth_builder.offline.teacher.solve.question import solve_linked
from synth_builder.offline.teacher.solve.series import METHODS


def answer(question: str) -> str | None:
    solution = solve_linked(question, METHODS)
    return None if solution is None else solution.answer


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            r"A ball falls from a height of $10$ metres and rebounds to $\frac{1}{2}$ of it, forever. "
            "Find the total distance.",
            "30",
        ),
        (
            "What total distance does a ball cover that is dropped from $6$ metres and always rises "
            r"to $\frac{1}{3}$ of it?",
            "12",
        ),
        (r"Sum $\sum_{j=1}^{\infty} \frac{6}{(j + 2)(j + 3)}$.", "2"),
        (r"Sum $\sum_{n=1}^{\infty} \frac{1}{(n + 1)(n + 3)}$.", r"\frac{5}{12}"),
        (r"Sum $\sum_{j=1}^{\infty} \frac{3 \cdot j}{2^j}$.", "6"),
        (r"Find the sum $\sum_{n=1}^{\infty} \frac{2n + 1}{3^n}$.", "2"),
        (r"Give the radius of convergence of $\sum_{j=1}^{\infty} \frac{j \cdot x^j}{7^j}$.", "7"),
        (
            r"Give the radius of convergence of $\sum_{n=1}^{\infty} \frac{3^n \cdot (x - 2)^n}{n \cdot 4^n}$.",
            r"\frac{4}{3}",
        ),
        ("Which coefficient has $x^3$ in the Taylor series of $f(x) = 3e^{2x}$ at $0$?", "4"),
        (r"Find the coefficient of $x^2$ in the Maclaurin series at $0$ of $f(x) = e^{3 \cdot x}$.", r"\frac{9}{2}"),
        (r"Let $a_1 = 5$ and $a_{j+1} = \frac{1}{4} \cdot a_j + 6$. Find the limit.", "8"),
        (
            r"A pond keeps $\frac{2}{3}$ of its fish and gets $4$ new ones: $a_1 = 3$ and $a_{n+1} = "
            r"\frac{2}{3} a_n + 4$ for "
            r"$n \ge 1$. Find the limit of $a_n$.",
            "12",
        ),
    ],
)
def test_known_questions_are_answered_exactly(question: str, expected: str) -> None:
    assert answer(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "The ball is forever lost in the total distance.",
        r"A ball falls from a height of $10$ metres and rebounds to $\frac{3}{2}$ of it, forever. "
        "Find the total distance.",
        r"Sum $\sum_{j=1}^{\infty} \frac{6}{(j + 2)(2j + 3)}$.",
        r"Sum $\sum_{j=1}^{\infty} \frac{6}{(j + 2)(j + 2)}$.",
        r"Sum $\sum_{j=0}^{\infty} \frac{3 \cdot j}{1^j}$.",
        r"Give the radius of convergence of $\sum_{j=1}^{\infty} \frac{j}{7^j}$.",
        "Which coefficient has $x^3$ in the Taylor series of $f(x) = 3e^{2x}$ at $1$?",
        r"Let $a_1 = 5$ and $a_{j+1} = 2 \cdot a_j + 6$. Find the limit.",
        r"A pond keeps $\frac{1}{3}$ of its fish: $a_1 = 3$ and $a_{n+1} = \frac{2}{3} a_n + 4$. Find "
        "the limit of $a_n$.",
    ],
)
def test_other_questions_are_left_alone(question: str) -> None:
    assert answer(question) is None


def test_series_agree_with_partial_sums() -> None:
    assert sum(5 / ((j + 4) * (j + 6)) for j in range(1, 200000)) == pytest.approx(11 / 12, abs=1e-4)
    assert answer(r"Sum $\sum_{j=1}^{\infty} \frac{5}{(j + 4)(j + 6)}$.") == r"\frac{11}{12}"
    assert sum(8 * j / 5**j for j in range(1, 60)) == pytest.approx(5 / 2)
    assert answer(r"Sum $\sum_{j=1}^{\infty} \frac{8 \cdot j}{5^j}$.") == r"\frac{5}{2}"


def test_the_recursion_approaches_its_limit() -> None:
    value = 7.0
    for _ in range(200):
        value = value * 4 / 5 + 9
    assert value == pytest.approx(45)
    assert answer(r"Find the limit for $a_1 = 7$ and $a_{j+1} = \frac{4}{5} \cdot a_j + 9$.") == "45"
