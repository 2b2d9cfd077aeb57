"""Questions on vector spaces are solved from their text."""

import numpy as np
import pytest

from synth_builder.offline.teacher.solve.question import solve_one
from synth_builder.offline.teacher.solve.vector_spaces import METHODS

SOLVED = [
    (r"the rank of the matrix $\begin{pmatrix} 1 & 2 \\ 2 & 4 \end{pmatrix}$", "1"),
    (r"Let $A = \begin{pmatrix} 0 & 0 & 1 \\ 0 & 2 & 0 \end{pmatrix}$. Find the rank of $A$.", "2"),
    (r"A linear map from $\mathbb{R}^{7}$ to $\mathbb{R}^4$ has rank $3$. Find the dimension of the kernel.", "4"),
    ("A homogeneous system in $10$ unknowns has rank $4$. Find the dimension of the solution space.", "6"),
    (r"the dimension of the vector space of all symmetric real $4 \times 4$ matrices", "10"),
    (r"the dimension of the vector space of all skew-symmetric real $4 \times 4$ matrices", "6"),
    (r"the dimension of the vector space of all trace-zero real $4 \times 4$ matrices", "15"),
    (r"the dimension of $U \cap W$ for subspaces of $\mathbb{R}^5$ with $\dim U = 4$, $\dim W = 3$ and "
     r"$U + W = \mathbb{R}^5$", "2"),
    (r"Subspaces with $\dim U = 5$ and $\dim W = 6$ together span the whole space $\mathbb{R}^{11}$. "
     r"Find $\dim(U \cap W)$.", "0"),
    ("Let $b_1 = (1, 1)$, $b_2 = (1, -1)$ and $v = (4, 2)$ with $v = x b_1 + y b_2$. "
     "Find the coordinate pair $(x, y)$.", "(3, 1)"),
    ("Let $b_1 = (2, 0)$, $b_2 = (1, 3)$ and $v = (1, 1)$ with $v = x b_1 + y b_2$. "
     "Find the coordinates $(x, y)$.", r"(\frac{1}{3}, \frac{1}{3})"),
]  # fmt: skip

UNKNOWN = [
    r"the rank of the matrix $\begin{pmatrix} 1 & t \\ 2 & 4 \end{pmatrix}$",
    r"A linear map from $\mathbb{R}^{7}$ to $\mathbb{R}^4$ has rank $5$. Find the dimension of the kernel.",
    r"A linear map from $\mathbb{R}^{7}$ to $\mathbb{R}^4$ is not onto. Find the dimension of the kernel.",
    r"the dimension of the vector space of all real $4 \times 4$ matrices whose first row is zero",
    r"the dimension of the vector space of all symmetric real $4 \times 5$ matrices",
    r"the dimension of $U \cap W$ for subspaces of $\mathbb{R}^5$ with $\dim U = 4$ and $\dim W = 3$",
    "Let $b_1 = (1, 1)$, $b_2 = (2, 2)$ and $v = (4, 2)$ with $v = x b_1 + y b_2$. Find the coordinate pair $(x, y)$.",
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


@pytest.mark.parametrize("seed", range(5))
def test_ranks_agree_with_numerical_ranks(seed: int) -> None:
    generator = np.random.default_rng(seed)
    matrix = generator.integers(-2, 3, (3, 2)) @ generator.integers(-2, 3, (2, 4))
    body = r" \\ ".join(" & ".join(str(entry) for entry in row) for row in matrix)
    solution = solve_one(rf"the rank of the matrix $\begin{{pmatrix}} {body} \end{{pmatrix}}$", METHODS)
    assert solution is not None
    assert solution.answer == str(np.linalg.matrix_rank(matrix))
