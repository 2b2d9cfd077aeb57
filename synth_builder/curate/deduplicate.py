"""Leave out questions that have been asked before, word for word."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from synth_builder.row import Row


class Verdict(NamedTuple):
    """A question and the id of the first row that asks the same; "" when it is the first itself."""

    row: Row
    first_id: str


def find_repeats(questions: Iterable[Row]) -> Iterator[Verdict]:
    """Judge each question against all before it, by its normalised text; memory is 16 bytes and an id a question."""
    seen: dict[bytes, str] = {}
    for row in questions:
        digest = hashlib.sha256(normalise_question(row["question"]).encode()).digest()[:16]
        yield Verdict(row, seen.get(digest, ""))
        seen.setdefault(digest, row["id"])


def normalise_question(text: str) -> str:
    """Fold Unicode compositions and white space; case stays, since $A$ and $a$ differ."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()
