"""Level 1: questions found in, or written from, one document (SynthLLM, section 3.2)."""

from __future__ import annotations

from synth_builder.row import Row
from synth_builder.stages.questions import COLUMNS, blank_question, questions_outcome
from synth_builder.stages.stage import Outcome, Stage, Teacher

NAME = "level1"


async def write_questions(document: Row, sample: int, teacher: Teacher) -> Outcome:
    """Ask for one to five questions that rest on `document` alone, or for a refusal."""
    reply = await teacher.ask(document["id"], sample, {"document": document["text"]})
    return questions_outcome(reply, NAME, document["id"], sample, blank(document, sample))


def blank(document: Row, sample: int) -> Row:
    """What is known before the question is."""
    return blank_question(
        NAME,
        1,
        document["id"],
        sample,
        topics=[topic["name"] for topic in document["topics"]],
        key_concepts=[concept for topic in document["topics"] for concept in topic["key_concepts"]],
        documents=[document["id"]],
        sources=[document["source"]],
        licenses=[document["license"]],
        generator=document["generator"],
    )


STAGE = Stage(name=NAME, version=1, prompt="level1.jinja", columns=COLUMNS, run=write_questions, blank=blank)
