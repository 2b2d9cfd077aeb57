"""Joined questions: of different topics where asked, every symbol with one meaning, of the hardest part's level."""

from __future__ import annotations

from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest

from synth_builder.graph.build import build_graph
from synth_builder.graph.concept_graph import DocumentConcepts
from synth_builder.graph.walk import sample_combinations
from synth_builder.offline.teacher.lexicon import read_document
from synth_builder.offline.teacher.write import compose
from synth_builder.offline.teacher.write.compose import LEVELS, Written, stand_for_different_topics, write_joined
from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.families import FAMILIES
from synth_builder.offline.teacher.write.scene import Scene
from synth_builder.offline.teacher.write.symbols import named_symbols

SCENE = Scene.from_documents([])


def walks_of_the_sample_documents() -> list[tuple[str, ...]]:
    """The concepts of the combinations that a run on the sample documents would ask questions about."""
    documents = []
    for path in sorted(Path(str(resources.files("synth_builder") / "sample_documents")).iterdir()):
        topics = read_document(path.read_text(encoding="utf-8").split("---\n", 2)[2]).topics
        concepts = tuple(concept for topic in topics for concept in topic.concepts)
        documents.append(DocumentConcepts(path.name, tuple(topic.name for topic in topics), concepts))
    return [walk.key_concepts for walk in sample_combinations(build_graph(documents), seed=0)]


@pytest.fixture(scope="module")
def joined() -> list[Written]:
    return [
        question
        for number, concepts in enumerate(walks_of_the_sample_documents())
        for question in write_joined(concepts, SCENE, Draw(f"walk {number}"), 3, across_topics=True)
    ]


def test_most_walks_get_a_question(joined: list[Written]) -> None:
    assert len(joined) > len(walks_of_the_sample_documents())


def test_concepts_joined_across_topics_can_stand_for_different_topics(joined: list[Written]) -> None:
    assert all(stand_for_different_topics(question.concepts) for question in joined)
    assert all(len(set(question.concepts)) == len(question.concepts) in (2, 3) for question in joined)


def test_concepts_of_one_topic_cannot_stand_for_different_topics() -> None:
    assert stand_for_different_topics(["greatest common divisor", "derivative"])
    assert not stand_for_different_topics(["legendre's formula", "trial division"])


def test_no_symbol_gets_two_meanings() -> None:
    linked = 0
    taking = [family for family in FAMILIES if family.takes]
    for number in range(600):
        question = compose._link(Draw(f"chain {number}").sample(taking, 2), SCENE, Draw(f"numbers {number}"))
        if question is None:
            continue
        linked += 1
        quantity, _, rest = question.partition(". ")
        assert not named_symbols(quantity) & named_symbols(rest), question
    assert linked > 200


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("the value of $f(g(4))$ where $f(x) = 2x$ and $g(x) = x^2$", "f g"),
        ("Find $f'(2)$ and $f^{(3)}(0)$.", "f"),
        ("the value of $AC^2$ in a triangle $ABC$", "A B C"),
        ("the term $a_5$ of the sequence with $a_1 = 2$ and $a_{n+1} = 3a_n$", "a_"),
        ("Let $r$ and $s$ be the solutions. The vectors $u = (1, 2)$ and $b_1 = (1, 0)$ are given.", "r s u b_"),
        ("the largest integer $e$ for which $2^{e}$ divides $8$", "e"),
        ("On $X = \\{1, 2\\}$ and on $\\mathbb{R}^2$, $\\text{if } \\det A = 3$", "X A"),
        ("the solution $x$ of $3x = \\log_2(k)$, the number $t$ with $(1, t)$, $x(x + 3)$ and $n(n + 1)$", ""),
    ],
)
def test_functions_sequences_points_and_sets_are_named_symbols(text: str, symbols: str) -> None:
    assert named_symbols(text) == set(symbols.split())


def test_a_joined_question_has_the_highest_level_of_its_problems() -> None:
    by_level = {family.level: family for family in FAMILIES}
    assert set(by_level) == set(LEVELS)
    for low, high in pairwise(LEVELS):
        assert compose._level((by_level[high], by_level[low])) == high
        assert compose._level((by_level[low], by_level[high])) == high
