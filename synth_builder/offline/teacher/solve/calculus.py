r"""Limits, continuity and derivatives of functions of one variable."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.notation import (
    Terms,
    format_number,
    format_polynomial,
    in_brackets,
    read_equation,
    read_point,
    read_polynomial,
    read_terms,
)
from synth_builder.offline.teacher.solve.polynomials import derivative, format_terms, partial, terms_value, value_at
from synth_builder.offline.teacher.solve.question import Method, Solution
from synth_builder.offline.teacher.solve.reading import take_parts

_FUNCTION = re.compile(r"([a-zA-Z])\(([a-z])\) = (.+)")
_PLACE = re.compile(r"(?:[a-z]'\(|[xt] = )(-?\d+)\)?")
_QUOTIENT_LIMIT = re.compile(r"\\lim_\{x \\to (-?\d+)\} \\frac\{([^{}]+)\}\{([^{}]+)\}")
_ZERO_OVER_ZERO = re.compile(r"\\frac\{0\}\{0\}")
_AT_PLACE = re.compile(r"x = -?\d+")


def find_quotient_limit(text: str) -> Solution | None:
    """Find the limit of a quotient of polynomials, cancelling common linear factors."""
    if r"\lim" not in text:
        return None
    parts = take_parts(text, (_QUOTIENT_LIMIT,), (_ZERO_OVER_ZERO, _AT_PLACE))
    if parts is None:
        return None
    place = Fraction(parts[0][0])
    top, bottom = read_polynomial(parts[0][1]), read_polynomial(parts[0][2])
    if not top or not bottom:
        return None
    steps = []
    root = "x" if not place else f"(x {'-' if place > 0 else '+'} {abs(place)})"
    while value_at(top, place) == 0 == value_at(bottom, place):
        top, bottom = _without_root(top, place), _without_root(bottom, place)
        steps.append(
            f"Cancel the common factor ${root}$: the numerator becomes ${format_polynomial(top)}$ "
            f"and the denominator ${format_polynomial(bottom)}$."
        )
    if value_at(bottom, place) == 0:
        return None
    answer = format_number(value_at(top, place) / value_at(bottom, place))
    return Solution((*steps, f"Now put $x = {place}$: the limit is ${answer}$."), answer)


def _without_root(coefficients: tuple[Fraction, ...], root: Fraction) -> tuple[Fraction, ...]:
    """Divide a polynomial by x - root (Horner)."""
    quotient: list[Fraction] = []
    for coefficient in reversed(coefficients[1:]):
        quotient.append(coefficient + (quotient[-1] * root if quotient else 0))
    return tuple(reversed(quotient))


_COSINE_LIMIT = re.compile(r"\\lim_\{x \\to 0\} \\frac\{(\d+) - (\d*)\s*\\cos\s*\(?([^()]+)\)?\}\{x\^2\}")
_NEAR_ZERO = re.compile(r"x = 0|1")


def find_cosine_limit(text: str) -> Solution | None:
    r"""Find the limit of (a - a cos(bx))/x^2 at 0."""
    if r"\cos" not in text or r"\lim" not in text:
        return None
    parts = take_parts(text, (_COSINE_LIMIT,), (_NEAR_ZERO,))
    if parts is None:
        return None
    factor, same, angle = parts[0]
    argument = read_polynomial(angle)
    if int(factor) != int(same or 1) or argument is None or len(argument) != 2 or argument[0]:
        return None
    speed = argument[1]
    answer = format_number(int(factor) * speed**2 / 2)
    return Solution(
        (
            rf"Near $0$ we have $1 - \cos u \approx \frac{{u^2}}{{2}}$, here with $u = {format_polynomial(argument)}$.",
            rf"So ${factor}(1 - \cos u) \approx \frac{{{factor} \cdot {format_number(speed**2)}x^2}}{{2}}$.",
            f"Dividing by $x^2$ gives the limit ${answer}$.",
        ),
        answer,
    )


_CASES = re.compile(
    r"(?:[a-z]\(x\) = )?\\begin\{cases\} (.+?),? & (?:\\text\{[a-z ]*\})? ?x (<|\\le) (-?\d+) "
    r"\\\\ (.+?),? & (?:\\text\{[a-z ]*\})? ?x (\\ge|>) (-?\d+)[,.]? \\end\{cases\}"
)


def find_continuity_constant(text: str) -> Solution | None:
    """Find the constant c that makes two polynomial pieces meet without a jump."""
    if "cases" not in text or "continuous" not in text:
        return None
    parts = take_parts(text, (_CASES,))
    if parts is None or parts[0][2] != parts[0][5]:
        return None
    place = Fraction(parts[0][2])
    left, right = read_terms(parts[0][0], "xc"), read_terms(parts[0][3], "xc")
    difference = read_terms(f"{parts[0][0]} - ({parts[0][3]})", "xc")
    if left is None or right is None or difference is None or any(power > 1 for _, power in difference):
        return None
    constant = terms_value(difference, (place, 0))
    slope = terms_value(partial(difference, 1), (place, 0))
    if not slope:
        return None
    answer = format_number(-constant / slope)
    sides = [format_terms(_put_x(side, place), "xc") for side in (left, right)]
    return Solution(
        (
            f"At $x = {place}$ the left piece has the value ${sides[0]}$ and the right piece the value ${sides[1]}$.",
            f"Both must agree: ${sides[0]} = {sides[1]}$.",
            f"So $c = {answer}$.",
        ),
        answer,
    )


def _put_x(terms: Terms, place: Fraction) -> Terms:
    """Put a number in the place of the first of two variables."""
    put: dict[tuple[int, ...], Fraction] = {}
    for (power, other), coefficient in terms.items():
        put[0, other] = put.get((0, other), Fraction(0)) + coefficient * place**power
    return put


_ROOT_LIMIT = re.compile(r"\\lim_\{x \\to (?:\+)?\\infty\} (?:\\left)?\(?\\sqrt\{([^{}]+)\} - (\d*)x(?:\\right)?\)?")


def find_root_difference_limit(text: str) -> Solution | None:
    r"""Find the limit of sqrt(a^2 x^2 + bx + c) - ax at infinity."""
    if r"\lim" not in text or r"\sqrt" not in text:
        return None
    parts = take_parts(text, (_ROOT_LIMIT,))
    radicand = None if parts is None else read_polynomial(parts[0][0])
    if parts is None or radicand is None or len(radicand) != 3:
        return None
    slope = int(parts[0][1] or 1)
    constant, linear, leading = radicand
    if leading != slope**2:
        return None
    answer = format_number(linear / (2 * slope))
    line = f"{parts[0][1]}x"
    return Solution(
        (
            rf"Multiply and divide by $\sqrt{{{format_polynomial(radicand)}}} + {line}$: "
            rf"the difference equals $\frac{{{format_polynomial((constant, linear))}}}"
            rf"{{\sqrt{{{format_polynomial(radicand)}}} + {line}}}$.",
            "Divide the numerator and the denominator by $x$: the numerator tends to "
            f"${format_number(linear)}$ and the denominator to ${slope} + {slope} = {2 * slope}$.",
            f"The limit is ${answer}$.",
        ),
        answer,
    )


_POWER = re.compile(r"\(([^()]+)\)\^(?:\{(\d+)\}|(\d))")
_RATE = re.compile(r"derivative|velocity at|rate of change|chain rule|[a-z]'\(")
_NOT_THE_DERIVATIVE = re.compile(
    r"of order|second derivative|tangent|average|acceleration|partial|directional|differentiated|solution"
)


def find_derivative_value(text: str) -> Solution | None:
    """Find the value of the derivative of a polynomial, or of a power of a polynomial, at a place."""
    if not _RATE.search(text) or _NOT_THE_DERIVATIVE.search(text):
        return None
    parts = take_parts(text, (_FUNCTION, _PLACE))
    if parts is None:
        return None
    (name, variable, rule), place = parts[0], Fraction(parts[1][0])
    if power := _POWER.fullmatch(rule):
        return _apply_chain_rule(name, variable, power, place)
    coefficients = read_polynomial(rule, variable)
    if not coefficients:
        return None
    slope = derivative(coefficients)
    answer = format_number(value_at(slope, place))
    return Solution(
        (
            f"Differentiate term by term: ${name}'({variable}) = {format_polynomial(slope, variable)}$.",
            f"Put ${variable} = {place}$: ${name}'({place}) = {substitute(slope, place)}$.",
            f"The value is ${answer}$.",
        ),
        answer,
    )


def _apply_chain_rule(name: str, variable: str, power: re.Match[str], place: Fraction) -> Solution | None:
    inner, exponent = read_polynomial(power[1], variable), int(power[2] or power[3])
    if not inner or not 1 <= exponent <= 200:
        return None
    slope = derivative(inner)
    base, factor = value_at(inner, place), value_at(slope, place)
    answer = format_number(exponent * base ** (exponent - 1) * factor)
    return Solution(
        (
            rf"By the chain rule ${name}'({variable}) = {exponent}({power[1]})^{{{exponent - 1}}} "
            rf"\cdot ({format_polynomial(slope, variable)})$.",
            f"At ${variable} = {place}$ the bracket is ${format_number(base)}$ and the inner derivative "
            f"is ${format_number(factor)}$.",
            rf"So ${name}'({place}) = {exponent} \cdot {in_brackets(base)}^{{{exponent - 1}}} "
            rf"\cdot {in_brackets(factor)} = {answer}$.",
        ),
        answer,
    )


def substitute(coefficients: tuple[Fraction, ...], place: Fraction) -> str:
    r"""Write a polynomial with a number in the place of the variable: `6 \cdot 4^2 + 5`."""
    if not coefficients:
        return "0"
    terms = []
    for power in range(len(coefficients) - 1, -1, -1):
        if coefficient := coefficients[power]:
            value = in_brackets(place) + (f"^{{{power}}}" if power > 1 else "")
            front = format_number(coefficient)
            terms.append(front if power == 0 else rf"{front} \cdot {value}")
    return " + ".join(terms).replace("+ -", "- ")


_EXPONENTIAL_PRODUCT = re.compile(r"([a-z])\(x\) = (?:\(([^()]+)\)|(x(?:\^\d+)?)) ?e\^(?:x|\{x\})")
_ORDER = re.compile(r"(?:[a-z]\^\{\()?(\d+)(?:\)\}(?:\(0\))?)?")
_AT_ZERO = re.compile(r"x = 0")


def find_higher_derivative(text: str) -> Solution | None:
    """Find a derivative of high order at 0 of a polynomial times e^x (Leibniz rule)."""
    if "e^" not in text or not re.search(r"derivative of order|differentiated \$\d+\$ times|-th derivative", text):
        return None
    parts = take_parts(text, (_EXPONENTIAL_PRODUCT, _ORDER), (_AT_ZERO,))
    if parts is None or not ("x = 0" in text or ")}(0)" in text):
        return None
    name, bracket, alone = parts[0]
    order = int(parts[1][0])
    coefficients = read_polynomial(bracket or alone)
    if not coefficients or order < 1:
        return None
    # By Leibniz only the m-th derivative of the polynomial, m! p_m at 0, with the weight C(n, m) contributes.
    weights = [math.perm(order, power) for power in range(len(coefficients))]
    summands = [
        rf"{weight} \cdot {in_brackets(coefficient)}" for weight, coefficient in zip(weights, coefficients, strict=True)
    ]
    total = sum((w * c for w, c in zip(weights, coefficients, strict=True)), Fraction(0))
    answer = format_number(total)
    return Solution(
        (
            rf"All derivatives of $e^x$ are $e^x$. By the Leibniz rule "
            rf"${name}^{{({order})}}(0) = \sum_m \binom{{{order}}}{{m}} p^{{(m)}}(0)$ "
            rf"with the polynomial $p(x) = {format_polynomial(coefficients)}$.",
            f"The $m$-th summand is the coefficient of $x^m$ times the $m$ largest factors of ${order}!$.",
            f"This gives ${' + '.join(summands)} = {answer}$.",
        ),
        answer,
    )


_CURVE = re.compile(r"(?:y|f\(x\)) = (.+)")
_TOUCH = re.compile(r"x = (-?\d+)")


def find_tangent_line(text: str) -> Solution | None:
    """Find the tangent line to the graph of a polynomial at a given x."""
    if "tangent" not in text or "equation" not in text or "slope of the tangent" in text:
        return None
    parts = take_parts(text, (_TOUCH, _CURVE))
    if parts is None:
        return None
    place, coefficients = Fraction(parts[0][0]), read_polynomial(parts[1][0])
    if not coefficients:
        return None
    height, slope = value_at(coefficients, place), value_at(derivative(coefficients), place)
    answer = f"y = {format_polynomial((height - slope * place, slope))}"
    return Solution(
        (
            f"The point of contact is $({place}, {format_number(height)})$.",
            f"The derivative is $y' = {format_polynomial(derivative(coefficients))}$, "
            f"so the slope at $x = {place}$ is ${format_number(slope)}$.",
            f"The line $y = {format_number(slope)}(x - {in_brackets(place)}) + {in_brackets(height)}$ is ${answer}$.",
        ),
        answer,
    )


_CONIC = re.compile(r"(.*x.*y.*=.*)")
_POINT = re.compile(r"(\(-?\d+, -?\d+\))")


def find_implicit_slope(text: str) -> Solution | None:
    """Find the slope of a curve given by a polynomial equation at one of its points."""
    if r"\frac{dy}{dx}" not in text and "implicit" not in text:
        return None
    if not re.search(r"curve|defines", text):
        return None
    parts = take_parts(text, (_POINT, _CONIC))
    point = None if parts is None else read_point(parts[0][0])
    terms = None if parts is None else read_equation(parts[1][0], "xy")
    if point is None or terms is None or terms_value(terms, point) != 0:
        return None
    by_x, by_y = partial(terms, 0), partial(terms, 1)
    top, bottom = terms_value(by_x, point), terms_value(by_y, point)
    if not bottom:
        return None
    answer = format_number(-top / bottom)
    return Solution(
        (
            rf"Differentiate both sides with respect to $x$: "
            rf"${format_terms(by_x, 'xy')} + ({format_terms(by_y, 'xy')}) \frac{{dy}}{{dx}} = 0$.",
            rf"At the point this is ${format_number(top)} + {in_brackets(bottom)} \frac{{dy}}{{dx}} = 0$.",
            rf"So $\frac{{dy}}{{dx}} = {answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    find_quotient_limit,
    find_cosine_limit,
    find_continuity_constant,
    find_root_difference_limit,
    find_derivative_value,
    find_higher_derivative,
    find_tangent_line,
    find_implicit_slope,
)
