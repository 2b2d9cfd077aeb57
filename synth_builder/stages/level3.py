"""Level 3: join concepts of different topics, sampled from the concept graph (SynthLLM, section 3.2)."""

from __future__ import annotations

from synth_builder.row import Row
from synth_builder.stages.questions import COLUMNS, blank_question, questions_outcome
from synth_builder.stages.stage import Outcome, Stage, Teacher

NAME = "level3"


async def write_questions(combination: Row, sample: int, teacher: Teacher) -> Outcome:
    """Ask for one to three questions that join two or three concepts of different topics."""
    variables = {
        "topics": combination["topics"],
        "key_concepts": combination["key_concepts"],
        "documents": [document["text"] for document in combination["grounding"]],
    }
    reply = await teacher.ask(combination["id"], sample, variables)
    return questions_outcome(reply, NAME, combination["id"], sample, blank(combination, sample))


def blank(combination: Row, sample: int) -> Row:
    """What is known before the question is."""
    return blank_question(
        NAME,
        3,
        combination["id"],
        sample,
        topics=combination["topics"],
        key_concepts=combination["key_concepts"],
        documents=[document["id"] for document in combination["grounding"]],
        sources=[document["source"] for document in combination["grounding"]],
        licenses=[document["license"] for document in combination["grounding"]],
        combination_id=combination["id"],
        generator=[entry for document in combination["grounding"] for entry in document["generator"]],
    )


STAGE = Stage(name=NAME, version=1, prompt="level3.jinja", columns=COLUMNS, run=write_questions, blank=blank)
