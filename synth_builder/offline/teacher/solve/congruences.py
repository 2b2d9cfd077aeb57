"""Modular arithmetic: powers, congruences, inverses, orders and clocks."""

from __future__ import annotations

import math
import re

from synth_builder.offline.teacher.solve.given import given_integers, has_loose_digits
from synth_builder.offline.teacher.solve.notation import math_parts
from synth_builder.offline.teacher.solve.question import Method, Solution

_LARGEST_MODULUS = 10**6
_POWER_REMAINDER = re.compile(
    r"remainder (?:when|of|if) \$(\d+)\^(?:\{(\d+)\}|(\d))\$ "
    r"(?:is divided|when divided|on division|upon division) by \$(\d+)\$"
)
_COUNTER = re.compile(
    r"modulo \$(?P<modulus>\d+)\$\. It starts at \$1\$ and[^$]*multiplied by \$(?P<base>\d+)\$"
    r"[^$]*modulo \$(?P<again>\d+)\$\."
    r"[^$]*after exactly \$(?P<exponent>\d+)\$ steps"
)


def find_remainder_of_power(text: str) -> Solution | None:
    """Find the remainder of a power by repeated squaring."""
    if found := _POWER_REMAINDER.search(text):
        base, exponent, modulus = int(found[1]), int(found[2] or found[3]), int(found[4])
        if len(math_parts(text)) != 2 or has_loose_digits(text):
            return None
    elif found := _COUNTER.search(text):
        base, exponent, modulus = int(found["base"]), int(found["exponent"]), int(found["modulus"])
        if found["modulus"] != found["again"] or given_integers(text, 5) is None:
            return None
    else:
        return None
    if modulus < 1:
        return None
    return _square_repeatedly(base, exponent, modulus)


def _square_repeatedly(base: int, exponent: int, modulus: int) -> Solution:
    squares, power = [], 1
    while power <= max(exponent, 1):
        squares.append((power, pow(base, power, modulus)))
        power *= 2
    used = [(power, value) for power, value in squares if exponent & power]
    answer = str(pow(base, exponent, modulus))
    product = r" \cdot ".join(str(value) for _, value in reversed(used)) or "1"
    shown = ", ".join(rf"{base}^{{{power}}} \equiv {value}" for power, value in squares)
    steps = (
        rf"Square repeatedly modulo ${modulus}$: ${shown}$.",
        f"The exponent is ${exponent} = {' + '.join(str(power) for power, _ in reversed(used)) or '0'}$.",
        rf"So ${base}^{{{exponent}}} \equiv {product} \equiv {answer} \pmod{{{modulus}}}$.",
    )
    return Solution(steps, answer)


_LAST_DIGIT = re.compile(r"(?:units|last) digit of \$(\d+)\^(?:\{(\d+)\}|(\d))\$")


def find_units_digit(text: str) -> Solution | None:
    """Find the last digit of a power from the cycle of the last digits."""
    found = _LAST_DIGIT.search(text)
    if found is None or has_loose_digits(text):
        return None
    base, exponent = int(found[1]), int(found[2] or found[3])
    others = [part for part in math_parts(text) if f"${part}$" not in found[0]]
    if any(part != rf"{base}^1, {base}^2, {base}^3, \ldots" for part in others) or exponent < 1:
        return None
    cycle = [base % 10]
    while cycle[-1] * base % 10 != cycle[0]:
        cycle.append(cycle[-1] * base % 10)
    answer = str(cycle[(exponent - 1) % len(cycle)])
    return Solution(
        (
            f"The last digits repeat in the cycle ${', '.join(map(str, cycle))}$ of length ${len(cycle)}$.",
            f"The exponent ${exponent}$ stands at place ${(exponent - 1) % len(cycle) + 1}$ of the cycle.",
            f"The last digit is ${answer}$.",
        ),
        answer,
    )


_CONGRUENCE = re.compile(r"(\d*)x \\equiv (-?\d+) \\pmod\{(\d+)\}")


def solve_linear_congruence(text: str) -> Solution | None:
    """Solve a linear congruence in x."""
    parts = [part for part in math_parts(text) if part != "x"] if r"\equiv" in text else []
    found = _CONGRUENCE.fullmatch(parts[0]) if parts else None
    if found is None or has_loose_digits(text) or int(found[3]) < 1:
        return None
    factor, right, modulus = int(found[1] or 1), int(found[2]), int(found[3])
    bounded = parts[1:] == [rf"0 \le x < {modulus}"]
    if not (bounded or (len(parts) == 1 and "smallest non-negative integer" in text)):
        return None
    common = math.gcd(factor, modulus)
    if right % common or (bounded and common != 1):
        return None
    reduced = modulus // common
    inverse = pow(factor // common, -1, reduced) if reduced > 1 else 0
    answer = str(right // common * inverse % reduced)
    steps = (
        rf"Divide by ${common}$: ${factor // common}x \equiv {right // common} \pmod{{{reduced}}}$.",
        rf"The inverse of ${factor // common}$ modulo ${reduced}$ is ${inverse}$.",
        rf"So $x \equiv {inverse} \cdot {right // common} \equiv {answer} \pmod{{{reduced}}}$.",
    )
    return Solution(steps if common > 1 else steps[1:], answer)


_INVERSE = re.compile(r"inverse of \$(\d+)\$ modulo \$(\d+)\$")


def find_modular_inverse(text: str) -> Solution | None:
    """Find a multiplicative inverse by the extended Euclidean algorithm."""
    found = _INVERSE.search(text)
    if found is None or has_loose_digits(text):
        return None
    number, modulus = int(found[1]), int(found[2])
    known = {"x", str(number), str(modulus), "1", str(modulus - 1), rf"1 \le x < {modulus}"}
    known.add(rf"{number} \cdot x \equiv 1 \pmod{{{modulus}}}")
    if not set(math_parts(text)) <= known or modulus < 2 or math.gcd(number, modulus) != 1:
        return None
    inverse = pow(number, -1, modulus)
    quotient = (number * inverse - 1) // modulus
    return Solution(
        (
            f"The extended Euclidean algorithm for ${number}$ and ${modulus}$ gives"
            rf" $1 = {inverse} \cdot {number} - {quotient} \cdot {modulus}$.",
            rf"So ${number} \cdot {inverse} = {number * inverse} \equiv 1 \pmod{{{modulus}}}$.",
            f"The inverse is ${inverse}$.",
        ),
        str(inverse),
    )


_LEAVES = re.compile(r"remainder \$(\d+)\$ when divided by \$(\d+)\$")
_GROUPS = re.compile(r"groups of \$(\d+)\$, there (?:are|is) \$(\d+)\$ left over")
_PAIR = re.compile(r"\$x \\equiv (\d+) \\pmod\{(\d+)\}\$")


def solve_two_congruences(text: str) -> Solution | None:
    """Find the smallest positive integer with two given remainders."""
    if not re.search(r"smallest (?:positive integer|possible number)", text) or has_loose_digits(text):
        return None
    pairs = [(int(rest), int(modulus)) for rest, modulus in _LEAVES.findall(text) + _PAIR.findall(text)]
    pairs += [(int(rest), int(modulus)) for modulus, rest in _GROUPS.findall(text)]
    expected = 2 if _PAIR.search(text) else 4
    if len(pairs) != 2 or len([part for part in math_parts(text) if part != "x"]) != expected:
        return None
    (first, one), (second, two) = pairs
    if min(one, two) < 1:
        return None
    common = math.gcd(one, two)
    if (second - first) % common:
        return None
    reduced = two // common
    steps = (second - first) // common * (pow(one // common, -1, reduced) if reduced > 1 else 0) % reduced
    period = math.lcm(one, two)
    value = (first + one * steps) % period or period
    return Solution(
        (
            rf"Numbers with the first remainder have the form $x = {first} + {one}t$.",
            rf"The second condition ${first} + {one}t \equiv {second} \pmod{{{two}}}$ holds for $t = {steps}$,"
            f" and again after every ${reduced}$ steps.",
            f"The solutions repeat modulo ${period}$; the smallest positive one is ${value}$.",
        ),
        str(value),
    )


_ORDER = re.compile(r"multiplicative order of \$(\d+)\$ modulo \$(\d+)\$")
_FIRST_ONE = re.compile(
    r"smallest positive integer \$(\w)\$ (?:for which|with|such that) \$(\d+)\^\{?\1\}? \\equiv 1 \\pmod\{(\d+)\}\$"
)


def find_multiplicative_order(text: str) -> Solution | None:
    """Find the multiplicative order of a residue."""
    if found := _ORDER.search(text):
        number, modulus, parts = int(found[1]), int(found[2]), 2
    elif found := _FIRST_ONE.search(text):
        number, modulus, parts = int(found[2]), int(found[3]), 2
    else:
        return None
    if len(math_parts(text)) != parts or has_loose_digits(text) or not 2 <= modulus <= _LARGEST_MODULUS:
        return None
    if math.gcd(number, modulus) != 1:
        return None
    powers = [number % modulus]
    while powers[-1] != 1:
        powers.append(powers[-1] * number % modulus)
    shown = ", ".join(map(str, powers if len(powers) <= 30 else powers[:25]))
    shown += "" if len(powers) <= 30 else r", \ldots, 1"
    return Solution(
        (
            f"The powers of ${number}$ modulo ${modulus}$ are ${shown}$.",
            f"The value $1$ appears for the first time at the exponent ${len(powers)}$.",
        ),
        str(len(powers)),
    )


_START = re.compile(r"\$(\d+)\$ o'clock")
_LATER = re.compile(r"\$(\d+)\$ hours (?:later|after)")


def read_clock(text: str) -> Solution | None:
    """Find the hour that a twelve-hour clock shows after some hours."""
    if "twelve-hour clock" not in text or not re.search(r"Which hour|[Tt]he hour shown", text):
        return None
    start, later = _START.search(text), _LATER.search(text)
    if start is None or later is None or not 1 <= int(start[1]) <= 12:
        return None
    if given_integers(text.replace("from $1$ to $12$", ""), 2) is None:
        return None
    total = int(start[1]) + int(later[1])
    answer = str(total % 12 or 12)
    return Solution(
        (
            f"Add the hours: ${start[1]} + {later[1]} = {total}$.",
            rf"Modulo $12$: ${total} = {total // 12} \cdot 12 + {total % 12}$.",
            f"The clock shows ${answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    find_remainder_of_power,
    find_units_digit,
    solve_linear_congruence,
    find_modular_inverse,
    solve_two_congruences,
    find_multiplicative_order,
    read_clock,
)
