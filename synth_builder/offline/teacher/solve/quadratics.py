"""Quadratic equations and functions."""

from __future__ import annotations

import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.given import (
    LARGEST_RADICAND,
    given_integers,
    has_loose_digits,
    polynomial_equation,
)
from synth_builder.offline.teacher.solve.notation import (
    exact_root,
    format_number,
    format_polynomial,
    format_root,
    format_sum,
    in_brackets,
    math_parts,
    read_polynomial,
    read_terms,
)
from synth_builder.offline.teacher.solve.question import Method, Solution

_WHICH_ROOT = re.compile(r"\b(larger|greater|smaller|positive|negative)(?: real)?(?: solution| root| one| of)")


def solve_quadratic(text: str) -> Solution | None:
    """Find one of the two real solutions of a quadratic equation by the quadratic formula."""
    which = _WHICH_ROOT.search(text)
    coefficients = polynomial_equation(text) if which and "=" in text else None
    if which is None or coefficients is None or len(coefficients) != 3:
        return None
    return _root(coefficients, which[1])


def _root(coefficients: tuple[Fraction, ...], which: str) -> Solution | None:
    c, b, a = coefficients if coefficients[2] > 0 else tuple(-value for value in coefficients)
    discriminant = b * b - 4 * a * c
    if discriminant <= 0 or (which in ("positive", "negative") and c / a >= 0):
        return None
    sign = 1 if which in ("larger", "greater", "positive") else -1
    root = exact_root(discriminant)
    if root is None and discriminant.numerator * discriminant.denominator > LARGEST_RADICAND:
        return None
    if root is not None:
        answer = format_number((-b + sign * root) / (2 * a))
    else:
        answer = format_sum(
            part
            for part in (format_number(-b / (2 * a)) if b else "", format_root(discriminant, Fraction(sign) / (2 * a)))
            if part
        )
    written = format_polynomial((c, b, a))
    radical = rf"\sqrt{{{format_number(discriminant)}}}"
    return Solution(
        (
            f"In standard form: ${written} = 0$.",
            rf"The discriminant is ${in_brackets(b)}^2 - 4 \cdot {in_brackets(a)} \cdot {in_brackets(c)}"
            f" = {format_number(discriminant)}$.",
            rf"By the quadratic formula $x = \frac{{{format_number(-b)} \pm {radical}}}{{{format_number(2 * a)}}}$.",
            f"The {which} solution is ${answer}$.",
        ),
        answer,
    )


_LONGER = re.compile(r"is \$(\d+)\$ (?:\w+ )?longer than (?:it is wide|its width)")
_DIFFER = re.compile(r"[Tt]wo positive (?:integers|numbers) differ by \$(\d+)\$")


def find_sides_from_product(text: str) -> Solution | None:
    """Find one of two positive numbers from their difference and their product."""
    if longer := _LONGER.search(text):
        product = re.search(r"area (?:is|of) \$(\d+)\$", text)
        asked = re.search(r"\b(?:What is|Find|How many \w+ is) its (width|length)\b", text)
        smaller = asked is not None and asked[1] == "width"
    elif longer := _DIFFER.search(text):
        product = re.search(r"product is \$(\d+)\$", text)
        asked = re.search(r"\b(smaller|larger|greater) (?:of the two|one|integer|number)", text)
        smaller = asked is not None and asked[1] == "smaller"
    else:
        return None
    numbers = given_integers(text, 2)
    if product is None or asked is None or numbers is None:
        return None
    gap = Fraction(longer[1])
    solved = _root((-Fraction(product[1]), gap if smaller else -gap, Fraction(1)), "positive")
    if solved is None:
        return None
    sign = "+" if smaller else "-"
    return Solution(
        (f"With $x$ for the number asked for, $x(x {sign} {gap}) = {product[1]}$.", *solved.steps), solved.answer
    )


def add_squares_of_roots(text: str) -> Solution | None:
    """Find the sum of the squares of the roots of a quadratic by Vieta's formulas."""
    parts = math_parts(text) if "solutions" in text or "roots" in text else []
    names = [part for part in parts if "=" not in part and part != "x"]
    equations = [part for part in parts if "=" in part]
    if len(equations) != 1 or has_loose_digits(text):
        return None
    squares = len(names) == 3 and names[2] == f"{names[0]}^2 + {names[1]}^2"
    if not (
        squares
        or (
            not names
            and "sum of the squares of" in text
            and re.search(r"\b(?:its|the) (?:two|roots of|solutions of)\b", text)
        )
    ):
        return None
    left, right = equations[0].split("=")
    coefficients = read_polynomial(left)
    if coefficients is None or len(coefficients) != 3 or right.strip() != "0":
        return None
    total, product = -coefficients[1] / coefficients[2], coefficients[0] / coefficients[2]
    answer = format_number(total * total - 2 * product)
    return Solution(
        (
            f"By Vieta's formulas the sum of the solutions is ${format_number(total)}$"
            f" and their product is ${format_number(product)}$.",
            "The sum of the squares is the square of the sum minus twice the product.",
            rf"${in_brackets(total)}^2 - 2 \cdot {in_brackets(product)} = {answer}$.",
        ),
        answer,
    )


_MINIMUM = re.compile(r"\b(minimum|smallest|least) (?:possible )?value of\b")


def minimize_parabola(text: str) -> Solution | None:
    """Find the minimum of a quadratic function by completing the square."""
    if not _MINIMUM.search(text) or "x^2" not in text or has_loose_digits(text) or "x > 0" in text:
        return None
    parts = [part.removeprefix("f(x) = ").removeprefix("y = ") for part in math_parts(text)]
    others = [part for part in parts if part not in ("x", "f(x)", "f", "y")]
    coefficients = read_polynomial(others[0]) if len(others) == 1 else None
    if coefficients is None or len(coefficients) != 3 or coefficients[2] <= 0:
        return None
    c, b, a = coefficients
    place = -b / (2 * a)
    answer = format_number(c - a * place * place)
    shifted = format_polynomial((-place, 1))
    scaled = "" if a == 1 else format_number(a)
    rest = c - a * place * place
    return Solution(
        (
            f"Complete the square: ${others[0]} = {format_sum([f'{scaled}({shifted})^2', format_number(rest)])}$.",
            f"The square is never negative and is $0$ at $x = {format_number(place)}$.",
            f"The minimum is ${answer}$.",
        ),
        answer,
    )


def find_double_root_constant(text: str) -> Solution | None:
    """Find the constant term for which a quadratic has exactly one real zero."""
    if not re.search(r"touches the \$x\$-axis|exactly one real (?:solution|root)|double root", text):
        return None
    if not re.search(r"(?:value of|number|For which \w+) \$c\$", text) or has_loose_digits(text):
        return None
    parts = [part for part in math_parts(text) if part not in ("c", "x")]
    body = re.fullmatch(r"(?:y = )?(.+ \+ c)(?: = 0)?", parts[0]) if len(parts) == 1 else None
    terms = read_terms(body[1], "xc") if body else None
    if terms is None or not set(terms) <= {(2, 0), (1, 0), (0, 1)} or terms.get((0, 1)) != 1 or (2, 0) not in terms:
        return None
    a, b = terms[2, 0], terms.get((1, 0), Fraction(0))
    answer = format_number(b * b / (4 * a))
    return Solution(
        (
            rf"The discriminant must be $0$: ${in_brackets(b)}^2 - 4 \cdot {in_brackets(a)} \cdot c = 0$.",
            f"So ${format_number(4 * a)}c = {format_number(b * b)}$.",
            f"$c = {answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    solve_quadratic,
    find_sides_from_product,
    add_squares_of_roots,
    minimize_parabola,
    find_double_root_constant,
)
