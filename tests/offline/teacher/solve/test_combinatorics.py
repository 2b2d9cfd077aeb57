"""Counting questions are solved from the text."""

import itertools

import pytest

from synth_builder.offline.teacher.solve.combinatorics import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

SOLVED = [
    (
        "A code consists of one of $5$ letters, one of $4$ digits and one of $3$ signs. How many "
        "different codes are possible?",
        "60",
    ),
    (
        "An outfit has one of $2$ hats, one of $3$ coats and one of $4$ scarves. How many "
        "different outfits are possible?",
        "24",
    ),
    ("How many integers from $1$ to $20$ are divisible by $2$ or by $5$?", "12"),
    ("the number of integers from $1$ to $30$ that are divisible by $6$ or by $4$", "10"),
    (
        "A drawer has socks in $4$ colours. What is the smallest number of socks that guarantees "
        "at least $2$ of them are of the same colour?",
        "5",
    ),
    ("the smallest number of objects of $3$ colours that guarantees $4$ objects of one colour", "10"),
    (
        "$5$ runners compete. The first and second prize go to different runners. In how many ways can this happen?",
        "20",
    ),
    ("the number of ordered selections of $2$ different objects out of $9$ objects", "72"),
    (
        "From $4$ red cards and $3$ blue cards, in how many ways can exactly $2$ red and exactly "
        "$1$ blue cards be chosen?",
        "18",
    ),
    (r"the value of $\binom{5}{2} \cdot \binom{4}{4}$", "10"),
    ("In how many ways can all the letters of the word NOON be arranged?", "6"),
    ("the number of different arrangements of the letters of the word CAT", "6"),
    (
        "In how many ways can $5$ people sit at a round table with Ann and Bob adjacent, up to rotation?",
        "12",
    ),
    (
        "the number of seatings, up to rotation, of $4$ people at a round table with two given people adjacent",
        "4",
    ),
    (
        "In how many ways can $4$ identical balls be distributed among $2$ boxes that may be empty?",
        "5",
    ),
    ("How many solutions does $x_1 + x_2 + x_3 + x_4 = 2$ have in non-negative integers?", "10"),
    ("the number of derangements of $3$ objects", "2"),
    (r"How many permutations of the set $\{1, 2, \ldots, 5\}$ have no fixed point?", "44"),
    (
        "the number of lattice paths from $(0, 0)$ to $(2, 3)$ with steps to the right and upwards",
        "10",
    ),
    (
        "A house lies $2$ blocks west and $2$ blocks south of here. How many shortest routes are there?",
        "6",
    ),
    ("A child climbs $5$ steps by taking $1$ or $2$ steps at a time. In how many ways?", "8"),
    ("the number of ways to write $4$ as an ordered sum of ones and twos", "5"),
]

UNKNOWN = [
    "",
    "Find the answer.",
    "How many integers from $1$ to $20$ are divisible by $2$ or by $5$ but not both?",
    "In how many ways can $5$ people sit at a round table?",
    (
        "In how many ways can $5$ people sit at a round table, up to rotation, so that Ann and "
        "Bob are not next to each other?"
    ),
    "In how many ways can $4$ balls be distributed among $2$ boxes?",
    (
        "From $4$ red cards and $3$ blue cards, in how many ways can exactly $2$ red and exactly "
        "$1$ green cards be chosen?"
    ),
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


def test_agrees_with_listing_all_arrangements() -> None:
    for size in (1, 2, 4, 6):
        fixed_point_free = sum(
            all(place != value for place, value in enumerate(order)) for order in itertools.permutations(range(size))
        )
        assert answer(f"the number of derangements of ${size}$ objects") == str(fixed_point_free)
    for word in ("BEE", "DEED", "ABC"):
        text = f"the number of different arrangements of the letters of the word {word}"
        assert answer(text) == str(len(set(itertools.permutations(word))))
    for size in (1, 3, 6):
        sums = [parts for length in range(size + 1) for parts in itertools.product((1, 2), repeat=length)]
        text = f"the number of ways to write ${size}$ as an ordered sum of ones and twos"
        assert answer(text) == str(sum(sum(parts) == size for parts in sums))


def test_counts_with_too_many_digits_are_left_alone() -> None:
    assert answer("the number of derangements of $1000000$ objects") is None
