"""Find the documents whose concepts are most like a combination (SynthLLM, section 3.2, grounding of level 3)."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth_builder.errors import SynthBuilderError
from synth_builder.graph.concept_graph import KEY_CONCEPT, TOPIC, ConceptGraph, Node
from synth_builder.graph.walk import Combination


class Grounding(NamedTuple):
    """A document to write a question from, and how like the combination it is."""

    document: str
    jaccard: float


class Grounder:
    """An inverted index of the documents of a graph, from each concept to the documents that have it.

    The paper speaks of the Jaccard similarity between the sampled concepts K_g and the concept set of a document.
    Here K_g is the union of the topics and the key concepts of a combination, and a document's set is that of all
    its topics and key concepts. A topic matches only a topic and a key concept only a key concept, as in the graph.
    """

    def __init__(self, graph: ConceptGraph) -> None:
        self._ids = [document.id for document in graph.documents]
        self._sizes = np.zeros(len(graph.documents), dtype=np.int64)
        postings: dict[Node, list[int]] = {}
        for number, document in enumerate(graph.documents):
            concepts = _concept_set(document.topics, document.key_concepts)
            self._sizes[number] = len(concepts)
            for concept in concepts:
                postings.setdefault(concept, []).append(number)
        self._postings = {concept: np.array(numbers, dtype=np.int64) for concept, numbers in postings.items()}

    def ground(self, combination: Combination, count: int = 2, seed: int = 0) -> tuple[Grounding, ...]:
        """Return the documents of highest Jaccard similarity, best first.

        Documents of equal similarity are ordered by a hash of the seed, the combination's id and the document's id,
        so neither early nor late documents are preferred. Documents that share no concept are never used.

        Args:
            combination: The concepts to find documents for.
            count: How many documents to return at most; the paper takes 2.
            seed: The seed of the order of equals.

        Returns:
            Up to `count` documents; fewer where fewer share a concept with the combination.

        Raises:
            SynthBuilderError: `count` is below 1.
        """
        if count < 1:
            raise SynthBuilderError(
                f"The number of grounding documents is {count}.", todo="Give at least 1; the paper takes 2."
            )
        concepts = _concept_set(combination.topics, combination.key_concepts)
        postings = [self._postings[concept] for concept in concepts if concept in self._postings]
        if not postings:
            return ()
        # Only documents that share a concept can be above zero, so no others are looked at.
        documents, shared = np.unique(np.concatenate(postings), return_counts=True)
        # Equal fractions of small integers give equal doubles, so == below finds all ties.
        jaccard: NDArray[np.float64] = shared / (len(concepts) + self._sizes[documents] - shared)
        last_place = max(len(jaccard) - count, 0)
        threshold = np.partition(jaccard, last_place)[last_place]
        good_enough = jaccard >= threshold
        candidates = [
            Grounding(self._ids[document], similarity)
            for document, similarity in zip(documents[good_enough].tolist(), jaccard[good_enough].tolist(), strict=True)
        ]
        candidates.sort(key=lambda found: (-found.jaccard, _order_among_equals(seed, combination.id, found.document)))
        return tuple(candidates[:count])


def _concept_set(topics: tuple[str, ...], key_concepts: tuple[str, ...]) -> dict[Node, None]:
    """Return the set of concepts, with their kind; a dict, because its order is the same in every process."""
    return dict.fromkeys([(TOPIC, name) for name in topics] + [(KEY_CONCEPT, name) for name in key_concepts])


def _order_among_equals(seed: int, combination_id: str, document_id: str) -> bytes:
    return hashlib.sha256(json.dumps([seed, combination_id, document_id]).encode()).digest()
