r"""Calculus of two variables: partial and directional derivatives, extrema, and double integrals."""

from __future__ import annotations

import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.notation import (
    Terms,
    format_number,
    format_point,
    format_root,
    read_equation,
    read_number,
    read_point,
    read_terms,
)
from synth_builder.offline.teacher.solve.polynomials import format_terms, partial, terms_value
from synth_builder.offline.teacher.solve.question import Method, Solution
from synth_builder.offline.teacher.solve.reading import numeric_parts, phrase, take_parts

_FUNCTION = re.compile(r"f\(x, ?y\) = (.+)")
_POINT = re.compile(r"(\([^()]+,[^()]+\))")
_POINT_WORD = phrase(r"(?:point|settings) #")
_VECTOR_WORD = phrase(r"direction of (?:the vector )?#")


def find_directional_derivative(text: str) -> Solution | None:
    """Find the directional derivative of a polynomial in x and y at a point."""
    if "direction of" not in text or len(numeric_parts(text)) != 3 + ("length $1$" in text):
        return None
    rules = [match[1] for part in numeric_parts(text) if (match := _FUNCTION.fullmatch(part))]
    point_word, vector_word = _POINT_WORD.search(text), _VECTOR_WORD.search(text)
    if len(rules) != 1 or point_word is None or vector_word is None:
        return None
    terms, point, vector = read_terms(rules[0], "xy"), read_point(point_word[1]), read_point(vector_word[1])
    if terms is None or point is None or vector is None or not len(point) == len(vector) == 2 or not any(vector):
        return None
    gradient = [terms_value(partial(terms, variable), point) for variable in (0, 1)]
    length = vector[0] ** 2 + vector[1] ** 2
    product = gradient[0] * vector[0] + gradient[1] * vector[1]
    answer = format_root(1 / length, product)
    return Solution(
        (
            rf"The gradient is $\nabla f = ({format_terms(partial(terms, 0), 'xy')}, "
            rf"{format_terms(partial(terms, 1), 'xy')})$, at the point it is ${format_point(gradient)}$.",
            rf"The vector ${format_point(vector)}$ has the length $\sqrt{{{format_number(length)}}} = "
            f"{format_root(length)}$.",
            rf"The directional derivative is the dot product ${format_point(gradient)} \cdot {format_point(vector)} = "
            f"{format_number(product)}$ divided by this length, ${answer}$.",
        ),
        answer,
    )


_BY = re.compile(r"\\frac\{\\partial f\}\{\\partial ([xy])\}")


def find_partial_derivative(text: str) -> Solution | None:
    """Find the value of a partial derivative of a polynomial in x and y."""
    variables = set(_BY.findall(text))
    if len(variables) != 1:
        return None
    parts = take_parts(text, (_FUNCTION, _POINT))
    if parts is None:
        return None
    terms, point = read_terms(parts[0][0], "xy"), read_point(parts[1][0])
    if terms is None or point is None or len(point) != 2:
        return None
    variable = variables.pop()
    slope = partial(terms, "xy".index(variable))
    answer = format_number(terms_value(slope, point))
    return Solution(
        (
            rf"Differentiate with respect to ${variable}$, the other variable being constant: "
            rf"$\frac{{\partial f}}{{\partial {variable}}} = {format_terms(slope, 'xy')}$.",
            f"At ${format_point(point)}$ the value is ${answer}$.",
        ),
        answer,
    )


def find_two_variable_minimum(text: str) -> Solution | None:
    """Find the minimum value of a quadratic polynomial in x and y."""
    if not re.search(r"(?:minimum|smallest|least) value", text) or "local" in text or "maximum" in text:
        return None
    parts = take_parts(text, (_FUNCTION,))
    terms = None if parts is None else read_terms(parts[0][0], "xy")
    if terms is None or any(sum(powers) > 2 for powers in terms):
        return None
    by_x, by_y = partial(terms, 0), partial(terms, 1)
    (a, b), (c, d) = (_linear(by_x), _linear(by_y))
    e, f = by_x.get((0, 0), Fraction(0)), by_y.get((0, 0), Fraction(0))
    determinant = a * d - b * c
    if a <= 0 or determinant <= 0:
        return None
    point = ((-e * d + b * f) / determinant, (-a * f + c * e) / determinant)
    answer = format_number(terms_value(terms, point))
    return Solution(
        (
            f"Both partial derivatives must be zero: ${format_terms(by_x, 'xy')} = 0$ and "
            f"${format_terms(by_y, 'xy')} = 0$.",
            f"The only solution is $(x, y) = {format_point(point)}$.",
            f"The Hessian determinant ${format_number(determinant)}$ and $f_{{xx}} = {format_number(a)}$ are positive, "
            "so this is the minimum.",
            f"The value there is ${answer}$.",
        ),
        answer,
    )


def _linear(terms: Terms) -> tuple[Fraction, Fraction]:
    return terms.get((1, 0), Fraction(0)), terms.get((0, 1), Fraction(0))


_CONSTRAINT = re.compile(r"([^=]*x[^=]*y[^=]*=[^=]*)")
_POSITIVE = re.compile(r"[xy] > 0")
_PRODUCT = re.compile(r"(?:maximum|greatest|largest)(?: possible)? (?:(?:value )?of (?:the product )?\$xy\$|yield)")


def find_constrained_product(text: str) -> Solution | None:
    """Find the maximum of xy for positive x and y with a x + b y = c."""
    if "$xy$" not in text or not _PRODUCT.search(text) or not re.search(r"[Pp]ositive|> 0", text):
        return None
    parts = take_parts(text, (_CONSTRAINT,), (_POSITIVE,))
    terms = None if parts is None else read_equation(parts[0][0], "xy")
    if terms is None or set(terms) != {(1, 0), (0, 1), (0, 0)}:
        return None
    (a, b), total = _linear(terms), -terms[0, 0]
    if a <= 0 or b <= 0 or total <= 0:
        return None
    x, y = total / (2 * a), total / (2 * b)
    answer = format_number(x * y)
    return Solution(
        (
            rf"With a Lagrange multiplier: $y = {format_number(a)}\lambda$ and $x = {format_number(b)}\lambda$, "
            f"so ${format_number(a)}x = {format_number(b)}y$.",
            f"Both are half of ${format_number(total)}$: $x = {format_number(x)}$ and $y = {format_number(y)}$.",
            rf"The maximum is ${format_number(x)} \cdot {format_number(y)} = {answer}$.",
        ),
        answer,
    )


_BOUNDS = r"_(-?\d+|\{[^{}]*\})\^(-?\d+|\{[^{}]*\})"
_DOUBLE = re.compile(rf"\\int{_BOUNDS} \\int{_BOUNDS} \(?([^()]+)\)? ?\\, ?d([xy]) ?\\, ?d([xy])")
_INTEGRAND = re.compile(r"([^\\=()]*[xy][^\\=()]*)")


def find_double_integral(text: str) -> Solution | None:
    """Find the integral of a polynomial in x and y over a rectangle."""
    if r"\int" not in text:
        return None
    parts = take_parts(text, (_DOUBLE, _INTEGRAND)) or take_parts(text, (_DOUBLE,))
    if parts is None or (len(parts) == 2 and parts[1][0] != parts[0][4]):
        return None
    *bounds, integrand, inner, outer = parts[0]
    limits = [read_number(bound) for bound in bounds]
    terms: Terms | None = read_terms(integrand, "xy")
    if terms is None or inner == outer or None in limits:
        return None
    known = [limit for limit in limits if limit is not None]
    first = _integrate(terms, "xy".index(inner), known[2], known[3])
    total = _integrate(first, "xy".index(outer), known[0], known[1])
    answer = format_number(terms_value(total, (0, 0)))
    return Solution(
        (
            f"The inner integral over ${inner}$ from ${format_number(known[2])}$ to ${format_number(known[3])}$ "
            f"is ${format_terms(first, 'xy')}$.",
            f"Integrating this over ${outer}$ from ${format_number(known[0])}$ to ${format_number(known[1])}$ "
            f"gives ${answer}$.",
        ),
        answer,
    )


def _integrate(terms: Terms, variable: int, low: Fraction, high: Fraction) -> Terms:
    total: dict[tuple[int, ...], Fraction] = {}
    for powers, coefficient in terms.items():
        power = powers[variable] + 1
        rest = tuple(0 if place == variable else other for place, other in enumerate(powers))
        total[rest] = total.get(rest, Fraction(0)) + coefficient * (high**power - low**power) / power
    return {powers: coefficient for powers, coefficient in total.items() if coefficient}


METHODS: tuple[Method, ...] = (
    find_directional_derivative,
    find_partial_derivative,
    find_two_variable_minimum,
    find_constrained_product,
    find_double_integral,
)
