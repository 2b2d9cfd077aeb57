"""A few other words make another question: it is left alone or solved rightly, but never answered as the known one."""

from pathlib import Path

import pytest

from synth_builder.offline.teacher.solve.solve import solve

LINES = Path(__file__).with_name("modified_questions.txt").read_text(encoding="utf-8").splitlines()
QUESTIONS = [line.rsplit(" => ", 1) for line in LINES if line and not line.startswith("# ")]


@pytest.mark.parametrize(("question", "right"), QUESTIONS)
def test_a_modified_question_is_not_answered_as_the_known_one(question: str, right: str) -> None:
    solution = solve(question)
    assert solution is None or solution.answer == right


def test_no_modified_question_stands_twice() -> None:
    assert len(QUESTIONS) == len({question for question, _ in QUESTIONS}) >= 150
