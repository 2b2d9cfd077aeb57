"""Probabilities of events."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from synth_builder.offline.teacher.solve.probability import METHODS
from synth_builder.offline.teacher.solve.question import solve_linked


def answer(question: str) -> str | None:
    solution = solve_linked(question, METHODS)
    return None if solution is None else solution.answer


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "There are $3$ red balls and $2$ green balls. Two of them are drawn without replacement. "
            "How likely do they have the "
            "same colour?",
            r"\frac{2}{5}",
        ),
        (
            "An urn has $4$ white beads and $4$ black beads. Two of them are taken without "
            "replacement. Find the probability of "
            "the same colour.",
            r"\frac{3}{7}",
        ),
        (
            r"A shot hits with probability $\frac{1}{2}$, independently of others. Find the "
            "probability of at least one hit "
            "in $3$ shots.",
            r"\frac{7}{8}",
        ),
        (
            r"In each of $2$ trials, which are independent, an event has probability $\frac{1}{3}$. "
            "How likely is it to occur "
            "at least once?",
            r"\frac{5}{9}",
        ),
        ("Two fair six-sided dice are rolled. Find the probability that the sum is exactly $7$.", r"\frac{1}{6}"),
        ("Two fair six-sided dice are thrown. What is the probability that the sum is at most $3$?", r"\frac{1}{12}"),
        (
            "In a club $10$ people play chess, $8$ play tennis, $3$ play both and $5$ play neither. "
            "Find the probability that a "
            "random member plays chess or tennis.",
            r"\frac{3}{4}",
        ),
        (
            "Of the guests, $6$ like tea, $7$ like milk, $2$ like both, $4$ like neither. How likely "
            "is it that one likes tea or "
            "milk?",
            r"\frac{11}{15}",
        ),
        (
            "In a shop $4$ are big and blue, $6$ are big and white, $8$ are small and blue, $2$ are "
            "small and white. One turns out "
            "to be blue. Find the probability that it is big.",
            r"\frac{1}{3}",
        ),
        (
            "Here $4$ are big and blue, $6$ are big and white, $8$ are small and blue, $2$ are small "
            "and white. How likely is it "
            "that one is white, given that it is small?",
            r"\frac{1}{5}",
        ),
        (
            r"An illness affects $20\%$ of all hens. A test is positive for $90\%$ of the ill hens "
            r"and for $10\%$ of the hens that "
            "are not ill. A hen tests positive. Find the probability that it is ill.",
            r"\frac{9}{13}",
        ),
        (
            r"Here $50\%$ of all eggs are cracked. A lamp blinks for $40\%$ of the cracked eggs and "
            r"for $10\%$ of the uncracked "
            "eggs. It blinks. Find the probability that the egg is cracked.",
            r"\frac{4}{5}",
        ),
        (
            r"Oven $A$ bakes $3$ loaves and oven $B$ bakes $1$ loaf per hour. From $A$, $10\%$ are "
            r"spoiled, from $B$, $30\%$. One "
            "is spoiled. Find the probability that it comes from oven $A$.",
            r"\frac{1}{2}",
        ),
        (
            r"Oven $A$ bakes $3$ loaves and oven $B$ bakes $2$ loaves per hour. From $A$, $10\%$ are "
            r"spoiled, from $B$, $30\%$. One "
            "is spoiled. Find the probability that it comes from oven $B$.",
            r"\frac{2}{3}",
        ),
        (r"Let $X$ be binomially distributed with $n = 3$ and $p = \frac{1}{3}$. Find $P(X \ge 2)$.", r"\frac{7}{27}"),
        (
            r"Each seed sprouts with probability $\frac{1}{2}$, independently. How likely do exactly "
            "$2$ of $4$ seeds sprout?",
            r"\frac{3}{8}",
        ),
    ],
)
def test_known_questions_are_answered_exactly(question: str, expected: str) -> None:
    assert answer(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "The probability is low.",
        "There are $3$ red balls and $2$ green balls. Two of them are drawn with replacement. How "
        "likely do they have the same "
        "colour?",
        "There are $3$ red balls, $2$ green balls and $4$ blue balls. Two of them are drawn without "
        "replacement. How likely do "
        "they have the same colour?",
        r"Each shot hits with probability $\frac{1}{2}$, independently. Find the probability of at least one hit.",
        "Two fair six-sided dice are rolled. Find the probability that the product is at most $7$.",
        "In a club $10$ people play chess, $8$ play tennis and $3$ play both. How likely is it that "
        "one plays chess or tennis?",
        "Here $4$ are big and blue, $6$ are big and white, $8$ are small and blue. Find the "
        "probability that it is big, given "
        "that it is blue.",
        r"An illness affects $20\%$ of all hens. A test is positive for $90\%$ of the ill hens and "
        r"for $10\%$ of the hens that "
        "are not ill. A hen tests negative. Find the probability that it is ill.",
        r"Oven $A$ bakes $3$ loaves and oven $B$ bakes $1$ loaf per hour. From $A$, $10\%$ are "
        r"spoiled, from $B$, $30\%$. One "
        "is not spoiled. Find the probability that it comes from oven $A$.",
        r"Let $X$ be binomially distributed with $n = 3$. Find $P(X \ge 2)$.",
    ],
)
def test_other_questions_are_left_alone(question: str) -> None:
    assert answer(question) is None


@pytest.mark.parametrize("bound", [2, 6, 11])
def test_dice_sums_agree_with_listing_all_rolls(bound: int) -> None:
    rolls = list(itertools.product(range(1, 7), repeat=2))
    share = Fraction(sum(sum(roll) >= bound for roll in rolls), len(rolls))
    shown = str(share) if share.denominator == 1 else rf"\frac{{{share.numerator}}}{{{share.denominator}}}"
    question = f"Two fair six-sided dice are rolled. Find the probability that the sum is at least ${bound}$."
    assert answer(question) == shown


def test_equal_colours_agree_with_listing_all_pairs() -> None:
    pairs = list(itertools.combinations("rrrrrbbb", 2))
    share = Fraction(sum(one == other for one, other in pairs), len(pairs))
    question = (
        "A box has $5$ red pens and $3$ blue pens. Two of them are drawn without replacement. Find the probability "
        "that both have the same colour."
    )
    assert answer(question) == rf"\frac{{{share.numerator}}}{{{share.denominator}}}"
