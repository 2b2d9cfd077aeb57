"""What the three question writers share: from a reply to question rows."""

from __future__ import annotations

from synth_builder.row import QUESTION_COLUMNS, Row, row_id
from synth_builder.stages.replies import parse_questions
from synth_builder.stages.stage import Outcome, Reply, carried, failed, filtered

COLUMNS = QUESTION_COLUMNS


def blank_question(stage: str, level: int, origin: str, sample: int, **known: object) -> Row:
    """A question row without its question; `known` fills further columns."""
    return {
        "id": row_id(stage, origin, sample, -1),
        "question": "",
        "level": level,
        "origin_tag": "",
        "school_level": "",
        "topics": [],
        "key_concepts": [],
        "selected_concepts": [],
        "documents": [],
        "sources": [],
        "licenses": [],
        "combination_id": "",
        "generator": [],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0},
        "generation": 0,
        **known,
    }


def questions_outcome(reply: Reply, stage: str, origin: str, sample: int, blank: Row) -> Outcome:
    """Turn a reply into question rows on the ground of `blank`, or into the reason why there are none."""
    parsed = parse_questions(reply.text, truncated=reply.truncated)
    count = len(parsed.questions)
    rows = tuple(
        {
            **blank,
            "id": row_id(stage, origin, sample, question.position),
            "question": question.text,
            "origin_tag": question.origin,
            "school_level": question.school_level or blank["school_level"],
            "selected_concepts": list(question.selected_concepts),
            "generator": [*blank["generator"], reply.generator],
            "usage": {
                "prompt_tokens": share(reply.prompt_tokens, index, count),
                "completion_tokens": share(reply.completion_tokens, index, count),
            },
        }
        for index, question in enumerate(parsed.questions)
    )
    if rows:
        return carried(rows, parsed.malformed)
    left_out = {
        **blank,
        "generator": [*blank["generator"], reply.generator],
        "usage": {"prompt_tokens": reply.prompt_tokens, "completion_tokens": reply.completion_tokens},
    }
    if parsed.refused:
        return filtered(left_out, "refused", reply.text.strip()[:300], parsed.malformed)
    return failed(left_out, "invalid", f"no whole question in: {reply.text[:200]!r}", parsed.malformed)


def share(total: int, index: int, count: int) -> int:
    """Part `index` of `total` cut into `count` nearly equal whole parts, which add up to `total`."""
    return total * (index + 1) // count - total * index // count
