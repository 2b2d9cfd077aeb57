"""Sums of integers and of listed progressions agree with adding term by term."""

import pytest

from synth_builder.offline.teacher.solve.solve import solve


@pytest.mark.parametrize("count", [1, 7, 40])
def test_sums_agree_with_adding(count: int) -> None:
    expected = {
        f"Find the sum of the first ${count}$ terms of the arithmetic sequence $5, 3, 1, \\ldots$.": sum(
            5 - 2 * place for place in range(count)
        ),
        f"Find the sum of the first ${count}$ terms of the geometric sequence $2, -6, 18, \\ldots$.": sum(
            2 * (-3) ** place for place in range(count)
        ),
        f"Find the sum of the first ${count}$ positive even integers.": sum(range(2, 2 * count + 1, 2)),
        f"Find the sum of all positive integers up to ${count + 20}$ that are divisible by $6$.": None,
        f"Find the sum of all multiples of $6$ from $10$ to ${count + 20}$.": sum(range(12, count + 21, 6)),
    }
    for question, value in expected.items():
        solution = solve(question)
        assert (solution and solution.answer) == (None if value is None else str(value)), question


@pytest.mark.parametrize(
    "question",
    [
        r"Find the $5$th term of the arithmetic sequence $1, 2, 4, \ldots$.",
        "Find the sum of the first $5$ primes.",
        "Find the sum of the squares of the integers from $1$ to $5$.",
    ],
)
def test_other_sums_are_left_alone(question: str) -> None:
    assert solve(question) is None
