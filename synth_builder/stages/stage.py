"""What a stage is: a description as data, and one async function from a row to an outcome."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from datasets import Features, Value

from synth_builder.row import Row

# Every part of a stage has these columns before its own; see docs/rows.md.
OUTCOME_COLUMNS: dict[str, Any] = {
    "input_id": Value("string"),
    "sample": Value("int32"),
    "status": Value("string"),
    "reason": Value("string"),
    "detail": Value("string"),
    "malformed": Value("int32"),
}


class Reply(NamedTuple):
    """A teacher's reply and where it is from.

    Attributes:
        text: What the teacher wrote.
        truncated: It was cut at the token limit.
        generator: The row's `generator` entry: model, prompt, parameters, journal key.
        prompt_tokens: Tokens of the prompt.
        completion_tokens: Tokens of the reply.
    """

    text: str
    truncated: bool
    generator: Row
    prompt_tokens: int
    completion_tokens: int


class Teacher(Protocol):
    """Who a stage asks. Retries, limits and the journal are out of its sight."""

    async def ask(self, origin: str, sample: int, variables: Mapping[str, object]) -> Reply:
        """Render the stage's prompt with `variables` and ask; raises RequestError."""
        ...


class Outcome(NamedTuple):
    """What became of one input.

    Attributes:
        status: `carried` (gave rows), `filtered` (left out for a stated reason) or `failed`.
        rows: The rows carried on; for the other two the one row that tells what was left out.
        reason: Why it was filtered, or the class of the failure (`invalid`, `too_long`, `transient`).
        detail: What was seen, for people.
        malformed: Pieces of the reply that were not whole.
    """

    status: str
    rows: tuple[Row, ...]
    reason: str = ""
    detail: str = ""
    malformed: int = 0


def carried(rows: tuple[Row, ...], malformed: int = 0) -> Outcome:
    """The input gave `rows`."""
    return Outcome("carried", rows, malformed=malformed)


def filtered(row: Row, reason: str, detail: str = "", malformed: int = 0) -> Outcome:
    """The input is left out by rule; `row` says what is known of it."""
    return Outcome("filtered", (row,), reason, detail, malformed)


def failed(row: Row, kind: str, detail: str = "", malformed: int = 0) -> Outcome:
    """The input has no usable reply."""
    return Outcome("failed", (row,), kind, detail, malformed)


@dataclass(frozen=True)
class Stage:
    """One step of generation.

    Attributes:
        name: Name in recipes, ids and folders.
        version: Raised whenever the same reply would give other rows; part of every journal key.
        prompt: File below `prompts/<domain>/`.
        columns: Columns of a row, on top of `OUTCOME_COLUMNS`.
        run: `(row, sample, teacher) -> Outcome`. It may let RequestError through.
        blank: `(row, sample) -> Row`: what is known of an input that gave no row.
        needs: What its endpoint must offer beyond text, by names of `synth_builder.endpoint.probe.CAPABILITIES`.
    """

    name: str
    version: int
    prompt: str
    columns: Mapping[str, Any]
    run: Callable[[Row, int, Teacher], Coroutine[None, None, Outcome]]
    blank: Callable[[Row, int], Row]
    needs: frozenset[str] = frozenset()

    @property
    def features(self) -> Features:
        """Schema of the stage's parts."""
        return Features({**OUTCOME_COLUMNS, **self.columns})
