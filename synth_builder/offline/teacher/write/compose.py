"""Choose families for the concepts asked for, and join two or three problems into one question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import NamedTuple

from synth_builder.offline.teacher.write.families import FAMILIES
from synth_builder.offline.teacher.write.family import Draw, Family, Number, Problem
from synth_builder.offline.teacher.write.scene import Scene

# Letters that stand for the result of an earlier problem; families use neither.
LINK_SYMBOLS = ("k", "m")
_TRIES_PER_LINK = 12


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
        across_topics: Joined problems must be of different topics.
    """
    written: list[Written] = []
    seen: set[frozenset[str]] = set()
    used_families: set[str] = set()
    for chain in _chains(_by_concept(concepts, draw), across_topics, draw):
        if len(written) == count:
            break
        if across_topics and len({family.topic for family in chain}) < len(chain):
            continue
        joined = _distinct_concepts(chain, concepts)
        if len(joined) < 2 or frozenset(joined) in seen or used_families & {family.name for family in chain}:
            continue
        question = _link(chain, scene, draw)
        if question is None:
            continue
        seen.add(frozenset(joined))
        used_families |= {family.name for family in chain}
        written.append(Written(question, joined, chain[-1].level))
    return written


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


def _chains(families: Sequence[Family], across_topics: bool, draw: Draw) -> Iterator[tuple[Family, ...]]:
    """Yield chains to try: one of three families, then pairs, then single families of several concepts."""
    if len(families) >= 3:
        for _ in range(4):
            yield tuple(draw.sample(families, 3))
    pairs = list(permutations(families[:12], 2))
    yield from draw.sample(pairs, len(pairs))
    if not across_topics:
        yield from ((family,) for family in families)


def _distinct_concepts(chain: Sequence[Family], concepts: Sequence[str]) -> tuple[str, ...]:
    """One concept of the list for each problem of the chain, or up to three for a chain of one."""
    if len(chain) == 1:
        return tuple(concept for concept in concepts if concept in chain[0].concepts)[:3]
    chosen: list[str] = []
    for family in chain:
        concept = next((each for each in concepts if each in family.concepts and each not in chosen), None)
        if concept is None:
            return ()
        chosen.append(concept)
    return tuple(chosen)


def _link(chain: Sequence[Family], scene: Scene, draw: Draw) -> str | None:
    """Write the problems of a chain so that each takes the result of the one before; None when no numbers fit."""
    number: Number | None = None
    sentences: list[str] = []
    for family, following, symbol in zip(chain, chain[1:], LINK_SYMBOLS, strict=False):
        problem = _problem_with_result(family, following, number, scene, draw)
        if problem is None:
            return None
        sentences.append(f"Let ${symbol}$ be {problem.quantity}.")
        number = Number(problem.value, symbol)
    last = chain[-1].write(draw, scene, number)
    return " ".join([*sentences, last.question])


def _problem_with_result(
    family: Family, following: Family, number: Number | None, scene: Scene, draw: Draw
) -> Problem | None:
    if not following.takes or (number is not None and number.value not in family.takes):
        return None
    for _ in range(_TRIES_PER_LINK):
        problem = family.write(draw, scene, number)
        if problem.quantity and problem.value in following.takes:
            return problem
    return None
