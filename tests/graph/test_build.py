from __future__ import annotations

from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_builder.errors import SynthBuilderError
from synth_builder.graph.build import build_graph
from synth_builder.graph.concept_graph import ConceptGraph, DocumentConcepts

# Two documents share sets and counting; "counting" is a topic in one document and a key concept in two.
DOCUMENTS = [
    DocumentConcepts("d1", ("Sets", "Logic"), ("union", "counting")),
    DocumentConcepts("d2", ("sets",), ("Union", "counting", "subset")),
    DocumentConcepts("d3", ("counting", "Logic"), ("union",)),
]

names_of_any_kind = st.lists(st.sampled_from("abcde"), max_size=5).map(tuple)
document_lists = st.lists(st.tuples(names_of_any_kind, names_of_any_kind), max_size=8).map(
    lambda rows: [DocumentConcepts(f"d{i}", topics, concepts) for i, (topics, concepts) in enumerate(rows)]
)


def count_pairs_plainly(documents: list[DocumentConcepts]) -> Counter[tuple[tuple[str, str], tuple[str, str]]]:
    pairs: Counter[tuple[tuple[str, str], tuple[str, str]]] = Counter()
    for document in documents:
        nodes = {("topic", name) for name in document.topics} | {
            ("key_concept", name) for name in document.key_concepts
        }
        pairs.update(permutations(nodes, 2))
    return pairs


def counts_by_name(graph: ConceptGraph) -> dict[str, dict[tuple[str, str], int]]:
    """The three sub-graphs as {(name, name): count}, both directions."""
    result = {}
    for kind in ("topic_topic", "topic_concept", "concept_concept"):
        matrix = getattr(graph, kind).tocoo()
        result[kind] = {
            (graph.names[u], graph.names[v]): int(count)
            for u, v, count in zip(matrix.row, matrix.col, matrix.data, strict=True)
        }
    return result


def both_ways(edges: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    return edges | {(v, u): count for (u, v), count in edges.items()}


def test_topics_come_first_and_each_kind_is_in_order_of_first_appearance() -> None:
    graph = build_graph(DOCUMENTS)
    assert graph.names == ("sets", "logic", "counting", "union", "counting", "subset")
    assert graph.kinds == ("topic",) * 3 + ("key_concept",) * 3
    assert list(graph.topic_ids) == [0, 1, 2]
    assert list(graph.concept_ids) == [3, 4, 5]


def test_counts_of_a_small_graph_are_those_counted_by_hand() -> None:
    graph = build_graph(DOCUMENTS)
    assert graph.document_counts.tolist() == [2, 2, 1, 3, 2, 1]
    counts = counts_by_name(graph)
    assert counts["topic_topic"] == both_ways({("sets", "logic"): 1, ("logic", "counting"): 1})
    assert counts["concept_concept"] == both_ways(
        {("union", "counting"): 2, ("union", "subset"): 1, ("counting", "subset"): 1}
    )
    names = graph.names
    dense = graph.topic_concept.toarray()
    assert (dense == dense.T).all()
    topic_rows = {names[topic]: dense[topic, 3:].tolist() for topic in graph.topic_ids}
    #                               union counting subset
    assert topic_rows == {"sets": [2, 2, 1], "logic": [2, 1, 0], "counting": [1, 0, 0]}
    assert not dense[:3, :3].any()
    assert not dense[3:, 3:].any()


@settings(max_examples=60, deadline=None)
@given(document_lists)
def test_every_count_equals_a_plain_count_of_pairs(documents: list[DocumentConcepts]) -> None:
    graph = build_graph(documents)
    nodes = list(zip(graph.kinds, graph.names, strict=True))
    counted = {}
    for matrix, kinds in zip(graph.sub_graphs, [{"topic"}, {"topic", "key_concept"}, {"key_concept"}], strict=True):
        entries = matrix.tocoo()
        for u, v, count in zip(entries.row, entries.col, entries.data, strict=True):
            assert {nodes[u][0], nodes[v][0]} == kinds
            counted[nodes[u], nodes[v]] = int(count)
    assert counted == dict(count_pairs_plainly(documents))
    in_documents = Counter(
        node
        for document in documents
        for node in {("topic", t) for t in document.topics} | {("key_concept", k) for k in document.key_concepts}
    )
    assert dict(zip(nodes, graph.document_counts.tolist(), strict=True)) == dict(in_documents)


def test_spellings_are_merged_into_one_node_that_knows_them() -> None:
    graph = build_graph(
        [
            DocumentConcepts("d1", ("Prime Numbers ",), ("Euler\u2019s  Theorem",)),
            DocumentConcepts("d2", ("prime numbers",), ("Euler's theorem.",)),
        ]
    )
    assert graph.names == ("prime numbers", "euler's theorem")
    assert graph.document_counts.tolist() == [2, 2]
    assert graph.aliases == (("Prime Numbers",), ("Euler\u2019s Theorem", "Euler's theorem."))
    assert [document.topics for document in graph.documents] == [("prime numbers",), ("prime numbers",)]


def test_two_spellings_in_one_document_count_once_and_make_no_edge() -> None:
    graph = build_graph([DocumentConcepts("d1", ("Sets", "sets"), ("union", "Union", "union"))])
    assert graph.names == ("sets", "union")
    assert graph.document_counts.tolist() == [1, 1]
    assert counts_by_name(graph) == {
        "topic_topic": {},
        "topic_concept": both_ways({("sets", "union"): 1}),
        "concept_concept": {},
    }
    assert graph.documents[0].key_concepts == ("union",)


def test_names_that_normalise_to_nothing_are_dropped() -> None:
    graph = build_graph([DocumentConcepts("d1", ("Sets", " . "), ("", "union"))])
    assert graph.names == ("sets", "union")


def test_rare_concepts_are_left_out_of_the_graph_but_stay_in_the_documents() -> None:
    graph = build_graph(DOCUMENTS, min_document_count=2)
    assert graph.names == ("sets", "logic", "union", "counting")
    assert graph.kinds == ("topic", "topic", "key_concept", "key_concept")
    assert counts_by_name(graph)["concept_concept"] == both_ways({("union", "counting"): 2})
    assert graph.topic_concept.toarray()[0].tolist() == [0, 0, 2, 2]
    assert graph.documents[1].key_concepts == ("union", "counting", "subset")


def test_appended_documents_leave_the_order_of_earlier_concepts() -> None:
    before = build_graph(DOCUMENTS)
    after = build_graph([*DOCUMENTS, DocumentConcepts("d4", ("primes", "sets"), ("gcd", "subset"))])
    assert [after.names[i] for i in after.topic_ids][:3] == [before.names[i] for i in before.topic_ids]
    assert [after.names[i] for i in after.concept_ids][:3] == [before.names[i] for i in before.concept_ids]


def test_sources_and_licenses_are_carried() -> None:
    graph = build_graph([DocumentConcepts("d1", ("Sets",), (), source="web", license="cc-by-4.0")])
    assert graph.documents == (DocumentConcepts("d1", ("sets",), (), "web", "cc-by-4.0"),)


def test_no_documents_make_an_empty_graph() -> None:
    graph = build_graph([])
    assert graph.names == ()
    assert graph.topic_topic.shape == (0, 0)


def test_a_document_id_given_twice_is_an_error_that_names_it() -> None:
    with pytest.raises(SynthBuilderError, match="Two documents have the id 'd1'"):
        build_graph([DOCUMENTS[0], DOCUMENTS[0]])


def test_a_least_count_below_one_is_an_error() -> None:
    with pytest.raises(SynthBuilderError, match="min_document_count is 0"):
        build_graph(DOCUMENTS, min_document_count=0)
