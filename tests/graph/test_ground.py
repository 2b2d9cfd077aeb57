from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_builder.errors import SynthBuilderError
from synth_builder.graph.build import build_graph
from synth_builder.graph.concept_graph import DocumentConcepts
from synth_builder.graph.ground import Grounder, Grounding
from synth_builder.graph.walk import Combination

DOCUMENTS = [
    DocumentConcepts("both", ("sets", "logic"), ("union", "subset")),
    DocumentConcepts("half", ("sets",), ("union", "gcd", "prime")),
    DocumentConcepts("little", ("algebra",), ("union",)),
    DocumentConcepts("nothing", ("calculus",), ("limit",)),
]

some_names = st.lists(st.sampled_from("abcdef"), max_size=5, unique=True).map(tuple)
document_lists = st.lists(st.tuples(some_names, some_names), max_size=10).map(
    lambda rows: [DocumentConcepts(f"d{i}", topics, concepts) for i, (topics, concepts) in enumerate(rows)]
)


def combination(topics: tuple[str, ...], key_concepts: tuple[str, ...], name: str = "s1-e0-x") -> Combination:
    return Combination(name, 1, 0, topics, key_concepts)


def test_the_two_documents_most_like_the_combination_are_found_best_first() -> None:
    found = Grounder(build_graph(DOCUMENTS)).ground(combination(("sets", "logic"), ("union",)))
    # 3 shared of 4; 2 shared of 5; "little" would have 1 of 4.
    assert found == (Grounding("both", 3 / 4), Grounding("half", 2 / 5))


def test_documents_that_share_nothing_are_never_used() -> None:
    found = Grounder(build_graph(DOCUMENTS)).ground(combination(("calculus",), ()), count=4)
    assert found == (Grounding("nothing", 1 / 2),)
    assert Grounder(build_graph(DOCUMENTS)).ground(combination(("unheard of",), ())) == ()
    assert Grounder(build_graph([])).ground(combination(("sets",), ())) == ()


def test_a_topic_does_not_match_a_key_concept_of_the_same_name() -> None:
    documents = [DocumentConcepts("d1", ("sets",), ()), DocumentConcepts("d2", (), ("sets",))]
    assert Grounder(build_graph(documents)).ground(combination(("sets",), ())) == (Grounding("d1", 1.0),)


def test_concepts_too_rare_for_the_graph_still_count_in_their_document() -> None:
    (found,) = Grounder(build_graph(DOCUMENTS, min_document_count=2)).ground(
        combination(("sets",), ("union",)), count=1
    )
    assert found.jaccard == 2 / 4  # "both" and "half" have four concepts each, two of them in one document only


@settings(max_examples=100, deadline=None)
@given(document_lists, some_names, some_names, st.integers(1, 4))
def test_the_best_documents_are_those_of_a_plain_comparison_with_all(
    documents: list[DocumentConcepts], topics: tuple[str, ...], key_concepts: tuple[str, ...], count: int
) -> None:
    wanted = {("t", name) for name in topics} | {("k", name) for name in key_concepts}
    exact: dict[str, Fraction] = {}
    for document in documents:
        concepts = {("t", name) for name in document.topics} | {("k", name) for name in document.key_concepts}
        if concepts & wanted:
            exact[document.id] = Fraction(len(concepts & wanted), len(concepts | wanted))
    found = Grounder(build_graph(documents)).ground(combination(topics, key_concepts), count=count)
    assert [exact[grounding.document] for grounding in found] == sorted(exact.values(), reverse=True)[:count]
    assert all(grounding.jaccard == float(exact[grounding.document]) for grounding in found)
    assert len({grounding.document for grounding in found}) == len(found)


def test_ties_are_broken_by_the_seed_and_the_combination_and_not_by_position() -> None:
    documents = [DocumentConcepts(f"d{i}", ("sets",), ("union",)) for i in range(10)]
    grounder = Grounder(build_graph(documents))
    chosen = Counter(
        grounder.ground(combination(("sets",), ("union",), name=f"s1-e0-{i}"))[0].document for i in range(500)
    )
    assert set(chosen) == {document.id for document in documents}
    assert min(chosen.values()) > 25  # 50 are expected
    one = combination(("sets",), ("union",))
    assert len({grounder.ground(one, seed=seed) for seed in range(20)}) > 10
    assert grounder.ground(one, seed=4) == grounder.ground(one, seed=4)


def test_grounding_does_not_depend_on_the_order_of_documents() -> None:
    documents = [DocumentConcepts(f"d{i}", ("sets",), (f"k{i % 3}", "union")) for i in range(30)]
    forward, backward = Grounder(build_graph(documents)), Grounder(build_graph(documents[::-1]))
    for i in range(20):
        wanted = combination(("sets",), ("k1", "union"), name=f"s1-e0-{i}")
        assert forward.ground(wanted, count=5) == backward.ground(wanted, count=5)


def test_a_smaller_count_gives_the_first_of_a_larger_one() -> None:
    documents = [DocumentConcepts(f"d{i}", ("sets",), (f"k{i % 3}", "union")) for i in range(30)]
    grounder = Grounder(build_graph(documents))
    wanted = combination(("sets",), ("union",))
    assert grounder.ground(wanted, count=2) == grounder.ground(wanted, count=9)[:2]


def test_a_count_below_one_is_an_error() -> None:
    with pytest.raises(SynthBuilderError, match="grounding documents is 0"):
        Grounder(build_graph(DOCUMENTS)).ground(combination(("sets",), ()), count=0)
