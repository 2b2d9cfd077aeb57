"""Powers, radicals and logarithms are solved from the text."""

import math

import pytest

from synth_builder.offline.teacher.solve.exponents import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

SOLVED = [
    (r"Find the exponent $x$ for which $\frac{2^3 \cdot 2^{4}}{2^5} = 2^x$.", "2"),
    (r"Write $\frac{5^{1} \cdot 5^{1}}{5^{4}}$ as $5^x$. What is the value of $x$?", "-2"),
    (r"the integer $c$ for which $\sqrt{8} + \sqrt{18} = c\sqrt{2}$", "5"),
    (r"Simplify $\sqrt{75} - \sqrt{12}$ to a multiple of $\sqrt{3}$. Which integer appears?", "3"),
    (r"Rationalize the denominator of $\frac{4}{\sqrt{7} + \sqrt{3}}$.", r"\sqrt{7} - \sqrt{3}"),
    (
        r"Write $\frac{1}{\sqrt{5} - \sqrt{2}}$ without a radical in the denominator.",
        r"\frac{\sqrt{5}}{3} + \frac{\sqrt{2}}{3}",
    ),
    (r"Solve $\log_{2}(x + 1) = 5$.", "31"),
    (r"the solution $x$ of $\log_{3}(2x) = 2$", r"\frac{9}{2}"),
    ("Solve $4^x = 8^{6}$.", "9"),
    ("the solution $x$ of $9^x = 27^{1}$", r"\frac{3}{2}"),
    (r"Solve $\log_{2}(x) + \log_{2}(x - 2) = 3$.", "4"),
    (r"the real solution $x$ of $\log_{6}(x) + \log_{6}(x + 5) = 2$", "4"),
    (
        "A colony starts with $5$ cells and doubles every $2$ hours. How many cells are there after $6$ hours?",
        "40",
    ),
    (
        "A club begins with $2$ members. The number triples every $1$ years. How many members are "
        "there after $4$ years?",
        "162",
    ),
    ("How many decimal digits does $2^{10}$ have?", "4"),
    ("the number of decimal digits of $10^{20}$", "21"),
]

UNKNOWN = [
    "",
    "Find the answer.",
    r"Find the exponent $x$ for which $\frac{2^3 \cdot 3^{4}}{2^5} = 2^x$.",
    r"the integer $c$ for which $\sqrt{8} + \sqrt{27} = c\sqrt{2}$",
    "Solve $2^x = 3^{4}$.",
    ("A colony starts with $5$ cells and doubles every $4$ hours. How many cells are there after $6$ hours?"),
    "How many binary digits does $2^{10}$ have?",
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


def test_digits_are_counted_exactly_next_to_powers_of_ten() -> None:
    for base, exponent in ((10, 0), (10, 15), (999, 7), (2, 1000)):
        text = f"the number of decimal digits of ${base}^{{{exponent}}}$"
        assert answer(text) == str(len(str(base**exponent)))


def test_rationalized_fractions_have_the_same_value() -> None:
    text = r"Rationalize the denominator of $\frac{35}{\sqrt{5} - \sqrt{3}}$."
    assert answer(text) == r"\frac{35\sqrt{5}}{2} + \frac{35\sqrt{3}}{2}"
    assert math.isclose(35 / (math.sqrt(5) - math.sqrt(3)), 35 * math.sqrt(5) / 2 + 35 * math.sqrt(3) / 2)
