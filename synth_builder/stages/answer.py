"""Answers: one worked solution per question (SynthLLM, section 3.3)."""

from __future__ import annotations

from synth_builder.row import CORPUS_FEATURES, Row, content_sha
from synth_builder.stages.replies import parse_answer
from synth_builder.stages.stage import Outcome, Stage, Teacher, carried, failed, filtered


async def solve_question(question: Row, sample: int, teacher: Teacher) -> Outcome:
    """Ask for a solution that ends in a box; a reply without one carries nothing on."""
    reply = await teacher.ask(question["id"], sample, {"question": question["question"]})
    parsed = parse_answer(reply.text)
    row = {
        **blank(question, sample),
        "messages": [
            {"role": "user", "content": question["question"]},
            {"role": "assistant", "content": parsed.solution},
        ],
        "solution": parsed.solution,
        "answer": parsed.answer,
        "generator": [*question["generator"], reply.generator],
        "usage": {
            "prompt_tokens": question["usage"]["prompt_tokens"] + reply.prompt_tokens,
            "completion_tokens": question["usage"]["completion_tokens"] + reply.completion_tokens,
        },
    }
    row["content_sha"] = content_sha(row)
    if parsed.answer and not reply.truncated:
        return carried((row,))
    if parsed.refused:
        return filtered(row, "refused", reply.text.strip()[:300])
    problem = "the reply was cut at the token limit" if reply.truncated else "the reply has no \\boxed{} answer"
    return failed(row, "invalid", problem)


def blank(question: Row, sample: int) -> Row:
    """A corpus row without its solution."""
    row = {
        **question,
        "messages": [{"role": "user", "content": question["question"]}],
        "solution": "",
        "answer": "",
        "verification": {"verdict": "unchecked", "votes": 0, "samples": 1, "method": ""},
        "difficulty": None,
    }
    row["content_sha"] = content_sha(row)
    return {name: row[name] for name in CORPUS_FEATURES}


STAGE = Stage(
    name="answer",
    version=1,
    prompt="answer.jinja",
    columns=CORPUS_FEATURES,
    run=solve_question,
    blank=blank,
)
