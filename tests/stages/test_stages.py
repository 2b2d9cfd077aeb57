"""Each stage turns a reply into rows, or into a stated reason why there are none."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from datasets import Features
from hypothesis import given
from hypothesis import strategies as st

from synth_builder.row import CORPUS_FEATURES, Row, row_id
from synth_builder.run.prompts import load_prompt
from synth_builder.stages import answer, extract_concepts, level1, level2, level3
from synth_builder.stages.questions import share
from synth_builder.stages.stage import Outcome, Reply, Stage

GENERATOR = {
    "stage": "s",
    "model_id": "m",
    "model_sha": "x",
    "server": "v",
    "prompt_sha": "p",
    "parameters": "{}",
    "journal_key": "k",
}
TOPICS = [{"name": "sets", "key_concepts": ["union", "intersection"]}]
DOCUMENT: Row = {
    "id": "doc",
    "text": "About sets.",
    "title": "Sets",
    "source": "here",
    "license": "CC0-1.0",
    "topics": TOPICS,
    "school_level": "college",
    "generator": [{**GENERATOR, "stage": "extract_concepts"}],
}
COMBINATION: Row = {
    "id": "s0-e0-abc",
    "topics": ["sets", "logic"],
    "key_concepts": ["union", "negation"],
    "grounding": [DOCUMENT, {**DOCUMENT, "id": "doc2"}],
}
BLOCKS = "<Q1>\nQuestion: one?\nLevel: <college>\n</Q1>\n<Q2>\n</Q2>\n<Q3>\nQuestion: three?\n</Q3>"


class Says:
    """A teacher that says one thing, and remembers what it was given."""

    def __init__(self, text: str, truncated: bool = False) -> None:
        self.text = text
        self.truncated = truncated
        self.variables: Mapping[str, object] = {}

    async def ask(self, origin: str, sample: int, variables: Mapping[str, object]) -> Reply:
        self.variables = variables
        return Reply(self.text, self.truncated, GENERATOR, 10, 7)


def run(stage: Stage, row: Row, text: str, *, truncated: bool = False) -> Outcome:
    teacher = Says(text, truncated)
    outcome: Outcome = asyncio.run(stage.run(row, 0, teacher))
    load_prompt("math", stage.prompt).render(teacher.variables)  # strict: every variable of the prompt is given
    for each in outcome.rows:
        Features(stage.columns).encode_example(each)
        assert set(each) == set(stage.columns)
    return outcome


QUESTION: Row = run(level1.STAGE, DOCUMENT, BLOCKS).rows[0]


@pytest.mark.parametrize(
    ("stage", "row"), [(level1.STAGE, DOCUMENT), (level2.STAGE, DOCUMENT), (level3.STAGE, COMBINATION)]
)
def test_questions_carry_their_lineage_and_an_id_by_position(stage: Stage, row: Row) -> None:
    outcome = run(stage, row, BLOCKS)
    assert (outcome.status, outcome.malformed) == ("carried", 1)
    assert [each["question"] for each in outcome.rows] == ["one?", "three?"]
    assert [each["id"] for each in outcome.rows] == [row_id(stage.name, row["id"], 0, place) for place in (0, 2)]
    assert outcome.rows[0]["documents"][0] == "doc"
    assert [entry["stage"] for entry in outcome.rows[0]["generator"]][-1] == "s"
    assert {entry["stage"] for entry in outcome.rows[0]["generator"][:-1]} == {"extract_concepts"}
    assert sum(each["usage"]["prompt_tokens"] for each in outcome.rows) == 10
    assert sum(each["usage"]["completion_tokens"] for each in outcome.rows) == 7


def test_level_1_keeps_school_level_and_origin_tag() -> None:
    outcome = run(level1.STAGE, DOCUMENT, BLOCKS.replace("one?", "one?\nOrig_tag: <original_question>"))
    assert (outcome.rows[0]["school_level"], outcome.rows[0]["origin_tag"]) == ("college", "original")
    assert (outcome.rows[1]["school_level"], outcome.rows[1]["origin_tag"]) == ("", "")


def test_level_2_gets_the_concepts_by_topic_and_level_3_the_walk_and_its_documents() -> None:
    text = load_prompt("math", "level2.jinja").render({"document": "About sets.", "topics": TOPICS})
    assert "1. sets\n1.1. union\n1.2. intersection\n</concepts>" in text
    outcome = run(level3.STAGE, COMBINATION, BLOCKS)
    assert outcome.rows[0]["combination_id"] == COMBINATION["id"]
    assert outcome.rows[0]["documents"] == ["doc", "doc2"]


def test_a_refusal_is_filtered_and_prose_is_a_failure() -> None:
    refused = run(level1.STAGE, DOCUMENT, "NOT SUITABLE: nothing here.")
    assert (refused.status, refused.reason) == ("filtered", "refused")
    invalid = run(level1.STAGE, DOCUMENT, "Mathematics is beautiful.")
    assert (invalid.status, invalid.reason) == ("failed", "invalid")
    assert "Mathematics is beautiful." in invalid.detail


def test_concepts_are_kept_by_topic() -> None:
    text = (
        "<level>College</level>\n<topic>\n1. sets\n2. x\n</topic>\n<key_concept>\n1. sets\n1.1. union\n</key_concept>"
    )
    outcome = run(extract_concepts.STAGE, DOCUMENT, text)
    assert outcome.rows[0]["topics"] == [{"name": "sets", "key_concepts": ("union",)}]
    assert outcome.rows[0]["school_level"] == "college"


def test_a_document_without_mathematics_is_filtered_and_a_shapeless_reply_fails() -> None:
    empty = "<level>Other</level>\n<subject></subject>\n<topic>\n\n</topic>\n<key_concept>\n\n</key_concept>"
    assert run(extract_concepts.STAGE, DOCUMENT, empty).reason == "no_concepts"
    assert run(extract_concepts.STAGE, DOCUMENT, "I think it is about sets.").reason == "invalid"
    assert run(extract_concepts.STAGE, DOCUMENT, "I'm sorry, I can't read that.").reason == "refused"


def test_an_answer_becomes_a_conversation_that_a_trainer_takes() -> None:
    (row,) = run(answer.STAGE, QUESTION, r"Because. \boxed{2}").rows
    assert list(row) == list(answer.blank(QUESTION, 0)) or set(row) == set(CORPUS_FEATURES)
    assert row["messages"] == [
        {"role": "user", "content": "one?"},
        {"role": "assistant", "content": r"Because. \boxed{2}"},
    ]
    assert (row["answer"], row["verification"]["verdict"]) == ("2", "unchecked")
    assert row["id"] == QUESTION["id"]
    assert [entry["stage"] for entry in row["generator"]] == ["extract_concepts", "s", "s"]
    assert row["usage"]["prompt_tokens"] == QUESTION["usage"]["prompt_tokens"] + 10


@pytest.mark.parametrize(
    ("text", "truncated", "status", "reason"),
    [
        ("CANNOT SOLVE: data are missing.", False, "filtered", "refused"),
        ("The answer is 2.", False, "failed", "invalid"),
        (r"\boxed{2} and then", True, "failed", "invalid"),
    ],
)
def test_an_answer_that_cannot_be_used_says_why(text: str, truncated: bool, status: str, reason: str) -> None:
    outcome = run(answer.STAGE, QUESTION, text, truncated=truncated)
    assert (outcome.status, outcome.reason) == (status, reason)
    assert outcome.rows[0]["question"] == "one?"


@given(st.integers(0, 10_000), st.integers(1, 9))
def test_shares_add_up(total: int, count: int) -> None:
    parts = [share(total, index, count) for index in range(count)]
    assert sum(parts) == total
    assert max(parts) - min(parts) <= 1
