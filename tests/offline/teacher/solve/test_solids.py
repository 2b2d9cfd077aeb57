"""Solid geometry is solved from its text."""

import itertools

import pytest

from synth_builder.offline.teacher.solve.question import solve_one
from synth_builder.offline.teacher.solve.solids import METHODS

SOLVED = [
    ("A rectangular box has edges $1$, $2$ and $2$. Find its space diagonal.", "3"),
    ("A rectangular box has edges $1$, $1$ and $1$. Find its space diagonal.", r"\sqrt{3}"),
    ("A right circular cone has radius $3$ and height $4$. Find its exact volume.", r"12\pi"),
    (r"the volume, divided by $\pi$, of a right circular cone with base radius $3$ and height $5$", "15"),
    (r"A sphere has the surface area $100\pi$. Find its exact volume.", r"\frac{500\pi}{3}"),
    (r"the volume, divided by $\pi$, of a sphere with surface area $36\pi$", "36"),
    ("In a cylinder with inner radius $6$ cm there is water. $3$ solid balls, each with radius $3$ cm, sink in it. "
     "By how much does the water rise?", "3"),
    ("In a cylinder with inner radius $5$ there is water. $1$ solid balls, each with radius $1$, sink in it. "
     "By how much does the water rise?", r"\frac{4}{75}"),
    ("the rise of the water level when $2$ solid balls of radius $3$ sink in a cylinder of inner radius $6$", "2"),
    ("Find the number of vertices of a convex polyhedron with $8$ triangular faces and $6$ quadrilateral faces.", "12"),
    ("How many edges has a convex polyhedron with $2$ triangular faces and $3$ quadrilateral faces?", "9"),
]  # fmt: skip

UNKNOWN = [
    "A rectangular box has edges $1$ and $2$. Find its space diagonal.",
    "A right circular cone has diameter $3$, radius $2$ and height $4$. Find its exact volume.",
    r"A sphere has the surface area $100\pi$. Find its radius.",
    "Find the number of vertices of a convex polyhedron with $1$ triangular faces and $6$ quadrilateral faces.",
    "A cube with edge length $5$ is painted. How many unit cubes are there?",
    "A spherical lamp hangs beside the cylinder.",
]


@pytest.mark.parametrize(("text", "answer"), SOLVED)
def test_questions_are_solved(text: str, answer: str) -> None:
    solution = solve_one(text, METHODS)
    assert solution is not None
    assert solution.answer == answer
    assert answer in solution.steps[-1]


@pytest.mark.parametrize("text", UNKNOWN)
def test_other_questions_are_left_alone(text: str) -> None:
    assert solve_one(text, METHODS) is None


@pytest.mark.parametrize(("word", "painted"), [("one", 1), ("two", 2), ("three", 3)])
def test_painted_cubes_agree_with_counting(word: str, painted: int) -> None:
    edge = 5
    outer = (0, edge - 1)
    count = sum(
        sum(coordinate in outer for coordinate in cube) == painted for cube in itertools.product(range(edge), repeat=3)
    )
    faces = "face" if painted == 1 else "faces"
    text = f"A cube of edge ${edge}$ is cut into unit cubes. How many unit cubes have exactly {word} {faces} painted?"
    solution = solve_one(text, METHODS)
    assert solution is not None
    assert solution.answer == str(count)
