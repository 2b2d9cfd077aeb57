"""Expected values and variances."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest

from synth_builder.offline.teacher.solve.question import solve_linked
from synth_builder.offline.teacher.solve.random_variables import METHODS


def answer(question: str) -> str | None:
    solution = solve_linked(question, METHODS)
    return None if solution is None else solution.answer


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            r"A lottery pays $10$ dollars with probability $\frac{1}{5}$, $4$ dollars with "
            r"probability $\frac{1}{4}$, and nothing "
            "otherwise. Find the expected gain.",
            "3",
        ),
        (
            r"What payment is expected if it is $6$ dollars with probability $\frac{1}{4}$ and nothing otherwise?",
            r"\frac{3}{2}",
        ),
        (
            r"Let $X$ and $Y$ be independent with $\operatorname{Var}(X) = 2$ and "
            r"$\operatorname{Var}(Y) = 3$. Give the variance of "
            "$3X - 2Y + 1$.",
            "30",
        ),
        (
            r"What variance has $X + Y$ for independent $X$, $Y$ with $\operatorname{Var}(X) = 2$, "
            r"$\operatorname{Var}(Y) = 3$? "
            "The variance of $1X + 1Y$ is meant.",
            "5",
        ),
        (
            "In a random row of $3$ red and $3$ blue balls, $X$ neighbouring pairs have different "
            "colours. Find the expected value "
            "of $2X + 1$.",
            "7",
        ),
        (
            "A row of $2$ red cups and $4$ blue cups is random; $X$ neighbouring pairs have "
            "different colours. Find the expected "
            "value of $3X$.",
            "8",
        ),
        (r"Let $P(X = 0) = \frac{1}{2}$ and $P(X = 4) = \frac{1}{2}$. Find the variance of $X$.", "4"),
        (
            r"Let $P(X = 1) = \frac{1}{3}$, $P(X = 2) = \frac{1}{3}$ and $P(X = 3) = \frac{1}{3}$. "
            "Find the variance of $X$.",
            r"\frac{2}{3}",
        ),
        (
            "What is the variance of a binomially distributed number with $18$ trials and success "
            r"probability $\frac{1}{3}$?",
            "4",
        ),
        (
            r"A shop checks $20$ lamps. Each is broken with probability $\frac{1}{10}$, "
            "independently. Find the variance of the "
            "number of faulty lamps.",
            r"\frac{9}{5}",
        ),
        (
            r"Independent trials succeed with probability $\frac{1}{5}$. How many are expected until "
            "$3$ successes in total?",
            "15",
        ),
        (
            r"Independent trials have the success probability $\frac{2}{3}$. Find the expected number "
            "until the first success.",
            r"\frac{3}{2}",
        ),
        ("Let $X$ be uniformly distributed on $[2, 8]$. Give the variance of $X$.", "3"),
        (
            "A train leaves the station every $12$ minutes. One arrives at a uniformly distributed "
            "time. Find the variance of the "
            "waiting time.",
            "12",
        ),
    ],
)
def test_known_questions_are_answered_exactly(question: str, expected: str) -> None:
    assert answer(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "The expected value was not reached.",
        r"A lottery pays $10$ dollars with probability $\frac{4}{5}$, $4$ dollars with probability "
        r"$\frac{1}{4}$, and nothing "
        "otherwise. Find the expected gain.",
        r"Let $X$ and $Y$ have $\operatorname{Var}(X) = 2$ and $\operatorname{Var}(Y) = 3$. Give the "
        "variance of $3X - 2Y$.",
        "In a random row of $3$ red balls, $X$ neighbouring pairs have different colours. Find the "
        "expected value of $2X + 1$.",
        r"Let $P(X = 0) = \frac{1}{2}$ and $P(X = 4) = \frac{1}{3}$. Find the variance of $X$.",
        r"What is the variance of a binomially distributed number with success probability $\frac{1}{3}$?",
        r"Independent trials succeed with probability $\frac{1}{5}$. How many are expected until $3$ "
        "successes in a row?",
        "Let $X$ be uniformly distributed. Give the variance of $X$.",
    ],
)
def test_other_questions_are_left_alone(question: str) -> None:
    assert answer(question) is None


def test_expected_neighbours_agree_with_listing_all_rows() -> None:
    rows = set(itertools.permutations("rrrbb"))
    mean = Fraction(sum(sum(a != b for a, b in itertools.pairwise(row)) for row in rows), len(rows))
    question = (
        "In a random row of $3$ red and $2$ blue dots, $X$ neighbouring pairs have different "
        "colours. Find the expected "
        "value of $5X + 2$."
    )
    assert answer(question) == str(5 * mean + 2)


def test_the_binomial_variance_agrees_with_the_distribution() -> None:
    weights = [Fraction(math.comb(6, hits) * 2 ** (6 - hits), 3**6) for hits in range(7)]
    mean = sum(hits * weight for hits, weight in enumerate(weights))
    variance = sum((hits - mean) ** 2 * weight for hits, weight in enumerate(weights))
    question = r"Give the variance of a binomially distributed number with $6$ trials and probability $\frac{1}{3}$."
    assert answer(question) == rf"\frac{{{variance.numerator}}}{{{variance.denominator}}}"
