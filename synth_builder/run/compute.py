"""The stages that ask nobody: split documents, sample combinations, leave out repeated questions."""

from __future__ import annotations

from collections.abc import Iterator

from datasets import Dataset, Features, List, Value

from synth_builder.curate.deduplicate import find_repeats
from synth_builder.graph.ground import Grounder
from synth_builder.graph.walk import sample_combinations
from synth_builder.parquet import write_rows
from synth_builder.recipe import Recipe
from synth_builder.row import QUESTION_COLUMNS, Row
from synth_builder.run.journal import Journal
from synth_builder.run.parts import Parts
from synth_builder.run.split import Room, split_documents
from synth_builder.stages.stage import OUTCOME_COLUMNS

_COMBINATION_COLUMNS = {
    "id": Value("string"),
    "seed": Value("int64"),
    "epoch": Value("int32"),
    "topics": List(Value("string")),
    "key_concepts": List(Value("string")),
    "documents": List(Value("string")),
    "jaccard": List(Value("float64")),
}


def make_documents(parts: Parts, documents: Dataset, room: Room, journal: Journal) -> int:
    """Write the part `documents`; returns the number of inputs."""
    rows = split_documents(documents, room, journal)
    columns = {name: Value("string") for name in ("id", "text", "title", "source", "license")}
    write_rows(parts.folder.part("documents"), rows, Features({**OUTCOME_COLUMNS, **columns}))
    return len(documents)


def make_combinations(parts: Parts, recipe: Recipe) -> int:
    """Write the part `combinations` (SynthLLM, section 3.2); returns their number."""
    graph, settings = parts.graph(), recipe.graph
    grounder = Grounder(graph)
    combinations = sample_combinations(
        graph,
        seed=recipe.seed,
        epochs=settings.epochs,
        topic_steps=settings.topic_steps,
        concept_steps=settings.concept_steps,
        epsilon=settings.epsilon,
    )
    count = 0

    def rows() -> Iterator[Row]:
        nonlocal count
        for combination in combinations:
            over = settings.max_combinations is not None and count >= settings.max_combinations
            count += 1
            reason = "no_key_concept" if not combination.key_concepts else "max_combinations" if over else ""
            grounding = (
                () if reason else grounder.ground(combination, count=settings.grounding_documents, seed=recipe.seed)
            )
            yield {
                **_head(combination.id, reason),
                **combination._asdict(),
                "documents": [document.document for document in grounding],
                "jaccard": [document.jaccard for document in grounding],
            }

    features = Features({**OUTCOME_COLUMNS, **_COMBINATION_COLUMNS})
    write_rows(parts.folder.part("combinations"), rows(), features)
    return count


def make_unrepeated(parts: Parts) -> int:
    """Write the part `deduplicate`; returns the number of questions that went in."""
    count = 0

    def questions() -> Iterator[Row]:
        nonlocal count
        for name in ("level1", "level2", "level3"):
            for row in parts.carried_rows(name):
                count += 1
                yield {column: row[column] for column in QUESTION_COLUMNS}

    rows = (
        {**_head(row["id"], "repeated_question" if first else "", first), **row}
        for row, first in find_repeats(questions())
    )
    write_rows(parts.folder.part("deduplicate"), rows, Features({**OUTCOME_COLUMNS, **QUESTION_COLUMNS}))
    return count


def _head(input_id: str, reason: str, detail: str = "") -> Row:
    return {
        "input_id": input_id,
        "sample": 0,
        "status": "filtered" if reason else "carried",
        "reason": reason,
        "detail": detail,
        "malformed": 0,
    }
