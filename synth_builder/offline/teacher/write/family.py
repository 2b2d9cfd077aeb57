"""What a problem family is: one solution procedure, written as questions with drawn numbers and borrowed subjects."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.scene import Scene


class Number(NamedTuple):
    """A number in a question: drawn (printed as digits) or linked (printed as the symbol of an earlier result)."""

    value: int
    text: str

    def __str__(self) -> str:
        return self.text


def drawn(value: int) -> Number:
    """A number that is printed as its own digits."""
    return Number(value, str(value))


class Problem(NamedTuple):
    """One written problem.

    Attributes:
        question: The self-contained question, in Markdown with `$...$` LaTeX.
        quantity: The result as a noun phrase that can follow "Let $k$ be ", or "" when the result is no integer
            or has no such phrase.
        value: The integer that `quantity` names; 0 when `quantity` is "".
    """

    question: str
    quantity: str = ""
    value: int = 0


class Family(NamedTuple):
    """One solution procedure and the concepts that it exercises.

    Attributes:
        name: Unique snake_case name.
        topic: A topic of the lexicon.
        concepts: Key concepts of the lexicon that a question of this family exercises.
        level: School level: elementary, middle_school, high_school, college, grad_school or competition.
        write: Makes one problem. The last argument is the linked number, or None to draw one.
        takes: The values that a linked number may have; empty when the family cannot take one.
    """

    name: str
    topic: str
    concepts: tuple[str, ...]
    level: str
    write: Callable[[Draw, Scene, Number | None], Problem]
    takes: range = range(0)
