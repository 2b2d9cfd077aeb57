"""What stages read: the parts of the stages before them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from datasets import Dataset, Features, concatenate_datasets

from synth_builder.graph.build import build_graph
from synth_builder.graph.concept_graph import ConceptGraph, DocumentConcepts
from synth_builder.parquet import read_rows
from synth_builder.row import Row
from synth_builder.run.folder import RunFolder
from synth_builder.stages.stage import OUTCOME_COLUMNS


@dataclass(frozen=True)
class Parts:
    """The parts of a run, as the stages read them.

    Attributes:
        folder: The run folder.
        scratch: Folder for files that nobody needs after the run.
        min_document_count: Concepts that fewer documents have are left out of the graph.
    """

    folder: RunFolder
    scratch: Path
    min_document_count: int

    def load(self, stage: str) -> Dataset:
        """All outcomes of a stage."""
        part = self.folder.part(stage)
        if not pq.read_metadata(part).num_rows:  # `from_parquet` reads no file without rows
            features = Features.from_arrow_schema(pq.read_schema(part))
            return Dataset.from_dict({name: [] for name in features}, features=features)
        return Dataset.from_parquet(str(part), cache_dir=str(self.scratch / "cache"))

    def carried(self, stage: str, columns: Iterable[str] | None = None) -> Dataset:
        """What a stage has carried on, without the columns that say what became of it."""
        part = self.load(stage)
        carried = part.select([i for i, status in enumerate(part["status"]) if status == "carried"])
        return carried.select_columns([name for name in columns or part.column_names if name not in OUTCOME_COLUMNS])

    def documents_with_concepts(self) -> Dataset:
        """Every document with its topics, which are empty where none were extracted."""
        concepts = self.load("extract_concepts").select_columns(["topics", "school_level", "generator"])
        # The part has one row for every document, in the same order.
        return concatenate_datasets([self.carried("documents"), concepts], axis=1)

    def carried_rows(self, stage: str) -> Iterator[Row]:
        """The rows that a stage has carried on, one after another."""
        return (row for row in read_rows(self.folder.part(stage)) if row["status"] == "carried")

    def carried_concepts(self) -> Dataset:
        """Every document that has topics, with them."""
        documents = self.documents_with_concepts()
        return documents.select([i for i, topics in enumerate(documents["topics"]) if topics])

    def concepts(self) -> Iterator[DocumentConcepts]:
        """Topics and key concepts of every document that has any, in order."""
        return (
            DocumentConcepts(
                row["id"],
                tuple(topic["name"] for topic in row["topics"]),
                tuple(concept for topic in row["topics"] for concept in topic["key_concepts"]),
                row["source"],
                row["license"],
            )
            for row in self.carried_rows("extract_concepts")
        )

    def graph(self) -> ConceptGraph:
        """The concept graph of all documents."""
        return build_graph(self.concepts(), min_document_count=self.min_document_count)

    def grounded_combinations(self) -> Dataset:
        """Every combination with its documents."""
        documents = self.documents_with_concepts().remove_columns(["topics", "school_level"])
        place = {name: index for index, name in enumerate(documents["id"])}

        def ground(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
            return {"grounding": [[documents[place[name]] for name in names] for names in batch["documents"]]}

        combinations = self.carried("combinations")
        if not len(combinations):
            return combinations
        return combinations.map(
            ground,
            batched=True,
            batch_size=256,
            cache_file_name=str(self.scratch / "grounded.arrow"),
            new_fingerprint="grounded",
            load_from_cache_file=False,
        )
