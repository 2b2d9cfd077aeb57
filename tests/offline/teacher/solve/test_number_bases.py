"""Numbers in other bases are read from the text."""

import pytest

from synth_builder.offline.teacher.solve.number_bases import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

SOLVED = [
    ("the sum of the digits of $10$ written in base $2$", "2"),
    ("Write $26$ in base $3$. What is the sum of its digits?", "6"),
    ("Convert $101_{2}$ to base ten.", "5"),
    ("the integer written in base ten that equals $77_{8}$", "63"),
]

UNKNOWN = [
    "",
    "Find the answer.",
    "Convert $102_{2}$ to base ten.",
    "Write $26$ in base $1$. What is the sum of its digits?",
    "Convert $101$ to base ten.",
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
