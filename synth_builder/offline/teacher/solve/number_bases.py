"""Numbers in other bases than ten."""

from __future__ import annotations

import re

from synth_builder.offline.teacher.solve.given import has_loose_digits
from synth_builder.offline.teacher.solve.notation import (
    math_parts,
)
from synth_builder.offline.teacher.solve.question import Method, Solution


def _digits(number: int, base: int) -> list[int]:
    digits = [number % base]
    while number := number // base:
        digits.append(number % base)
    return digits[::-1]


_DIGIT_SUM = re.compile(r"sum of the digits of \$(\d+)\$ written in base \$(\d+)\$")
_ITS_DIGITS = re.compile(r"[Ww]rite (?:the (?:integer|number) )?\$(\d+)\$ in base \$(\d+)\$\. What is the sum of its")


def add_digits_in_base(text: str) -> Solution | None:
    """Add the digits of an integer in another base."""
    found = _DIGIT_SUM.search(text) or _ITS_DIGITS.search(text)
    if found is None or has_loose_digits(text) or not set(math_parts(text)) <= {found[1], found[2]}:
        return None
    number, base = int(found[1]), int(found[2])
    if base < 2:
        return None
    digits = _digits(number, base)
    answer = str(sum(digits))
    return Solution(
        (
            f"Divide ${number}$ repeatedly by ${base}$; the remainders, read backwards, are the digits"
            f" ${', '.join(map(str, digits))}$.",
            f"Their sum is ${answer}$.",
        ),
        answer,
    )


_NUMERAL = re.compile(r"\$(\d+)_\{?(\d+)\}?\$")


def convert_to_decimal(text: str) -> Solution | None:
    """Convert a numeral of another base to base ten."""
    found = _NUMERAL.search(text) if "base ten" in text else None
    if found is None or has_loose_digits(text):
        return None
    if any(part != found[2] for part in math_parts(text) if f"${part}$" != found[0]):
        return None
    digits, base = [int(digit) for digit in found[1]], int(found[2])
    if not 2 <= base <= 10 or max(digits) >= base:
        return None
    answer = str(int(found[1], base))
    terms = [rf"{digit} \cdot {base}^{{{len(digits) - 1 - place}}}" for place, digit in enumerate(digits)]
    return Solution((f"Write out the place values: ${' + '.join(terms)}$.", f"The sum is ${answer}$."), answer)


METHODS: tuple[Method, ...] = (
    add_digits_in_base,
    convert_to_decimal,
)
