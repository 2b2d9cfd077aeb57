"""Modular arithmetic is solved from the text."""

import pytest

from synth_builder.offline.teacher.solve.congruences import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

SOLVED = [
    ("Find the remainder when $2^{10}$ is divided by $7$.", "2"),
    (
        "The screen shows numbers modulo $5$. It starts at $1$ and is multiplied by $3$ each "
        "time, modulo $5$. What is shown after exactly $3$ steps?",
        "2",
    ),
    ("Find the units digit of $7^{4}$.", "1"),
    ("the last digit of $12^{5}$", "2"),
    (r"Find the smallest non-negative integer $x$ with $3x \equiv 1 \pmod{7}$.", "5"),
    (r"the smallest non-negative integer $x$ that satisfies $4x \equiv 2 \pmod{6}$", "2"),
    ("Find the inverse of $3$ modulo $11$.", "4"),
    ("the multiplicative inverse of $5$ modulo $7$", "3"),
    (
        "Find the smallest positive integer that leaves remainder $2$ when divided by $3$ and "
        "remainder $3$ when divided by $5$.",
        "8",
    ),
    (r"the smallest positive integer $x$ with $x \equiv 0 \pmod{4}$ and $x \equiv 0 \pmod{6}$", "12"),
    ("Find the multiplicative order of $2$ modulo $7$.", "3"),
    (r"the smallest positive integer $m$ with $3^m \equiv 1 \pmod{10}$", "4"),
    ("A twelve-hour clock shows $11$ o'clock. Which hour does it show $3$ hours later?", "2"),
    ("the hour shown by a twelve-hour clock $24$ hours after it shows $12$ o'clock", "12"),
]

UNKNOWN = [
    "",
    "Find the answer.",
    "Find the inverse of $2$ modulo $4$.",
    "Find the multiplicative order of $2$ modulo $6$.",
    r"the smallest positive integer $x$ with $x \equiv 1 \pmod{4}$ and $x \equiv 0 \pmod{6}$",
    r"the smallest non-negative integer $x$ that satisfies $2x \equiv 1 \pmod{4}$",
    "A twelve-hour clock shows $13$ o'clock. Which hour does it show $3$ hours later?",
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


def test_agrees_with_trying_out_all_residues() -> None:
    for base, exponent, modulus in ((7, 13, 12), (2, 0, 5), (10, 9, 13)):
        text = f"the remainder when ${base}^{{{exponent}}}$ is divided by ${modulus}$"
        assert answer(text) == str(base**exponent % modulus)
    for factor, right, modulus in ((4, 3, 9), (6, 4, 10), (5, 0, 8)):
        text = rf"the smallest non-negative integer $x$ that satisfies ${factor}x \equiv {right} \pmod{{{modulus}}}$"
        assert answer(text) == str(next(x for x in range(modulus) if (factor * x - right) % modulus == 0))
