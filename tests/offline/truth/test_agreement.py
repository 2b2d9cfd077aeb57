"""The truth and the teacher, which share no code, agree on what the teacher writes for the sample documents."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from random import Random
from typing import NamedTuple

import pytest

from synth_builder.offline.slips import INDEPENDENT_SLIPS, wrong_answer
from synth_builder.offline.teacher import reply
from synth_builder.offline.teacher.lexicon import read_document
from synth_builder.offline.truth import same_value, truth_of
from synth_builder.run.prompts import load_prompt

# Of every so many documents one is used, so that this takes a few seconds.
STEP = 3
LEAST_SHARE = 0.6


class Judged(NamedTuple):
    question: str
    truth: str
    answer: str


@cache
def questions() -> list[str]:
    """What the teacher writes about every third sample document, alone and together with the next one."""
    folder = resources.files("synth_builder") / "sample_documents"
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".md")), key=lambda path: path.name)
    texts = [path.read_text(encoding="utf-8") for path in paths[::STEP]]
    replies = []
    for text, other in zip(texts, texts[1:] + texts[:1], strict=True):
        topics = [{"name": topic.name, "key_concepts": topic.concepts} for topic in read_document(text).topics]
        both = [*topics, *({"name": each.name, "key_concepts": each.concepts} for each in read_document(other).topics)]
        joined = {
            "topics": [topic["name"] for topic in both],
            "key_concepts": [concept for topic in both for concept in topic["key_concepts"]],
            "documents": [text, other],
        }
        replies += [
            reply(load_prompt("math", "level1.jinja").render({"document": text}), 1),
            reply(load_prompt("math", "level2.jinja").render({"document": text, "topics": topics}), 1),
            *(reply(load_prompt("math", "level3.jinja").render(joined), seed) for seed in (1, 2, 3)),
        ]
    return list(dict.fromkeys(question for text in replies for question in re.findall(r"^Question: (.*)$", text, re.M)))


@cache
def judged() -> list[Judged]:
    """The questions whose truth is known, with the teacher's boxed answers."""
    answer = load_prompt("math", "answer.jinja")
    known = [(question, truth) for question in questions() if (truth := truth_of(question)) is not None]
    solutions = [reply(answer.render({"question": question}), 1) for question, _ in known]
    return [
        Judged(question, truth, solution.rpartition(r"\boxed{")[2].removesuffix("}$."))
        for (question, truth), solution in zip(known, solutions, strict=True)
    ]


def test_truth_and_teacher_agree() -> None:
    assert [each for each in judged() if same_value(each.truth, each.answer) is not True] == []


def test_most_questions_of_a_demo_have_a_truth() -> None:
    assert len(questions()) > 300
    assert len(judged()) / len(questions()) > LEAST_SHARE


def test_joined_questions_have_a_truth_too() -> None:
    assert sum(each.question.count(" be ") >= 2 and "Let $m$ be" in each.question for each in judged()) > 30


@pytest.mark.parametrize("slip", INDEPENDENT_SLIPS)
def test_a_slip_in_an_answer_is_seen(slip: str) -> None:
    slipped = [(truth, right, wrong_answer(right, slip, Random(question))) for question, truth, right in judged()]
    verdicts = [same_value(truth, wrong) for truth, right, wrong in slipped if wrong != right]
    assert len(verdicts) > 0.95 * len(slipped)
    assert True not in verdicts
    assert verdicts.count(False) >= 0.95 * len(verdicts)
