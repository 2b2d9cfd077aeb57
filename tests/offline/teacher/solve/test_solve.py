"""A question of any area is solved, with its links to earlier problems."""

import pytest

from synth_builder.offline.teacher.solve.solve import solve


def test_links_are_resolved_first() -> None:
    solution = solve(
        "Let $k$ be the greatest common divisor of $12$ and $18$. Find the least common multiple of $k$ and $4$."
    )
    assert solution is not None
    assert solution.answer == "12"
    assert "So $k = 6$." in solution.steps


def test_links_can_follow_each_other() -> None:
    text = "Let $k$ be the value of $2 + 3$. Let $m$ be the remainder when $17$ is divided by $k$. Evaluate $m^2 + 1$."
    solution = solve(text)
    assert solution is not None
    assert solution.answer == "5"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello!",
        "What is the capital of France?",
        "Prove that there are infinitely many primes.",
        "Let $k$ be the largest number. Evaluate $k + 1$.",
        "Let $k$ be the value of $\\frac{1}{2} + 1$. How many positive divisors does $k$ have?",
    ],
)
def test_unknown_questions_have_no_solution(text: str) -> None:
    assert solve(text) is None
