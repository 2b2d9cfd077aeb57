"""Arithmetic in words and signs: whole numbers, fractions, decimals and ratios."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.given import given_integers, given_numbers, has_loose_digits, is_writable
from synth_builder.offline.teacher.solve.notation import (
    format_number,
    in_brackets,
    math_parts,
    read_number,
)
from synth_builder.offline.teacher.solve.question import Method, Solution

_EVALUATE = re.compile(
    r"(?:(?:Evaluate|Calculate|Compute|Find|Determine)(?: the value of| the expression)?|[Tt]he value of"
    r"|What is(?: the value of)?) \$([^$]+)\$(?: exactly)?[.?]?"
    r"(?: Give the (?:result|answer|sum) as an? (?:reduced )?fraction(?: in lowest terms)?\.| Give the exact value\.)?"
)
_CALCULATOR = re.compile(r"[^$]*\border of operations\b[^$]*\$([^$]+)\$[^$\d]*")
_BRACKETS = re.compile(r"\(([^()]*\d[^()]*)\)")
_POWER = re.compile(r"(?<!\^)\b\d+\^(?:\d+\b|\{\d+\})")
_ATOM = r"(?:\\frac\{\d+\}\{\d+\}|\d+(?!\^))"
_PRODUCT = re.compile(rf"{_ATOM}(?: \\cdot {_ATOM})+")
_RATIO = re.compile(r"\$(\d+ : \d+(?: : \d+)*)\$")
_REPEATING = re.compile(r"(\d+)\.(\d*)\\overline\{(\d+)\}")
_COUNTS = re.compile(r"numbers? of (\w+)(?:, (\w+))? and (\w+)")


def evaluate_expression(text: str) -> Solution | None:
    """Evaluate a calculation that is written in signs, following the order of operations."""
    found = _EVALUATE.fullmatch(text) or _CALCULATOR.fullmatch(text)
    if found is None or found[1].strip().lstrip("-").isdigit():
        return None
    value = read_number(found[1])
    if value is None or not is_writable(value):
        return None
    fractions = [read_number(part) for part in found[1].split(" + ")]
    if len(fractions) == 2 and all(part is not None and part.denominator > 1 for part in fractions):
        return _add_fractions([part for part in fractions if part is not None])
    return Solution(
        (*_simplification(found[1], value), f"The value is ${format_number(value)}$."), format_number(value)
    )


def _simplification(expression: str, value: Fraction) -> list[str]:
    """Calculate brackets, then powers, then products, then sums; a stage that changes nothing is left out."""
    stages = (("brackets", _BRACKETS), ("powers", _POWER), ("products", _PRODUCT))
    steps = []
    for name, pattern in stages:
        simpler = pattern.sub(lambda found: _calculated(found[0]), expression)
        if simpler != expression and read_number(simpler) == value:
            steps.append(f"Calculate the {name}: ${expression} = {simpler}$.")
            expression = simpler
    if expression != format_number(value):
        steps.append(f"Then ${expression} = {format_number(value)}$.")
    return steps


def _calculated(part: str) -> str:
    number = read_number(part)
    return part if number is None else in_brackets(number)


def add_portions(text: str) -> Solution | None:
    """Add two portions of the same thing that are given as fractions."""
    if "in total" not in text or r"\frac" not in text or " for the " not in text:
        return None
    numbers = given_numbers(text, 2)
    if numbers is None or any(r"\frac" not in part for part in math_parts(text)) or "each" in text:
        return None
    return _add_fractions(numbers)


def _add_fractions(numbers: list[Fraction]) -> Solution:
    common = math.lcm(*(number.denominator for number in numbers))
    tops = [int(number * common) for number in numbers]
    written = " + ".join(format_number(number) for number in numbers)
    expanded = " + ".join(rf"\frac{{{top}}}{{{common}}}" for top in tops)
    answer = format_number(sum(numbers, Fraction(0)))
    return Solution(
        (
            f"The least common denominator is ${common}$.",
            rf"${written} = {expanded} = \frac{{{sum(tops)}}}{{{common}}}$.",
            f"In lowest terms this is ${answer}$.",
        ),
        answer,
    )


_REMAINDER = re.compile(r"[^$]*\bremainder (?:when|if) \$(-?\d+)\$ is divided by \$(\d+)\$[.?]?", re.IGNORECASE)
_LEFT_OVER = re.compile(r"How many [\w ]+ (?:are left over|remain|are left|stay unpacked)\?$")


def divide_with_remainder(text: str) -> Solution | None:
    """Find the remainder of a division, also of things packed in equal groups."""
    if found := _REMAINDER.fullmatch(text):
        number, divisor = int(found[1]), int(found[2])
    else:
        packed = re.search(r"boxes of|groups of|bags of|packs of|equally among", text)
        numbers = given_integers(text, 2) if packed and _LEFT_OVER.search(text) else None
        if numbers is None:
            return None
        number, divisor = numbers
    if divisor < 1:
        return None
    quotient, remainder = divmod(number, divisor)
    multiple = quotient * divisor
    return Solution(
        (
            f"Divide ${number}$ by ${divisor}$: the whole quotient is ${quotient}$.",
            rf"${quotient} \cdot {divisor} = {multiple}$ and ${number} - {in_brackets(multiple)} = {remainder}$.",
            f"The remainder is ${remainder}$.",
        ),
        str(remainder),
    )


_AT_LEAST = re.compile(r"[^$]*\bsmallest (?:integer|whole number) that is at least \$\\frac\{(\d+)\}\{(\d+)\}\$[.?]?")


def round_up_quotient(text: str) -> Solution | None:
    """Find how many containers of a fixed capacity are needed."""
    if found := _AT_LEAST.fullmatch(text):
        total, capacity = int(found[1]), int(found[2])
    else:
        asked = re.search(r"(?:smallest|least|minimum) number of [\w ]+ needed", text)
        limited = re.search(r"at most \$(\d+)\$", text)
        numbers = given_integers(text, 2) if asked and limited else None
        if numbers is None or limited is None or numbers[1] != int(limited[1]):
            return None
        total, capacity = numbers
    if capacity < 1:
        return None
    needed = -(-total // capacity)
    fewer, enough = (needed - 1) * capacity, needed * capacity
    return Solution(
        (
            rf"Divide: $\frac{{{total}}}{{{capacity}}}$ lies above ${needed - 1}$ and is at most ${needed}$.",
            rf"Indeed ${needed - 1} \cdot {capacity} = {fewer} < {total} \le {needed} \cdot {capacity} = {enough}$.",
            f"Rounding up gives ${needed}$.",
        ),
        str(needed),
    )


_PURCHASE = re.compile(r"\$(\d+)\$ [\w ]+? (?:at|for) \$(\d+)\$ dollars each")


def subtract_purchases(text: str) -> Solution | None:
    """Find the money that is left after two purchases."""
    if "dollars each" not in text or not re.search(r"How (?:many dollars|much money)[^$]*\b(?:left|remain)\b", text):
        return None
    numbers = given_integers(text, 5)
    purchases = [(int(count), int(price)) for count, price in _PURCHASE.findall(text)]
    others = re.findall(r"\$(\d+)\$", _PURCHASE.sub("", text))
    if numbers is None or len(purchases) != 2 or len(others) != 1:
        return None
    (first_count, first_price), (second_count, second_price) = purchases
    first, second, money = first_count * first_price, second_count * second_price, int(others[0])
    return Solution(
        (
            rf"The first purchase costs ${first_count} \cdot {first_price} = {first}$ dollars, "
            rf"the second ${second_count} \cdot {second_price} = {second}$ dollars.",
            f"Together they cost ${first} + {second} = {first + second}$ dollars.",
            f"So ${money} - {first + second} = {money - first - second}$ dollars are left.",
        ),
        str(money - first - second),
    )


def take_fractions_of_remainder(text: str) -> Solution | None:
    """Take away a fraction, then a fraction of the rest, and add new items."""
    if "of the remaining" not in text or "of them" not in text:
        return None
    if not re.search(r"\b(?:new|more) \w+", text) or not re.search(r"How many [\w ]+\?$", text):
        return None
    numbers = given_numbers(text, 4)
    if numbers is None or not (0 < numbers[1] < 1 and 0 < numbers[2] < 1):
        return None
    total, first, second, extra = numbers
    if re.search(r"How many [^?]*(?:sold|given away)", text):
        return None
    rest, end = total * (1 - first), total * (1 - first) * (1 - second)
    answer = format_number(end + extra)
    return Solution(
        (
            f"After the first step ${_product(total, 1 - first)}$ are left.",
            f"After the second step ${_product(rest, 1 - second)}$ are left.",
            f"With the new ones there are ${format_number(end)} + {format_number(extra)} = {answer}$.",
        ),
        answer,
    )


def _product(left: Fraction, right: Fraction) -> str:
    return rf"{format_number(left)} \cdot {format_number(right)} = {format_number(left * right)}"


_DOTS = re.compile(r"(\d+\.\d+) ?(?:\\l?dots|\.\.\.)")
_PERIODS = tuple(
    re.compile(rf"(\d+)\.(\d{{{fixed}}})(\d{{{period}}})\3{{{2 if period == 1 else 1},}}")
    for fixed in range(4)
    for period in range(1, 7)
)


def _read_repetition(latex: str) -> re.Match[str] | None:
    r"""Find the digits before the point, the fixed and the repeated ones of a decimal such as `0.4545\ldots`."""
    shown = _DOTS.fullmatch(latex)
    return next((found for period in _PERIODS if (found := period.fullmatch(shown[1]))), None) if shown else None


def convert_repeating_decimal(text: str) -> Solution | None:
    """Write a repeating decimal as a fraction."""
    parts = math_parts(text) if "fraction" in text or "quotient of" in text or "ratio of" in text else []
    found = (_REPEATING.fullmatch(parts[0]) or _read_repetition(parts[0])) if parts else None
    if found is None or any(part != found[3] for part in parts[1:]) or has_loose_digits(text):
        return None
    whole, fixed, block = found.groups()
    shift, period = 10 ** len(fixed), 10 ** len(block)
    top = int(whole + fixed + block) - int(whole + fixed)
    answer = format_number(Fraction(top, shift * (period - 1)))
    return Solution(
        (
            f"Let $x = {parts[0]}$. Then ${shift * period}x - {shift if shift > 1 else ''}x = {top}$,"
            " because the repeating digits cancel.",
            rf"So $x = \frac{{{top}}}{{{shift * (period - 1)}}}$.",
            f"In lowest terms $x = {answer}$.",
        ),
        answer,
    )


def divide_in_ratio(text: str) -> Solution | None:
    """Find the largest or smallest part of a total that is divided in a ratio, or the total from one part."""
    found = _RATIO.search(text) if "ratio" in text else None
    numbers = given_integers(_RATIO.sub("", text, count=1), 1) if found else None
    if found is None or numbers is None:
        return None
    ratio = [int(part) for part in found[1].split(" : ")]
    if re.search(r"in total\?|\b[Tt]he total of", text):
        return _total_from_part(text, ratio, numbers[0])
    asked = re.search(r"\b(?:largest|greatest|smallest) (?:share|part)\b", text)
    shared = re.search(r"\b(?:divides?|divided|shares?|shared|splits?|when) (?:[\w ]+ )?\$\d+\$ ", text)
    if asked is None or shared is None:
        return None
    part = min(ratio) if asked[0].startswith("smallest") else max(ratio)
    unit = Fraction(numbers[0], sum(ratio))
    answer = format_number(part * unit)
    return Solution(
        (
            f"The ratio has ${' + '.join(map(str, ratio))} = {sum(ratio)}$ parts.",
            f"One part is ${numbers[0]} : {sum(ratio)} = {format_number(unit)}$.",
            f"The share of ${part}$ parts is ${_product(Fraction(part), unit)}$.",
        ),
        answer,
    )


def _total_from_part(text: str, ratio: list[int], size: int) -> Solution | None:
    named = _COUNTS.search(text)
    kinds = [kind for kind in named.groups() if kind] if named else []
    one_kind = re.search(r"\$\d+\$ (\w+)", text)
    if re.search(r"\bsmallest\b", text):
        part = min(ratio)
    elif re.search(r"\blargest\b", text):
        part = max(ratio)
    elif one_kind and one_kind[1] in kinds and len(kinds) == len(ratio):
        part = ratio[kinds.index(one_kind[1])]
    else:
        return None
    total = Fraction(size * sum(ratio), part)
    answer = format_number(total)
    return Solution(
        (
            f"The given share has ${part}$ of the ${' + '.join(map(str, ratio))} = {sum(ratio)}$ parts.",
            f"One part is ${size} : {part} = {format_number(Fraction(size, part))}$.",
            rf"The total is ${sum(ratio)} \cdot {format_number(Fraction(size, part))} = {answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    evaluate_expression,
    add_portions,
    divide_with_remainder,
    round_up_quotient,
    subtract_purchases,
    take_fractions_of_remainder,
    convert_repeating_decimal,
    divide_in_ratio,
)
