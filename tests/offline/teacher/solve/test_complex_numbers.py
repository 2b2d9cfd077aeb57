"""Questions on complex numbers are solved from their text."""

import cmath
import math

import pytest

from synth_builder.offline.teacher.solve.complex_numbers import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

SOLVED = [
    ("For the complex number $z = (1 + 2i)(3 - i)$ with $i^2 = -1$, find $|z|^2$.", "50"),
    ("the value of $|z|^2$ for the complex number $z = 3 - 4i$", "25"),
    (r"With $i^2 = -1$, write the quotient $\frac{2 + 3i}{1 - i}$ as $a + bi$.", r"-\frac{1}{2} + \frac{5}{2}i"),
    (r"With $i^2 = -1$, write the quotient $\frac{3 + 4i}{i}$ as $a + bi$.", "4 - 3i"),
    ("Let $i^2 = -1$. Find the value of $(1 + i)^{10}$.", "32i"),
    (r"the value of $(\sqrt{3} - i)^{3}$ with $i^2 = -1$", "-8i"),
    (r"Let $z = 1 + \sqrt{3}i$ with $i^2 = -1$. Find the value of $z^{4}$.", r"-8 - 8\sqrt{3}i"),
    ("Let $z = 2 + i$ with $i^2 = -1$. Find the value of $z^2$.", "3 + 4i"),
    ("The real polynomial $x^2 + bx + c$ has the root $2 - 3i$. Find the value of $c$.", "13"),
    ("The real polynomial $x^2 + bx + c$ has the root $2 - 3i$. Find the value of $b$.", "-4"),
    ("the sum of the squared distances from $1$ to the other complex solutions of $z^5 = 1$", "10"),
    ("$3$ times the sum of the squared distances from $1$ to the other complex solutions of $z^{6} = 1$", "36"),
]  # fmt: skip

UNKNOWN = [
    "For the complex number $z = (a + 2i)(3 - i)$ with $i^2 = -1$, find $|z|^2$.",
    r"With $i^2 = -1$, write the quotient $\frac{2 + 3i}{0 \cdot i}$ as $a + bi$.",
    "Let $i^2 = -1$. Find the value of $(1 + i)^{n}$.",
    "Find the value of $(1 + x)^{10}$.",
    "The real polynomial $x^2 + bx + c$ has the root $2$. Find the value of $c$.",
    "The real polynomial $x^2 + bx + c$ has the root $2 - 3i$ and the value $7$ at $1$. Find the value of $c$.",
    "the sum of the distances from $1$ to the other complex solutions of $z^5 = 1$",
]


@pytest.mark.parametrize(("text", "answer"), SOLVED)
def test_questions_are_solved(text: str, answer: str) -> None:
    solution = solve_one(text, METHODS)
    assert solution is not None
    assert solution.answer == answer
    assert answer in solution.steps[-1]


@pytest.mark.parametrize("text", UNKNOWN)
def test_other_questions_are_left_alone(text: str) -> None:
    assert solve_one(text, METHODS) is None


def test_the_polar_form_is_shown_for_a_simple_angle() -> None:
    solution = solve_one("Let $i^2 = -1$. Find the value of $(1 + i)^{10}$.", METHODS)
    assert solution is not None
    assert r"the modulus $\sqrt{2}$ and the angle $\frac{\pi}{4}$" in solution.steps[0]
    assert r"the modulus $32$ and the angle $\frac{5\pi}{2}$" in solution.steps[1]


@pytest.mark.parametrize("count", [4, 9])
def test_distances_of_roots_of_unity_agree_with_the_roots_themselves(count: int) -> None:
    total = sum(abs(1 - cmath.exp(2j * math.pi * place / count)) ** 2 for place in range(count))
    text = f"the sum of the squared distances from $1$ to the other complex solutions of $z^{{{count}}} = 1$"
    solution = solve_one(text, METHODS)
    assert solution is not None
    assert float(solution.answer) == pytest.approx(total)
