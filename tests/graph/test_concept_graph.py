from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from synth_builder.errors import SynthBuilderError
from synth_builder.graph.build import build_graph
from synth_builder.graph.concept_graph import ConceptGraph, DocumentConcepts, assemble_graph
from synth_builder.graph.walk import sample_combinations

DOCUMENTS = [
    DocumentConcepts("d1", ("Sets", "logic"), ("union", "counting")),
    DocumentConcepts("d2", ("sets",), ("union", "counting", "subset")),
    DocumentConcepts("d3", ("counting", "logic"), ("union",)),
    DocumentConcepts("d4", ("alone",), ()),
]


def test_the_networkx_view_has_all_nodes_and_edges_with_their_attributes() -> None:
    view = build_graph(DOCUMENTS).to_networkx()
    assert view.nodes["topic", "sets"] == {"kind": "topic", "document_count": 2, "aliases": ("Sets",)}
    assert view.nodes["key_concept", "counting"]["document_count"] == 2
    assert view.nodes["topic", "counting"]["document_count"] == 1
    assert view.edges[("topic", "sets"), ("key_concept", "union")] == {"kind": "topic_concept", "count": 2}
    assert view.edges[("topic", "sets"), ("topic", "logic")] == {"kind": "topic_topic", "count": 1}
    assert view.edges[("key_concept", "union"), ("key_concept", "counting")] == {"kind": "concept_concept", "count": 2}
    assert (view.number_of_nodes(), view.number_of_edges()) == (7, 2 + 6 + 3)


def test_a_graph_that_went_through_networkx_is_the_same_graph() -> None:
    graph = build_graph(DOCUMENTS)
    again = ConceptGraph.from_networkx(graph.to_networkx(), documents=graph.documents)
    assert (again.names, again.kinds, again.aliases) == (graph.names, graph.kinds, graph.aliases)
    assert again.document_counts.tolist() == graph.document_counts.tolist()
    assert again.documents == graph.documents
    for one, other in zip(graph.sub_graphs, again.sub_graphs, strict=True):
        assert (one.toarray() == other.toarray()).all()
        assert one.dtype == other.dtype
    assert list(sample_combinations(again, seed=3)) == list(sample_combinations(graph, seed=3))


def test_a_node_removed_in_networkx_is_gone() -> None:
    graph = build_graph(DOCUMENTS)
    view = graph.to_networkx()
    view.remove_node(("key_concept", "union"))
    assert "union" not in ConceptGraph.from_networkx(view).names


def test_a_networkx_graph_of_another_kind_is_refused_in_words() -> None:
    with pytest.raises(SynthBuilderError, match="This networkx graph is no concept graph"):
        ConceptGraph.from_networkx(nx.path_graph(3))


def test_a_node_joined_to_itself_is_refused() -> None:
    view = build_graph(DOCUMENTS).to_networkx()
    view.add_edge(("topic", "sets"), ("topic", "sets"), count=1)
    with pytest.raises(SynthBuilderError, match="joins a node to itself"):
        ConceptGraph.from_networkx(view)


def test_key_concepts_before_topics_are_refused() -> None:
    with pytest.raises(SynthBuilderError, match="not topics first"):
        assemble_graph(
            names=("union", "sets"),
            kinds=("key_concept", "topic"),
            document_counts=np.array([1, 1], dtype=np.int32),
            aliases=((), ()),
            edges=np.empty((0, 3), dtype=np.int32),
            documents=(),
        )


def test_describe_counts_nodes_edges_and_topics_without_key_concepts() -> None:
    assert build_graph(DOCUMENTS).describe() == {
        "documents": 4,
        "topics": 4,
        "key_concepts": 3,
        "topic_topic_edges": 2,
        "topic_concept_edges": 6,
        "concept_concept_edges": 3,
        "topics_without_key_concept": 1,
        "merged_spellings": 1,
    }
