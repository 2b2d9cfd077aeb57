r"""Finding the numbers of a question by the words around them, so that every number is accounted for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from synth_builder.offline.teacher.solve.given import has_loose_digits
from synth_builder.offline.teacher.solve.notation import math_parts, read_number

_NUMBER_WORDS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_NUMBER_WORD = re.compile(rf"\b(?i:({'|'.join(_NUMBER_WORDS)}))\b(?![-'])")
_LIST = re.compile(r"\$-?\d+\$(?:(?:, |,? and )\$-?\d+\$)+")


def with_numerals(text: str) -> str:
    """Write the number words of a text as `$...$` numbers: `Five pumps` gives `$5$ pumps`."""
    return _NUMBER_WORD.sub(lambda found: f"${_NUMBER_WORDS.index(found[1].lower()) + 2}$", text)


def phrase(words: str) -> re.Pattern[str]:
    r"""Compile a regular expression in which `#` stands for a captured `$...$` part."""
    return re.compile(words.replace("#", r"\$([^$]*\d[^$]*)\$"))


def numeric_parts(text: str) -> list[str]:
    """Give the `$...$` parts with a digit; an empty list where a numeral stands outside of them."""
    return [] if has_loose_digits(text) else [part for part in math_parts(text) if re.search(r"\d", part)]


def find_numbers(text: str, *phrases: re.Pattern[str]) -> tuple[Fraction, ...] | None:
    """Find one number by each phrase.

    Returns:
        The numbers in the order of the phrases; None unless every phrase is found and the text has no other numbers.
    """
    found = [match for pattern in phrases if (match := pattern.search(text)) is not None]
    places = {match.start(1) for match in found}
    if not len(numeric_parts(text)) == len(phrases) == len(found) == len(places):
        return None
    numbers = [read_number(match[1].removesuffix(r"\%")) for match in found]
    known = tuple(number for number in numbers if number is not None)
    return known if len(known) == len(numbers) else None


def take_parts(
    text: str, required: Sequence[re.Pattern[str]], allowed: Sequence[re.Pattern[str]] = ()
) -> list[tuple[str, ...]] | None:
    """Share out the numeric parts of a text among patterns; each part goes to the first pattern that fits all of it.

    Returns:
        The groups of each required pattern; None if a part is left over, if a required pattern gets no part, or if a
        pattern gets parts with different groups.
    """
    patterns = (*required, *allowed)
    taken: list[tuple[str, ...] | None] = [None] * len(patterns)
    for part in numeric_parts(text):
        matches = [(place, match.groups()) for place, rule in enumerate(patterns) if (match := rule.fullmatch(part))]
        if not matches:
            return None
        place, groups = matches[0]
        if taken[place] not in (None, groups):
            return None
        taken[place] = groups
    needed = [groups for groups in taken[: len(required)] if groups is not None]
    return needed if len(needed) == len(required) else None


def read_list(text: str) -> tuple[list[Fraction], list[Fraction]] | None:
    """Find the one list of numbers such as `$3$, $4$ and $5$`, and all numbers outside of it, in order."""
    lists = _LIST.findall(text)
    if len(lists) != 1:
        return None
    listed, rest = numeric_parts(lists[0]), numeric_parts(_LIST.sub("", text))
    numbers = [number for part in rest if (number := read_number(part)) is not None]
    if len(numbers) < len(rest) or has_loose_digits(text):
        return None
    return [Fraction(part) for part in listed], numbers
