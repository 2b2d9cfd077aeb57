"""The answers of a run: read out of lighteval's details, graded once more, and every disagreement found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import pyarrow as pa

from synth_builder.evaluation.results import Grading
from synth_builder.grading import GradedAnswer, Grader, Verdict
from synth_builder.row import Row, canonical_json


@dataclass(frozen=True)
class Answered:
    """A question and what lighteval has of it.

    Attributes:
        index: Its place in the split.
        question: Its text.
        gold: The right answer.
        prompt: What was asked, worked examples first; a conversation as JSON.
        texts: The answers as lighteval scored them, without their reasoning.
        lighteval: Its headline metric.
    """

    index: int
    question: str
    gold: str
    prompt: str
    texts: Sequence[str]
    lighteval: float

    @classmethod
    def from_row(cls, row: Row) -> Answered:
        """Out of a row of `ANSWER_FEATURES`, graded or not."""
        return cls(**{field.name: row[field.name] for field in fields(cls)})


def read_answers(details: pa.Table, headline: str, *, is_chat: bool) -> list[Answered]:
    """Read lighteval's details, in the order of the split.

    Args:
        details: Columns `doc`, `metric` and `model_response`.
        headline: Name of the metric that is kept with each question.
        is_chat: Whether the prompts were conversations.
    """
    answers = (_read_answer(row, headline, is_chat) for row in details.to_pylist())
    return sorted(answers, key=lambda answered: answered.index)


def _read_answer(row: dict[str, Any], headline: str, is_chat: bool) -> Answered:
    doc, response = row["doc"], row["model_response"]
    return Answered(
        index=int(doc["id"]),
        question=doc["specific"]["question"],
        gold=doc["choices"][0],
        prompt=_prompt(doc, is_chat),
        texts=response["text_post_processed"] or response["text"],
        lighteval=row["metric"][headline],
    )


def _prompt(doc: dict[str, Any], is_chat: bool) -> str:
    """As lighteval joins it; of a checkpoint it keeps nothing but the tokens."""
    examples = [(example["query"], example["choices"][0]) for example in doc["fewshot_samples"]]
    if not is_chat:
        return "\n\n".join([*(f"{query} {solution.strip()}" for query, solution in examples), doc["query"]])
    talk = [(role, text) for example in examples for role, text in zip(("user", "assistant"), example, strict=True)]
    return canonical_json([{"role": role, "content": text} for role, text in [*talk, ("user", doc["query"])]])


def tell_squeezed(details: pa.Table, window: int, max_new_tokens: int) -> list[str]:
    """Say what a checkpoint's window was too small for: lighteval does not, and pads a batch to its longest prompt.

    Args:
        details: Column `model_response`.
        window: Most tokens of prompt and answer together.
        max_new_tokens: Most tokens of an answer.
    """
    sizes = [len(response["input_tokens"] or ()) for response in details["model_response"].to_pylist()]
    lines = []
    if cut := sum(size >= window for size in sizes):
        lines.append(f"Up to {cut:,} prompts were cut: their batches go beyond the window of {window:,} tokens.")
    if squeezed := sum(size + max_new_tokens > window for size in sizes):
        lines.append(
            f"Answers to {squeezed:,} questions had less room than --max-new-tokens {max_new_tokens:,}, as the window "
            f"has {window:,} tokens. A smaller --batch-size makes room beside short prompts."
        )
    return lines


class Graded(NamedTuple):
    """A question with the second opinion on each of its answers."""

    answered: Answered
    grades: Sequence[GradedAnswer]

    @property
    def is_disagreement(self) -> bool:
        """Whether lighteval counts more or fewer answers for right than can be; an undecided one may be either."""
        verdicts = [grade.verdict for grade in self.grades]
        right, undecided = verdicts.count(Verdict.RIGHT), verdicts.count(Verdict.UNDECIDED)
        return not right <= round(self.answered.lighteval * len(verdicts)) <= right + undecided

    def to_row(self) -> Row:
        """As `ANSWER_FEATURES` has it."""
        extracted = [grade.extracted for grade in self.grades]
        return {
            **vars(self.answered),
            "extracted": extracted,
            "verdicts": [str(grade.verdict) for grade in self.grades],
        }


def grade_answers(answers: Sequence[Answered]) -> list[Graded]:
    """Grade every answer by the corpus's own grader."""
    with Grader() as grader:
        grades = grader.grade((answered.gold, text) for answered in answers for text in answered.texts)
        return [Graded(answered, [next(grades) for _ in answered.texts]) for answered in answers]


def count(graded: Iterable[Graded]) -> Grading:
    """Count the verdicts on all answers, and the questions of disagreement."""
    graded = list(graded)
    verdicts = [grade.verdict for each in graded for grade in each.grades]
    return Grading(
        right=verdicts.count(Verdict.RIGHT),
        wrong=verdicts.count(Verdict.WRONG),
        undecided=verdicts.count(Verdict.UNDECIDED),
        disagreements=sum(each.is_disagreement for each in graded),
    )
