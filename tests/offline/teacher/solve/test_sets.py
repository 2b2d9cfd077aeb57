"""Questions about sets, logic and functions are solved from the text."""

import itertools

import pytest

from synth_builder.offline.teacher.solve.question import solve_one
from synth_builder.offline.teacher.solve.sets import METHODS

SOLVED = [
    (
        "Of $20$ pupils, $10$ like tea, $8$ like milk and exactly $5$ like both. How many like neither?",
        "7",
    ),
    (
        r"A universal set has $9$ elements, $A$ and $B$ have $4$ and $5$ elements, and $A \cap B$ "
        "has $0$ elements. How many elements belong to neither $A$ nor $B$?",
        "0",
    ),
    ("How many subsets with at least two elements does a set with $3$ elements have?", "4"),
    ("There are $4$ lamps. In how many ways can at least two of the lamps be on?", "11"),
    ("How many symmetric relations are there on a set with $2$ elements?", "2^{3}"),
    ("Find the number of symmetric relations on a set with $3$ elements as a power of $2$.", "2^{6}"),
    (r"the number of assignments of truth values to $p$, $q$ that satisfy $p \to q$", "3"),
    (
        "In how many of the $8$ rows of the truth table of three variables $p$, $q$ and $r$ is "
        r"the formula $p \lor q \land \lnot r$ true?",
        "5",
    ),
    (
        "the number of surjective functions from a set with $3$ elements onto a set with $2$ elements",
        "6",
    ),
    (
        "In the category of sets, how many epimorphisms are there from a set with $4$ elements to "
        "a set with $4$ elements?",
        "24",
    ),
    (
        "the number of order-preserving functions from a chain with $2$ elements to a chain with $2$ elements",
        "3",
    ),
    (
        "How many functors are there from a totally ordered set with $1$ elements to a totally "
        "ordered set with $7$ elements?",
        "7",
    ),
]

UNKNOWN = [
    "",
    "Find the answer.",
    ("Of $20$ pupils, $10$ like tea, $8$ like milk and exactly $9$ like both. How many like neither?"),
    "the number of functions from a set with $3$ elements to a set with $2$ elements",
    r"the number of assignments of truth values to $p$, $q$ that satisfy $p \to r$",
    "How many reflexive relations are there on a set with $2$ elements?",
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


def test_agrees_with_listing_all_functions() -> None:
    for size, goal in ((1, 1), (3, 3), (4, 2), (2, 3)):
        functions = list(itertools.product(range(goal), repeat=size))
        onto = sum(len(set(function)) == goal for function in functions)
        monotone = sum(list(function) == sorted(function) for function in functions)
        sets = f"from a set with ${size}$ elements onto a set with ${goal}$ elements"
        chains = f"from a chain with ${size}$ elements to a chain with ${goal}$ elements"
        assert answer(f"the number of surjective functions {sets}") == str(onto)
        assert answer(f"the number of order-preserving functions {chains}") == str(monotone)
