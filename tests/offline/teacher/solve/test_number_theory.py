"""Divisors, primes and Diophantine equations are solved from the text."""

import pytest

from synth_builder.offline.teacher.solve.number_theory import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

SOLVED = [
    ("Find the greatest common divisor of $84$ and $36$.", "12"),
    ("Rods of $20$ and $30$ metres are cut. What is the greatest possible length of a piece?", "10"),
    ("Find the least common multiple of $4$ and $6$.", "12"),
    (
        "One lamp blinks every $9$ seconds, another every $6$ seconds. After how many seconds do "
        "they next blink together?",
        "18",
    ),
    ("How many positive divisors does $12$ have?", "6"),
    ("the number of positive divisors of $49$", "3"),
    ("Find the sum of all positive divisors of $6$.", "12"),
    ("the sum of all positive divisors of $28$", "56"),
    ("How many integers from $1$ to $12$ are coprime to $12$?", "4"),
    (r"Evaluate $\varphi(10)$ with Euler's totient function.", "4"),
    ("What is the largest prime factor of $60$?", "5"),
    ("the largest prime divisor of $97$", "97"),
    ("Find the exponent of the prime $2$ in the prime factorization of $10!$.", "8"),
    ("the largest integer $m$ for which $3^m$ divides $9!$", "4"),
    ("How many pairs $(x, y)$ of non-negative integers satisfy $x + 2y = 4$?", "3"),
    ("the number of pairs $(x, y)$ of non-negative integers that satisfy $2x + 4y = 7$", "0"),
    (
        "Nuts are sold only in packs of $3$ and packs of $4$. In how many ways can one buy exactly $12$ nuts?",
        "2",
    ),
    (
        "Find the largest integer that is not of the form $3x + 5y$ with non-negative integers $x$ and $y$.",
        "7",
    ),
    (
        "Eggs are sold only in packs of $4$ and packs of $7$. What is the largest number that cannot be bought?",
        "17",
    ),
    ("How many pairs $(x, y)$ of positive integers satisfy $x^2 - y^2 = 15$?", "2"),
    ("the number of pairs $(x, y)$ of positive integers with $x^2 - y^2 = 6$", "0"),
]

UNKNOWN = [
    "",
    "Find the answer.",
    "Find the greatest common divisor of $84$, $36$ and $6$.",
    "How many even positive divisors does the integer $12$ have or $6$?",
    "Find the exponent of the prime $4$ in the prime factorization of $10!$.",
    ("Find the largest integer that is not of the form $4x + 6y$ with non-negative integers $x$ and $y$."),
    "How many pairs $(x, y)$ of positive integers satisfy $x^2 + y^2 = 25$?",
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


def test_agrees_with_counting_by_hand() -> None:
    for number in (1, 2, 36, 97, 120):
        divisors = [divisor for divisor in range(1, number + 1) if number % divisor == 0]
        assert answer(f"the number of positive divisors of ${number}$") == str(len(divisors))
        assert answer(f"the sum of all positive divisors of ${number}$") == str(sum(divisors))
    for a, b, total in ((2, 3, 0), (3, 5, 31), (4, 6, 26), (1, 1, 5)):
        count = sum((total - b * y) % a == 0 for y in range(total // b + 1))
        text = f"the number of pairs $(x, y)$ of non-negative integers that satisfy ${a}x + {b}y = {total}$"
        assert answer(text) == str(count)
    for number in (1, 3, 16, 45, 96):
        pairs = [(x, y) for x in range(1, 50) for y in range(1, x) if x * x - y * y == number]
        text = f"the number of pairs $(x, y)$ of positive integers with $x^2 - y^2 = {number}$"
        assert answer(text) == str(len(pairs))


def test_numbers_that_are_too_large_to_factor_are_left_alone() -> None:
    assert answer(f"the number of positive divisors of ${10**30}$") is None
