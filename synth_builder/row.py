"""What a row is: its columns, its ids, and the canonical JSON that both hashes rest on."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import orjson
from datasets import Features, List, Value

Row = dict[str, Any]

_STRINGS = List(Value("string"))

GENERATOR = {
    "stage": Value("string"),
    "model_id": Value("string"),
    "model_sha": Value("string"),
    "server": Value("string"),
    "prompt_sha": Value("string"),
    "parameters": Value("string"),
    "journal_key": Value("string"),
}

QUESTION_COLUMNS: dict[str, Any] = {
    "id": Value("string"),
    "question": Value("string"),
    "level": Value("int8"),
    "origin_tag": Value("string"),
    "school_level": Value("string"),
    "topics": _STRINGS,
    "key_concepts": _STRINGS,
    "selected_concepts": _STRINGS,
    "documents": _STRINGS,
    "sources": _STRINGS,
    "licenses": _STRINGS,
    "combination_id": Value("string"),
    "generator": List(GENERATOR),
    "usage": {"prompt_tokens": Value("int64"), "completion_tokens": Value("int64")},
    "generation": Value("int8"),
}

CORPUS_FEATURES = Features(
    {
        "id": Value("string"),
        "content_sha": Value("string"),
        "messages": List({"role": Value("string"), "content": Value("string")}),
        "question": Value("string"),
        "solution": Value("string"),
        "answer": Value("string"),
        "level": Value("int8"),
        "origin_tag": Value("string"),
        "school_level": Value("string"),
        "topics": _STRINGS,
        "key_concepts": _STRINGS,
        "selected_concepts": _STRINGS,
        "documents": _STRINGS,
        "sources": _STRINGS,
        "licenses": _STRINGS,
        "combination_id": Value("string"),
        "verification": {
            "verdict": Value("string"),
            "votes": Value("int32"),
            "samples": Value("int32"),
            "method": Value("string"),
        },
        "difficulty": Value("float64"),
        "generator": List(GENERATOR),
        "usage": {"prompt_tokens": Value("int64"), "completion_tokens": Value("int64")},
        "generation": Value("int8"),
    }
)

REJECTED_FEATURES = Features(
    {**CORPUS_FEATURES, "stage": Value("string"), "reason": Value("string"), "detail": Value("string")}
)


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical_json(value: object) -> str:
    """The one JSON text of a value: sorted keys, no spaces, no escapes, so that equal values hash alike.

    Its numbers are finite: others would be written as null.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:  # half a surrogate pair, or a number of more than 64 bits
        return _CANONICAL.encode(value)


def sha256_hex(value: object) -> str:
    """SHA-256 of the JSON of `value` with sorted keys, 64 hex digits."""
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


def row_id(stage: str, origin: str, sample: int, position: int) -> str:
    """Identity of a row: what it was made from, never what it says.

    Args:
        stage: Name of the stage that wrote the question.
        origin: Id of the document, or of the combination.
        sample: Index of the request for this origin.
        position: Place of the question in the reply.
    """
    return sha256_hex([stage, origin, sample, position])[:16]


def content_sha(row: Row) -> str:
    """Hash of the text that a trainer reads: question, solution and final answer."""
    return sha256_hex([row["question"], row["solution"], row["answer"]])


def text_sha(text: str) -> str:
    """What a document's text is known again by: 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()
