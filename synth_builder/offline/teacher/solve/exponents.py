"""Powers, radicals and logarithms."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.given import (
    LARGEST_RADICAND,
    asked_equation,
    given_integers,
    has_loose_digits,
    is_writable,
)
from synth_builder.offline.teacher.solve.notation import (
    exact_root,
    format_number,
    format_polynomial,
    format_root,
    format_sum,
    math_parts,
    read_integer,
    read_polynomial,
    split_root,
)
from synth_builder.offline.teacher.solve.question import Method, Solution

_EXPONENT = r"\^(?:\{(-?\d+)\}|(\d))"
_POWER = re.compile(r"(\d+)" + _EXPONENT)
_POWERS = re.compile(rf"\\frac\{{(\d+){_EXPONENT} \\cdot (\d+){_EXPONENT}\}}\{{(\d+){_EXPONENT}\}}")


def combine_powers(text: str) -> Solution | None:
    """Write a quotient of powers with the same base as one power."""
    found = _POWERS.search(text) if "x" in text else None
    if found is None or has_loose_digits(text):
        return None
    base, *others = (found[1], found[4], found[7])
    goal = f"{base}^x"
    known = {"x", goal, found[0], f"{found[0]} = {goal}"}
    parts = math_parts(text)
    if any(other != base for other in others) or not set(parts) <= known or int(base) < 2:
        return None
    if not any(part.endswith(goal) for part in parts) or not re.search(r"(?:value of|exponent) \$x\$", text):
        return None
    one, two, three = (int(found[place] or found[place + 1]) for place in (2, 5, 8))
    answer = str(one + two - three)
    return Solution(
        (
            f"Multiplying powers of ${base}$ adds exponents: ${one} + {two} = {one + two}$.",
            f"Dividing subtracts them: ${one + two} - {three} = {answer}$.",
            f"So $x = {answer}$.",
        ),
        answer,
    )


_RADICALS = re.compile(r"(\d*)\\sqrt\{(\d+)\} ([-+]) (\d*)\\sqrt\{(\d+)\}")
_UNIT = re.compile(r"(?:multiple of \$|c)\\sqrt\{(\d+)\}\$")


def add_radicals(text: str) -> Solution | None:
    """Add two multiples of the same square root."""
    found, unit = (_RADICALS.search(text), _UNIT.search(text)) if r"\sqrt" in text else (None, None)
    if found is None or unit is None or not re.search("integer", text) or has_loose_digits(text):
        return None
    root = rf"\sqrt{{{unit[1]}}}"
    if not set(math_parts(text)) <= {"c", rf"c{root}", root, found[0], rf"{found[0]} = c{root}"}:
        return None
    if max(int(found[2]), int(found[5])) > LARGEST_RADICAND:
        return None
    (one, first), (two, second) = split_root(int(found[2])), split_root(int(found[5]))
    if not first == second == int(unit[1]):
        return None
    one, two = one * int(found[1] or 1), two * int(found[4] or 1)
    answer = str(one + two if found[3] == "+" else one - two)
    return Solution(
        (
            rf"Take square factors out of the roots: the terms are ${one}{root}$ and ${two}{root}$.",
            rf"Add like radicals: ${one}{root} {found[3]} {two}{root} = {answer}{root}$.",
            f"The integer is ${answer}$.",
        ),
        answer,
    )


_TO_RATIONALIZE = re.compile(r"\\frac\{(\d+)\}\{\\sqrt\{(\d+)\} ([-+]) \\sqrt\{(\d+)\}\}")


def rationalize_denominator(text: str) -> Solution | None:
    """Remove a sum or difference of square roots from a denominator."""
    if not re.search(r"[Rr]ationali[sz]e|without (?:a )?radicals? in the denominator", text) or has_loose_digits(text):
        return None
    parts = math_parts(text)
    found = _TO_RATIONALIZE.fullmatch(parts[0]) if len(parts) == 1 else None
    if found is None:
        return None
    top, first, second = int(found[1]), int(found[2]), int(found[4])
    if first == second or exact_root(first * second) is not None or max(first, second) > LARGEST_RADICAND:
        return None
    factor = Fraction(top, first - second)
    opposite = "+" if found[3] == "-" else "-"
    answer = format_sum([format_root(first, factor), format_root(second, factor if opposite == "+" else -factor)])
    conjugate = rf"\sqrt{{{first}}} {opposite} \sqrt{{{second}}}"
    return Solution(
        (
            f"Multiply numerator and denominator by the conjugate ${conjugate}$.",
            f"The denominator becomes ${first} - {second} = {first - second}$.",
            rf"So the value is $\frac{{{top}({conjugate})}}{{{first - second}}} = {answer}$.",
        ),
        answer,
    )


_LOGARITHM = re.compile(r"\\log_\{?(\d+)\}?\(([^()]+)\)")


def solve_logarithmic(text: str) -> Solution | None:
    """Solve an equation with one logarithm of a linear function."""
    sides = asked_equation(text) if r"\log" in text else None
    found = _LOGARITHM.fullmatch(sides[0]) if sides else None
    if sides is None or found is None:
        return None
    inside, exponent, base = read_polynomial(found[2]), read_integer(sides[1]), int(found[1])
    if inside is None or len(inside) != 2 or exponent is None or base < 2 or not -50 < exponent < 200:
        return None
    power = Fraction(base) ** exponent
    answer = format_number((power - inside[0]) / inside[1])
    return Solution(
        (
            f"In exponential form: ${found[2]} = {base}^{{{exponent}}} = {format_number(power)}$.",
            f"So $x = {answer}$.",
        ),
        answer,
    )


def solve_exponential(text: str) -> Solution | None:
    """Solve an equation between two powers of a common base."""
    sides = asked_equation(text) if "^" in text and "x" in text else None
    left, right = (_read_power(sides[0]), _read_power(sides[1])) if sides else (None, None)
    if left is None or right is None or max(left[0], right[0]) > _LARGEST_BASE:
        return None
    (first, upper), (second, lower) = left, right
    for base in range(2, min(first, second) + 1):
        one, two = _exponent_of(base, first), _exponent_of(base, second)
        if one and two:
            constant, slope = (one * upper[place] - two * lower[place] for place in (0, 1))
            if not slope:
                return None
            answer = format_number(-constant / slope)
            exponents = [format_polynomial(tuple(factor * c for c in p)) for factor, p in ((one, upper), (two, lower))]
            return Solution(
                (
                    f"With the common base ${base}$: ${first} = {base}^{{{one}}}$ and ${second} = {base}^{{{two}}}$.",
                    rf"The exponents are equal: ${exponents[0]} = {exponents[1]}$.",
                    f"So $x = {answer}$.",
                ),
                answer,
            )
    return None


_LARGEST_BASE = 10**6
_BASE_AND_EXPONENT = re.compile(r"(\d+)(?:\^(?:\{([^{}]+)\}|(\w)))?")


def _read_power(latex: str) -> tuple[int, tuple[Fraction, Fraction]] | None:
    """Read a power with a linear exponent as its base and the exponent's constant and slope."""
    found = _BASE_AND_EXPONENT.fullmatch(latex)
    exponent = read_polynomial(found[2] or found[3] or "1") if found else None
    if found is None or exponent is None or len(exponent) > 2 or int(found[1]) < 2:
        return None
    padded = (*exponent, Fraction(0), Fraction(0))
    return int(found[1]), (padded[0], padded[1])


def _exponent_of(base: int, number: int) -> int | None:
    exponent = 0
    while number % base == 0:
        number //= base
        exponent += 1
    return exponent if number == 1 else None


_ONE_LOGARITHM = r"\\log_\{?(\d+)\}? ?(x|\([^()]+\))"
_TWO_LOGARITHMS = re.compile(rf"{_ONE_LOGARITHM} \+ {_ONE_LOGARITHM}")


def solve_sum_of_logarithms(text: str) -> Solution | None:
    """Solve an equation with a sum of two logarithms of linear functions."""
    sides = asked_equation(text) if r"\log" in text else None
    found = _TWO_LOGARITHMS.fullmatch(sides[0]) if sides else None
    if sides is None or found is None or found[1] != found[3]:
        return None
    arguments = [argument.strip("()") for argument in (found[2], found[4])]
    first, second, exponent = *map(read_polynomial, arguments), read_integer(sides[1])
    if first is None or second is None or exponent is None or not 0 <= exponent < 100:
        return None
    if (len(first), len(second)) != (2, 2) or first[1] != 1 or second[1] != 1:
        return None
    power = int(found[1]) ** exponent
    total, product = first[0] + second[0], first[0] * second[0] - power
    root = exact_root(total * total - 4 * product)
    if root is None:
        return None
    # The other root makes both arguments negative: they multiply to the positive power.
    value = (root - total) / 2
    answer = format_number(value)
    return Solution(
        (
            rf"The logarithm of a product: $({arguments[0]})({arguments[1]}) = {found[1]}^{{{exponent}}} = {power}$.",
            f"So ${format_polynomial((product, total, 1))} = 0$ with the solutions"
            f" ${answer}$ and ${format_number((-root - total) / 2)}$.",
            f"Only $x = {answer}$ makes both arguments positive.",
        ),
        answer,
    )


_GROWTH = re.compile(r"\b(doubles|triples|quadruples) every \$(\d+)\$ (\w+)")


def grow_exponentially(text: str) -> Solution | None:
    """Find a count that is multiplied by a fixed factor in equal intervals of time."""
    found = _GROWTH.search(text)
    after = re.search(rf"\bafter \$(\d+)\$ {found[3]}\?", text) if found else None
    start = re.search(r"(?:starts|begins)[\w ]* with \$(\d+)\$", text)
    if found is None or after is None or start is None or given_integers(text, 3) is None:
        return None
    factor = {"doubles": 2, "triples": 3, "quadruples": 4}[found[1]]
    if int(found[2]) < 1 or int(after[1]) % int(found[2]):
        return None
    times = int(after[1]) // int(found[2])
    if times > 1000:
        return None
    count = int(start[1]) * factor**times
    if not is_writable(count):
        return None
    answer = str(count)
    return Solution(
        (
            rf"The number of intervals is $\frac{{{after[1]}}}{{{found[2]}}} = {times}$.",
            rf"Each multiplies the count by ${factor}$: ${start[1]} \cdot {factor}^{{{times}}} = {answer}$.",
        ),
        answer,
    )


_DIGITS = re.compile(r"[Hh]ow many (?:decimal )?digits|number of (?:decimal )?digits of")


def count_decimal_digits(text: str) -> Solution | None:
    """Count the decimal digits of a power."""
    if not _DIGITS.search(text) or "binary" in text or has_loose_digits(text):
        return None
    parts = math_parts(text)
    found = _POWER.fullmatch(parts[0]) if len(parts) == 1 else None
    if found is None or not re.search(r"base ten|decimal", text):
        return None
    base, exponent = int(found[1]), int(found[2] or found[3])
    if base < 2 or not 0 <= exponent <= 20000:
        return None
    logarithm = exponent * math.log10(base)
    digits = int(logarithm) + 1
    power = base**exponent
    while power >= 10**digits:
        digits += 1
    while power < 10 ** (digits - 1):
        digits -= 1
    return Solution(
        (
            rf"The common logarithm is ${exponent} \cdot \log_{{10}} {base} \approx {logarithm:.4f}$.",
            rf"So $10^{{{digits - 1}}} \le {base}^{{{exponent}}} < 10^{{{digits}}}$.",
            f"The integer has ${digits}$ digits.",
        ),
        str(digits),
    )


METHODS: tuple[Method, ...] = (
    combine_powers,
    add_radicals,
    rationalize_denominator,
    solve_logarithmic,
    solve_exponential,
    solve_sum_of_logarithms,
    grow_exponentially,
    count_decimal_digits,
)
