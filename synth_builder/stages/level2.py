"""Level 2: recombine the key concepts of one document into new questions (SynthLLM, section 3.2)."""

from __future__ import annotations

from synth_builder.row import Row
from synth_builder.stages.questions import COLUMNS, blank_question, questions_outcome
from synth_builder.stages.stage import Outcome, Stage, Teacher

NAME = "level2"


async def write_questions(document: Row, sample: int, teacher: Teacher) -> Outcome:
    """Ask for one to five questions that join two or three concepts of `document`; the teacher chooses which."""
    variables = {"document": document["text"], "topics": document["topics"]}
    reply = await teacher.ask(document["id"], sample, variables)
    return questions_outcome(reply, NAME, document["id"], sample, blank(document, sample))


def blank(document: Row, sample: int) -> Row:
    """What is known before the question is."""
    return blank_question(
        NAME,
        2,
        document["id"],
        sample,
        school_level=document["school_level"],
        topics=[topic["name"] for topic in document["topics"]],
        key_concepts=[concept for topic in document["topics"] for concept in topic["key_concepts"]],
        documents=[document["id"]],
        sources=[document["source"]],
        licenses=[document["license"]],
        generator=document["generator"],
    )


STAGE = Stage(name=NAME, version=1, prompt="level2.jinja", columns=COLUMNS, run=write_questions, blank=blank)
