"""Answers out of lighteval's details, in the order of the split, with a second opinion on each."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from synth_builder.evaluation.answers import Answered, Graded, count, grade_answers, read_answers, tell_squeezed
from synth_builder.grading import GradedAnswer, Verdict


def detail(number: int, texts: list[str], score: float, tokens: int = 5) -> dict[str, Any]:
    example = {"query": "Problem: 1 + 1", "choices": [" It is 2.\n"]}
    doc = {"id": str(number), "query": f"Problem: {number}", "choices": ["4"], "specific": {"question": f"q{number}"}}
    response = {"text": texts, "text_post_processed": [each.removeprefix("<think>") for each in texts]}
    return {
        "doc": {**doc, "fewshot_samples": [example]},
        "metric": {"pass@1": score, "no_answer": 0.0},
        "model_response": {**response, "input_tokens": [0] * tokens},
    }


def test_answers_stand_in_the_order_of_the_split_as_lighteval_scored_them() -> None:
    details = pa.Table.from_pylist([detail(7, ["<think>4"], 1.0), detail(2, ["5"], 0.0)])
    first, second = read_answers(details, "pass@1", is_chat=True)
    assert (first.index, first.question, first.gold, first.texts, first.lighteval) == (2, "q2", "4", ["5"], 0.0)
    assert (second.index, second.texts, second.lighteval) == (7, ["4"], 1.0)
    assert json.loads(second.prompt) == [
        {"role": "user", "content": "Problem: 1 + 1"},
        {"role": "assistant", "content": " It is 2.\n"},
        {"role": "user", "content": "Problem: 7"},
    ]


def test_a_plain_prompt_is_one_text() -> None:
    (answered,) = read_answers(pa.Table.from_pylist([detail(7, ["4"], 1.0)]), "pass@1", is_chat=False)
    assert answered.prompt == "Problem: 1 + 1 It is 2.\n\nProblem: 7"


def test_prompts_that_were_cut_and_answers_with_little_room_are_told() -> None:
    details = pa.Table.from_pylist([detail(number, ["4"], 1.0, tokens=number) for number in (6, 7, 9, 10, 11)])
    cut, squeezed = tell_squeezed(details, 10, 3)
    assert cut.startswith("Up to 2 prompts were cut: their batches go beyond the window of 10 tokens.")
    assert squeezed.startswith("Answers to 3 questions had less room than --max-new-tokens 3, as the window has 10 ")
    assert tell_squeezed(details, 100, 3) == []


def test_every_answer_is_graded_and_counted() -> None:
    answered = [Answered(number, "q", "4", "p", texts, score) for number, (texts, score) in enumerate(SCORED)]
    graded = grade_answers(answered)
    assert [[str(grade.verdict) for grade in each.grades] for each in graded] == [
        ["right", "wrong"],
        ["wrong", "right"],
        ["wrong", "wrong"],
    ]
    assert count(graded).model_dump() == {"right": 2, "wrong": 4, "undecided": 0, "disagreements": 1}
    assert count(graded).accuracy == pytest.approx(2 / 6)
    assert graded[0].to_row()["extracted"] == ["4", "5"]


# Answers, and what lighteval makes of them: of the last one it says that both are right.
SCORED = [
    ([r"\boxed{4}", r"\boxed{5}"], 0.5),
    ([r"\boxed{5}", r"\boxed{4.0}"], 0.5),
    ([r"\boxed{5}", r"\boxed{6}"], 1.0),
]


@pytest.mark.parametrize(
    ("verdicts", "lighteval", "is_disagreement"),
    [
        ([Verdict.RIGHT], 1.0, False),
        ([Verdict.RIGHT], 0.0, True),
        ([Verdict.WRONG], 1.0, True),
        ([Verdict.UNDECIDED], 1.0, False),
        ([Verdict.RIGHT, Verdict.WRONG, Verdict.WRONG], 1 / 3, False),
        ([Verdict.RIGHT, Verdict.WRONG, Verdict.WRONG], 2 / 3, True),
        ([Verdict.RIGHT, Verdict.UNDECIDED, Verdict.WRONG], 2 / 3, False),
        ([Verdict.RIGHT, Verdict.UNDECIDED, Verdict.WRONG], 0.0, True),
        ([Verdict.RIGHT, Verdict.UNDECIDED, Verdict.WRONG], 1.0, True),
    ],
)
def test_a_disagreement_is_another_number_of_right_answers(
    verdicts: list[Verdict], lighteval: float, is_disagreement: bool
) -> None:
    grades = [GradedAnswer(verdict, "", "text") for verdict in verdicts]
    assert Graded(Answered(0, "q", "4", "p", [], lighteval), grades).is_disagreement is is_disagreement
