"""Geometry, answered with coordinates, cells and small searches."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations, product

from synth_builder.offline.truth.formulas import Formula, latex
from synth_builder.offline.truth.search import (
    exact,
    first,
    integral,
    lowest_of_quadratic,
    parameter,
    solution,
    square_root,
)
from synth_builder.offline.truth.wordings import answers


@answers
def _trapezoid(a: int, b: int, height: int) -> Fraction:
    return integral(lambda y: a + (b - a) * Fraction(y) / height, 0, height)


@answers
def _third_side(a: int, b: int, angle: int) -> Fraction:
    x, y = b * math.cos(math.radians(angle)), b * math.sin(math.radians(angle))
    return exact((x - a) ** 2 + y**2, 1e-11)


@answers
def _largest_angle(a: int, b: int, c: int) -> Fraction:
    return parameter(lambda unit: a * unit + b * unit + c * unit - 180) * max(a, b, c)


@answers
def _hypotenuse(a: int, b: int) -> Fraction:
    return square_root(a**2 + b**2)


@answers
def _space_diagonal(edges: list[int]) -> Fraction | None:
    return square_root(sum(edge**2 for edge in edges)) if len(edges) == 3 else None


@answers
def _tangent(distance: int, radius: int) -> int:
    return first(length for length in range(1, distance) if length**2 + radius**2 == distance**2)


@answers
def _similar(a: int, b: int, d: int) -> Fraction:
    return parameter(lambda side: Fraction(side) * a - Fraction(d) * b)


@answers
def _diagonals(n: int) -> int | None:
    if not 3 <= n < 1000:
        return None
    return sum(j - i not in (1, n - 1) for i, j in combinations(range(n), 2))


@answers
def _sides(angle: int) -> int:
    return first(n for n in range(3, 361) if 180 * (n - 2) == angle * n)


@answers
def _vertices(a: int, b: int) -> int:
    edges = first(edges for edges in range(3 * a + 4 * b) if 2 * edges == 3 * a + 4 * b)
    return first(vertices for vertices in range(edges) if vertices - edges + a + b == 2)


@answers
def _one_face(n: int) -> int | None:
    if not 2 <= n <= 60:
        return None
    painted = [int(i == 0) + int(i == n - 1) for i in range(n)]  # by the place along one direction
    return sum(x + y + z == 1 for x, y, z in product(painted, repeat=3))


@answers
def _cone_over_pi(radius: int, height: int) -> Fraction:
    return integral(lambda y: (radius * Fraction(y) / height) ** 2, 0, height)


@answers
def _cone(radius: int, height: int) -> str:
    return f"{latex(_cone_over_pi(radius, height))}\\pi"


@answers
def _radius_squared(f: Formula, right: int) -> Fraction | None:
    square = right - lowest_of_quadratic(lambda x, y: f(x=x, y=y))
    circle = all(f(x=x + 1, y=0) - 2 * f(x=x, y=0) + f(x=x - 1, y=0) == 2 for x in (0, 5))
    return square if square > 0 and circle else None


@answers
def _circle(f: Formula, right: int) -> str | None:
    square = _radius_squared(f, right)
    return f"{latex(square)}\\pi" if square else None


@answers
def _focal_distance(p: int, x: int) -> Fraction:
    # The ray along the line x = focus meets the parabola at half the opening's width, twice the focus.
    focus = first(focus for focus in (Fraction(n, 4) for n in range(1, 4 * p)) if p * focus == (2 * focus) ** 2)
    return square_root((x - focus) ** 2 + p * x)


@answers
def _foci(a: int, b: int) -> int | None:
    # From the end of the short axis, both foci are half the long axis away.
    return first(2 * c for c in range(max(a, b)) if c**2 + min(a, b) == max(a, b))


@answers
def _reflected(shift: int, a: int, b: int) -> str:
    x, y = solution([lambda x, y: (x - a) + (y - b), lambda x, y: (b + y) - (a + x) - 2 * shift])
    return f"({x}, {y})"
