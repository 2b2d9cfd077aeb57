"""Finding values by trial: roots, extrema, limits and sums of formulas, made exact again and checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TypeVar

import numpy as np

from synth_builder.offline.truth.formulas import Value

T = TypeVar("T")
Function = Callable[[Value], Value]

_TINY = Fraction(1, 10**40)
_SMALL = 1e-9
_LARGEST_DENOMINATOR = 1000
_MOST_COEFFICIENTS = 150


def first(values: Iterable[T]) -> T:
    """The first of `values`.

    Raises:
        ValueError: There is none.
    """
    for value in values:
        return value
    raise ValueError("nothing found")


def exact(value: Value, tolerance: float = _SMALL) -> Fraction:
    """The integer (within `tolerance`, relative) or simple fraction (absolute) that a number all but equals.

    Raises:
        ValueError: There is none.
    """
    if not math.isfinite(value):
        raise ValueError("not a number")
    near = Fraction(round(value))
    if abs(value - near) <= tolerance * max(1.0, abs(float(near))):
        return near
    near = Fraction(value).limit_denominator(_LARGEST_DENOMINATOR)
    if abs(near - Fraction(value)) > Fraction(tolerance):
        raise ValueError(f"{value} is no simple fraction")
    return near


def square_root(square: Value) -> Fraction:
    """The square root of a fraction.

    Raises:
        ValueError: It is no fraction.
    """
    square = Fraction(square)
    found = Fraction(math.isqrt(square.numerator), math.isqrt(square.denominator))
    if found**2 != square:
        raise ValueError(f"the root of {square} is no fraction")
    return found


def roots(function: Function) -> list[Fraction]:
    """The real zeros between -3000 and 3000, in order.

    Raises:
        ValueError: A zero is no simple fraction.
    """
    # Steps of a third, shifted, so that no likely zero or pole lies on the grid.
    grid = np.arange(-3000, 3000, 1 / 3) + 0.0123
    found = []
    with np.errstate(all="ignore"):
        values = np.asarray(function(grid), dtype=float)
        for place in np.nonzero(np.sign(values[:-1]) * np.sign(values[1:]) < 0)[0]:
            zero = exact(_crossing(function, grid[place], grid[place + 1]))
            try:
                rest = abs(function(zero))
            except ZeroDivisionError:
                continue  # a pole
            if rest > _SMALL * max(abs(values[place : place + 2])):
                raise ValueError("a zero is no simple fraction")
            found.append(zero)
    return found


def root(function: Function) -> Fraction:
    """The only real zero between -3000 and 3000."""
    (only,) = roots(function)
    return only


def _crossing(function: Function, low: float, high: float) -> float:
    """Where the sign changes, by bisection."""
    sign = np.sign(function(low))
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if np.sign(function(middle)) == sign else (low, middle)
    return (low + high) / 2


def parameter(condition: Function) -> Fraction:
    """The number at which a condition that is linear in it becomes zero; the third trial checks that it is."""
    start, one, two = (Fraction(condition(trial)) for trial in (0, 1, 2))
    if one == start or two - one != one - start:
        raise ValueError("not linear")
    return -start / (one - start)


def solution(conditions: Sequence[Callable[..., Value]]) -> list[Fraction]:
    """The point at which as many linear conditions as it has coordinates are zero."""
    size = len(conditions)
    origin = [float(condition(*[0] * size)) for condition in conditions]
    units = np.eye(size, dtype=int).tolist()
    slopes = [
        [float(condition(*unit)) - start for unit in units] for condition, start in zip(conditions, origin, strict=True)
    ]
    point = [exact(entry) for entry in np.linalg.solve(slopes, [-start for start in origin])]
    if any(condition(*point) != 0 for condition in conditions):
        raise ValueError("not a solution")
    return point


def lowest(function: Function, low: float = -2000, high: float = 2000) -> float:
    """Where a function with one valley is lowest, by golden section."""
    share = (math.sqrt(5) - 1) / 2
    for _ in range(90):
        left, right = high - share * (high - low), low + share * (high - low)
        low, high = (low, right) if function(left) < function(right) else (left, high)
    return (low + high) / 2


def minimum(function: Function) -> Fraction:
    """The least value of a function with one valley, at a simple fraction; other points check that it is least."""
    at = exact(lowest(function), 1e-4)
    least = Fraction(function(at))
    others = (at - _TINY, at + _TINY, *(at + step for step in range(-100, 101) if step))
    if any(function(other) <= least for other in others):
        raise ValueError("not the lowest point")
    return least


def lowest_of_quadratic(function: Callable[[Value, Value], Value]) -> Fraction:
    """The least value of a quadratic function of two numbers: where both central differences vanish."""
    x, y = solution(
        [
            lambda x, y: function(x + 1, y) - function(x - 1, y),
            lambda x, y: function(x, y + 1) - function(x, y - 1),
        ]
    )
    least = Fraction(function(x, y))
    for a, b in ((1, 0), (0, 1), (1, 1), (1, -1)):
        rise = function(x + a, y + b) - least
        if rise <= 0 or function(x + 2 * a, y + 2 * b) - least != 4 * rise:
            raise ValueError("not the lowest point of a quadratic function")
    return least


def slope(function: Function, at: Value) -> Fraction:
    """The derivative of a rational function, from tiny exact steps to both sides, which must agree."""
    forward, backward = (Fraction(function(at + step) - function(at)) / step for step in (_TINY, -_TINY))
    if exact(forward, 1e-20) != exact(backward, 1e-20):
        raise ValueError("a corner")
    return exact(forward, 1e-20)


def integral(function: Function, low: Value, high: Value) -> Fraction:
    """The integral of a polynomial of at most third degree by Simpson's rule, which two halves check."""

    def simpson(start: Value, end: Value) -> Value:
        ends, middle = function(start) + function(end), function(Fraction(start + end) / 2)
        return Fraction(end - start) / 6 * (ends + 4 * middle)

    middle = Fraction(low + high) / 2
    if simpson(low, high) != simpson(low, middle) + simpson(middle, high):
        raise ValueError("no polynomial of such low degree")
    return Fraction(simpson(low, high))


def coefficients(polynomial: Function) -> list[int]:
    """The integer coefficients of a polynomial, lowest power first, read off its value at a large power of ten."""
    base, found = 10**100, list[int]()
    value = polynomial(base)
    if not isinstance(value, int) or abs(value) > base**_MOST_COEFFICIENTS:
        raise ValueError("not all coefficients are integers, or there are too many")
    while value:
        found.append((value + base // 2) % base - base // 2)
        value = (value - found[-1]) // base
    if sum(found) != polynomial(1):
        raise ValueError("a coefficient is too large")
    return found


def series_coefficient(function: Function, power: int, radius: float) -> float:
    """A Taylor coefficient at 0 of a function without poles: the mean of `f(z) / z^power` over a circle."""
    circle = radius * np.exp(2j * np.pi * np.arange(1024) / 1024)
    return float(np.mean(function(circle) / circle**power).real)
