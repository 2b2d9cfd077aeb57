"""Polynomials, rational expressions and functions."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.given import has_loose_digits
from synth_builder.offline.teacher.solve.notation import (
    format_number,
    format_polynomial,
    in_brackets,
    math_parts,
    read_polynomial,
)
from synth_builder.offline.teacher.solve.question import Method, Solution

_DEFINITION = re.compile(r"([a-zA-Z])\(x\) = (.+)")
_QUOTIENT = re.compile(r"\\frac\{([^{}]+)\}\{([^{}]+)\}")


def _value(coefficients: tuple[Fraction, ...], place: Fraction | int) -> Fraction:
    total = Fraction(0)
    for coefficient in reversed(coefficients):
        total = total * place + coefficient
    return total


def _definitions(parts: list[str]) -> dict[str, str]:
    return {found[1]: found[2] for part in parts if (found := _DEFINITION.fullmatch(part))}


def apply_remainder_theorem(text: str) -> Solution | None:
    """Find the remainder of a polynomial on division by x - a."""
    if "remainder" not in text or not re.search(r"divided by|division by", text) or has_loose_digits(text):
        return None
    parts = [_strip_name(part) for part in math_parts(text) if part not in ("P(x)", "P", "f(x)", "p(x)", "x")]
    if len(parts) != 2:
        return None
    dividend, divisor = read_polynomial(parts[0]), read_polynomial(parts[1])
    if dividend is None or divisor is None or len(divisor) != 2 or len(dividend) < 2:
        return None
    place = -divisor[0] / divisor[1]
    answer = format_number(_value(dividend, place))
    terms = [
        rf"{in_brackets(coefficient)} \cdot {in_brackets(place)}^{{{power}}}"
        if power > 1
        else in_brackets(coefficient)
        if power == 0
        else rf"{in_brackets(coefficient)} \cdot {in_brackets(place)}"
        for power, coefficient in reversed(list(enumerate(dividend)))
        if coefficient
    ]
    return Solution(
        (
            f"By the remainder theorem the remainder is the value at $x = {format_number(place)}$.",
            f"This is ${' + '.join(terms)} = {answer}$.",
        ),
        answer,
    )


def _strip_name(part: str) -> str:
    found = _DEFINITION.fullmatch(part)
    return found[2] if found else part


_RECIPROCALS = re.compile(r"\\frac\{1\}\{([a-z])\} \+ \\frac\{1\}\{([a-z])\}(?: \+ \\frac\{1\}\{([a-z])\})?")


def add_reciprocal_roots(text: str) -> Solution | None:
    """Find the sum of the reciprocals of all roots of a polynomial by Vieta's formulas."""
    if not ("reciprocals of" in text or r"\frac{1}{" in text) or not re.search(r"solutions|roots", text):
        return None
    parts = math_parts(text)
    equations = [part.split(" = ")[0] for part in parts if part.endswith(" = 0")]
    coefficients = read_polynomial(equations[0]) if len(equations) == 1 else None
    if coefficients is None or len(coefficients) not in (3, 4) or not coefficients[0] or has_loose_digits(text):
        return None
    degree = len(coefficients) - 1
    others = [part for part in parts if "=" not in part and part != "x"]
    if others:
        asked = _RECIPROCALS.fullmatch(others[-1])
        if asked is None or [name for name in asked.groups() if name] != others[:-1] or len(others) != degree + 1:
            return None
    elif not re.search("sum of the reciprocals of (?:the|its) " + ("three" if degree == 3 else "two"), text):
        return None
    value = -coefficients[1] / coefficients[0]
    top, bottom = coefficients[1], coefficients[0]
    sign = -1 if degree == 3 else 1
    answer = format_number(value)
    lead = coefficients[degree]
    products = format_number(top / lead if degree == 3 else -top / lead)
    return Solution(
        (
            "Over a common denominator, the sum is "
            + ("the sum of the pairwise products" if degree == 3 else "the sum of the solutions")
            + " divided by the product of all solutions.",
            f"By Vieta's formulas these are ${products}$ and ${format_number(sign * bottom / lead)}$.",
            f"The quotient is ${answer}$.",
        ),
        answer,
    )


def square_reciprocal_sum(text: str) -> Solution | None:
    """Find x^2 + 1/x^2 from x + 1/x."""
    parts = math_parts(text) if r"x^2 + \frac{1}{x^2}" in text else []
    given = next(
        (found[1] for part in parts if (found := re.fullmatch(r"x \+ \\frac\{1\}\{x\} = (-?\d+)", part))), None
    )
    others = [part for part in parts if part not in ("x", r"x^2 + \frac{1}{x^2}") and "=" not in part]
    if given is None and re.search(r"sum of [\w ]+ \$x\$ and its reciprocal is \$-?\d+\$", text):
        given = others.pop() if others else None
    if given is None or others or not re.fullmatch(r"-?\d+", given) or has_loose_digits(text):
        return None
    total = int(given)
    answer = str(total * total - 2)
    return Solution(
        (
            r"Square the sum: $\left(x + \frac{1}{x}\right)^2 = x^2 + 2 + \frac{1}{x^2}$.",
            rf"So $x^2 + \frac{{1}}{{x^2}} = {in_brackets(total)}^2 - 2 = {answer}$.",
        ),
        answer,
    )


_PARTIAL = re.compile(
    r"\\frac\{([^{}]+)\}\{\(([^()]+)\)\(([^()]+)\)\} = \\frac\{A\}\{([^{}]+)\} \+ \\frac\{B\}\{([^{}]+)\}"
)


def decompose_partial_fractions(text: str) -> Solution | None:
    """Find a constant of a partial fraction decomposition by the cover-up rule."""
    found = _PARTIAL.search(text)
    asked = re.search(r"(?:Find|[Cc]onstant|value of) \$([AB])\$(?! and)", text)
    if found is None or asked is None or has_loose_digits(text):
        return None
    if any(part not in ("A", "B", "x", found[0]) for part in math_parts(text)):
        return None
    top = read_polynomial(found[1])
    factors = [read_polynomial(found[place]) for place in (2, 3)]
    names = [read_polynomial(found[place]) for place in (4, 5)]
    if (
        top is None
        or len(top) > 2
        or factors[0] is None
        or factors[1] is None
        or sorted(map(str, factors)) != sorted(map(str, names))
    ):
        return None
    own, other = (names[0], names[1]) if asked[1] == "A" else (names[1], names[0])
    if own is None or other is None or len(own) != 2 or len(other) != 2 or own[1] != 1 or other[1] != 1:
        return None
    place = -own[0]
    if not _value(other, place):
        return None
    answer = format_number(_value(top, place) / _value(other, place))
    return Solution(
        (
            rf"Multiply by ${format_polynomial(own)}$ and put $x = {format_number(place)}$.",
            rf"The numerator becomes ${format_number(_value(top, place))}$,"
            rf" the other factor ${format_number(_value(other, place))}$.",
            f"So ${asked[1]} = {answer}$.",
        ),
        answer,
    )


_NESTED = re.compile(r"([a-z])\(([a-z])\((-?\d+)\)\)")


def compose_functions(text: str) -> Solution | None:
    """Evaluate a composition of two polynomial functions at a number."""
    nested = _NESTED.search(text)
    if nested is None or has_loose_digits(text):
        return None
    parts = math_parts(text)
    rules = _definitions(parts)
    others = [part for part in parts if not _DEFINITION.fullmatch(part) and part not in (nested[0], nested[3], "x")]
    if len(rules) != 2 or others or nested[1] not in rules or nested[2] not in rules:
        return None
    outer, inner = read_polynomial(rules[nested[1]]), read_polynomial(rules[nested[2]])
    if outer is None or inner is None:
        return None
    between = _value(inner, int(nested[3]))
    answer = format_number(_value(outer, between))
    return Solution(
        (
            f"First ${nested[2]}({nested[3]}) = {format_number(between)}$, from ${nested[2]}(x) = {rules[nested[2]]}$.",
            f"Then ${nested[1]}({format_number(between)}) = {answer}$, from ${nested[1]}(x) = {rules[nested[1]]}$.",
        ),
        answer,
    )


def invert_rational_function(text: str) -> Solution | None:
    """Find where a quotient of two linear functions takes a given value."""
    if not re.search(r"f\^\{-1\}|take the value|[Tt]he number \$x\$ with", text) or has_loose_digits(text):
        return None
    parts = [part for part in math_parts(text) if part not in ("x", "f", "f^{-1}")]
    if len(parts) == 1:
        body, _, value = parts[0].rpartition(" = ")
    elif len(parts) == 2 and parts[0].startswith("f(x) = "):
        body, value = parts[0].removeprefix("f(x) = "), parts[1]
        inverse = re.fullmatch(r"f\^\{-1\}\((-?\d+)\)", value)
        value = inverse[1] if inverse else value
    else:
        return None
    quotient = _QUOTIENT.fullmatch(body)
    if quotient is None or not re.fullmatch(r"-?\d+", value):
        return None
    top, bottom, target = read_polynomial(quotient[1]), read_polynomial(quotient[2]), int(value)
    if top is None or bottom is None or (len(top), len(bottom)) != (2, 2):
        return None
    slope, constant = top[1] - target * bottom[1], target * bottom[0] - top[0]
    if not slope or not _value(bottom, constant / slope):
        return None
    answer = format_number(constant / slope)
    return Solution(
        (
            f"Solve ${body} = {target}$: ${quotient[1]} = {target}({quotient[2]})$.",
            f"So ${format_polynomial((0, slope))} = {format_number(constant)}$.",
            f"$x = {answer}$.",
        ),
        answer,
    )


_TWO_ROOTS = re.compile(r"(?:f\(x\) = )?\\sqrt\{([^{}]+)\} \+ \\sqrt\{([^{}]+)\}")


def count_domain_of_roots(text: str) -> Solution | None:
    """Count the integers in the domain of a sum of two square roots of linear functions."""
    if "integers" not in text or not re.search(r"domain|defined", text) or has_loose_digits(text):
        return None
    parts = [part for part in math_parts(text) if part not in ("x", "f")]
    found = _TWO_ROOTS.fullmatch(parts[0]) if len(parts) == 1 else None
    radicands = [read_polynomial(found[place]) for place in (1, 2)] if found else []
    lows: list[Fraction] = []
    highs: list[Fraction] = []
    for radicand in radicands:
        if radicand is None or len(radicand) != 2:
            return None
        (lows if radicand[1] > 0 else highs).append(-radicand[0] / radicand[1])
    if not lows or not highs or found is None:
        return None
    low, high = math.ceil(max(lows)), math.floor(min(highs))
    count = max(high - low + 1, 0)
    return Solution(
        (
            rf"Both radicands must be non-negative: ${found[1]} \ge 0$ and ${found[2]} \ge 0$.",
            rf"So ${low} \le x \le {high}$.",
            f"There are ${high} - {in_brackets(low)} + 1 = {high - low + 1}$ integers." if count else "There are none.",
        ),
        str(count),
    )


_TIMES = {"once": 1, "twice": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_TIMES |= {"nine": 9, "ten": 10}
_HALVE_OR_ADD = re.compile(r"\$f\(n\) = \\frac\{n\}\{2\}\$ for even \$n\$ and \$f\(n\) = n \+ (\d+)\$ for odd \$n\$")


def iterate_piecewise(text: str) -> Solution | None:
    """Apply the function that halves even numbers and raises odd numbers several times."""
    rule = _HALVE_OR_ADD.search(text)
    start = re.search(r"(?:\bto|Starting with) \$(\d+)\$", text)
    times = re.search(r"(?:\b(\w+)|\$(\d+)\$) times|\b(twice)\b", text)
    if rule is None or start is None or times is None or has_loose_digits(text):
        return None
    repeats = int(times[2]) if times[2] else _TIMES.get(times[1] or times[3])
    if repeats is None or repeats > 100 or not re.search(r"final value|number results|result of applying", text):
        return None
    known = ("n", "f(n)", "f", start[1], times[2], r"f(n) = \frac{n}{2}", f"f(n) = n + {rule[1]}")
    if any(part not in known for part in math_parts(text)):
        return None
    values = [int(start[1])]
    for _ in range(repeats):
        last = values[-1]
        values.append(last // 2 if last % 2 == 0 else last + int(rule[1]))
    chain = r" \to ".join(map(str, values))
    return Solution(
        (
            f"An even number is halved; an odd number is raised by ${rule[1]}$.",
            f"Step by step: ${chain}$.",
            f"After ${repeats}$ steps the value is ${values[-1]}$.",
        ),
        str(values[-1]),
    )


def intersect_graphs(text: str) -> Solution | None:
    """Find where two linear functions have the same value."""
    if not re.search(r"same amount|intersect", text) or has_loose_digits(text):
        return None
    if not re.search(r"\$x\$-coordinate|number of \w+ \$x\$", text):
        return None
    parts = math_parts(text)
    rules = _definitions(parts)
    if len(rules) != 2 or any(part != "x" and not _DEFINITION.fullmatch(part) for part in parts):
        return None
    first, second = (read_polynomial(rule) for rule in rules.values())
    if first is None or second is None or max(len(first), len(second)) != 2:
        return None
    (b, a), (d, c) = (*first, *(Fraction(0),) * (2 - len(first))), (*second, *(Fraction(0),) * (2 - len(second)))
    if a == c:
        return None
    answer = format_number((d - b) / (a - c))
    return Solution(
        (
            f"Set both equal: ${' = '.join(rules.values())}$.",
            f"So ${format_polynomial((0, a - c))} = {format_number(d - b)}$.",
            f"$x = {answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    apply_remainder_theorem,
    add_reciprocal_roots,
    square_reciprocal_sum,
    decompose_partial_fractions,
    compose_functions,
    invert_rational_function,
    count_domain_of_roots,
    iterate_piecewise,
    intersect_graphs,
)
