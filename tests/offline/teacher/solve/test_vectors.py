"""Questions on vectors are solved from their text."""

import pytest

from synth_builder.offline.teacher.solve.question import solve_one
from synth_builder.offline.teacher.solve.vectors import METHODS

SOLVED = [
    ("Find the dot product of $u = (1, 2)$ and $v = (3, -4)$.", "-5"),
    ("the dot product of the vectors $(1, 0, 2)$ and $(5, 9, 3)$", "11"),
    ("For which value of $t$ are $u = (2, 3)$ and $v = (6, t)$ orthogonal? Find the value of $t$.", "-4"),
    ("the number $t$ for which the vectors $(1, 1, t)$ and $(2, 3, 4)$ are perpendicular", r"-\frac{5}{4}"),
    ("Let $u = (1, 2)$ and $v = (3, 4)$. Find the vector projection of $u$ onto $v$.",
     r"(\frac{33}{25}, \frac{44}{25})"),
    ("Let $u = (4, 5, 6)$ and $v = (0, 0, 2)$. Find the vector projection of $u$ onto $v$.", "(0, 0, 6)"),
    ("the volume of the parallelepiped spanned by $u = (1, 0, 0)$, $v = (1, 2, 0)$ and $w = (1, 1, -3)$", "6"),
    (r"Find the volume of the parallelepiped in $\mathbb{R}^3$ with $u = (1, 2, 3)$, $v = (4, 5, 6)$, $w = (7, 8, 9)$.",
     "0"),
    ("The origin is $O$, $A = (2, 0, 0)$ and $B = (0, 3, 0)$. Find the area of the triangle $OAB$.", "3"),
    ("The origin is $O$, $A = (1, 0, 0)$ and $B = (0, 1, 1)$. Find the area of the triangle $OAB$.",
     r"\frac{\sqrt{2}}{2}"),
]  # fmt: skip

UNKNOWN = [
    "Let $u = (1, 2)$ and $v = (3, 4)$. Find the dot product of $u$ and $u + v$.",
    "Find the dot product of $u = (1, 2)$ and $v = (3, -4, 5)$.",
    "Find the dot product of $u = (1, 2)$ and $5v = (3, -4)$ and the number $7$.",
    "the number $t$ for which the vectors $(1, 1, t)$ and $(2, 3, 0)$ are perpendicular",
    "the number $t$ for which the vectors $(t, 1, t)$ and $(2, 3, 1)$ are perpendicular",
    "Let $u = (1, 2)$ and $v = (0, 0)$. Find the vector projection of $u$ onto $v$.",
    "Let $v = (1, 2)$ and $u = (3, 4)$. Find the vector projection of $v$ onto $u$.",
    "the volume of the parallelepiped spanned by $u = (1, 0, 0)$ and $v = (1, 2, 0)$",
    "The origin is $O$ and $A = (2, 0, 0)$. Find the area of the triangle $OAB$.",
    "The vectors were given to the museum.",
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
