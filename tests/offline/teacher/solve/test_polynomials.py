"""Exact calculus on polynomials."""

from __future__ import annotations

from fractions import Fraction

from synth_builder.offline.teacher.solve.notation import read_polynomial, read_terms
from synth_builder.offline.teacher.solve.polynomials import (
    derivative,
    format_terms,
    integral,
    partial,
    rational_roots,
    terms_value,
    value_at,
)


def test_the_derivative_is_the_limit_of_slopes() -> None:
    cubic = read_polynomial("2x^3 - 5x + 7")
    assert cubic is not None
    step = Fraction(1, 10**6)
    slope = (value_at(cubic, 2 + step) - value_at(cubic, 2 - step)) / (2 * step)
    assert abs(slope - value_at(derivative(cubic), 2)) < Fraction(1, 10**6)


def test_the_integral_is_the_limit_of_sums() -> None:
    square = read_polynomial("3x^2 + 1")
    assert square is not None
    middle_sum = sum((value_at(square, Fraction(2 * step + 1, 200)) for step in range(200)), Fraction(0)) / 100
    assert abs(middle_sum - integral(square, 0, 2)) < Fraction(1, 1000)


def test_roots_are_given_only_when_all_are_rational() -> None:
    assert rational_roots((Fraction(6), Fraction(-5), Fraction(1))) == (Fraction(2), Fraction(3))
    assert rational_roots((Fraction(-2), Fraction(0), Fraction(1))) is None
    assert rational_roots((Fraction(1), Fraction(0), Fraction(1))) == ()


def test_partial_derivatives_and_values_of_two_variables() -> None:
    terms = read_terms("3x^2y - y + 4", "xy")
    assert terms is not None
    assert partial(terms, 0) == {(1, 1): 6}
    assert terms_value(terms, (2, 5)) == 59
    assert format_terms(terms, "xy") == "3x^2y - y + 4"
