"""Arithmetic questions are solved from their text."""

import pytest

from synth_builder.offline.teacher.solve.arithmetic import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

SOLVED = [
    (r"Calculate $7 + 3 \cdot (10 - 4) - 5^2$.", "0"),
    (r"the value of $2 \cdot 3^2 - (4 - 9)$", "23"),
    (
        r"What result does a machine that keeps the order of operations show for $100 - 6 \cdot (2 "
        "+ 3)$?",
        "70",
    ),
    (r"Evaluate $\frac{1}{4} + \frac{1}{6}$. Give the result as a reduced fraction.", r"\frac{5}{12}"),
    (
        r"A cake needs $\frac{1}{2}$ cups of sugar for the base and $\frac{1}{3}$ cups of sugar "
        "for the cream. How many cups of sugar are needed in total?",
        r"\frac{5}{6}",
    ),
    ("The remainder when $100$ is divided by $7$", "2"),
    ("$50$ pens are shared equally among $8$ pupils. How many pens are left over?", "2"),
    (
        "$91$ people travel by bus. A bus carries at most $30$ of them. What is the smallest number of buses needed?",
        "4",
    ),
    (r"the smallest integer that is at least $\frac{60}{12}$", "5"),
    (
        "Anna has $100$ dollars. She buys $3$ pens at $4$ dollars each and $2$ bags at $20$ "
        "dollars each. How many dollars does she have left?",
        "48",
    ),
    (
        "Someone buys $5$ cups at $3$ dollars each and $1$ pots at $9$ dollars each with a card "
        "worth $30$ dollars. How many dollars remain?",
        "6",
    ),
    (
        r"A shop has $20$ hats. First, $\frac{1}{4}$ of them are sold. Then $\frac{1}{3}$ of the "
        "remaining hats are sold. Finally $7$ new hats arrive. How many hats are there?",
        "17",
    ),
    (r"Write $0.\overline{6}$ as a fraction in lowest terms.", r"\frac{2}{3}"),
    (r"Write the decimal $0.1\overline{6}$ as a fraction in lowest terms.", r"\frac{1}{6}"),
    (
        "Two heirs share $90$ coins in the ratio $4 : 5$. How many coins are in the largest share?",
        "50",
    ),
    ("the smallest part when $24$ is divided in the ratio $1 : 2 : 3$", "4"),
    (
        "The numbers of cats, dogs and birds are in the ratio $2 : 3 : 5$. There are $9$ dogs. "
        "How many animals are there in total?",
        "30",
    ),
    ("the total of three numbers in the ratio $3 : 2 : 7$ of which the smallest is $10$", "60"),
]

UNKNOWN = [
    "",
    "Find the answer.",
    ("A bus carries at most $30$ people. What is the smallest number of buses needed for $91$ people?"),
    "Evaluate $x + 1$.",
    "Evaluate the integral $3 + 4$ of the form.",
    "the remainder when $x$ is divided by $7$",
    ("$50$ pens are shared equally among $8$ pupils and $2$ teachers. How many pens are left over?"),
    "Two heirs share $90$ coins in the ratio $4 : 5$. How many coins are in the middle share?",
    "What is the smallest number of boxes needed for $12$ apples?",
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
