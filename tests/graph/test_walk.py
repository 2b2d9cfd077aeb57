from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chisquare

import synth_builder
from synth_builder.errors import SynthBuilderError
from synth_builder.graph.build import build_graph
from synth_builder.graph.concept_graph import ConceptGraph, DocumentConcepts
from synth_builder.graph.walk import Combination, sample_combinations


def graph_of(*rows: tuple[str, str]) -> ConceptGraph:
    """A graph of documents written as ("topic topic", "concept concept")."""
    return build_graph(
        DocumentConcepts(f"d{i}", tuple(topics.split()), tuple(concepts.split()))
        for i, (topics, concepts) in enumerate(rows)
    )


def random_documents(count: int = 60) -> list[DocumentConcepts]:
    generator = random.Random(0)
    return [
        DocumentConcepts(
            f"d{i}",
            tuple(f"topic {n}" for n in generator.sample(range(12), 3)),
            tuple(f"concept {n}" for n in generator.sample(range(40), 8)),
        )
        for i in range(count)
    ]


# From the topic a: b in 64 documents, c in 8, d in 1. The key concepts are joined to the topic in the same way.
STAR = graph_of(*[("a b", "h x")] * 64, *[("a c", "h y")] * 8, ("a d", "h z"))


def path_probabilities(
    graph: ConceptGraph, start: str, topic_steps: Iterable[int], concept_steps: Iterable[int], epsilon: float
) -> dict[tuple[tuple[str, ...], tuple[str, ...]], float]:
    """Every walk from a start with its probability, enumerated from the paper's formula with its logarithms."""
    topic_topic, topic_concept, concept_concept = (matrix.toarray() for matrix in graph.sub_graphs)

    def extend(counts: np.ndarray, path: tuple[int, ...], steps: int) -> dict[tuple[int, ...], float]:
        options = [v for v in range(len(counts)) if counts[path[-1], v] and v not in path]
        if not steps or not options:
            return {path: 1.0}
        weights = {v: math.log(counts[path[-1], v] + epsilon) for v in options}
        total = sum(math.exp(w) for w in weights.values())
        return {
            whole: math.exp(w) / total * rest
            for v, w in weights.items()
            for whole, rest in extend(counts, (*path, v), steps - 1).items()
        }

    result: dict[tuple[tuple[str, ...], tuple[str, ...]], float] = {}
    topic_choices, concept_choices = list(topic_steps), list(concept_steps)
    for topic_count in topic_choices:
        for topics, p_topics in extend(topic_topic, (graph.names.index(start),), topic_count).items():
            for (_, first), p_first in extend(topic_concept, topics[-1:], 1).items():
                for concept_count in concept_choices:
                    for concepts, p_concepts in extend(concept_concept, (first,), concept_count).items():
                        key = tuple(graph.names[v] for v in topics), tuple(graph.names[v] for v in concepts)
                        p = p_topics * p_first * p_concepts / len(topic_choices) / len(concept_choices)
                        result[key] = result.get(key, 0.0) + p
    return result


def p_value(observed: Counter[str], weights: dict[str, float]) -> float:
    total = sum(weights.values())
    draws = observed.total()
    expected = [weight / total * draws for weight in weights.values()]
    return float(chisquare([observed[name] for name in weights], expected).pvalue)


def test_a_step_among_topics_is_proportional_to_count_plus_epsilon() -> None:
    walks = sample_combinations(STAR, seed=1, epochs=1500, topic_steps=(1, 1), concept_steps=(0, 0), epsilon=0.5)
    reached = Counter(walk.topics[1] for walk in walks if walk.topics[0] == "a")
    assert reached.total() == 1500
    assert p_value(reached, {"b": 64.5, "c": 8.5, "d": 1.5}) > 0.01


def test_steps_are_not_proportional_to_the_logarithm_nor_even_nor_a_softmax_of_counts() -> None:
    walks = sample_combinations(STAR, seed=1, epochs=1500, topic_steps=(1, 1), concept_steps=(0, 0), epsilon=0.5)
    reached = Counter(walk.topics[1] for walk in walks if walk.topics[0] == "a")
    assert p_value(reached, {"b": math.log(64.5), "c": math.log(8.5), "d": math.log(1.5)}) < 1e-9
    assert p_value(reached, {"b": 1, "c": 1, "d": 1}) < 1e-9
    assert reached["c"] > 0  # exp(8) / exp(64) would never be drawn
    assert reached["d"] > 0


def test_steps_to_and_among_key_concepts_are_proportional_to_count_plus_epsilon() -> None:
    graph = graph_of(*[("t", "h x")] * 16, *[("t", "h y")] * 4, ("t", "h z"))
    walks = list(sample_combinations(graph, seed=2, epochs=4000, concept_steps=(1, 1), epsilon=0.5))
    first = Counter(walk.key_concepts[0] for walk in walks)
    assert p_value(first, {"h": 21.5, "x": 16.5, "y": 4.5, "z": 1.5}) > 0.01
    second = Counter(walk.key_concepts[1] for walk in walks if walk.key_concepts[0] == "h")
    assert p_value(second, {"x": 16.5, "y": 4.5, "z": 1.5}) > 0.01


def test_whole_walks_have_the_probabilities_of_the_formula() -> None:
    graph = graph_of(
        *[("a b", "k l m")] * 3, *[("a c", "k n")] * 2, ("b c", "l n"), ("a b c", "m"), ("c e", "o k"), ("a", "o l")
    )
    expected = path_probabilities(graph, "a", (1, 2), (1, 2), epsilon=0.3)
    assert math.isclose(sum(expected.values()), 1.0)
    epochs = 3000
    walks = sample_combinations(graph, seed=5, epochs=epochs, topic_steps=(1, 2), concept_steps=(1, 2), epsilon=0.3)
    observed = Counter((walk.topics, walk.key_concepts) for walk in walks if walk.topics[0] == "a")
    assert set(observed) <= set(expected)
    common = [path for path, p in expected.items() if p * epochs >= 5]
    rare = epochs - sum(observed[path] for path in common)
    rare_expected = epochs - sum(expected[path] * epochs for path in common)
    assert len(common) > 50
    test = chisquare(
        [*(observed[path] for path in common), rare], [*(expected[path] * epochs for path in common), rare_expected]
    )
    assert test.pvalue > 0.01


def test_a_large_epsilon_makes_steps_even() -> None:
    def share_of_rarest(epsilon: float) -> float:
        walks = sample_combinations(STAR, seed=1, epochs=600, topic_steps=(1, 1), concept_steps=(0, 0), epsilon=epsilon)
        reached = Counter(walk.topics[1] for walk in walks if walk.topics[0] == "a")
        return reached["d"] / reached.total()

    assert share_of_rarest(1e-5) < 0.04  # 1 / 73 is expected
    assert 0.25 < share_of_rarest(1e6) < 0.42


def test_epsilon_gives_no_chance_to_concepts_that_share_no_document() -> None:
    graph = graph_of(("a b", "k"), ("c d", "l"))
    for walk in sample_combinations(graph, seed=1, epochs=50, epsilon=1e6):
        assert set(walk.topics) in ({"a", "b"}, {"c", "d"})


def test_each_topic_starts_one_walk_in_each_of_five_epochs() -> None:
    graph = build_graph(random_documents())
    walks = list(sample_combinations(graph, seed=1))
    topics = [graph.names[i] for i in graph.topic_ids]
    assert [(walk.epoch, walk.topics[0]) for walk in walks] == [(e, t) for e in range(5) for t in topics]


def test_walks_keep_to_the_numbers_of_steps_and_use_each_of_them() -> None:
    walks = list(sample_combinations(build_graph(random_documents()), seed=1, epochs=20))
    assert {len(walk.topics) for walk in walks} == {2, 3}
    assert {len(walk.key_concepts) for walk in walks} == {4, 5}
    assert 0.4 < sum(len(walk.topics) == 2 for walk in walks) / len(walks) < 0.6
    assert 0.4 < sum(len(walk.key_concepts) == 4 for walk in walks) / len(walks) < 0.6


def test_no_concept_comes_twice_in_a_walk() -> None:
    for walk in sample_combinations(graph_of(("a b c", "k l m n o")), seed=1, epochs=50):
        assert len(set(walk.topics)) == len(walk.topics)
        assert len(set(walk.key_concepts)) == len(walk.key_concepts)


def test_topic_phases_see_only_topics_and_key_concept_phases_only_key_concepts() -> None:
    # A topic shares documents with more key concepts than topics here, so a walk that strays is soon seen.
    graph = build_graph(random_documents())
    for walk in sample_combinations(graph, seed=1, epochs=20):
        assert all(name.startswith("topic") for name in walk.topics)
        assert all(name.startswith("concept") for name in walk.key_concepts)


def test_a_name_of_both_kinds_is_walked_as_two_nodes() -> None:
    graph = graph_of(("a", "a k"), ("b", "l"))
    for walk in sample_combinations(graph, seed=1, epochs=10):
        if walk.topics[0] == "a":
            assert walk.topics == ("a",)
            assert set(walk.key_concepts) == {"a", "k"}
        else:
            assert (walk.topics, walk.key_concepts) == (("b",), ("l",))


def test_a_topic_without_other_topics_goes_on_to_its_key_concepts() -> None:
    (walk,) = sample_combinations(graph_of(("a", "k l m n o p")), seed=1, epochs=1)
    assert walk.topics == ("a",)
    assert len(walk.key_concepts) in (4, 5)


def test_a_dead_end_among_key_concepts_ends_the_walk_with_what_it_has() -> None:
    (walk,) = sample_combinations(graph_of(("a", "k l")), seed=1, epochs=1)
    assert sorted(walk.key_concepts) == ["k", "l"]


def test_the_key_concept_is_reached_from_the_last_topic() -> None:
    graph = graph_of(("a b", ""), ("a", "from-a"), ("b", "from-b"))
    for walk in sample_combinations(graph, seed=1, epochs=20, topic_steps=(1, 1)):
        assert walk.key_concepts == (f"from-{walk.topics[-1]}",)


def test_where_the_last_topic_has_no_key_concept_the_topics_before_are_tried_from_the_last_back() -> None:
    graph = graph_of(("a b", ""), ("b c", ""), ("a", "from-a"), ("b", "from-b"))
    walks = {walk.topics: walk for walk in sample_combinations(graph, seed=1, epochs=20, topic_steps=(2, 2))}
    assert walks["a", "b", "c"].key_concepts == ("from-b",)
    assert walks["c", "b", "a"].key_concepts == ("from-a",)


def test_a_walk_without_any_key_concept_is_given_with_none() -> None:
    walks = list(sample_combinations(graph_of(("alone", ""), ("a", "k")), seed=1))
    assert [walk.key_concepts for walk in walks] == [(), ("k",)] * 5
    assert len({walk.id for walk in walks}) == 10


def test_equal_seeds_give_equal_walks_and_other_seeds_others() -> None:
    graph = build_graph(random_documents())
    first = list(sample_combinations(graph, seed=1))
    assert list(sample_combinations(graph, seed=1)) == first
    other = list(sample_combinations(graph, seed=2))
    assert sum(one[3:] == two[3:] for one, two in zip(first, other, strict=True)) < len(first) / 10


def test_epochs_differ_from_each_other() -> None:
    walks = list(sample_combinations(build_graph(random_documents()), seed=1))
    paths = Counter((walk.topics, walk.key_concepts) for walk in walks)
    assert len(paths) > 0.95 * len(walks)


def test_walks_use_no_global_random_state() -> None:
    graph = build_graph(random_documents(20))
    results = []
    for state in (0, 1):
        random.seed(state)
        np.random.seed(state)
        results.append(list(sample_combinations(graph, seed=1)))
    assert results[0] == results[1]


def test_walks_do_not_depend_on_the_order_of_documents_or_of_names_in_them() -> None:
    documents = random_documents()
    turned = [doc._replace(topics=doc.topics[::-1], key_concepts=doc.key_concepts[::-1]) for doc in documents[::-1]]
    forward, backward = build_graph(documents), build_graph(turned)
    assert forward.names != backward.names
    assert set(sample_combinations(forward, seed=1)) == set(sample_combinations(backward, seed=1))


def test_more_epochs_only_add_walks() -> None:
    graph = build_graph(random_documents())
    two = list(sample_combinations(graph, seed=1, epochs=2))
    assert list(islice(sample_combinations(graph, seed=1, epochs=5), len(two))) == two


def test_ids_are_unique_and_name_seed_and_epoch() -> None:
    walks = list(sample_combinations(build_graph(random_documents()), seed=7))
    assert len({walk.id for walk in walks}) == len(walks)
    assert all(walk.id.startswith(f"s7-e{walk.epoch}-") and len(walk.id.split("-")[2]) == 12 for walk in walks)


def test_a_known_graph_gives_the_walk_that_it_has_always_given() -> None:
    # If this fails, every corpus that is extended under an old seed gets other combinations: say so in the changelog.
    graph = graph_of(("a b", "k l m"), ("b c", "l n o"), ("c a", "o p k"))
    walk = next(sample_combinations(graph, seed=11, epochs=1))
    assert walk == Combination("s11-e0-2b49c0e73e95", 11, 0, ("a", "b"), ("m", "k", "o", "p"))


def test_walks_are_the_same_in_processes_of_different_hash_seeds() -> None:
    program = """
from synth_builder.graph.build import build_graph
from synth_builder.graph.concept_graph import DocumentConcepts
from synth_builder.graph.ground import Grounder
from synth_builder.graph.walk import sample_combinations
graph = build_graph(
    DocumentConcepts(str(i), (f"t{i}", f"t{i + 1}"), (f"k{i}", f"k{i + 1}", f"k{i + 2}")) for i in range(9)
)
grounder = Grounder(graph)
print([(walk, grounder.ground(walk)) for walk in sample_combinations(graph, seed=1, epochs=2)])
"""
    outputs = set()
    for hash_seed in ("0", "1"):
        environment = os.environ | {
            "PYTHONHASHSEED": hash_seed,
            "PYTHONPATH": str(Path(synth_builder.__file__).parents[1]),
        }
        finished = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        outputs.add(finished.stdout)
    assert len(outputs) == 1


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (partial(sample_combinations, STAR, seed=1, epochs=0), "epochs is 0"),
        (partial(sample_combinations, STAR, seed=1, topic_steps=(2, 1)), r"topic_steps is \(2, 1\)"),
        (partial(sample_combinations, STAR, seed=1, concept_steps=(-1, 1)), r"concept_steps is \(-1, 1\)"),
        (partial(sample_combinations, STAR, seed=1, epsilon=-0.1), "epsilon is -0.1"),
    ],
)
def test_settings_without_sense_are_refused_before_the_first_walk(
    sample: Callable[[], Iterator[Combination]], words: str
) -> None:
    with pytest.raises(SynthBuilderError, match=words):
        sample()
