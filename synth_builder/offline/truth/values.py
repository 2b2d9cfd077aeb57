"""Whether two final answers mean the same value."""

from __future__ import annotations

import cmath
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from synth_builder.offline.truth.formulas import Value, parse
from synth_builder.offline.truth.wordings import plain

_SIMPLER = {
    r"\\[!;~:]|~": " ",
    r"\\[dt]frac": r"\\frac",
    r"\\frac\s*(\d)\s*(\d)": r"\\frac{\1}{\2}",
    "\N{MINUS SIGN}": "-",
}
_BOX = re.compile(r"boxed\((.*)\)")
_NAMED = re.compile(r"^[A-Za-z](?:_\(?\w\)?|\(\w+\))? ?= ?(?!.*=)")
_TEXT = re.compile(r"(?:text|mathrm|mathbf|operatorname) ?\((.*)\)")
_UNIT = re.compile(rf"(?<=[\d)]) ?(?:{_TEXT.pattern}(?:\^\(?[23]\)?)?| (?:[A-Za-z]{{2}}[A-Za-z ]*|[mgshlL])\.?)$")
_THOUSANDS = re.compile(r"(?<=\d)(?:\(,\)|,)(?=\d{3}(?!\d))")
_MIXED = re.compile(r"\d ?frac|\d \d")  # two and a half, or twice a half?
_WORDS = re.compile(r"[A-Za-z]{2,}(?: [A-Za-z]+)*")
_LETTERS = re.compile(r"(?<![A-Za-z])[A-Za-z](?![A-Za-z])")
_PLACES = (Fraction(7, 5), Fraction(11, 3), Fraction(-5, 7))  # where formulas with letters are compared
_TOLERANCE = 1e-9
_LONGEST = 600  # characters of an answer that is taken apart, level by level


class _Collection(NamedTuple):
    """Members between brackets: `{}` holds a set, "" a list in any order; `()` and the like keep the order.

    `shape` is "" unless it is a matrix: then the signs between its entries.
    """

    brackets: str
    shape: str
    members: list[str]


def same_value(first: str, second: str) -> bool | None:
    """Compare two final answers as people mean them.

    Numbers count by their value, however they are written (`0.5`, `1/2`, `50%`; a percentage also as the number
    before the sign), formulas by their values at some points, sets without order; units, `x =` before the value, and
    whether words are written large or small, do not count.

    Returns:
        None where it cannot be told: an answer is empty, very long or no formula, or words stand against a number.
    """
    one, other = _bare(first), _bare(second)
    if not one or not other:
        return None
    if one.casefold() == other.casefold():
        return True
    if max(len(one), len(other)) > _LONGEST:
        return None
    these, those = _collection(one), _collection(other)
    if these and those:
        return _same_members(these, those)
    if these or those:
        return None
    if _WORDS.fullmatch(one) and _WORDS.fullmatch(other):
        return False
    return _same_number(one, other)


def _bare(answer: str) -> str:
    """The answer in plain notation without box, name and unit."""
    for tex, simpler in _SIMPLER.items():
        answer = re.sub(tex, simpler, answer)
    text = plain(answer).rstrip(".").replace(" degrees", "")
    if boxed := _BOX.fullmatch(text):
        text = boxed[1].strip()
    text = _UNIT.sub("", _NAMED.sub("", text))
    if wrapped := _TEXT.fullmatch(text):
        text = wrapped[1]
    return _THOUSANDS.sub("", text).strip()


def _collection(text: str) -> _Collection | None:
    """What stands between the commas (or the signs of a matrix) outside of inner brackets."""
    brackets = text[0] + text[-1] if text[0] + text[-1] in ("{}", "()", "[]", "(]", "[)") else ""
    members, shape, depth = [""], "", 0
    for sign in (text[1:-1] if brackets else text).replace(" and ", ", "):
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0:
            return None  # the outer brackets are no pair
        if sign in ",&;" and depth == 0:
            members.append("")
            shape += sign
        else:
            members[-1] += sign
    if len(members) == 1 and brackets != "{}":
        return None
    return _Collection(brackets, shape.replace(",", ""), members)


def _same_members(one: _Collection, other: _Collection) -> bool | None:
    in_order = {one.brackets, other.brackets} - {"", "{}"}
    differ = len(in_order) > 1 or (in_order and "{}" in (one.brackets, other.brackets)) or one.shape != other.shape
    if differ or len(one.members) != len(other.members):
        return False
    unsure, rest = False, list(other.members)
    for member in one.members:
        verdicts = [same_value(member, candidate) for candidate in (rest[:1] if in_order else rest)]
        if True in verdicts:
            rest.pop(verdicts.index(True))
        elif None in verdicts:
            unsure = True
            rest.pop(verdicts.index(None))
        else:
            return False
    return None if unsure else True


def _same_number(one: str, other: str) -> bool | None:
    percent = one.endswith("%") != other.endswith("%")
    one, other = one.rstrip("% "), other.rstrip("% ")
    if _MIXED.search(one) or _MIXED.search(other):
        return None
    letters = sorted(set(_LETTERS.findall(one + " " + other)) - {"e", "i"})
    try:
        pairs = [(_value(one, letters, place), _value(other, letters, place)) for place in _PLACES]
        scales = (1, Fraction(1, 100), 100) if percent else (1,)
        return any(all(_equal(a * scale, b) for a, b in pairs) for scale in scales)
    except (ValueError, ArithmeticError, TypeError):
        return None


def _value(text: str, letters: Sequence[str], place: Fraction) -> Value:
    value = parse(text, {"i": 1j, **{letter: place + number for number, letter in enumerate(letters)}})()
    if not cmath.isfinite(value):
        raise ValueError(f"{text} is no number")
    return value


def _equal(one: Value, other: Value) -> bool:
    if isinstance(one, int | Fraction) and isinstance(other, int | Fraction):
        return one == other
    return cmath.isclose(complex(one), complex(other), rel_tol=_TOLERANCE, abs_tol=1e-12)
