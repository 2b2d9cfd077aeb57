"""Questions on matrices are solved from their text."""

import numpy as np
import pytest

from synth_builder.offline.teacher.solve.linear_algebra import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

A = r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"
B = r"\begin{pmatrix} 0 & 1 \\ 1 & 5 \end{pmatrix}"
C = r"\begin{pmatrix} 2 & 0 & 1 \\ 1 & 3 & 2 \\ 1 & 1 & 4 \end{pmatrix}"

SOLVED = [
    (f"Let $A = {A}$ and $B = {B}$. Find the trace of the product $AB$.", "25"),
    (f"the trace of the matrix product ${A} {A}$", "29"),
    (f"Let $A = {A}$. Find the sum of all entries of $A^{{3}}$.", "290"),
    (r"the sum of all entries of the matrix $\begin{pmatrix} 1 & 0 \\ 5 & 1 \end{pmatrix}^{4}$", "22"),
    (f"Find the inverse $A^{{-1}}$ of $A = {A}$. Give $A^{{-1}}$ exactly.",
     r"\begin{pmatrix} -2 & 1 \\ \frac{3}{2} & -\frac{1}{2} \end{pmatrix}"),
    (f"Find the inverse $A^{{-1}}$ of $A = {B}$.", r"\begin{pmatrix} -5 & 1 \\ 1 & 0 \end{pmatrix}"),
    (f"Let $A = {C}$. Find $\\det A$.", "18"),
    (f"the determinant of the matrix ${A}$", "-2"),
    (r"the determinant of $3 A^2 B$ for $2 \times 2$ matrices with $\det A = 2$ and $\det B = 5$", "180"),
    (r"For $3 \times 3$ matrices with $\det A = 4$ and $\det B = 2$ find $\det(A^{-1} B^T)$.", r"\frac{1}{2}"),
    (r"the number $t$ for which the matrix $\begin{pmatrix} 2 & 6 \\ 3 & t \end{pmatrix}$ is singular", "9"),
    (r"For which $t$ is the matrix $\begin{pmatrix} 1 & t & 0 \\ 2 & 1 & 1 \\ 0 & 3 & 1 \end{pmatrix}$ not invertible?",
     "-1"),
    (r"Find the largest eigenvalue of $A = \begin{pmatrix} 2 & 1 \\ 1 & 2 \end{pmatrix}$.", "3"),
    (r"the smallest eigenvalue of the matrix $\begin{pmatrix} 4 & 1 \\ 2 & 3 \end{pmatrix}$", "2"),
    (f"the sum of the squares of the two eigenvalues of the matrix ${A}$", "29"),
    (rf"Let $\lambda_1$ and $\lambda_2$ be the eigenvalues of $A = {B}$. Find $\lambda_1^2 + \lambda_2^2$.", "27"),
    (r"the number $t$ for which $(1, 2)$ is an eigenvector of $\begin{pmatrix} 1 & 1 \\ 4 & t \end{pmatrix}$", "1"),
    (r"Let $(2, -1)$ be an eigenvector of $\begin{pmatrix} 1 & 2 \\ 1 & t \end{pmatrix}$. Find the value of $t$.",
     "2"),
    (r"It moves from $A$ to $B$ with probability $\frac{1}{2}$ and from $B$ to $A$ with probability $\frac{1}{4}$. "
     "Find the probability of state $B$ in the stationary distribution.", r"\frac{2}{3}"),
    (r"After a dry day the next day is wet with probability $\frac{1}{5}$. After a wet day the next day is dry with "
     r"probability $\frac{1}{2}$. In the long run, what fraction of the days are wet?", r"\frac{2}{7}"),
]  # fmt: skip

UNKNOWN = [
    f"Let $A = {A}$ and $B = {B}$. Find the trace of the product $AB^T$.",
    f"Find the largest eigenvalue of $A^T A$ for $A = {B}$.",
    f"Let $A = {A}$ and $B = {C}$. Find the trace of the product $AB$.",
    f"Let $A = {A}$ and $B = {B}$. Find the trace of the product $3AB$.",
    f"Let $A = {A}$. Find the sum of all entries of $A^{{n}}$.",
    r"Find the inverse $A^{-1}$ of $A = \begin{pmatrix} 1 & 2 \\ 2 & 4 \end{pmatrix}$.",
    f"Let $A = {C}$. Find $\\det(2A)$.",
    r"the determinant of $3 A^2 B$ for $2 \times 2$ matrices with $\det A = 2$",
    r"the number $t$ for which the matrix $\begin{pmatrix} 2 & t \\ 3 & t \end{pmatrix}$ is singular",
    r"Find the largest eigenvalue of $A = \begin{pmatrix} 1 & 1 \\ 1 & 0 \end{pmatrix}$.",
    r"the number $t$ for which $(1, 0)$ is an eigenvector of the matrix $\begin{pmatrix} 1 & 1 \\ 4 & t \end{pmatrix}$",
    r"After a dry day the next day is wet with probability $\frac{1}{5}$. After a wet day the next day is wet with "
    r"probability $\frac{1}{2}$. In the long run, what fraction of the days are wet?",
    "The matrix is large.",
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


def test_results_agree_with_numerical_linear_algebra() -> None:
    matrix = np.array([[2, 0, 1], [1, 3, 2], [1, 1, 4]])
    assert np.linalg.det(matrix) == pytest.approx(18)
    eigenvalues = np.linalg.eigvals(np.array([[0, 1], [1, 5]]))
    assert (eigenvalues**2).sum() == pytest.approx(27)
    assert np.linalg.matrix_power(np.array([[1, 2], [3, 4]]), 3).sum() == 290
