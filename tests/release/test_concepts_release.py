from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import DatasetCard

from synth_builder.graph.build import build_graph
from synth_builder.graph.concept_graph import DocumentConcepts
from synth_builder.graph.hub_dataset import load_graph, to_tables
from synth_builder.hub import release as release_module
from synth_builder.hub.release import write_concepts_release
from tests.release.parts import make_origin

DOCUMENTS = [
    DocumentConcepts("d1", ("sets", "logic"), ("union", "counting"), source="a book", license="CC-BY-4.0"),
    DocumentConcepts("d2", ("sets",), ("union", "subset"), source="a book", license="CC-BY-4.0"),
]


def test_every_config_loads(tmp_path: Path, load: Callable[..., dict[str, Any]]) -> None:
    tables = to_tables(build_graph(DOCUMENTS))
    write_concepts_release(tmp_path / "concepts", tables, make_origin([]))
    loaded = load(tmp_path / "concepts", "", "nodes", "edges", "documents")
    for streaming in (False, True):
        for config, table in (("", tables["nodes"]), *tables.items()):
            assert loaded[f"{config}/{streaming}"]["rows"] == table.to_pylist()


def test_the_graph_is_read_back_from_a_release(tmp_path: Path) -> None:
    tables = to_tables(build_graph(DOCUMENTS))
    write_concepts_release(tmp_path / "concepts", tables, make_origin([]))
    read_back = to_tables(load_graph(tmp_path / "concepts"))
    assert all(read_back[name].equals(table) for name, table in tables.items())


def test_large_tables_are_cut_into_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_module, "ROWS_PER_SHARD", 2)
    tables = to_tables(build_graph(DOCUMENTS))
    write_concepts_release(tmp_path / "concepts", tables, make_origin([]))
    names = sorted(path.name for path in (tmp_path / "concepts" / "nodes").iterdir())
    assert names == [f"train-0000{index}-of-00003.parquet" for index in range(3)]
    assert to_tables(load_graph(tmp_path / "concepts"))["nodes"].equals(tables["nodes"])


def test_a_graph_without_edges_is_released_without_that_config(
    tmp_path: Path, load: Callable[..., dict[str, Any]]
) -> None:
    tables = to_tables(build_graph([DocumentConcepts("d1", ("alone",), ())]))
    write_concepts_release(tmp_path / "concepts", tables, make_origin([]))
    assert load(tmp_path / "concepts", "nodes")["nodes/False"]["rows"][0]["name"] == "alone"
    assert load_graph(tmp_path / "concepts").names == ("alone",)
    configs = DatasetCard.load(tmp_path / "concepts" / "README.md").data["configs"]
    assert [config["config_name"] for config in configs] == ["nodes", "documents"]
    assert configs[0]["default"] is True


def test_the_card_states_licence_and_sizes(tmp_path: Path) -> None:
    write_concepts_release(tmp_path / "concepts", to_tables(build_graph(DOCUMENTS)), make_origin([], rule_based=True))
    card = DatasetCard.load(tmp_path / "concepts" / "README.md")
    assert card.data["license"] == "cc-by-4.0"
    assert card.data["pretty_name"] == "Tiny corpus: concept graph"
    assert "> **A demonstration.**" in card.text
    assert (tmp_path / "concepts" / "recipe.yaml").read_text().startswith("name: tiny")
