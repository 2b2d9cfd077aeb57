"""Derivatives, integrals, limits and series, answered with small exact steps and long sums."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import count, pairwise
from typing import Literal

import numpy as np

from synth_builder.offline.truth.formulas import Formula, latex, of
from synth_builder.offline.truth.search import (
    coefficients,
    exact,
    first,
    integral,
    lowest,
    minimum,
    parameter,
    roots,
    series_coefficient,
    slope,
)
from synth_builder.offline.truth.wordings import answers


@answers
def _derivative(f: Formula, at: int) -> Fraction:
    return slope(of(f), at)


@answers
def _partial(f: Formula, letter: Literal["x", "y"], x: int, y: int) -> Fraction:
    if letter == "x":
        return slope(lambda value: f(x=value, y=y), x)
    return slope(lambda value: f(x=x, y=value), y)


@answers
def _higher_derivative(p: Formula, n: int) -> Fraction:
    coefficients(of(p))  # no poles
    return exact(series_coefficient(lambda z: p(x=z) * np.exp(z), n, n) * math.factorial(n), 1e-8)


@answers
def _taylor(c: int, a: int, n: int) -> Fraction:
    return exact(series_coefficient(lambda z: c * np.exp(a * z), n, n / a))


@answers
def _limit(at: int, f: Formula) -> Fraction:
    def middle(step: Fraction) -> float:
        return float(f(x=at + step) + f(x=at - step)) / 2

    step = Fraction(1, 4096)
    near, nearer = middle(step), middle(step / 2)
    jumps = [abs(float(f(x=at + size) - f(x=at - size))) for size in (step, step / 2)]
    if abs(nearer - near) > 1e-3 * max(1, abs(near)) or jumps[1] > 0.6 * jumps[0] + 1e-6:
        raise ValueError("there is no limit")
    return exact((4 * nearer - near) / 3, 1e-6)  # the error of second order cancels


@answers
def _without_jump(f: Formula, at: int, g: Formula) -> Fraction:
    return parameter(lambda c: g(x=at, c=c) - f(x=at))


@answers
def _growing_circle(radius: int, speed: int) -> Fraction:
    return slope(lambda t: (radius + speed * t) ** 2, 0)


@answers
def _growing_wave(radius: int, speed: int) -> str:
    return f"{latex(_growing_circle(radius, speed))}\\pi"


@answers
def _integral(end: int, f: Formula, u: Formula | None = None) -> Fraction:
    return integral(of(f), 0, end)


@answers
def _double_integral(x_end: int, y_end: int, f: Formula, g: Formula | None = None) -> Fraction:
    return integral(lambda x: integral(lambda y: f(x=x, y=y), 0, y_end), 0, x_end)


@answers
def _distance(end: int, v: Formula) -> Fraction:
    turns = [t for t in roots(of(v, "t")) if 0 < t < end]
    stretches = pairwise([0, *turns, end])
    return sum((abs(integral(of(v, "t"), start, stop)) for start, stop in stretches), Fraction(0))


@answers
def _enclosed(f: Formula, g: Formula) -> Fraction:
    left, right = roots(lambda x: f(x=x) - g(x=x))
    return abs(integral(lambda x: f(x=x) - g(x=x), left, right))


@answers
def _rotated_over_pi(f: Formula, end: int) -> Fraction:
    return integral(of(f), 0, end)  # the square of the radius, from disk to disk


@answers
def _rotated(f: Formula, end: int) -> str:
    return f"{latex(_rotated_over_pi(f, end))}\\pi"


@answers
def _steps(end: int, f: Formula) -> Fraction:
    levels = [{float(f(x=start + Fraction(part, 7))) for part in (1, 3, 6)} for start in range(end)]
    return exact(sum(level for (level,) in levels))  # not one level alone: no step function


@answers
def _trapezoids(n: int, end: int, f: Formula) -> Fraction:
    step = Fraction(end, n)
    return sum((step * (f(x=i * step) + f(x=(i + 1) * step)) / 2 for i in range(n)), Fraction(0))


@answers
def _newton(f: Formula, start: int, left: Formula | None = None, right: int | None = None) -> Fraction:
    return start - Fraction(f(x=start)) / slope(of(f), start)


@answers
def _halvings(n: int, goal: Fraction) -> int | None:
    return first(steps for steps in count() if Fraction(n, 2**steps) <= goal) if goal > 0 else None


@answers
def _close_enough(f: Formula, bound: Fraction, limit: int = 0) -> int | None:
    return first(j for j in range(1, 100_000) if f(j=j) < bound) if f(j=1) > 0 else None


@answers
def _supremum(f: Formula) -> Fraction | None:
    limit = exact(f(j=10**30), 1e-20)
    return limit if all(f(j=j) < limit for j in range(1, 1000)) else None


@answers
def _series(f: Formula) -> Fraction | None:
    terms = [f(j=j) for j in range(1, 200)]
    return exact(sum(terms), 1e-25) if abs(terms[-1]) < 1e-30 else None


@answers
def _sum(end: int, f: Formula) -> Fraction:
    return sum((Fraction(f(i=i)) for i in range(1, end + 1)), Fraction(0))


@answers
def _radius(f: Formula) -> int | None:
    def ratio(x: int) -> Fraction:
        return Fraction(f(j=4001, x=x)) / Fraction(f(j=4000, x=x))

    # Far out the ratio of neighbouring terms is (x - centre) / radius, up to a share of some thousandths.
    one, two, three = (ratio(x) for x in (100, 101, 102))
    radius = 1 / (two - one)
    return round(radius) if three - two == two - one and abs(radius - round(radius)) < Fraction(1, 8) else None


@answers
def _highest(a: int, b: int, n: int) -> Fraction:
    def below(x: float) -> float:
        return -a * math.sin(x) - b * math.cos(x) - n

    near = min((i / 100 for i in range(629)), key=below)
    return exact(-below(lowest(below, near - 0.01, near + 0.01)), 1e-12)


@answers
def _period(a: int, b: int) -> int:
    def wave(x: float) -> float:
        return math.sin(2 * math.pi * x / a) + math.cos(2 * math.pi * x / b)

    shifts = range(1, 20_000)
    return first(shift for shift in shifts if all(abs(wave(x + shift) - wave(x)) < 1e-9 for x in (0, 0.3, 0.71, 1.9)))


@answers
def _count_angles(name: Literal["sin", "cos", "tan"], n: int, value: Fraction) -> int | None:
    function = {"sin": math.sin, "cos": math.cos, "tan": math.tan}[name]
    if n > 200 or (4 if name == "tan" else 0.99) < abs(value) < (math.inf if name == "tan" else 1):
        return None  # too fine for the steps below
    steps = 200 * n + 1
    grid = [function(n * (2 * math.pi * (i + 0.31) / steps)) - value for i in range(steps + 1)]
    if name != "tan" and abs(value) >= 1:
        # Touched from one side, at right angles only.
        return sum(1 for i in range(4 * n) if abs(function(math.pi * i / 2) - value) < 1e-9)
    # Poles change the sign, too, but leap.
    return sum(a * b < 0 and abs(a - b) < 1 for a, b in pairwise(grid)) or None


@answers
def _fenced(fence: int) -> Fraction:
    return -minimum(lambda width: -width * (Fraction(fence, 2) - width))
