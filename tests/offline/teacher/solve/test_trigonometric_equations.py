"""Equations between sines and cosines are counted exactly, and double angles need no quadrant."""

import math

import pytest

from synth_builder.offline.teacher.solve.question import solve_one
from synth_builder.offline.teacher.solve.trigonometric_equations import METHODS


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(("left", "right"), [("sin", "cos"), ("cos", "sin"), ("sin", "sin"), ("cos", "cos")])
@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1), (3, 1), (2, 5), (4, 2)])
def test_solutions_are_counted_as_a_fine_grid_counts_them(
    left: str, right: str, first: int, second: int, sign: str
) -> None:
    question = rf"How many solutions does $\{left} {first}x = {sign}\{right} {second}x$ have in $[0, 2\pi)$?"
    solution = solve_one(question, METHODS)
    assert solution is not None
    minus = -1 if sign else 1
    steps = 4 * (first + second) * abs(first - second)  # all solutions are multiples of 2 pi / steps
    angles = [2 * math.pi * place / steps for place in range(steps)]
    zeros = [
        angle
        for angle in angles
        if abs(getattr(math, left)(first * angle) - minus * getattr(math, right)(second * angle)) < 1e-9
    ]
    assert solution.answer == str(len(zeros))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (r"Given that $\cos\theta = -\frac{2}{3}$, find $\cos 2\theta$.", r"-\frac{1}{9}"),
        (r"Let $\cos x = -\frac{3}{5}$, where $x$ lies in the third quadrant. Find $\tan x$.", r"\frac{4}{3}"),
        (r"If $\sin x = \frac{8}{17}$ and $x$ is in the second quadrant, what is $\cos x$?", r"-\frac{15}{17}"),
    ],
)
def test_other_values_follow_from_one(question: str, answer: str) -> None:
    solution = solve_one(question, METHODS)
    assert solution is not None
    assert solution.answer == answer


@pytest.mark.parametrize(
    "question",
    [
        r"How many solutions does $\sin x = \sin x$ have in $[0, 2\pi)$?",
        r"How many solutions does $\sin 2x = \cos x$ have in $[0, 3\pi)$?",
        r"If $\sin x = \frac{8}{17}$, what is $\cos x$?",
        r"If $\sin x = \frac{8}{17}$ and $x$ is in the third quadrant, what is $\cos x$?",
        r"If $\sin x = 3$, what is $\cos 2x$?",
    ],
)
def test_what_is_not_determined_is_left_alone(question: str) -> None:
    assert solve_one(question, METHODS) is None
