"""Calculus on exact polynomials: values, derivatives and antiderivatives in one variable and in several."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from synth_builder.offline.teacher.solve.notation import Number, Terms, exact_root, format_number, format_sum

Coefficients = tuple[Fraction, ...]  # from the constant term up


def value_at(coefficients: Sequence[Fraction], place: Number) -> Fraction:
    """Give the value of a polynomial at a place."""
    return sum((coefficient * Fraction(place) ** power for power, coefficient in enumerate(coefficients)), Fraction(0))


def derivative(coefficients: Sequence[Fraction]) -> Coefficients:
    """Differentiate a polynomial."""
    return tuple(power * coefficient for power, coefficient in enumerate(coefficients))[1:]


def antiderivative(coefficients: Sequence[Fraction]) -> Coefficients:
    """Give the antiderivative with constant term 0."""
    return (Fraction(0), *(coefficient / (power + 1) for power, coefficient in enumerate(coefficients)))


def integral(coefficients: Sequence[Fraction], low: Number, high: Number) -> Fraction:
    """Integrate a polynomial between two bounds."""
    primitive = antiderivative(coefficients)
    return value_at(primitive, high) - value_at(primitive, low)


def rational_roots(coefficients: Sequence[Fraction]) -> tuple[Fraction, ...] | None:
    """Give the real roots of a polynomial of degree 1 or 2 in rising order; None if one of them is not rational."""
    if len(coefficients) == 2:
        return (-coefficients[0] / coefficients[1],)
    if len(coefficients) != 3:
        return None
    constant, linear, leading = coefficients
    discriminant = linear**2 - 4 * leading * constant
    if discriminant < 0:
        return ()
    root = exact_root(discriminant)
    return None if root is None else tuple(sorted({(-linear + sign * root) / (2 * leading) for sign in (-1, 1)}))


def partial(terms: Terms, variable: int) -> dict[tuple[int, ...], Fraction]:
    """Differentiate with respect to the variable with this position."""
    return {
        tuple(power - (place == variable) for place, power in enumerate(powers)): coefficient * powers[variable]
        for powers, coefficient in terms.items()
        if powers[variable]
    }


def terms_value(terms: Terms, point: Sequence[Number]) -> Fraction:
    """Give the value of a polynomial in several variables at a point."""
    total = Fraction(0)
    for powers, coefficient in terms.items():
        product = coefficient
        for coordinate, power in zip(point, powers, strict=True):
            product *= Fraction(coordinate) ** power
        total += product
    return total


def format_terms(terms: Terms, variables: str) -> str:
    """Write a polynomial in several variables, highest powers of the first variable first: `3x^2y - y + 4`."""
    return format_sum(_format_term(terms[powers], powers, variables) for powers in sorted(terms, reverse=True))


def _format_term(coefficient: Fraction, powers: Sequence[int], variables: str) -> str:
    letters = "".join(
        letter if power == 1 else f"{letter}^{power if power < 10 else f'{{{power}}}'}"
        for letter, power in zip(variables, powers, strict=True)
        if power
    )
    number = format_number(coefficient)
    return {"1": letters, "-1": f"-{letters}"}.get(number, f"{number}{letters}") if letters else number
