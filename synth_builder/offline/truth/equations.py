"""Equations, inequalities and polynomials, answered by searching and checking."""

from __future__ import annotations

import math
import operator
from fractions import Fraction
from typing import Literal

import numpy as np

from synth_builder.offline.truth.formulas import Formula, latex, of
from synth_builder.offline.truth.search import (
    coefficients,
    exact,
    lowest,
    lowest_of_quadratic,
    minimum,
    parameter,
    root,
    roots,
    solution,
)
from synth_builder.offline.truth.wordings import answers

_INTEGERS = range(-1000, 1001)


@answers
def _solution(left: Formula, right: Formula) -> Fraction:
    return root(lambda x: left(x=x) - right(x=x))


@answers
def _larger(left: Formula, right: Formula) -> Fraction:
    _, larger = roots(lambda x: left(x=x) - right(x=x))
    return larger


@answers
def _two_unknowns(a: Formula, p: Formula, b: Formula, q: Formula) -> Fraction:
    return solution([lambda x, y: a(x=x, y=y) - p(), lambda x, y: b(x=x, y=y) - q()])[0]


@answers
def _three_unknowns(a: int, b: int, c: int) -> Fraction:
    x, y, z = solution([lambda x, y, z: x + y - a, lambda x, y, z: y + z - b, lambda x, y, z: z + x - c])
    return x + y + z


@answers
def _count_integers(left: Formula, sign: Literal["<", "<="], right: Formula) -> int | None:
    compare = operator.lt if sign == "<" else operator.le
    return _count([compare(left(x=x), right(x=x)) for x in _INTEGERS])


@answers
def _domain(f: Formula) -> int | None:
    return _count([math.isfinite(f(x=x)) for x in _INTEGERS])


def _count(tried: list[bool]) -> int | None:
    """How many hold; None where there may be others beyond those that were tried."""
    return None if tried[0] or tried[-1] or not any(tried) else sum(tried)


@answers
def _coefficient(power: int, f: Formula) -> int:
    return (coefficients(of(f)) + [0] * (power + 1))[power]


@answers
def _sum_of_coefficients(f: Formula) -> int:
    return sum(coefficients(of(f)))


@answers
def _minimum(f: Formula) -> Fraction:
    return minimum(of(f))


@answers
def _maximum(f: Formula) -> Fraction:
    return -minimum(lambda x: -f(x=x))


@answers
def _minimum_of_two(f: Formula) -> Fraction:
    return lowest_of_quadratic(lambda x, y: f(x=x, y=y))


@answers
def _touching(f: Formula) -> Fraction:
    return -minimum(of(f))


@answers
def _least_cost(f: Formula) -> Fraction | str | None:
    at = lowest(of(f), 1e-6, 500.0)
    cost = f(x=at)
    if min(f(x=at * 0.99), f(x=at * 1.01)) <= cost or min(f(x=x) for x in range(1, 500)) < cost - 1e-9:
        return None
    square = exact(cost**2)
    return exact(cost) if math.isqrt(int(square)) ** 2 == square else f"\\sqrt{{{latex(square)}}}"


@answers
def _sum_of_squares(f: Formula) -> Fraction:
    one, other = np.roots(coefficients(of(f))[::-1])
    return exact((one**2 + other**2).real)


@answers
def _reciprocals(n: int) -> Fraction | None:
    if abs(n) < 2:
        return None  # no real number
    x = max(np.roots([1.0, -float(n), 1.0]), key=abs).real
    return exact(x**2 + 1 / x**2)


@answers
def _partial_fraction(f: Formula, a: int, b: int) -> Fraction | None:
    places = [a + 1, a + 2, a + 3]
    rest = [(f(x=x), Fraction(1, x - a), Fraction(1, x + b)) for x in places]
    one, other = solution([lambda p, q, r=r: p * r[1] + q * r[2] - r[0] for r in rest[:2]])
    return one if one * rest[2][1] + other * rest[2][2] == rest[2][0] else None


@answers
def _constant_of_root(a: int, b: int) -> Fraction:
    return exact((complex(a, b) * complex(a, -b)).real)


@answers
def _line_and_parabola(times: int, line: Formula) -> Fraction:
    left, right = roots(lambda x: x * x - line(x=x))
    return times * (right - left)


@answers
def _composite(f: Formula, g: Formula, n: int) -> Fraction:
    return Fraction(f(x=g(x=n)))


@answers
def _collinear(a: int, b: int, c: int, d: int, e: int) -> Fraction:
    return parameter(lambda t: (c - a) * (t - b) - (e - a) * (d - b))
