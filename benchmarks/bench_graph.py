"""How fast are graph build, walks and grounding? Compared with networkx and brute force in the same run."""

from __future__ import annotations

import itertools
import json
import statistics
import time
from collections.abc import Callable

import networkx as nx
import numpy as np

from synth_builder.graph.build import build_graph
from synth_builder.graph.concept_graph import DocumentConcepts
from synth_builder.graph.ground import Grounder
from synth_builder.graph.walk import Combination, sample_combinations

DOCUMENTS, TOPICS, CONCEPTS = 10_000, 3_000, 20_000


def make_documents(seed: int = 0) -> list[DocumentConcepts]:
    """Documents of 3 topics and 25 key concepts each, drawn by Zipf's law with a shift of 10."""
    generator = np.random.default_rng(seed)

    def draw(kinds: int, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        weights = 1.0 / (np.arange(kinds) + 10.0)
        return generator.choice(kinds, size=(DOCUMENTS, count), p=weights / weights.sum())

    topics, concepts = draw(TOPICS, 3), draw(CONCEPTS, 25)
    return [
        DocumentConcepts(str(i), tuple(f"topic {t}" for t in topics[i]), tuple(f"concept {c}" for c in concepts[i]))
        for i in range(DOCUMENTS)
    ]


def build_by_networkx(documents: list[DocumentConcepts]) -> nx.Graph[str]:
    """The plain way: one edge update for each pair in each document."""
    graph: nx.Graph[str] = nx.Graph()
    for document in documents:
        for u, v in itertools.combinations(sorted({*document.topics, *document.key_concepts}), 2):
            count = graph.edges[u, v]["count"] + 1 if graph.has_edge(u, v) else 1
            graph.add_edge(u, v, count=count)
    return graph


def ground_by_brute_force(combination: Combination, sets: list[set[str]]) -> list[int]:
    """The plain way: Jaccard similarity with every document."""
    wanted = {*combination.topics, *combination.key_concepts}
    scores = [len(wanted & each) / len(wanted | each) for each in sets]
    return sorted(range(len(sets)), key=lambda index: -scores[index])[:2]


def median_seconds(work: Callable[[], object], times: int = 5) -> float:
    """Median wall time of `work`."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def main() -> None:
    """Print one JSON line."""
    documents = make_documents()
    build = median_seconds(lambda: build_graph(documents), 3)
    by_networkx = median_seconds(lambda: build_by_networkx(documents), 1)
    graph = build_graph(documents)
    combinations = list(itertools.islice(sample_combinations(graph, seed=0), 5_000))
    walk = median_seconds(lambda: list(itertools.islice(sample_combinations(graph, seed=0), 5_000)))
    grounder = Grounder(graph)
    ground = median_seconds(lambda: [grounder.ground(each) for each in combinations])
    sets = [{*each.topics, *each.key_concepts} for each in documents]
    brute = median_seconds(lambda: [ground_by_brute_force(each, sets) for each in combinations[:50]], 1)
    line = {
        "benchmark": "graph",
        "documents": DOCUMENTS,
        "build_seconds": round(build, 3),
        "build_seconds_networkx": round(by_networkx, 3),
        "build_ratio": round(by_networkx / build, 1),
        "walks_per_second": round(len(combinations) / walk),
        "groundings_per_second": round(len(combinations) / ground),
        "groundings_per_second_brute_force": round(50 / brute, 1),
        "grounding_ratio": round((len(combinations) / ground) / (50 / brute), 1),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
