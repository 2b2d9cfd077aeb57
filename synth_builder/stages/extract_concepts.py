"""Concept extraction: level, subject, topics and key concepts of one document (SynthLLM, section 3.2)."""

from __future__ import annotations

import re

from datasets import List, Value

from synth_builder.row import GENERATOR, Row
from synth_builder.stages.replies import declines, parse_concepts
from synth_builder.stages.stage import Outcome, Stage, Teacher, carried, failed, filtered

COLUMNS = {
    "id": Value("string"),
    "source": Value("string"),
    "license": Value("string"),
    "school_level": Value("string"),
    "subject": Value("string"),
    "topics": List({"name": Value("string"), "key_concepts": List(Value("string"))}),
    "generator": List(GENERATOR),
    "usage": {"prompt_tokens": Value("int64"), "completion_tokens": Value("int64")},
}


async def extract_concepts(document: Row, sample: int, teacher: Teacher) -> Outcome:
    """Ask for the topics of `document` and the key concepts of each."""
    reply = await teacher.ask(document["id"], sample, {"document": document["text"]})
    parsed = parse_concepts(reply.text)
    row = {
        **blank(document, sample),
        "school_level": parsed.level,
        "subject": parsed.subject,
        "topics": [topic._asdict() for topic in parsed.topics if topic.key_concepts],
        "generator": [reply.generator],
        "usage": {"prompt_tokens": reply.prompt_tokens, "completion_tokens": reply.completion_tokens},
    }
    if row["topics"]:
        return carried((row,), parsed.malformed)
    if re.search(r"<\s*topics?\s*>", reply.text, re.IGNORECASE) and not parsed.malformed:
        return filtered(row, "no_concepts", "the teacher found no mathematics in the document")
    if declines(reply.text):
        return filtered(row, "refused", reply.text.strip()[:300])
    return failed(row, "invalid", f"no topic with a key concept in: {reply.text[:200]!r}", parsed.malformed)


def blank(document: Row, sample: int) -> Row:
    """What is known of a document without its concepts."""
    return {
        "id": document["id"],
        "source": document["source"],
        "license": document["license"],
        "school_level": "",
        "subject": "",
        "topics": [],
        "generator": [],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0},
    }


STAGE = Stage(
    name="extract_concepts",
    version=1,
    prompt="extract_concepts.jinja",
    columns=COLUMNS,
    run=extract_concepts,
    blank=blank,
)
