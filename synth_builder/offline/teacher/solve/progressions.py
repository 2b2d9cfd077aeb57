r"""Sums of integers and of listed arithmetic or geometric progressions."""

from __future__ import annotations

import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.given import given_integers, has_loose_digits, is_writable
from synth_builder.offline.teacher.solve.notation import format_number, in_brackets, math_parts, read_number
from synth_builder.offline.teacher.solve.question import Method, Solution

_LISTED = re.compile(r"(.+), \\[cl]?dots")
_KIND = re.compile(r"(arithmetic|geometric) (?:sequence|progression|series)")
_SUM_ASKED = re.compile(r"sum of (?:its|the) first \$(\d+)\$ terms")
_TERM_ASKED = re.compile(r"\$(\d+)\$(?:-?(?:th|st|nd|rd))? term\b|\$(\d+)\^\{\\text\{(?:th|st|nd|rd)\}\}\$ term\b")


def follow_listed_progression(text: str) -> Solution | None:
    """Find a term or a sum of first terms of a progression that is given by its first terms."""
    kind = _KIND.search(text)
    count, place = _SUM_ASKED.search(text), _TERM_ASKED.search(text)
    parts = math_parts(text)
    listed = [found[1] for part in parts if (found := _LISTED.fullmatch(part))]
    if kind is None or bool(count) == bool(place) or len(listed) != 1 or len(parts) != 2 or has_loose_digits(text):
        return None
    read = [read_number(term) for term in listed[0].split(", ")]
    terms = [term for term in read if term is not None]
    if len(terms) < 3 or len(terms) != len(read) or ("sum" in text.lower()) != bool(count):
        return None
    asked = count or place
    number = int(next(digits for digits in asked.groups() if digits)) if asked else 0
    if not 1 <= number <= 2000:
        return None
    if kind[1] == "arithmetic":
        step = terms[1] - terms[0]
        if any(term != terms[0] + index * step for index, term in enumerate(terms)):
            return None
        last = terms[0] + (number - 1) * step
        total = number * (terms[0] + last) / 2
        rule = f"The common difference is ${format_number(step)}$, so term ${number}$ is ${format_number(last)}$."
    else:
        step = terms[1] / terms[0] if terms[0] else Fraction(0)
        if step in (0, 1) or any(term != terms[0] * step**index for index, term in enumerate(terms)):
            return None
        last = terms[0] * step ** (number - 1)
        total = terms[0] * (step**number - 1) / (step - 1)
        rule = f"The common ratio is ${format_number(step)}$ and the first term is ${format_number(terms[0])}$."
    value = total if count else last
    if not is_writable(value):
        return None
    answer = format_number(value)
    if not count:
        return Solution((rule, f"Term ${number}$ is ${answer}$."), answer)
    formula = (
        rf"\frac{{{number} \cdot ({format_number(terms[0])} + {in_brackets(last)})}}{{2}}"
        if kind[1] == "arithmetic"
        else rf"{in_brackets(terms[0])} \cdot \frac{{r^{{{number}}} - 1}}{{r - 1}}"
    )
    return Solution((rule, f"The sum of ${number}$ terms is ${formula} = {answer}$."), answer)


_FIRST_INTEGERS = re.compile(
    r"sum of the first \$(\d+)\$ (?:positive )?(odd|even)?(?: positive| natural)? ?(?:integers|numbers)(?! that)"
)
_RANGE = re.compile(
    r"sum of (?:all )?(?:the )?(?:integers|whole numbers|natural numbers|numbers) from \$(\d+)\$ to \$(\d+)\$[.?]?$"
)


def add_integers(text: str) -> Solution | None:
    """Add the first positive, odd or even integers, or the integers of a range."""
    if found := _FIRST_INTEGERS.search(text):
        if given_integers(text, 1) is None or re.search("square|cube|prime|multiple|divisible", text):
            return None
        count = int(found[1])
        first, step = {"odd": (1, 2), "even": (2, 2), None: (1, 1)}[found[2]]
        if "positive" not in text and not (found[2] == "odd" or "natural" in text):
            return None  # zero may be an even number that counts
    elif found := _RANGE.search(text):
        if given_integers(text, 2) is None or int(found[1]) > int(found[2]):
            return None
        first, step, count = int(found[1]), 1, int(found[2]) - int(found[1]) + 1
    else:
        return None
    if count < 1:
        return None
    last = first + (count - 1) * step
    answer = str(count * (first + last) // 2)
    return Solution(
        (
            f"They form an arithmetic sequence of ${count}$ terms from ${first}$ to ${last}$.",
            rf"The sum is $\frac{{{count} \cdot ({first} + {last})}}{{2}} = {answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    follow_listed_progression,
    add_integers,
)
