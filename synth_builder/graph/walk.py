"""Sample combinations of concepts by seeded random walks on the concept graph (SynthLLM, section 3.2)."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth_builder.errors import SynthBuilderError
from synth_builder.graph.concept_graph import ConceptGraph, CountMatrix

EPOCHS = 5  # SynthLLM, section 3.2: every topic starts one walk in each of five epochs
TOPIC_STEPS = (1, 2)  # SynthLLM, section 3.2
CONCEPT_STEPS = (3, 4)  # SynthLLM, section 3.2
EPSILON = 1e-5  # MathScale, which has the same formulas; SynthLLM says only "a small positive constant"


class Combination(NamedTuple):
    """The concepts that one walk visited, in the order of its visits.

    `key_concepts` is empty where no topic of the walk has a key concept; such a combination makes no question, but
    it is given all the same, so that walks started and walks used can be accounted for.
    """

    id: str
    seed: int
    epoch: int
    topics: tuple[str, ...]
    key_concepts: tuple[str, ...]


def sample_combinations(
    graph: ConceptGraph,
    *,
    seed: int,
    epochs: int = EPOCHS,
    topic_steps: tuple[int, int] = TOPIC_STEPS,
    concept_steps: tuple[int, int] = CONCEPT_STEPS,
    epsilon: float = EPSILON,
) -> Iterator[Combination]:
    """Walk from every topic once per epoch, in the order of the topics' ids (SynthLLM, section 3.2).

    A walk starts at a topic, takes 1 to 2 steps among topics, one step to a key concept, and 3 to 4 steps among key
    concepts. In the sub-graph that is walked, a step from u to v has

        w(u, v) = log(freq(u, v) + epsilon)
        p(u, v) = exp(w(u, v)) / sum over v' of exp(w(u, v')) = (freq(u, v) + epsilon) / sum of (freq + epsilon)

    with freq the number of documents in which both occur, so no logarithm has to be taken at all.

    Where the paper is silent: the sum goes over the neighbours not yet visited, so no concept comes twice; the key
    concept is reached from the last topic of the walk or, where that has none, from the one before it, and so on; a
    phase at a dead end stops early and the walk goes on with what it has.

    The draws of a walk depend on the seed, the epoch and the name of the start alone, and neighbours are compared in
    the order of their names. So the walks of equal counts are equal, whatever the order of the documents was and
    however the work is divided.

    Args:
        graph: The concept graph.
        seed: The seed of all walks; another seed gives other walks.
        epochs: How often each topic starts a walk.
        topic_steps: Fewest and most steps among topics; each number between is equally likely.
        concept_steps: The same among key concepts.
        epsilon: Added to the count of each edge, not to pairs without one.

    Returns:
        An iterator over `epochs` times the number of topics combinations, some perhaps without key concepts.

    Raises:
        SynthBuilderError: A range, the number of epochs or epsilon makes no sense.
    """
    _check_settings(epochs, topic_steps, concept_steps, epsilon)
    walker = _Walker(graph, topic_steps, concept_steps, epsilon)
    return (walker.walk(seed, epoch, start) for epoch in range(epochs) for start in graph.topic_ids)


class _SubGraph(NamedTuple):
    """A sub-graph to walk in: the neighbours of each node id, as ranks by name in rising order, with their counts."""

    row_starts: NDArray[np.integer]
    ranks: NDArray[np.integer]
    counts: NDArray[np.int32]


class _Walker:
    """The graph made ready for walks, with the settings that all walks share."""

    def __init__(
        self, graph: ConceptGraph, topic_steps: tuple[int, int], concept_steps: tuple[int, int], epsilon: float
    ) -> None:
        # Ids follow the order of the documents, names do not: so neighbours are laid out by the rank of their names.
        self._id_of_rank = sorted(range(len(graph.names)), key=lambda node: (graph.kinds[node], graph.names[node]))
        self._rank_of_id = np.argsort(self._id_of_rank).tolist()
        self._topic_topic, self._topic_concept, self._concept_concept = map(self._by_rank, graph.sub_graphs)
        self._names = graph.names
        self._topic_steps = topic_steps
        self._concept_steps = concept_steps
        self._epsilon = epsilon

    def _by_rank(self, matrix: CountMatrix) -> _SubGraph:
        ranked = matrix[:, self._id_of_rank]
        ranked.sort_indices()
        return _SubGraph(ranked.indptr, ranked.indices, ranked.data)

    def walk(self, seed: int, epoch: int, start: int) -> Combination:
        """Take the walk of one epoch that starts at one topic."""
        generator = _generator_for(seed, epoch, self._names[start])
        topic_steps = _draw_between(self._topic_steps, generator)
        concept_steps = _draw_between(self._concept_steps, generator)

        topics = self._extend(self._topic_topic, [start], topic_steps, generator)
        concepts: list[int] = []
        for topic in reversed(topics):
            first = self._step(self._topic_concept, topic, [], generator)
            if first is not None:
                concepts = self._extend(self._concept_concept, [first], concept_steps, generator)
                break
        return _combination(
            seed, epoch, tuple(self._names[node] for node in topics), tuple(self._names[node] for node in concepts)
        )

    def _extend(self, graph: _SubGraph, path: list[int], steps: int, generator: np.random.Generator) -> list[int]:
        """Lengthen a path by so many steps, or fewer where it comes to a dead end."""
        for _ in range(steps):
            following = self._step(graph, path[-1], path, generator)
            if following is None:
                break
            path = [*path, following]
        return path

    def _step(self, graph: _SubGraph, node: int, visited: list[int], generator: np.random.Generator) -> int | None:
        """Draw an unvisited neighbour in proportion to count + epsilon; None if there is none."""
        row = slice(graph.row_starts[node], graph.row_starts[node + 1])
        ranks = graph.ranks[row]
        weights = graph.counts[row] + self._epsilon
        for other in visited:
            # A value of the array's own type, lest numpy copy the whole row to a wider one.
            rank = ranks.dtype.type(self._rank_of_id[other])
            place = int(ranks.searchsorted(rank))
            if place < len(ranks) and ranks[place] == rank:
                weights[place] = 0.0
        cumulative = weights.cumsum()
        if not cumulative.size or cumulative[-1] == 0.0:
            return None
        # side="right" finds the first sum above the draw, so a neighbour of weight zero is never chosen.
        chosen = cumulative.searchsorted(generator.random() * cumulative[-1], side="right")
        return self._id_of_rank[int(ranks[chosen])]


def _generator_for(seed: int, epoch: int, start: str) -> np.random.Generator:
    """Return the stream of random numbers of one walk, which nothing else draws from."""
    digest = hashlib.sha256(_canonical_json([seed, epoch, start])).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "big")))


def _draw_between(bounds: tuple[int, int], generator: np.random.Generator) -> int:
    """Draw an integer evenly from a closed range."""
    low, high = bounds
    # random() alone, and not integers(): its rule is the simpler, so the less likely to change between numpy releases.
    return low + math.floor(generator.random() * (high - low + 1))


def _combination(seed: int, epoch: int, topics: tuple[str, ...], key_concepts: tuple[str, ...]) -> Combination:
    digest = hashlib.sha256(_canonical_json([seed, epoch, topics, key_concepts])).hexdigest()
    return Combination(f"s{seed}-e{epoch}-{digest[:12]}", seed, epoch, topics, key_concepts)


def _canonical_json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _check_settings(epochs: int, topic_steps: tuple[int, int], concept_steps: tuple[int, int], epsilon: float) -> None:
    if epochs < 1:
        raise SynthBuilderError(f"epochs is {epochs}.", todo="Give at least 1; the paper has 5.")
    for name, (low, high) in (("topic_steps", topic_steps), ("concept_steps", concept_steps)):
        if not 0 <= low <= high:
            raise SynthBuilderError(
                f"{name} is ({low}, {high}).", todo="Give the fewest and the most steps, such as (1, 2)."
            )
    if not (math.isfinite(epsilon) and epsilon >= 0):
        raise SynthBuilderError(
            f"epsilon is {epsilon}.", todo="Give a small number that is not negative, such as 1e-5."
        )
