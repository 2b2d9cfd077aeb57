"""Solving a question of any area: the methods of all areas, tried in a fixed order."""

from __future__ import annotations

from synth_builder.offline.teacher.solve import (
    algebra,
    analysis,
    arithmetic,
    averages,
    calculus,
    combinatorics,
    complex_numbers,
    congruences,
    coordinates,
    differential_equations,
    expansions,
    exponents,
    functions,
    geometry,
    graphs,
    inequalities,
    integration,
    linear_algebra,
    multivariable,
    number_bases,
    number_theory,
    optimisation,
    percentages,
    plane,
    probability,
    progressions,
    quadratics,
    random_variables,
    rates,
    sequences,
    series,
    sets,
    short_calculations,
    solids,
    statistics,
    structures,
    trigonometric_equations,
    trigonometry,
    vector_spaces,
    vectors,
)
from synth_builder.offline.teacher.solve.question import Method, Solution, solve_linked
from synth_builder.offline.teacher.solve.tidy import tidy

# A method knows its kind of question by its own words, so the order matters for speed alone.
METHODS: tuple[Method, ...] = tuple(
    method
    for area in (
        arithmetic,
        averages,
        rates,
        percentages,
        plane,
        algebra,
        inequalities,
        quadratics,
        functions,
        expansions,
        exponents,
        sequences,
        number_theory,
        number_bases,
        congruences,
        combinatorics,
        graphs,
        sets,
        short_calculations,
        structures,
        analysis,
        calculus,
        complex_numbers,
        coordinates,
        differential_equations,
        geometry,
        integration,
        linear_algebra,
        multivariable,
        optimisation,
        probability,
        progressions,
        random_variables,
        series,
        solids,
        statistics,
        trigonometry,
        trigonometric_equations,
        vector_spaces,
        vectors,
    )
    for method in area.METHODS
)


def solve(question: str) -> Solution | None:
    """Solve a question from its text alone.

    Returns:
        Worked steps and an exact answer, or None for a question of an unknown kind.
    """
    return solve_linked(tidy(question.strip()), METHODS)
