"""Descriptive statistics and inference."""

from __future__ import annotations

import statistics
from fractions import Fraction

import pytest

from synth_builder.offline.teacher.solve.question import solve_linked
from synth_builder.offline.teacher.solve.statistics import METHODS


def answer(question: str) -> str | None:
    solution = solve_linked(question, METHODS)
    return None if solution is None else solution.answer


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("The numbers $4$ and $6$ and one further number $t$ have the mean $7$. Find $t$.", "11"),
        (
            "On $3$ days there were $2$, $5$ and $8$ guests. How many must come on one further day "
            "so that the mean over all $4$ "
            "days is $6$?",
            "9",
        ),
        ("Find the median of $9$, $1$ and $4$.", "4"),
        ("The $4$ values $3$, $8$, $5$ and $1$ are given. Give their median.", "4"),
        ("Find the population variance of $1$, $3$ and $5$.", r"\frac{8}{3}"),
        ("All $2$ rooms hold $4$ and $8$ chairs. Find the population variance.", "4"),
        (
            "Which value has $z$-score $2$? Find the value in a data set with mean $10$ and standard deviation $3$.",
            "16",
        ),
        ("Heights have mean $170$ and standard deviation $8$. One has the $z$-score $-2$. Find the value.", "154"),
        (
            "Here $3$ girls have $10$ coins on average, the other $2$ girls have $5$ coins on "
            "average. Find the mean of the whole "
            "group.",
            "8",
        ),
        (
            "A group of $4$ cats has a mean weight of $5$ kilograms, a group of $2$ cats has a mean "
            "weight of $8$ kilograms. Find "
            "the mean weight of all of them together.",
            "6",
        ),
        (
            "Every value $x$ of a data set with standard deviation $4$ is replaced by $3x - 7$. Find "
            "the standard deviation of the "
            "new data.",
            "12",
        ),
        (
            "Numbers have the standard deviation $5$. Each is multiplied by $2$, then $9$ is added. "
            "Find the standard deviation of "
            "the new numbers.",
            "10",
        ),
        ("Give the standard error of the mean for a random sample of size $25$ and a standard deviation of $10$.", "2"),
        (
            "A sample of size $8$ comes from a population with standard deviation $4$. Find the "
            "standard error of the mean.",
            r"\sqrt{2}",
        ),
        (
            "A sample of $25$ apples has a mean weight of $80$ grams, and the population standard "
            "deviation is $5$. Find the "
            r"$95\%$ confidence interval, with $z = 1.96$, to two decimal places.",
            "(78.04, 81.96)",
        ),
        (
            "A sample of size $4$ has a mean of $3$; the population standard deviation is $1$. Find "
            r"the $90\%$ confidence "
            r"interval with $z = 1.645$, rounded to one decimal place.",
            "(2.2, 3.8)",
        ),
        (
            "Give the smallest sample size with a margin of error of at most $2$ for $z = 2$ and "
            "standard deviation $10$.",
            "100",
        ),
        (
            "Give the smallest sample size with a margin of error of at most $3$ for $z = 1.96$ and "
            "a standard deviation of $10$.",
            "43",
        ),
        ("How many degrees of freedom has the chi-square test of independence for $3$ rows and $4$ columns?", "6"),
        ("What are the degrees of freedom of a chi-square test of independence with $2$ columns and $2$ rows?", "1"),
        ("Find the slope of the least squares line through $(0, 1)$, $(1, 3)$ and $(2, 4)$.", r"\frac{3}{2}"),
        (
            "Find the slope of the least squares line through the four points $(0, 0)$, $(1, 2)$, $(2, 4)$, $(3, 6)$.",
            "2",
        ),
        (
            "It is tested whether the population mean equals $10$. A sample of size $16$ has the "
            "mean $12$ and the sample standard "
            "deviation $4$. Find $t$ ($t$-statistic).",
            "2",
        ),
        (
            "Find $t$ for the hypothesis that the population mean equals $5$: a sample of size $3$ "
            "with mean $4$ and sample "
            "standard deviation $1$.",
            r"-\sqrt{3}",
        ),
    ],
)
def test_known_questions_are_answered_exactly(question: str, expected: str) -> None:
    assert answer(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "The mean dog is not average.",
        "On $5$ days there were $2$, $5$ and $8$ guests. How many must come on one further day so "
        "that the mean over all $6$ "
        "days is $6$?",
        "The $5$ values $3$, $8$, $5$ and $1$ are given. Give their median.",
        "Find the sample variance of $1$, $3$ and $5$.",
        "Which value has $z$-score $2$ in a data set with mean $10$?",
        "Here $3$ girls have $10$ coins on average, the other $2$ boys have $5$ marbles on average. "
        "Find the mean of the whole "
        "group.",
        "Every value $x$ of a data set with standard deviation $4$ is replaced by $3x - 7$. Find the "
        "variance of the new data.",
        "Give the standard error of the mean for a standard deviation of $10$.",
        "A sample of $25$ apples has a mean weight of $80$ grams, and the population standard "
        "deviation is $5$. Find the "
        r"$95\%$ confidence interval, with $z = 1.96$.",
        "Give the smallest sample size for $z = 2$ and standard deviation $10$.",
        "How many degrees of freedom has the chi-square test of fit for $3$ rows and $4$ columns?",
        "Find the slope of the least squares line through the four points $(0, 0)$, $(1, 2)$, $(2, 4)$.",
        "It is tested whether the population mean equals $10$. A sample of size $16$ has the mean $12$. Find $t$.",
    ],
)
def test_other_questions_are_left_alone(question: str) -> None:
    assert answer(question) is None


@pytest.mark.parametrize("numbers", [[3, 9, 4, 4], [12, 7, 1, 5, 30]])
def test_median_and_variance_agree_with_the_standard_library(numbers: list[int]) -> None:
    listed = ", ".join(f"${number}$" for number in numbers[:-1]) + f" and ${numbers[-1]}$"
    values = [Fraction(number) for number in numbers]
    for name, expected in (
        ("median", statistics.median(values)),
        ("population variance", statistics.pvariance(values)),
    ):
        top, bottom = expected.numerator, expected.denominator
        shown = str(top) if bottom == 1 else rf"\frac{{{top}}}{{{bottom}}}"
        assert answer(f"Find the {name} of {listed}.") == shown
