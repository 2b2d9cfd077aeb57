"""What solving is: from the text of a question to worked steps and an exact answer, its links resolved first."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from synth_builder.offline.teacher.solve.wording import reads_all_words


class Solution(NamedTuple):
    """Worked steps in Markdown with `$...$` LaTeX, and the final answer as LaTeX without signs around it."""

    steps: tuple[str, ...]
    answer: str


# A method looks at a question, or at a noun phrase that names a quantity, and solves it when it knows its kind.
Method = Callable[[str], Solution | None]

_LINK = re.compile(r"\s*Let \$([a-z])\$ be (.+?)\.\s+(?=[A-Z$])", re.DOTALL)
_NATURAL = re.compile(r"\d+")  # a negative value would need brackets where it is put in


def solve_linked(question: str, methods: Sequence[Method]) -> Solution | None:
    """Solve a question whose numbers may be the results of earlier problems ("Let $k$ be ...").

    Args:
        question: The text.
        methods: Tried in order; the first that knows the question decides.
    """
    steps: list[str] = []
    while link := _LINK.match(question):
        symbol, quantity = link.groups()
        first = solve_one(quantity, methods)
        if first is None:
            break  # "Let $p$ be a prime." is part of the question, not a link
        if not _NATURAL.fullmatch(first.answer):
            return None
        steps += [*first.steps, f"So ${symbol} = {first.answer}$."]
        question = insert_value(question[link.end() :], symbol, first.answer)
    last = solve_one(question, methods)
    return None if last is None else Solution((*steps, *last.steps), last.answer)


def solve_one(text: str, methods: Sequence[Method]) -> Solution | None:
    """Solve by the first method that knows the text and reads all of its words that change a task."""
    for method in methods:
        solution = method(text)
        if solution is not None and reads_all_words(method.__name__, text):
            return solution
    return None


def insert_value(text: str, symbol: str, value: str) -> str:
    """Put `value` in the place of `symbol` inside every `$...$`."""
    token = re.compile(rf"(?<![A-Za-z\\]){symbol}(?![A-Za-z])")
    parts = text.split("$")
    return "$".join(token.sub(value, part) if place % 2 else part for place, part in enumerate(parts))
