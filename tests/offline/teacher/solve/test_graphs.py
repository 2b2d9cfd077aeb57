"""Questions about graphs are solved from the text."""

import itertools

import pytest

from synth_builder.offline.teacher.solve.graphs import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

SOLVED = [
    ("Find the number of edges of the complete graph on $5$ vertices.", "10"),
    ("$7$ clubs play each other exactly once. How many games are there?", "21"),
    (
        "$4$ clubs meet; every club plays exactly once against every other club. How many games are there?",
        "6",
    ),
    ("A connected planar graph has $4$ vertices and $4$ faces. How many edges does it have?", "6"),
    ("the number of edges of a connected planar graph with $8$ vertices and $6$ faces", "12"),
    ("A forest has $10$ vertices and $3$ trees. Find its number of edges.", "7"),
    (
        "A graph with no cycles has $6$ vertices and $1$ connected components. How many edges has it?",
        "5",
    ),
    ("In a graph with $4$ vertices every vertex has degree $3$. How many edges are there?", "6"),
    ("the number of edges of a graph with $5$ vertices that all have degree $2$", "5"),
    (
        "the number of proper colourings of a cycle graph with $3$ labelled vertices with $3$ given colours",
        "6",
    ),
    (
        "A round park has $4$ flower beds in a circle. Neighbouring beds must have different "
        "colours out of $2$ colours. In how many ways?",
        "2",
    ),
]

UNKNOWN = [
    "",
    "Find the answer.",
    "In a graph with $5$ vertices every vertex has degree $3$. How many edges are there?",
    "A planar graph has $4$ vertices. How many edges does it have?",
    "Find the number of edges of the complete bipartite graph on $5$ vertices.",
]


def answer(text: str) -> str | None:
    solution = solve_one(text, METHODS)
    return None if solution is None else solution.answer


@pytest.mark.parametrize(("text", "expected"), SOLVED)
def test_finds_the_answer_and_shows_steps(text: str, expected: str) -> None:
    solution = solve_one(text, METHODS)
    assert solution is not None
    assert solution.answer == expected
    assert 1 <= len(solution.steps) <= 6


@pytest.mark.parametrize("text", UNKNOWN)
def test_leaves_other_questions_alone(text: str) -> None:
    assert answer(text) is None


def test_agrees_with_listing_all_colourings() -> None:
    for length, kinds in ((3, 3), (4, 3), (5, 2), (4, 4)):
        proper = sum(
            all(colours[place] != colours[place - 1] for place in range(length))
            for colours in itertools.product(range(kinds), repeat=length)
        )
        vertices = f"a cycle graph with ${length}$ labelled vertices with ${kinds}$ given colours"
        assert answer(f"the number of proper colourings of {vertices}") == str(proper)
