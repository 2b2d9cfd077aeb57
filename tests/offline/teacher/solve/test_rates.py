"""Rates, work and units are solved from their text."""

import pytest

from synth_builder.offline.teacher.solve.question import solve_one
from synth_builder.offline.teacher.solve.rates import METHODS

SOLVED = [
    (
        "$6$ machines fill all bottles in $8$ hours, working at the same rate. How many machines "
        "are needed to fill all bottles in $4$ hours?",
        "12",
    ),
    ("the number of workers who do in $3$ days the work of $5$ equal workers in $6$ days", "10"),
    (
        "One tap fills a bath alone in $3$ hours, another fills it alone in $6$ hours. How many "
        "hours do both taps need together?",
        "2",
    ),
    (
        "Ben mows a lawn alone in $4$ hours and Ida mows it alone in $5$ hours. How many hours do they need together?",
        r"\frac{20}{9}",
    ),
    (
        "A bus drives at $40$ kilometres per hour and returns at $60$ kilometres per hour. What is its average speed?",
        "48",
    ),
    ("the harmonic mean of $3$ and $6$", "4"),
    ("Convert $36$ kilometres per hour to metres per second.", "10"),
    ("What is a speed of $20$ metres per second in kilometres per hour?", "72"),
    ("A wire of $3$ metres is cut into pieces of $25$ centimetres. How many pieces are there?", "12"),
    ("the number of pieces of $8$ centimetres in $2$ metres", "25"),
]

UNKNOWN = [
    "",
    "Find the answer.",
    "A wire of $3$ metres is cut into pieces of $70$ centimetres. How many pieces are there?",
    "A bus drives at $40$ kilometres per hour. What is its average speed?",
    ("$6$ machines need $7$ hours at the same rate. How many machines are needed to do it in $4$ hours?"),
    "Convert $5$ miles per hour to metres per second.",
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
