r"""Integrals of functions of one variable: exact values, areas, volumes, distances and averages."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

from synth_builder.offline.teacher.solve.notation import (
    format_multiple,
    format_number,
    format_pi,
    format_polynomial,
    format_reduction,
    format_root,
    format_sum,
    in_brackets,
    math_parts,
    read_polynomial,
)
from synth_builder.offline.teacher.solve.polynomials import antiderivative, integral, rational_roots, value_at
from synth_builder.offline.teacher.solve.question import Method, Solution
from synth_builder.offline.teacher.solve.reading import numeric_parts, take_parts

_SIGNED = r"(?:-?\d+|\{-?\d+\})"
_INTEGRAL = re.compile(rf"\\int_({_SIGNED})\^({_SIGNED}) (.+?) ?\\, ?d([a-z])")
_NOT_EXACT = re.compile(r"trapez|Simpson|midpoint|approximat|average|Riemann|mean value|subinterval|estimate")
_INNER = re.compile(r"(-?\d*)([a-z])\(([^()]+)\)(?:\^(?:\{(\d+)\}|(\d)))?")


def _read_integral(text: str) -> tuple[Fraction, Fraction, str, str] | None:
    """Find the one integral of a text: its bounds, integrand and variable. Other numbers may only repeat these."""
    found: list[tuple[str, ...]] = []
    others: list[str] = []
    for part in numeric_parts(text):
        match = _INTEGRAL.fullmatch(part)
        if match:
            found.append(match.groups())
        else:
            others.append(part)
    if len(set(found)) != 1:
        return None
    low, high, integrand, variable = found[0]
    inner = _INNER.fullmatch(integrand)
    known = {low.strip("{}"), high.strip("{}"), integrand, integrand.removeprefix("(").removesuffix(")")}
    known |= {f"u = {inner[3]}"} if inner else set()
    if any(part not in known for part in others):
        return None
    return Fraction(low.strip("{}")), Fraction(high.strip("{}")), integrand, variable


def integrate_polynomial(text: str) -> Solution | None:
    """Find the integral of a polynomial by an antiderivative."""
    if r"\int" not in text or _NOT_EXACT.search(text):
        return None
    given = _read_integral(text)
    if given is None or _INNER.fullmatch(given[2]):
        return None
    low, high, integrand, variable = given
    coefficients = read_polynomial(integrand, variable)
    if not coefficients:
        return None
    primitive = antiderivative(coefficients)
    above, below = value_at(primitive, high), value_at(primitive, low)
    answer = format_number(above - below)
    return Solution(
        (
            f"An antiderivative is $F({variable}) = {format_polynomial(primitive, variable)}$.",
            f"$F({high}) = {format_number(above)}$ and $F({low}) = {format_number(below)}$.",
            f"The integral is ${format_number(above)} - {in_brackets(below)} = {answer}$.",
        ),
        answer,
    )


def integrate_by_substitution(text: str) -> Solution | None:
    """Find the integral of c x times a power of a x^2 + b."""
    if r"\int" not in text or _NOT_EXACT.search(text):
        return None
    given = _read_integral(text)
    inner = None if given is None else _INNER.fullmatch(given[2])
    if given is None or inner is None or inner[2] != given[3]:
        return None
    low, high, _, variable = given
    base, power = read_polynomial(inner[3], variable), int(inner[4] or inner[5] or 1)
    if base is None or len(base) != 3 or base[1] or power > 50:
        return None
    front = Fraction({"": "1", "-": "-1"}.get(inner[1], inner[1]))
    factor = front / (2 * base[2])
    start, end = value_at(base, low), value_at(base, high)
    answer = format_number(factor * (end ** (power + 1) - start ** (power + 1)) / (power + 1))
    exponent = f"^{{{power}}}" if power > 1 else ""
    return Solution(
        (
            rf"With $u = {inner[3]}$ we have $du = {format_polynomial((0, 2 * base[2]), variable)} \, d{variable}$.",
            f"The bounds become $u = {format_number(start)}$ and $u = {format_number(end)}$, and the integral is "
            rf"$\int_{{{format_number(start)}}}^{{{format_number(end)}}} {format_number(factor)}u{exponent} \, du$.",
            rf"This equals $\frac{{{format_number(factor)}}}{{{power + 1}}} \left({in_brackets(end)}^{{{power + 1}}} - "
            rf"{in_brackets(start)}^{{{power + 1}}}\right) = {answer}$.",
        ),
        answer,
    )


_TIMES_EXPONENTIAL = re.compile(r"\(?([^()]*x[^()]*?)\)? ?e\^(?:\{(-?\d*)x\}|x)")


def integrate_by_parts(text: str) -> Solution | None:
    """Find the integral of a linear polynomial times e^(cx)."""
    if r"\int" not in text or "e^" not in text or _NOT_EXACT.search(text):
        return None
    given = _read_integral(text)
    product = None if given is None else _TIMES_EXPONENTIAL.fullmatch(given[2])
    if given is None or product is None or given[3] != "x":
        return None
    low, high, _, _ = given
    factor, speed = read_polynomial(product[1]), Fraction({"": "1", "-": "-1"}.get(product[2] or "", product[2] or "1"))
    if factor is None or len(factor) != 2 or not speed:
        return None
    # (p/c - p'/c^2) e^(cx) is an antiderivative of p e^(cx) for a linear p.
    remaining = (factor[0] / speed - factor[1] / speed**2, factor[1] / speed)
    weights: dict[Fraction, Fraction] = {}
    for place, sign in ((high, 1), (low, -1)):
        weights[speed * place] = weights.get(speed * place, Fraction(0)) + sign * value_at(remaining, place)
    answer = format_sum(
        _exponential(weights[power], power) for power in sorted(weights, reverse=True) if weights[power]
    )
    exponential = f"e^{{{format_polynomial((0, speed))}}}"
    return Solution(
        (
            rf"Integrate by parts with $u = {product[1]}$ and $v' = {exponential}$, "
            rf"so $u' = {format_number(factor[1])}$ and $v = {format_multiple(1 / speed, exponential)}$.",
            f"So an antiderivative is $({format_polynomial(remaining)}){exponential}$.",
            f"Between the bounds ${low}$ and ${high}$ this gives ${answer}$.",
        ),
        answer,
    )


def _exponential(weight: Fraction, power: Fraction) -> str:
    if not power:
        return format_number(weight)
    return format_multiple(weight, "e" if power == 1 else f"e^{{{power}}}" if not 1 < power < 10 else f"e^{power}")


_VELOCITY = re.compile(r"[a-z]\(t\) = (.+)")
_DURATION = re.compile(r"(-?\d+) \\le t \\le (-?\d+)")
_MOMENT = re.compile(r"\$t = (-?\d+)\$")


def find_distance_travelled(text: str) -> Solution | None:
    """Find the total distance for a linear velocity that changes its sign."""
    if "total distance" not in text or "velocity" not in text:
        return None
    moments = _MOMENT.findall(text)
    parts = take_parts(text, (_VELOCITY, _DURATION))
    if parts is None and len(moments) == 2:
        parts = take_parts(_MOMENT.sub("", text), (_VELOCITY,))
        parts = None if parts is None else [*parts, (moments[0], moments[1])]
    if parts is None:
        return None
    velocity, (low, high) = read_polynomial(parts[0][0], "t"), (Fraction(moment) for moment in parts[1])
    roots = None if not velocity else () if len(velocity) == 1 else rational_roots(velocity)
    if velocity is None or roots is None or low >= high:
        return None
    places = [low, *(root for root in roots if low < root < high), high]
    pieces = [integral(velocity, one, other) for one, other in pairwise(places)]
    answer = format_number(sum((abs(piece) for piece in pieces), Fraction(0)))
    turns = ", ".join(f"$t = {format_number(place)}$" for place in places[1:-1]) or "no time in between"
    moved = " and ".join(f"${format_number(piece)}$" for piece in pieces)
    return Solution(
        (
            f"The velocity changes its sign at {turns}.",
            f"Integrating it over the parts of the time interval gives the displacements {moved}.",
            f"The total distance is ${' + '.join(format_number(abs(piece)) for piece in pieces)} = {answer}$.",
        ),
        answer,
    )


_GRAPH = re.compile(r"y = ([^$=]+)")


def find_enclosed_area(text: str) -> Solution | None:
    """Find the area between a parabola and a line, or between two parabolas."""
    if "area" not in text or not re.search(r"enclose|bounded by", text):
        return None
    curves = [match[1] for part in math_parts(text) if (match := _GRAPH.fullmatch(part))]
    if len(curves) != 2 or any(not _GRAPH.fullmatch(part) for part in numeric_parts(text)):
        return None
    difference = read_polynomial(f"{curves[0]} - ({curves[1]})")
    if difference is None or len(difference) != 3:
        return None
    discriminant = difference[1] ** 2 - 4 * difference[2] * difference[0]
    if discriminant <= 0:
        return None
    area = format_root(discriminant, discriminant / (6 * difference[2] ** 2))
    roots = rational_roots(difference)
    places = (
        " and ".join(f"$x = {format_number(root)}$" for root in roots)
        if roots
        else f"two places at the distance ${format_root(discriminant, 1 / abs(difference[2]))}$"
    )
    return Solution(
        (
            f"The difference of the two functions is ${format_polynomial(difference)}$.",
            f"The curves meet at {places}.",
            f"Integrating the absolute value of the difference between these places gives ${area}$.",
        ),
        area,
    )


_ROTATED = re.compile(r"\$y = (\\sqrt\{([^{}]+)\}|[^$=]*x[^$=]*)\$")
_ABOUT_X_AXIS = re.compile(r"(?:rotated|revolved|turned|spun) (?:once )?(?:about|around) the \$x\$-axis")
_RANGE = re.compile(r"(-?\d+) \\le x \\le (-?\d+)")
_BOUND = re.compile(r"\$x = (-?\d+)\$")


def find_volume_of_revolution(text: str) -> Solution | None:
    """Find the volume of the solid that a curve makes when it is rotated about the x-axis."""
    if not _ABOUT_X_AXIS.search(text) or "volume" not in text:
        return None
    curves, bounds = _ROTATED.findall(text), _BOUND.findall(text)
    rest = _ROTATED.sub("", text)
    parts = take_parts(rest, (_RANGE,))
    if parts is None and len(bounds) == 2 and not numeric_parts(_BOUND.sub("", rest)):
        parts = [(bounds[0], bounds[1])]
    if parts is None or len(curves) != 1:
        return None
    (low, high), (curve, radicand) = parts[0], curves[0]
    square = read_polynomial(radicand if radicand else f"({curve})^2")
    if not square or Fraction(low) >= Fraction(high):
        return None
    volume = integral(square, Fraction(low), Fraction(high))
    answer = format_number(volume) if r"divided by $\pi$" in text else format_pi(volume)
    return Solution(
        (
            rf"The cross section at $x$ is a disc with the area $\pi y^2 = \pi({format_polynomial(square)})$.",
            rf"So $V = \pi \int_{{{low}}}^{{{high}}} ({format_polynomial(square)}) \, dx = {format_pi(volume)}$.",
            f"The result is ${answer}$.",
        ),
        answer,
    )


_FUNCTION = re.compile(r"[a-z]\(x\) = (.+)")
_INTERVAL = re.compile(r"\[(-?\d+), (-?\d+)\]")


def find_average_value(text: str) -> Solution | None:
    """Find the average value of a polynomial on an interval."""
    if "average value" not in text:
        return None
    parts = take_parts(text, (_FUNCTION, _INTERVAL))
    coefficients = None if parts is None else read_polynomial(parts[0][0])
    if parts is None or not coefficients:
        return None
    low, high = (Fraction(bound) for bound in parts[1])
    if low >= high:
        return None
    total = integral(coefficients, low, high)
    answer = format_number(total / (high - low))
    return Solution(
        (
            rf"The integral over the interval is $\int_{{{low}}}^{{{high}}} ({parts[0][0]}) \, dx = "
            f"{format_number(total)}$.",
            f"The length of the interval is ${high - low}$.",
            rf"The average value is ${format_reduction(total, high - low)}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    integrate_polynomial,
    integrate_by_substitution,
    integrate_by_parts,
    find_distance_travelled,
    find_enclosed_area,
    find_volume_of_revolution,
    find_average_value,
)
