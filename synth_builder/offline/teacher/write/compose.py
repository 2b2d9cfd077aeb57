"""Choose families for the concepts asked for, and join two or three problems into one question."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, permutations, product
from typing import NamedTuple

from synth_builder.offline.teacher.lexicon import topics_of
from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.families import FAMILIES
from synth_builder.offline.teacher.write.family import Family, Number, Problem
from synth_builder.offline.teacher.write.scene import Scene
from synth_builder.offline.teacher.write.symbols import named_symbols

# Letters that stand for the result of an earlier problem; families use neither.
LINK_SYMBOLS = ("k", "m")
LEVELS = ("elementary", "middle_school", "high_school", "college", "grad_school", "competition")  # rising
# Bounds on the time for one prompt. Rich lists of concepts fill a reply long before these are reached.
_TRIES_PER_LINK = 6
_TRIPLES = 4
_CHAINS_PER_SET = 6
_FAMILIES_PER_CONCEPT = 4
_MOST_CONCEPTS = 12
_MOST_SETS = 40


class Written(NamedTuple):
    """A written question, the concepts that it joins, and its school level."""

    question: str
    concepts: tuple[str, ...]
    level: str


def write_single(concepts: Sequence[str], scene: Scene, draw: Draw, count: int) -> list[Written]:
    """Write at most `count` questions of one problem each, about as many different concepts."""
    written: list[Written] = []
    for family in _by_concept(concepts, draw)[:count]:
        problem = family.write(draw, scene, None)
        used = tuple(concept for concept in concepts if concept in family.concepts)
        written.append(Written(problem.question, used, family.level))
    return written


def write_joined(
    concepts: Sequence[str], scene: Scene, draw: Draw, count: int, *, across_topics: bool
) -> list[Written]:
    """Write at most `count` questions that each join two or three of `concepts`, every time other ones.

    Args:
        concepts: Key concepts to choose from.
        scene: Subjects for word problems.
        draw: Source of numbers and choices.
        count: Most questions.
        across_topics: Joined problems, and the concepts that they stand for, must be of different topics.
    """
    families_of = {concept: [family for family in FAMILIES if concept in family.concepts] for concept in concepts}
    known = [concept for concept in concepts if families_of[concept]]
    written: list[Written] = []
    used_families: set[str] = set()
    for joined in _concept_sets(known, across_topics, draw):
        if len(written) == count:
            break
        for chain in _chains(joined, families_of, across_topics, draw):
            if used_families & {family.name for family in chain}:
                continue
            question = _link(chain, scene, draw)
            if question is not None:
                used_families |= {family.name for family in chain}
                written.append(Written(question, joined, _level(chain)))
                break
    if not across_topics:
        for family in _by_concept(known, draw):
            joined = tuple(concept for concept in known if concept in family.concepts)[:3]
            seen = {frozenset(each.concepts) for each in written}
            if (
                len(written) < count
                and len(joined) > 1
                and frozenset(joined) not in seen
                and family.name not in used_families
            ):
                written.append(Written(family.write(draw, scene, None).question, joined, family.level))
    return written


def stand_for_different_topics(concepts: Sequence[str]) -> bool:
    """Whether each concept can stand for one of its topics so that no two stand for the same."""
    choices = product(*(topics_of(concept) for concept in concepts))
    return any(len(set(topics)) == len(topics) for topics in choices)


def _by_concept(concepts: Sequence[str], draw: Draw) -> list[Family]:
    """Families that exercise one of `concepts`, in drawn order, those of concepts not yet treated first."""
    wanted = set(concepts)
    matching = [family for family in FAMILIES if wanted & set(family.concepts)]
    shuffled = draw.sample(matching, len(matching))
    fresh: list[Family] = []
    later: list[Family] = []
    treated: set[str] = set()
    for family in shuffled:
        (later if wanted & set(family.concepts) <= treated else fresh).append(family)
        treated |= wanted & set(family.concepts)
    return fresh + later


def _concept_sets(concepts: Sequence[str], across_topics: bool, draw: Draw) -> Iterator[tuple[str, ...]]:
    """Yield different sets of concepts to join: a few of three, then pairs.

    Across topics, pairs without any topic in common come before those that can merely stand for different topics.
    """
    some = draw.sample(concepts, min(len(concepts), _MOST_CONCEPTS))
    triples = list(combinations(some, 3))
    pairs = list(combinations(some, 2))
    sets = [*draw.sample(triples, min(len(triples), _TRIPLES)), *draw.sample(pairs, len(pairs))]
    if across_topics:
        sets = [each for each in sets if stand_for_different_topics(each)]
        sets.sort(key=lambda each: len(each) == 2 and bool(set(topics_of(each[0])) & set(topics_of(each[1]))))
    yield from sets[:_MOST_SETS]


def _chains(
    concepts: Sequence[str], families_of: Mapping[str, Sequence[Family]], across_topics: bool, draw: Draw
) -> Iterator[tuple[Family, ...]]:
    """Yield chains to try, with one family for each of `concepts`, the concepts in any order."""
    some = {
        concept: draw.sample(families_of[concept], min(len(families_of[concept]), _FAMILIES_PER_CONCEPT))
        for concept in concepts
    }
    chains = [
        chain
        for ordered in permutations(concepts)
        for chain in product(*(some[concept] for concept in ordered))
        if len({family.name for family in chain}) == len(chain)
        and not (across_topics and len({family.topic for family in chain}) < len(chain))
        and all(family.takes for family in chain[1:])
        and all(_states_results(family) for family in chain[:-1])
    ]
    yield from draw.sample(chains, min(len(chains), _CHAINS_PER_SET))


@functools.cache
def _states_results(family: Family) -> bool:
    """Whether problems of this family ever end in a number that another problem can take."""
    return any(family.write(Draw(f"result {number}"), Scene.from_documents([]), None).quantity for number in range(8))


def _level(chain: Sequence[Family]) -> str:
    """The highest school level of a chain."""
    return max((family.level for family in chain), key=LEVELS.index)


def _link(chain: Sequence[Family], scene: Scene, draw: Draw) -> str | None:
    """Write the problems of a chain so that each takes the result of the one before.

    Returns None when no numbers fit, or when two problems would give one symbol two meanings.
    """
    number: Number | None = None
    sentences: list[str] = []
    named: frozenset[str] = frozenset()
    for family, following, symbol in zip(chain, chain[1:], LINK_SYMBOLS, strict=False):
        problem = _problem_with_result(family, following, number, scene, draw)
        if problem is None or named & named_symbols(problem.quantity):
            return None
        sentences.append(f"Let ${symbol}$ be {problem.quantity}.")
        named |= named_symbols(problem.quantity)
        number = Number(problem.value, symbol)
    question = chain[-1].write(draw, scene, number).question
    if named & named_symbols(question):
        return None
    return " ".join([*sentences, question])


def _problem_with_result(
    family: Family, following: Family, number: Number | None, scene: Scene, draw: Draw
) -> Problem | None:
    if number is not None and number.value not in family.takes:
        return None
    for _ in range(_TRIES_PER_LINK):
        problem = family.write(draw, scene, number)
        if problem.quantity and problem.value in following.takes:
            return problem
    return None
