"""Inequalities, the inequality of the means, and linear programs."""

from __future__ import annotations

import itertools
import math
import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.given import LARGEST_RADICAND, has_loose_digits
from synth_builder.offline.teacher.solve.notation import (
    format_number,
    format_point,
    format_root,
    math_parts,
    read_polynomial,
    read_terms,
)
from synth_builder.offline.teacher.solve.question import Method, Solution

_NUMBER_OF_INTEGERS = re.compile(r"[Hh]ow many integers|[Nn]umber of integers \$x\$")
_ABSOLUTE = re.compile(r"\|([^|]+)\| (<|\\le|\\leq) (\d+)")
_FACTORS = re.compile(r"\(x ([-+]) (-?\d+)\)\(x ([-+]) (-?\d+)\) (<|\\le|\\leq) 0")


def count_absolute_inequality(text: str) -> Solution | None:
    """Count the integers that satisfy an inequality with an absolute value."""
    if "|" not in text or not _NUMBER_OF_INTEGERS.search(text) or has_loose_digits(text):
        return None
    parts = [part for part in math_parts(text) if part != "x"]
    found = _ABSOLUTE.fullmatch(parts[0]) if len(parts) == 1 else None
    inside = read_polynomial(found[1]) if found else None
    if found is None or inside is None or len(inside) != 2:
        return None
    bound = int(found[3]) - (found[2] == "<" and all(value.denominator == 1 for value in inside))
    if (found[2] == "<" and bound == int(found[3])) or bound < 0:
        return None
    low, high = sorted(((-bound - inside[0]) / inside[1], (bound - inside[0]) / inside[1]))
    count = max(math.floor(high) - math.ceil(low) + 1, 0)
    return Solution(
        (
            rf"For integers the inequality means $-{bound} \le {found[1]} \le {bound}$.",
            rf"So ${format_number(low)} \le x \le {format_number(high)}$.",
            f"These are the integers from ${math.ceil(low)}$ to ${math.floor(high)}$, ${count}$ in number.",
        ),
        str(count),
    )


def count_quadratic_inequality(text: str) -> Solution | None:
    """Count the integers between the zeros of a factored quadratic."""
    if not re.search(r"[Hh]ow many integers|[Nn]umber of integers", text) or has_loose_digits(text):
        return None
    parts = [part for part in math_parts(text) if part != "x"]
    found = _FACTORS.fullmatch(parts[0]) if len(parts) == 1 else None
    if found is None:
        return None
    zeros = sorted(
        int(value) * (1 if sign == "-" else -1) for sign, value in ((found[1], found[2]), (found[3], found[4]))
    )
    strict = found[5] == "<"
    count = max(zeros[1] - zeros[0] - 1, 0) if strict else zeros[1] - zeros[0] + 1
    sign = "<" if strict else r"\le"
    return Solution(
        (
            f"The zeros of the left side are ${zeros[0]}$ and ${zeros[1]}$.",
            f"The product is negative between them, so ${zeros[0]} {sign} x {sign} {zeros[1]}$.",
            f"This interval contains ${count}$ integers.",
        ),
        str(count),
    )


_SUM_WITH_RECIPROCAL = re.compile(r"(\d*)x \+ \\frac\{(\d+)\}\{x\}")


def minimize_by_means(text: str) -> Solution | None:
    """Find the minimum of ax + b/x for x > 0 by the inequality of the means."""
    if not re.search(r"minimum value|smallest (?:possible )?value", text) or has_loose_digits(text):
        return None
    parts = [part for part in math_parts(text) if part not in ("x", "x > 0")]
    found = _SUM_WITH_RECIPROCAL.fullmatch(parts[0]) if len(parts) == 1 else None
    if found is None or "$x > 0$" not in text.replace("$ x", "$x"):
        return None
    product = int(found[1] or 1) * int(found[2])
    if not 0 < product <= LARGEST_RADICAND:
        return None
    answer = format_root(product, 2)
    return Solution(
        (
            rf"By the inequality of the means ${parts[0]} \ge 2\sqrt{{{found[1] or 1} \cdot {found[2]}}}$.",
            rf"The bound is $2\sqrt{{{product}}} = {answer}$.",
            f"It is reached where both terms are equal, so the minimum is ${answer}$.",
        ),
        answer,
    )


_HALF_PLANE = re.compile(r"(.+) \\le (\d+)")


def maximize_linear_form(text: str) -> Solution | None:
    """Find the maximum of a linear form under linear constraints by checking the corners of the region."""
    if (
        re.search(r"integers?\b|whole numbers", text)
        or not re.search(r"maximum (?:value|profit|of \$)|[Mm]aximi[sz]e \$", text)
        or r"\le" not in text
        or has_loose_digits(text)
    ):
        return None
    parts = [
        part for part in math_parts(text.replace(r"$x, y \ge 0$", r"$x \ge 0$ $y \ge 0$")) if part not in ("x", "y")
    ]
    signs = [part for part in parts if part in (r"x \ge 0", r"y \ge 0")]
    bounds = [found for part in parts if (found := _HALF_PLANE.fullmatch(part))]
    forms = [part for part in parts if part not in signs and not _HALF_PLANE.fullmatch(part)]
    goal = _linear_form(forms[0]) if len(forms) == 1 else None
    planes = [(form, int(found[2])) for found in bounds if (form := _linear_form(found[1]))]
    if goal is None or sorted(signs) != [r"x \ge 0", r"y \ge 0"] or not planes or len(planes) != len(bounds):
        return None
    if any(min(form) < 0 for form, _ in planes) or min(max(form[axis] for form, _ in planes) for axis in (0, 1)) <= 0:
        return None
    corners = _corners(planes)
    values = [(goal[0] * x + goal[1] * y, x, y) for x, y in corners]
    best, x, y = max(values)
    answer = format_number(best)
    shown = ", ".join(f"{format_point((x, y))}: {format_number(value)}" for value, x, y in values)
    return Solution(
        (
            "A linear form takes its maximum over the bounded region at a corner.",
            f"The corners with the values of ${forms[0]}$ are: ${shown}$.",
            f"The largest value is ${answer}$, at ${format_point((x, y))}$.",
        ),
        answer,
    )


def _linear_form(latex: str) -> tuple[Fraction, Fraction] | None:
    terms = read_terms(latex, "xy")
    if terms is None or not set(terms) <= {(1, 0), (0, 1)}:
        return None
    return terms.get((1, 0), Fraction(0)), terms.get((0, 1), Fraction(0))


def _corners(planes: list[tuple[tuple[Fraction, Fraction], int]]) -> list[tuple[Fraction, Fraction]]:
    """Give the corners of the region where all forms are at most their bounds and x and y are not negative."""
    zero, one = Fraction(0), Fraction(1)
    borders = [*planes, ((one, zero), 0), ((zero, one), 0)]
    corners = []
    for ((a, b), c), ((d, e), f) in itertools.combinations(borders, 2):
        if determinant := a * e - b * d:
            x, y = (c * e - b * f) / determinant, (a * f - c * d) / determinant
            if min(x, y) >= 0 and all(p * x + q * y <= bound for (p, q), bound in planes):
                corners.append((x, y))
    return sorted(set(corners))


METHODS: tuple[Method, ...] = (
    count_absolute_inequality,
    count_quadratic_inequality,
    minimize_by_means,
    maximize_linear_form,
)
