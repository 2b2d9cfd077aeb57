"""Matrices and vectors, answered from the definitions."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np

from synth_builder.offline.truth.formulas import Value
from synth_builder.offline.truth.search import exact, parameter
from synth_builder.offline.truth.wordings import Matrix, Vector, answers


def _numbers(matrix: Matrix, **letters: Value) -> list[list[Value]]:
    return [[entry(**letters) for entry in row] for row in matrix]


def _determinant(rows: list[list[Value]]) -> Value:
    """The sum over all ways to choose one entry from every row and column, with its sign."""
    total = 0
    for columns in permutations(range(len(rows))):
        inversions = sum(a > b for i, b in enumerate(columns) for a in columns[:i])
        product: Value = (-1) ** inversions
        for row, column in zip(rows, columns, strict=True):
            product *= row[column]
        total += product
    return total


def _eigenvalues(matrix: Matrix) -> list[float]:
    values = np.linalg.eigvals(np.array(_numbers(matrix), dtype=float))
    if np.any(np.abs(np.imag(values)) > 1e-9):
        raise ValueError("not all eigenvalues are real")
    return [float(value) for value in np.real(values)]


@answers
def _det(a: Matrix) -> Fraction:
    return Fraction(_determinant(_numbers(a)))


@answers
def _product_trace(a: Matrix, b: Matrix) -> Fraction:
    return Fraction(np.trace(np.array(_numbers(a), dtype=object) @ np.array(_numbers(b), dtype=object)))


@answers
def _rank(a: Matrix) -> int:
    return int(np.linalg.matrix_rank(np.array(_numbers(a), dtype=float)))


@answers
def _largest_eigenvalue(a: Matrix) -> Fraction | None:
    largest, rows = exact(max(_eigenvalues(a)), 1e-6), _numbers(a)
    shifted = [[entry - largest * (i == j) for j, entry in enumerate(row)] for i, row in enumerate(rows)]
    return largest if _determinant(shifted) == 0 else None


@answers
def _eigenvalue_squares(a: Matrix) -> Fraction | None:
    return exact(sum(value**2 for value in _eigenvalues(a))) if len(a) == 2 else None


@answers
def _eigenvector(ratio: int, a: Matrix) -> Fraction:
    def turned(t: Value) -> Value:
        (p, q), (r, s) = _numbers(a, t=t)
        return _determinant([[p + q * ratio, r + s * ratio], [1, ratio]])

    return parameter(turned)


@answers
def _dot(u: Vector, v: Vector) -> Fraction:
    return sum((Fraction(a() * b()) for a, b in zip(u, v, strict=True)), Fraction(0))


@answers
def _orthogonal(u: Vector, v: Vector) -> Fraction:
    return parameter(lambda t: sum(a(t=t) * b(t=t) for a, b in zip(u, v, strict=True)))
