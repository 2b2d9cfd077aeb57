"""Split documents that are too long for the model's window, by the server's own count of tokens."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset

from synth_builder.documents.split import piece_id, split_document
from synth_builder.endpoint.client import Completion
from synth_builder.errors import SynthBuilderError
from synth_builder.mapped import tables_of
from synth_builder.recipe import Recipe
from synth_builder.row import Row
from synth_builder.run.ask import Endpoint
from synth_builder.run.journal import Entry, Journal
from synth_builder.run.prompts import load_prompt

# A document's longest list: 5 topics with 20 key concepts each, at about 6 tokens an entry.
_CONCEPT_LIST_TOKENS = 640
_SMALLEST_DOCUMENT_TOKENS = 64
_QUESTION_TOKENS = 512

# Raised whenever the same document would be cut elsewhere.
_VERSION = 2

# Pieces are cut for less than the whole room, so that they still fit where a later change takes a little of it.
_SHARE_OF_ROOM = 7 / 8


class Room(NamedTuple):
    """Room for one document in the tightest window of all stages.

    Attributes:
        endpoint: The endpoint of that stage, which counts tokens.
        tokens: Most tokens of a document.
    """

    endpoint: Endpoint
    tokens: int


class _Cut(NamedTuple):
    """How a text was cut, as the journal keeps it.

    Attributes:
        pieces: Its pieces; none where it is whole.
        tokens: Tokens of the longest piece, or of the whole.
        counted_by: Id and revision of the model whose tokens they are.
    """

    pieces: Sequence[str] = ()
    tokens: int = 0
    counted_by: Sequence[str] = ()


def split_documents(documents: Dataset, room: Room, journal: Journal) -> Iterator[pa.Table]:
    """Yield tables with every usable document, whole or in pieces `doc#k`, and each unusable one with its reason.

    A document stays in the pieces that an earlier run has cut it into for as long as they fit, as other pieces are
    other requests in every stage. So a run that goes on with other settings may have other pieces than one that begins
    with them.

    Args:
        documents: Columns id, text, title, source, license, reason.
        room: Most tokens of a piece, by whose count.
        journal: Keeps the pieces, so that a run with nothing left to ask needs no server for them.
    """
    for table in tables_of(documents, 256):
        is_usable = pc.equal(table["reason"], "")
        pieces = _split(table["text"].filter(is_usable).to_pylist(), room, journal)
        none = pa.repeat(pa.scalar(0, pa.int32()), len(table))
        outcomes = pa.table(
            {
                "input_id": table["id"],
                "sample": none,
                "status": pc.if_else(is_usable, "carried", "filtered"),
                "reason": table["reason"],
                "detail": pa.repeat("", len(table)),
                "malformed": none,
                **{name: table[name] for name in ("id", "text", "title", "source", "license")},
            }
        )
        yield _in_pieces(outcomes, pieces) if any(pieces.values()) else outcomes


def _in_pieces(outcomes: pa.Table, pieces: Mapping[str, Sequence[str]]) -> pa.Table:
    """The outcomes with a row for each piece of a text that has any."""
    rows: list[Row] = []
    for row in outcomes.to_pylist():
        parts = pieces.get(row["text"])
        rows += (
            [{**row, "id": piece_id(row["id"], index), "text": part} for index, part in enumerate(parts)]
            if parts
            else [row]
        )
    return pa.Table.from_pylist(rows, schema=outcomes.schema)


def _split(texts: list[str], room: Room, journal: Journal) -> dict[str, Sequence[str]]:
    """The pieces of each text; none where it is whole."""
    identity = room.endpoint.identity
    model = [identity.model_id, identity.model_sha]
    counts: dict[str, int] = {}

    def count(strings: list[str]) -> list[int]:
        counts.update(zip(strings, room.endpoint.count_tokens(strings), strict=True))
        return [counts[string] for string in strings]

    def count_cut(text: str, pieces: Sequence[str]) -> _Cut:
        return _Cut(pieces, max(counts[part] for part in pieces or [text]), model)

    keys = {text: hashlib.sha256(f"split {_VERSION} {text}".encode()).hexdigest()[:32] for text in texts}
    entries = journal.entries(list(keys.values()))
    kept = {text: _kept(entries.get(key)) for text, key in keys.items()}
    # No tokenizer makes more tokens than there are bytes, so most documents need no question to the server.
    uncounted = {
        text: cut.pieces or [text]
        for text, cut in kept.items()
        if cut.counted_by != model and max(len(part.encode()) for part in cut.pieces or [text]) > room.tokens
    }
    if uncounted:
        count([part for parts in uncounted.values() for part in parts])
    cuts = {}
    for text, cut in kept.items():
        cuts[text] = count_cut(text, cut.pieces) if text in uncounted else cut
        if cuts[text].tokens > room.tokens:
            cuts[text] = count_cut(text, split_document(text, int(room.tokens * _SHARE_OF_ROOM), count))
        if cuts[text] != cut:
            reply = json.dumps(cuts[text], ensure_ascii=False)
            journal.put(keys[text], "documents", Completion(reply, "", 0, 0, identity.model_id))
    return {text: cut.pieces for text, cut in cuts.items()}


def _kept(entry: Entry | None) -> _Cut:
    """The cut that the journal holds; a text of which it holds none is whole and not yet counted."""
    return _Cut(*json.loads(entry.result.text)) if entry and isinstance(entry.result, Completion) else _Cut()


def room_for_documents(recipe: Recipe, endpoints: Mapping[str, Endpoint]) -> Room:
    """The room that the prompts and replies of all stages leave for a document.

    Args:
        recipe: Names the stages that read documents and their endpoints.
        endpoints: Connected endpoints by name.

    Raises:
        SynthBuilderError: The model's window leaves no room for any document, or none for a question to be answered.
    """
    room = _left_tokens(recipe, endpoints, "answer", {"question": ""})
    if room < _QUESTION_TOKENS:
        raise _too_small(recipe, endpoints, "answer", f"{_QUESTION_TOKENS - room} tokens for a question")
    rooms = []
    for stage, documents in (
        ("extract_concepts", 1),
        ("level1", 1),
        ("level2", 1),
        ("level3", recipe.graph.grounding_documents),
    ):
        variables = {"document": "", "topics": [], "key_concepts": [], "documents": [""] * documents}
        left = _left_tokens(recipe, endpoints, stage, variables) - _CONCEPT_LIST_TOKENS
        rooms.append((left // documents, stage))
    room, stage = min(rooms, key=lambda each: each[0])
    if room < _SMALLEST_DOCUMENT_TOKENS:
        raise _too_small(recipe, endpoints, stage, f"{_SMALLEST_DOCUMENT_TOKENS - room} tokens for a document")
    return Room(endpoints[recipe.stage(stage).endpoint], room)


def _left_tokens(recipe: Recipe, endpoints: Mapping[str, Endpoint], stage: str, variables: Mapping[str, object]) -> int:
    """Tokens of the window that are neither the stage's reply nor its prompt, rendered with empty `variables`."""
    settings = recipe.stage(stage)
    endpoint = endpoints[settings.endpoint]
    prompt = load_prompt(recipe.domain, f"{stage}.jinja").render(variables)
    # Bytes bound the tokens of the prompt's own text from above; a chat template adds a few.
    return min(endpoint.max_input_tokens, endpoint.max_total_tokens - settings.max_tokens) - len(prompt.encode()) // 2


def _too_small(recipe: Recipe, endpoints: Mapping[str, Endpoint], stage: str, lacking: str) -> SynthBuilderError:
    settings = recipe.stage(stage)
    endpoint = endpoints[settings.endpoint]
    where = ", ".join(endpoint.settings.urls)
    return SynthBuilderError(
        f"The window of the model at {where} has no room: it lacks {lacking} in stage {stage}: "
        f"at most {endpoint.max_input_tokens} tokens in, {endpoint.max_total_tokens} in all, "
        f"{settings.max_tokens} of them for the reply.",
        todo=f"Lower stages.{stage}.max_tokens, or start the server with a larger window, or, "
        "where it does not say its window, set `max_total_tokens` of the endpoint.",
    )
