"""Linear equations in signs and in words are solved from their text."""

import pytest

from synth_builder.offline.teacher.solve.algebra import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

SOLVED = [
    ("Solve the equation $3x + 1 = 10$.", "3"),
    ("the solution $x$ of $2(x - 1) = 5x$", r"-\frac{2}{3}"),
    (
        "Tom is $20$ years older than Ida. In $5$ years, Tom will be $3$ times as old as Ida. How old is Ida now?",
        "5",
    ),
    (
        "Tom is $20$ years older than Ida. In $5$ years, Tom will be $3$ times as old as Ida. How old is Tom now?",
        "25",
    ),
    ("The system $x + y = 5$ and $x - y = 1$ is given. Find $x$.", "3"),
    ("Solve the system $2x + 3y = 7$ and $4x - y = 0$. Find $y$.", "2"),
    (
        "A stand sold $10$ cups, small ones for $2$ dollars each and large ones for $3$ dollars "
        "each. It took $26$ dollars in total. How many large cups were sold?",
        "6",
    ),
    (
        "A ticket costs $5$ dollars for a child and $8$ dollars for an adult. $7$ guests paid "
        "$44$ dollars in total. How many children came?",
        "4",
    ),
    ("Given $x + y = 1$, $y + z = 2$ and $z + x = 5$, find $x + y + z$.", "4"),
    ("the value of $x + y + z$ where $2x + y = 3$, $y + z = 4$ and $2z + y + x = 2$", "3"),
    (r"Solve the equation $\frac{6}{x + 1} = \frac{3}{x}$.", "1"),
    (r"the solution $x$ of $\frac{2}{x - 5} = \frac{7}{x}$", "7"),
]

UNKNOWN = [
    "",
    "Find the answer.",
    "Solve the equation $3x + 1 = 3x + 2$.",
    "Solve the equation $x^3 = 8$.",
    "The system $x + y = 5$ and $2x + 2y = 1$ is given. Find $x$.",
    r"Solve the equation $\frac{1}{x - 1} = \frac{1}{x}$.",
    "Tom is $20$ years older than Ida. How old is Ida now?",
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
