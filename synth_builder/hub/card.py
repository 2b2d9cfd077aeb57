"""Write dataset cards: the YAML that the Hub reads, and the text that people read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import jinja2
import yaml
from datasets import List

from synth_builder import __version__
from synth_builder.endpoint.preflight import ServerIdentity
from synth_builder.hub.licenses import License, derive_license
from synth_builder.hub.markdown import cell, fence, shorten
from synth_builder.hub.origin import Origin, hide_path, is_public_source
from synth_builder.recipe import GENERATION_STAGES
from synth_builder.row import REJECTED_FEATURES, Row

BEGIN = "<!-- synth_builder: begin -->"
END = "<!-- synth_builder: end -->"

LEVELS = ("level1", "level2", "level3")

_TOP_SOURCES = 20
_EXAMPLE_CHARACTERS = 600

MEANINGS = {
    "id": "Identity: made from stage, origin, sample and position, never from the text; the same in every release.",
    "content_sha": "SHA-256 of question, solution and answer.",
    "messages": "Question and solution as a conversation: what a trainer reads.",
    "question": "The question.",
    "solution": "The worked solution.",
    "answer": "The final answer: the content of the solution's last `\\boxed{}`.",
    "level": "1: from one document. 2: from concepts of one document. 3: from concepts across documents.",
    "origin_tag": "`original` (found in the document), `new`, or empty where the teacher did not say.",
    "school_level": "From `elementary` to `grad_school`, or `competition`; empty where not known.",
    "topics": "Topics that the question was made from.",
    "key_concepts": "Key concepts that the question was made from.",
    "selected_concepts": "Those that the teacher says it joined.",
    "documents": "Ids of the documents that the teacher read.",
    "sources": "Where these documents are from, in the same order.",
    "licenses": "Their licences, in the same order.",
    "combination_id": "Walk on the concept graph (level 3); else empty.",
    "verification": "Verdict on the answer: `right`, `wrong`, `undecided` or `unchecked`; votes, samples and method.",
    "difficulty": "Share of sampled solutions that reach the answer; null where not measured.",
    "generator": "For each stage: model and its revision, server, prompt hash, sampling parameters, journal key.",
    "usage": "Tokens read and written by the teacher for this row.",
    "generation": "0: made from human text; else one more than its parents.",
    "stage": "Stage that left the input out (`rejected` only).",
    "reason": "Why it was filtered, or the class of the failure (`rejected` only).",
    "detail": "What was seen (`rejected` only).",
}


@dataclass
class LevelFacts:
    """What a card tells about the rows of one level, gathered as they are written."""

    rows: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    example: Row | None = None

    def add(self, row: Row) -> None:
        """Count `row`; the first one is the example."""
        self.rows += 1
        self.prompt_tokens += row["usage"]["prompt_tokens"]
        self.completion_tokens += row["usage"]["completion_tokens"]
        self.example = self.example or row


@dataclass
class CorpusFacts:
    """What a card tells about a corpus.

    Attributes:
        levels: Facts of each level, by config.
        rejected: Rows of the config `rejected`.
        documents: Documents read, by (source, licence).
        verdicts: Rows by verdict on their answer.
    """

    levels: dict[str, LevelFacts] = field(default_factory=lambda: {name: LevelFacts() for name in LEVELS})
    rejected: int = 0
    documents: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """Rows of all levels."""
        return sum(level.rows for level in self.levels.values())


def render_corpus_card(origin: Origin, facts: CorpusFacts, digests: Mapping[str, str]) -> str:
    """The README.md of a corpus release; `digests` holds the hash of the files in each of its folders."""
    filled = [name for name in LEVELS if facts.levels[name].rows]
    configs = [_config("default", filled, digests)] if filled else []
    configs += [_config(name, [name], digests) for name in filled]
    if facts.rejected:
        configs.append(_config("rejected", ["rejected"], digests))
    license = derive_license(license for _, license in facts.documents)
    header = _header(
        origin.recipe.title or origin.recipe.name,
        license,
        facts.rows,
        tasks=["text-generation", "question-answering"],
        tags=["synthetic", "math", "synthllm", "synth-builder"],
        configs=configs,
    )
    table = [
        (cell(hide_path(source) or "not stated"), cell(license), count)
        for (source, license), count in sorted(facts.documents.items(), key=lambda item: (-item[1], item[0]))
    ]
    text = _render(
        "corpus.md.jinja",
        **_common(origin, license),
        levels=facts.levels,
        filled=filled,
        rows=facts.rows,
        rejected=facts.rejected,
        verdicts=[(cell(verdict), count) for verdict, count in sorted(facts.verdicts.items())],
        columns=[(name, _type_name(feature), MEANINGS[name]) for name, feature in REJECTED_FEATURES.items()],
        documents=table[:_TOP_SOURCES],
        more_documents=(len(table[_TOP_SOURCES:]), sum(count for *_, count in table[_TOP_SOURCES:])),
        examples=[(name, _example(level.example)) for name, level in facts.levels.items() if level.example],
    )
    return f"---\n{header}---\n\n{text}"


def render_concepts_card(
    origin: Origin, rows: Mapping[str, int], documents: Counter[tuple[str, str]], digests: Mapping[str, str]
) -> str:
    """The README.md of a concept-graph release.

    Args:
        origin: What made it.
        rows: Rows of the tables nodes, edges and documents.
        documents: Documents by (source, licence).
        digests: Hash of the files in each of its folders.
    """
    license = derive_license(license for _, license in documents)
    # A config without rows cannot be loaded, so it is not offered.
    configs = [_config(name, [name], digests, default=name == "nodes") for name, count in rows.items() if count]
    header = _header(
        f"{origin.recipe.title or origin.recipe.name}: concept graph",
        license,
        sum(rows.values()),
        tasks=["graph-ml"],
        tags=["synthetic", "math", "synthllm", "synth-builder", "concept-graph"],
        configs=configs,
    )
    text = _render("concept_graph.md.jinja", **_common(origin, license), rows=rows)
    return f"---\n{header}---\n\n{text}"


# --- YAML -------------------------------------------------------------------------------------------------------------


def _header(
    name: str, license: License, rows: int, *, tasks: list[str], tags: list[str], configs: list[dict[str, Any]]
) -> str:
    fields = {
        "pretty_name": name,
        "license": license.id,
        **({"license_name": license.name} if license.name else {}),
        "language": ["en"],
        "task_categories": tasks,
        "size_categories": [_size_category(rows)],
        "tags": tags,
        **({"configs": configs} if configs else {}),
    }
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=True)


def _config(name: str, folders: list[str], digests: Mapping[str, str], *, default: bool = False) -> dict[str, Any]:
    paths = [f"{folder}/*.parquet" for folder in folders]
    return {
        "config_name": name,
        # `load_dataset` knows a local folder by its last name and this entry alone: without the content in it, it would
        # answer for every folder called `release` with the rows of the first one that it has seen.
        "description": f"content {' '.join(digests[folder] for folder in folders)}",
        "data_files": [{"split": "train", "path": paths}],
        **({"default": True} if default else {}),
    }


def _size_category(rows: int) -> str:
    """The Hub's name for a number of rows, such as `10K<n<100K`."""
    marks = ["1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T"]
    place = next((index for index in range(len(marks)) if rows < 1_000 * 10**index), len(marks))
    if place == 0:
        return "n<1K"
    return f"n>{marks[-1]}" if place == len(marks) else f"{marks[place - 1]}<n<{marks[place]}"


# --- text -------------------------------------------------------------------------------------------------------------


def _render(template: str, **variables: object) -> str:
    source = (resources.files("dataset_cards") / template).read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=False,  # noqa: S701 - a card is markdown; `cell` and `fence` do what HTML escaping would
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update({"cell": cell, "fence": fence, "number": lambda value: f"{value:,}"})
    return environment.from_string(source).render(begin=BEGIN, end=END, **variables)


def _common(origin: Origin, license: License) -> dict[str, object]:
    recipe = origin.recipe
    books = [
        {**book._asdict(), "filtered": _reasons(book.filtered), "failed": _reasons(book.failed)}
        for book in origin.books
    ]
    return {
        "title": cell(recipe.title or recipe.name),
        "recipe": recipe,
        "source": f"`{recipe.documents.source}`" if is_public_source(recipe.documents.source) else "local files",
        "version": __version__,
        "license": license,
        "rule_based": [name for name in GENERATION_STAGES if _identity(origin, name).rule_based],
        "stages": [_stage(origin, name) for name in GENERATION_STAGES],
        "books": books,
    }


def _identity(origin: Origin, stage: str) -> ServerIdentity:
    return origin.endpoints[origin.recipe.stage(stage).endpoint]


def _stage(origin: Origin, name: str) -> dict[str, object]:
    identity = _identity(origin, name)
    return {
        "name": name,
        "model": cell(hide_path(identity.model_id)),
        "sha": cell(identity.model_sha),
        "server": cell(identity.server),
        "prompt": cell(origin.prompts[name]),
        "settings": origin.recipe.stage(name),
    }


def _reasons(counts: Mapping[str, int]) -> str:
    """`3: 2 refused, 1 repeated_question`; `2 refused` for one reason alone, and `0` for none."""
    each = ", ".join(f"{count:,} {cell(reason)}" for reason, count in sorted(counts.items()))
    return each or "0" if len(counts) < 2 else f"{sum(counts.values()):,}: {each}"


def _example(row: Row) -> str:
    lines = [
        f"question: {shorten(row['question'], _EXAMPLE_CHARACTERS)}",
        f"solution: {shorten(row['solution'], _EXAMPLE_CHARACTERS)}",
        f"answer:   {shorten(row['answer'], _EXAMPLE_CHARACTERS)}",
        f"topics:   {shorten('; '.join(row['topics']), _EXAMPLE_CHARACTERS)}",
    ]
    return fence("\n\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:]))


def _type_name(feature: Any) -> str:
    if isinstance(feature, List):
        return f"list of {_type_name(feature.feature)}"
    if isinstance(feature, dict):
        return "{" + ", ".join(feature) + "}"
    return str(feature.dtype)
