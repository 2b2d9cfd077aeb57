"""What is understood: the wordings of `wordings.txt`, each with the function that works out the answer.

Under the name of a function, that file lists the wordings which the function answers, one a line, in plain notation
(see `plain`). `<n>` stands for what goes to the function's parameter `n`, by whose type it is read; `<thing>`, where
there is no such parameter, for one word. A name that occurs twice stands for the same text twice, `@` for any one
word, and `<a|b>` for either text. A wording fits a question whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from synth_builder.offline.truth.formulas import Formula, Value, calculate, parse

Answer = int | Fraction | str | None
"""A number, LaTeX, or None where the question has no answer that is sure."""
Vector = list[Formula]
Matrix = list[list[Formula]]
Blocks = list[frozenset[int]]
Function = TypeVar("Function", bound=Callable[..., Answer])

_LARGEST_INTEGER = 10_000  # work that grows with a number ends soon
_SLOT = re.compile(r"<(\w+)>|<([^<>]*\|[^<>]*)>|(@)")
_WORD = r"[a-z]+"
_PATTERNS: dict[Any, str] = {
    int: r"[-(\dkm](?:[-\dkm()^*+/ ]*[\dkm)])?",
    Fraction: r"-?(?:frac|[(\dkm])(?:[-\dkm()^*+/. ]|frac)*",
    # Letters stand alone or in pairs, so that no English word passes for a product.
    Formula: r"(?! )(?:frac|sqrt|sin|cos|log|floor|[A-Za-z](?![A-Za-z]{2})|[-\d()|^*+/._ ])+",
    list[int]: r"[-\dkm*]+(?:, | and | \* |[-\dkm]+)*",
    Vector: r"\([^()]*\)",
    Matrix: r"\[[^\]]*\]",
    Blocks: r"\{[\d, ]+\}(?:, \{[\d, ]+\})* and \{[\d, ]+\}",
}
_REPLACED = {
    "$": "",
    r"\left": "",
    r"\right": "",
    r"\mathbb{Z}": "Z",
    r"\mathbb{R}": "R",
    r"\mathbb{N}": "N",
    r"\cdot": "*",
    r"\%": "%",
    r"^\circ": " degrees",
    r"\ldots": "...",
    r"\begin{pmatrix}": "[",
    r"\end{pmatrix}": "]",
    r"\\": ";",
    r"\,": "",
    r"\lfloor": "floor(",
    r"\rfloor": ")",
    r"\le ": "<= ",
    r"\ge ": ">= ",
    r"\{": "\0",
    r"\}": "\1",
}
# What says how to write the answer, not what it is.
_MANNER = re.compile(
    r" Give (?:an exact answer|(?:the|an) exact value|a reduced fraction|the result as a fraction in lowest terms)\."
    r"|, as a reduced fraction(?:,|(?=\.))|(?<=\b[Tt]he )exact "
)


class Wording(NamedTuple):
    """A wording: its pattern, the types of what stands in its slots, and what answers it."""

    pattern: re.Pattern[str]
    types: Mapping[str, Any]
    answer: Callable[..., Answer]


WORDINGS: list[Wording] = []


def answers(function: Function) -> Function:
    """Let a function answer the wordings that stand under its name, spaces for underscores, in `wordings.txt`."""
    types = {name: _without_none(hint) for name, hint in get_type_hints(function).items()}
    for text in _texts()[function.__name__.strip("_").replace("_", " ")]:
        WORDINGS.append(_wording(text, types, function))
    return function


def plain(text: str) -> str:
    r"""Text without TeX: no `$`, no backslashes, braces as brackets; `$\frac{1}{k}$` becomes `frac(1)(k)`."""
    for tex, sign in _REPLACED.items():
        text = text.replace(tex, sign)
    text = text.replace("\\", "").replace("{", "(").replace("}", ")").replace("\0", "{").replace("\1", "}")
    return " ".join(_MANNER.sub("", text).split())


def answer_to(text: str, known: Mapping[str, Value]) -> Answer:
    """The answer to a question, or the value of a quantity, in plain notation; None where no wording fits.

    Args:
        text: What is asked.
        known: Values of the letters that earlier sentences have given.
    """
    for wording in WORDINGS:
        found = wording.pattern.fullmatch(text)
        if found is None:
            continue
        try:
            answer = wording.answer(**{name: _read(found[name], hint, known) for name, hint in wording.types.items()})
        except (ValueError, TypeError, IndexError, ArithmeticError):
            continue  # not what this wording means
        if answer is not None:
            return answer
    return None


@cache
def _texts() -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    name = ""
    for line in files(__package__).joinpath("wordings.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            texts.setdefault(name, []).append(line.strip())
        elif not line.startswith("#"):
            name = line
    return texts


def _wording(text: str, types: Mapping[str, Any], answer: Callable[..., Answer]) -> Wording:
    pattern, named, end = "", set[str](), 0
    for slot in _SLOT.finditer(text):
        pattern += re.escape(text[end : slot.start()])
        end = slot.end()
        name, choice, _ = slot.groups()
        if choice:
            pattern += f"(?:{'|'.join(map(re.escape, choice.split('|')))})"
        elif not name:
            pattern += _WORD
        elif name in named:
            pattern += f"(?P={name})"
        else:
            named.add(name)
            pattern += f"(?P<{name}>{_pattern(types[name]) if name in types else _WORD})"
    parameters = {name: hint for name, hint in types.items() if name in named}
    return Wording(re.compile(pattern + re.escape(text[end:])), parameters, answer)


def _pattern(hint: Any) -> str:
    return "|".join(map(re.escape, get_args(hint))) if get_origin(hint) is Literal else _PATTERNS[hint]


def _without_none(hint: Any) -> Any:
    rest = [each for each in get_args(hint) if each is not type(None)]
    return rest[0] if type(None) in get_args(hint) and len(rest) == 1 else hint


def _read(text: str, hint: Any, known: Mapping[str, Value]) -> object:
    """What stands in a slot, as its parameter wants it."""
    if get_origin(hint) is Literal:
        return text
    if hint == Formula:
        return parse(text.replace("a_(n+1)", "b").replace("a_n", "a"), known)
    if hint == list[int]:
        return [calculate(entry, known) for entry in re.split(r", | and ", text)]
    if hint == Vector:
        return [parse(entry, known) for entry in text[1:-1].split(",")]
    if hint == Matrix:
        return [[parse(entry, known) for entry in row.split("&")] for row in text[1:-1].split(";")]
    if hint == Blocks:
        return [frozenset(map(int, block.split(","))) for block in re.findall(r"\{(.*?)\}", text)]
    value = calculate(text, known)
    if hint is Fraction:
        return Fraction(value)
    if not isinstance(value, int) or abs(value) > _LARGEST_INTEGER:
        raise ValueError(f"{text} is no integer that can be tried out")
    return value
