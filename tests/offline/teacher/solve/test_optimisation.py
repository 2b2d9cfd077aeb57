"""Greatest and least values, and linked rates."""

from __future__ import annotations

import pytest

from synth_builder.offline.teacher.solve.optimisation import METHODS
from synth_builder.offline.teacher.solve.question import solve_linked


def answer(question: str) -> str | None:
    solution = solve_linked(question, METHODS)
    return None if solution is None else solution.answer


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("With $20$ metres of fence, a rectangle at a wall needs no fence on one side. Find its largest area.", "50"),
        ("With $20$ metres of fence all four sides of a rectangle are closed. All four sides count. "
         "Find its greatest area.", "25"),
        ("Find the local maximum value of $f(x) = x^3 - 3x + 4$.", "6"),
        ("The function $f(x) = -x^3 + 3x$ has a local maximum. Find the value of its local minimum.", "-2"),
        ("A shop earns $P(x) = -2x^2 + 12x + 1$ for $x \\ge 0$. What is the greatest possible profit?", "19"),
        ("Find the maximum value of $f(t) = -t^2 + 3t$.", r"\frac{9}{4}"),
        ("A circular spot grows: its radius grows at $2$ mm per day. How fast does its area grow "
         "when the radius is $7$ mm?", r"28\pi"),
        (r"the rate at which the area of a circle grows, divided by $\pi$, when its radius is $4$ and "
         "grows at $3$", "24"),
        ("A ladder of length $13$ slides. Its foot is pulled away from the wall at $6$. How fast does the top slide "
         "down when its foot is $5$ metres from the wall?", r"\frac{5}{2}"),
        ("The ladder is $2$ metres long. Its foot is moved away at $3$. How fast does the top slide down "
         "when the foot is $1$ metre away?", r"\sqrt{3}"),
    ],
)  # fmt: skip
def test_known_questions_are_answered_exactly(question: str, expected: str) -> None:
    assert answer(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "The farmer has $20$ metres of fence.",
        "With $20$ metres of fence a rectangle is made. Find its greatest area.",
        "Find the local maximum value of $f(x) = x^3 + 3x$.",
        "Find the local maximum value of $f(x) = x^3 - 6x$.",
        "Find the maximum value of $f(x) = 2x^2 + 12x$.",
        "The radius of a circle grows at $2$. How fast does its area grow?",
        "A ladder of length $5$ slides. Its foot is pulled away from the wall at $6$. How fast does the top slide down "
        "when its foot is $7$ metres from the wall?",
    ],
)
def test_other_questions_are_left_alone(question: str) -> None:
    assert answer(question) is None


def test_no_rectangle_with_the_same_fence_is_larger() -> None:
    areas = [height * (36 - 2 * height) for height in range(19)]
    question = "With $36$ metres of fence, a rectangle at a river needs no fence on one side. Find its largest area."
    assert answer(question) == str(max(areas))
