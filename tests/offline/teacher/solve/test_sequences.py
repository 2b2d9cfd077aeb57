"""Sequences and their sums are solved from the text."""

from fractions import Fraction

import pytest

from synth_builder.offline.teacher.solve.notation import format_number
from synth_builder.offline.teacher.solve.question import solve_one
from synth_builder.offline.teacher.solve.sequences import METHODS

SOLVED = [
    (r"The arithmetic sequence $a_1, a_2, \ldots$ begins with $1, 4, 7, \ldots$. Find $a_{10}$.", "28"),
    ("the term $a_{5}$ of the arithmetic sequence with $a_1 = 10$ and common difference $-3$", "-2"),
    (
        "Find the sum of the first $10$ terms of the arithmetic sequence with first term $1$ and "
        "common difference $2$.",
        "100",
    ),
    (
        "A theatre has $3$ rows of seats. The first row has $10$ seats, and each next row has $2$ "
        "seats more than the row before. How many seats are there in total?",
        "36",
    ),
    (
        "Find the sum of the first $4$ terms of the geometric sequence with first term $3$ and common ratio $2$.",
        "45",
    ),
    (
        "A printer prints $2$ pages on the first day and then $3$ times as many as on the day "
        "before. How many does it print in the first $3$ days in total?",
        "26",
    ),
    (
        "Find the sum of the infinite geometric series with first term $3$ and common ratio "
        r"$\frac{1}{4}$.",
        "4",
    ),
    (
        "the sum of the infinite geometric series with first term $1$ and common ratio "
        r"$-\frac{1}{2}$",
        r"\frac{2}{3}",
    ),
    (r"Find $\sum_{i=1}^{9} \frac{3}{i(i + 1)}$.", r"\frac{27}{10}"),
    (r"the sum $\sum_{n=1}^{4} \frac{1}{n(n + 1)}$", r"\frac{4}{5}"),
    (r"Find $\sum_{i=1}^{3} (i^2 + 1)$.", "17"),
    (r"the value of $\sum_{j=1}^{4} (2j^2 - j)$", "50"),
    ("A sequence has $a_1 = 2$ and $a_{n+1} = 3a_n + 1$. Find $a_3$.", "22"),
    (r"Let $a_0 = 0$, $a_1 = 1$ and $a_{n+2} = a_{n+1} + a_n$ for $n \ge 0$. Find $a_{10}$.", "55"),
]

UNKNOWN = [
    "",
    "Find the answer.",
    r"The arithmetic sequence begins with $1, 4, 7, \ldots$ Find $a_{10}$.",
    r"The arithmetic sequence $a_1, a_2, \ldots$ begins with $1, 4, 8, \ldots$. Find $a_{10}$.",
    "the sum of the infinite geometric series with first term $1$ and common ratio $2$",
    "A sequence has $a_1 = 2$ and $a_{n+1} = a_n^2$. Find $a_3$.",
    r"Let $a_0 = 0$ and $a_{n+2} = a_{n+1} + a_n$ for $n \ge 0$. Find $a_{10}$.",
    (
        r"A ball dropped from $10$ metres rises to $\frac{3}{2}$ of the previous height every "
        "time. Find the total distance if it bounces forever."
    ),
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


def test_agrees_with_adding_term_by_term() -> None:
    for last in (1, 2, 7):
        telescoping = sum((Fraction(3, i * (i + 1)) for i in range(1, last + 1)), Fraction(0))
        assert answer(rf"Find $\sum_{{i=1}}^{{{last}}} \frac{{3}}{{i(i + 1)}}$.") == format_number(telescoping)
        squares = sum(3 * i * i - 2 * i + 5 for i in range(1, last + 1))
        assert answer(rf"Find $\sum_{{i=1}}^{{{last}}} (3i^2 - 2i + 5)$.") == str(squares)
