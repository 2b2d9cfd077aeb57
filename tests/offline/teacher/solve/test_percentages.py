"""Percentages and money questions are solved from their text."""

import pytest

from synth_builder.offline.teacher.solve.percentages import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

SOLVED = [
    (
        r"A coat costs $200$ dollars. The price is increased by $10\%$ and later reduced by "
        r"$10\%$. What is the final price?",
        "198",
    ),
    (r"the result of increasing $50$ by $20\%$ and then reducing the result by $50\%$", "30"),
    (r"After a discount of $20\%$, a book costs $16$ dollars. What was the original price?", "20"),
    (r"the number that is $9$ after a reduction by $70\%$", "30"),
    (
        r"Mix $1$ litres of a $10\%$ acid solution with $3$ litres of a $30\%$ acid solution. What "
        "is the concentration of acid in the mixture, in percent?",
        "25",
    ),
    (
        r"$2$ litres of juice with $10\%$ sugar and $1$ litres of syrup with $50\%$ sugar are "
        "mixed. What percentage of the mixture is sugar?",
        r"\frac{70}{3}",
    ),
    (
        "How many dollars of interest do $500$ dollars bring in $3$ years at simple interest of "
        r"$4\%$?",
        "60",
    ),
    (r"the simple interest in dollars on $100$ dollars at $5\%$ per year for $2$ years", "10"),
    (
        r"$1000$ dollars earn $10\%$ a year, compounded annually. What is the balance after $3$ "
        "years? Round to the nearest cent.",
        "1331.00",
    ),
    (
        r"$15$ dollars earn $5\%$ a year, compounded annually. What is the balance after $2$ "
        "years? Round to the nearest cent.",
        "16.54",
    ),
    (
        "A bike costs $300$ dollars in cash or a deposit of $50$ dollars and $10$ monthly "
        "instalments of $30$ dollars. How many dollars more does the plan cost?",
        "50",
    ),
    (
        "A car costs $900$ dollars in cash or a deposit of $100$ dollars and $9$ instalments of "
        "$100$ dollars. How much more is the plan?",
        "100",
    ),
]

UNKNOWN = [
    "",
    "Find the answer.",
    (
        r"A coat costs $200$ dollars. The price changes by $10\%$ and later by $10\%$. What is the "
        "final price?"
    ),
    r"After a discount of $100\%$, a book costs $16$ dollars. What was the original price?",
    (
        r"$1000$ dollars earn $10\%$ a year, compounded monthly. What is the balance after $3$ "
        "years? Round to the nearest cent."
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
