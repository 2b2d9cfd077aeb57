"""Solving a question of any area: the methods of all areas, tried in a fixed order."""

from __future__ import annotations

from synth_builder.offline.teacher.solve import (
    algebra,
    arithmetic,
    combinatorics,
    congruences,
    exponents,
    functions,
    graphs,
    inequalities,
    number_theory,
    percentages,
    quadratics,
    rates,
    sequences,
    structures,
)
from synth_builder.offline.teacher.solve.question import Method, Solution, solve_linked

# A method knows its kind of question by its own words, so the order matters for speed alone.
METHODS: tuple[Method, ...] = (
    *arithmetic.METHODS,
    *rates.METHODS,
    *percentages.METHODS,
    *algebra.METHODS,
    *inequalities.METHODS,
    *quadratics.METHODS,
    *functions.METHODS,
    *exponents.METHODS,
    *sequences.METHODS,
    *number_theory.METHODS,
    *congruences.METHODS,
    *combinatorics.METHODS,
    *graphs.METHODS,
    *structures.METHODS,
)


def solve(question: str) -> Solution | None:
    """Solve a question from its text alone.

    Returns:
        Worked steps and an exact answer, or None for a question of an unknown kind.
    """
    return solve_linked(question.strip(), METHODS)
