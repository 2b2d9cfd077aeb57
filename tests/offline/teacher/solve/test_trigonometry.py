"""Trigonometric questions are solved from their text."""

import itertools
import math
from collections.abc import Callable

import pytest

from synth_builder.offline.teacher.solve.question import solve_one
from synth_builder.offline.teacher.solve.trigonometry import METHODS

SOLVED = [
    (r"Find the maximum value of $3\sin x - 4\cos x + 1$.", "6"),
    (r"Find the smallest value of $f(x) = 5\sin x + 12\cos x$.", "-13"),
    (r"the smallest positive integer that is a period of $f(x) = \sin\left(\frac{2\pi x}{6}\right) + "
     r"\cos\left(\frac{2\pi x}{10}\right)$", "30"),
    (r"the value of $h(5)$, where $h(t) = 10 - 8\cos\left(\frac{2\pi t}{20}\right)$", "10"),
    (r"The height after $t$ s is $h(t) = 3 - 2\cos\left(\frac{2\pi t}{8}\right)$. How high is it after $1$ s?",
     r"3 - \sqrt{2}"),
    (r"How many solutions has $\sin 3x = \frac{1}{2}$ with $0 \le x < 2\pi$?", "6"),
    (r"the number of solutions of $\cos(4 \cdot x) = -1$ in the interval $0 \le x < 2\pi$", "4"),
    (r"the number of solutions of $\sin(4 \cdot x) = 2$ in the interval $0 \le x < 2\pi$", "0"),
    (r"If $\cos x = -\frac{4}{5}$ and $\frac{\pi}{2} < x < \pi$, find the value of $\sin 2x$.", r"-\frac{24}{25}"),
    (r"If $\sin x = \frac{3}{5}$ and $0 < x < \frac{\pi}{2}$, find the value of $\tan 2x$.", r"\frac{24}{7}"),
    (r"If $\sin x = -\frac{3}{5}$ and $\pi < x < \frac{3\pi}{2}$, find the value of $\cos 2x$.", r"\frac{7}{25}"),
    (r"With $\tan\alpha = 2$ and $\tan\beta = 3$, find the value of $\tan(\alpha + \beta)$.", "-1"),
    (r"With $\tan\alpha = 2$ and $\tan\beta = 3$, find the value of $\tan(\alpha - \beta)$.", r"-\frac{1}{7}"),
    (r"If $\sin x + \cos x = \frac{1}{3}$, find the value of $\sin 2x$.", r"-\frac{8}{9}"),
    (r"If $\sin x - \cos x = \frac{1}{3}$, find the value of $\sin 2x$.", r"\frac{8}{9}"),
    (r"Find the sum of all solutions of $2\sin^2 x - \sin x = 0$ with $0 \le x < 2\pi$.", r"2\pi"),
    (r"Find the sum of all solutions of $\cos^2 x = 1$ with $0 \le x < 2\pi$.", r"\pi"),
    (r"the value of the sum $\sum_{j=1}^{12} 5\sin^2\left(\frac{2\pi j}{12}\right)$", "30"),
    (r"the value of the sum $\sum_{j=1}^{7} \cos^2\left(\frac{2\pi j}{7}\right)$", r"\frac{7}{2}"),
]  # fmt: skip

UNKNOWN = [
    r"Find the maximum value of $3\sin x - 4\cos 2x + 1$.",
    r"Find the maximum value of $3\sin x - 4\cos x$ for $0 \le x \le 1$.",
    r"the smallest positive integer that is a period of $f(x) = \sin\left(\frac{2\pi x}{6}\right)$",
    r"the value of $h(t)$, where $h(t) = 10 - 8\cos\left(\frac{2\pi t}{20}\right)$",
    r"How many solutions has $\sin 3x = \frac{1}{2}$ with $0 \le x < \pi$?",
    r"If $\sin x = \frac{3}{5}$, find the value of $\tan 2x$.",
    r"If $\sin x = -\frac{3}{5}$ and $0 < x < \frac{\pi}{2}$, find the value of $\tan 2x$.",
    r"With $\tan\alpha = 2$ and $\tan\beta = \frac{1}{2}$, find the value of $\tan(\alpha + \beta)$.",
    r"If $\sin x + \cos x = 3$, find the value of $\sin 2x$.",
    r"Find the sum of all solutions of $\sin^2 x - \cos x = 0$ with $0 \le x < 2\pi$.",
    r"the value of the sum $\sum_{j=1}^{12} 5\sin^2\left(\frac{2\pi j}{13}\right)$",
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


def zeros_in_a_turn(function: Callable[[float], float], steps: int = 100_003) -> list[float]:
    grid = [2 * math.pi * step / steps for step in range(steps + 1)]
    return [left for left, right in itertools.pairwise(grid) if function(left) * function(right) < 0]


@pytest.mark.parametrize(("name", "factor"), [("sin", 2), ("cos", 5)])
def test_counted_solutions_agree_with_changes_of_sign(name: str, factor: int) -> None:
    function = math.sin if name == "sin" else math.cos
    zeros = zeros_in_a_turn(lambda x: function(factor * x) - 0.3)
    text = rf"the number of solutions of $\{name}({factor} \cdot x) = 0.3$ in the interval $0 \le x < 2\pi$"
    solution = solve_one(text, METHODS)
    assert solution is not None
    assert solution.answer == str(len(zeros))


def test_the_sum_of_solutions_agrees_with_the_zeros_themselves() -> None:
    zeros = zeros_in_a_turn(lambda x: 6 * math.sin(x) ** 2 - math.sin(x) - 1)
    text = r"Find the sum of all solutions of $6\sin^2 x - \sin x - 1 = 0$ with $0 \le x < 2\pi$."
    solution = solve_one(text, METHODS)
    assert solution is not None
    assert solution.answer == r"4\pi"
    assert sum(zeros) == pytest.approx(4 * math.pi, abs=1e-3)
