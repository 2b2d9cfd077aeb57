r"""Wrong answers: LaTeX answers changed as by a slip, so that they surely mean something else.

An answer is cut into its values (coordinates, entries, sides of a relation) and these into the terms of a sum. A
change adds an amount that is not zero to one term, or turns the sign of a term that is not zero: so the value changes,
whatever the other terms are. Where no term is understood, a number is added to the whole; words have their opposites.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import NamedTuple

INDEPENDENT_SLIPS = ("arithmetic_slip", "dropped_sign", "off_by_one")

_OPPOSITES = (
    ("yes", "no"),
    ("true", "false"),
    ("even", "odd"),
    ("positive", "negative"),
    ("convergent", "divergent"),
    ("converges", "diverges"),
    ("increasing", "decreasing"),
    ("rational", "irrational"),
    ("linearly independent", "linearly dependent"),
    ("monday", "tuesday"),
    ("wednesday", "thursday"),
    ("friday", "saturday"),
    ("saturday", "sunday"),
)
_OTHER_WORD = {b: a for a, b in _OPPOSITES} | dict(_OPPOSITES) | dict(zip("abcde", "bcdea", strict=True))

_TOKEN = re.compile(
    r"""
    (?P<open> \\begin\{\w+\} | \\left\s*(?:\\[{}]|.) | \\langle\b | \\\{ | [(\[{] )
    | (?P<close> \\end\{\w+\} | \\right\s*(?:\\[{}]|.) | \\rangle\b | \\\} | [)\]}] )
    | (?P<equals> = | \\approx\b | \\in\b )
    | (?P<separator> ,(?!\d{3}(?!\d)) | [;:&<>] | \\\\ | \\(?:cup|leq?|geq?|lt|gt)(?![a-z])
                   | \s(?:and|or)\s | \\text\{\s*(?:and|or)\s*\} )
    | (?P<sign> [+-] | \\[pm][pm]\b )
    | \\[A-Za-z]+ | \\?.
    """,
    re.VERBOSE | re.DOTALL,
)
_GREEK = "pi|alpha|beta|gamma|theta|lambda|mu|sigma|phi|omega"
# Factors and units that are not zero.
_REST = rf"""(?:
    \s | \\[,;!:\ ] | \\(?:cdot|times|quad|{_GREEK})(?![A-Za-z]) | [A-Za-z] | (?:/\s*)?[1-9]\d*(?:\.\d+)?(?!\d)
    | \\sqrt(?:\[\d+\])?\{{(?:[1-9]\d*|[a-z])\}} | \\[dt]?frac\{{[1-9]\d*\}}\{{[1-9]\d*\}}
    | \\(?:text|mathrm|textrm)\{{[^{{}}]*\}} | \\?[%$] | \^(?:\\circ|\{{\\circ\}}|\{{-?\w+\}}|\w)
)"""
_NUMBER = r"\d{1,3}(?:(?:,|\{,\})\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_COEFFICIENT = re.compile(rf"(?:\\?\$)?(?P<number>{_NUMBER})(?!\d|\.\d|\s*!|\^(?!\{{?\\circ)){_REST}*+", re.VERBOSE)
_POWER = re.compile(rf"(?:[2-9]|[1-9]\d+)\^\{{?(?P<number>\d+)\}}?{_REST}*+", re.VERBOSE)
_UNIT = re.compile(rf"(?!\d|(?:\\text|\\mathrm)\{{[^{{}}]*\}}$){_REST}++", re.VERBOSE)
_SYMBOL = re.compile(rf"[A-Za-z]|\\(?:sqrt|{_GREEK})\b")
_FRACTION = re.compile(r"\\[dt]?frac(?=\{)")
_PLAIN_FRACTION = re.compile(r"\\[dt]?frac\{(\d+)\}\{([1-9]\d*)\}")
_REST_ONLY = re.compile(rf"{_REST}*+", re.VERBOSE)
# What no number can be added to.
_NO_NUMBER = re.compile(
    r"\\(?:text|mathrm|mathbb|infty|emptyset|varnothing)|(?<!\\)\b[A-Za-z]{3,}|(?:^|[-+=])\s*[Cck]\s*(?:[-+,]|$)"
)
# A constant of integration takes up any change of what does not vary.
_FREE_CONSTANT = re.compile("[Cck]")
_VARYING = re.compile(r"(?![Cck]$)[^+-]*(?<![A-Za-z\\])[A-DF-Za-df-hj-z][^+-]*", re.DOTALL)


class _Span(NamedTuple):
    """A piece of the answer; `mark` is the token that ends it (a value) or the sign before it (a term)."""

    start: int
    stop: int
    mark: str


class _Edit(NamedTuple):
    """A change of the answer: `text` instead of what stands from `start` to `stop`."""

    start: int
    stop: int
    text: str


def wrong_answer(answer: str, slip: str, draw: Random) -> str:
    r"""Changes an answer by a slip.

    Args:
        answer: LaTeX, as it stands in `\boxed{}`.
        slip: One of `INDEPENDENT_SLIPS`.
        draw: Where and by how much.

    Returns:
        An answer of another value; `answer` itself when there is no change of this kind that is sure to give one, such
        as another sign of 0.
    """
    word = re.sub(r"^\\(?:text|textbf|mathrm)\{(.*)\}$", r"\1", answer).strip(" ()")
    if re.fullmatch(r"[A-E]|[Nn]o|[A-Za-z]{3,}(?: [A-Za-z]+)*", word):
        return answer if slip == "dropped_sign" else answer.replace(word, _other_word(word))
    if "mathbb" in answer:  # `k \in \mathbb{Z}`: another term can give the same set
        return answer
    values = list(_values(answer, 0, len(answer)))
    values = [each for each in values if re.search(r"\d", answer[each.start : each.stop])] or values
    if slip == "dropped_sign":
        edits = [edit for value in values for edit in _sign_edits(answer, value)]
        edits = [edit for edit in edits if answer[edit.start : edit.stop].strip() not in ("", "+")] or edits
    else:
        edits = [edit for value in values for edit in _amount_edits(answer, value, slip, draw)]
        if not edits and not _NO_NUMBER.search(answer):
            edits = [_Edit(value.stop, value.stop, f" + {_changed('0', slip, draw)}") for value in values]
    if not edits:
        return answer
    edit = draw.choice(edits)
    return answer[: edit.start] + edit.text + answer[edit.stop :]


def _other_word(word: str) -> str:
    other = _OTHER_WORD.get(word.lower())
    if other is None:
        return word
    return other.capitalize() if word[0].isupper() else other


def _sign_edits(text: str, value: _Span) -> Iterator[_Edit]:
    for term in _terms(text, value):
        if not _is_surely_nonzero(text, term):
            if numerator := _numerator(text, term):
                yield from _sign_edits(text, numerator)
            continue
        start = text.rindex(term.mark, value.start, term.start)
        if term.mark in ("", "+"):
            yield _Edit(start, start + len(term.mark), "-")
        elif start == value.start:
            yield _Edit(start, term.start, "")
        else:
            yield _Edit(start, start + len(term.mark), "+")


def _is_surely_nonzero(text: str, term: _Span) -> bool:
    content = text[term.start : term.stop]
    if match := _COEFFICIENT.fullmatch(content):
        return re.search(r"[1-9]", match["number"]) is not None
    if numerator := _numerator(text, term):
        terms = _terms(text, numerator)
        return len(terms) == 1 and _is_surely_nonzero(text, terms[0])
    return (_POWER.fullmatch(content) or _UNIT.fullmatch(content)) is not None


def _amount_edits(text: str, value: _Span, slip: str, draw: Random) -> Iterator[_Edit]:
    for term in _terms(text, value):
        content = text[term.start : term.stop]
        if match := _PLAIN_FRACTION.fullmatch(content):
            yield _Edit(term.start, term.stop, _fraction(int(_changed(match[1], slip, draw)), int(match[2])))
        elif match := _COEFFICIENT.fullmatch(content) or _POWER.fullmatch(content):
            start, stop = match.span("number")
            number = _changed(match["number"], slip, draw)
            is_implied = number == "1" and _SYMBOL.match(content, stop)
            yield _Edit(term.start + start, term.start + stop, "" if is_implied else number)
        elif numerator := _numerator(text, term):
            yield from _amount_edits(text, numerator, slip, draw)
        elif _UNIT.fullmatch(content):
            yield _Edit(term.start, term.start, _changed("1", slip, draw))


def _numerator(text: str, term: _Span) -> _Span | None:
    r"""The numerator of a term `\frac{}{}`, if all other factors of the term are known not to be zero."""
    match = _FRACTION.match(text, term.start, term.stop)
    if match is None:
        return None
    top = _closing(text, match.end(), term.stop)
    if text[top : top + 1] != "{":
        return None
    bottom = _closing(text, top, term.stop)
    if not _REST_ONLY.fullmatch(text, bottom, term.stop):
        return None
    return _trimmed(text, match.end() + 1, top - 1, "")


def _fraction(numerator: int, denominator: int) -> str:
    lowest = Fraction(numerator, denominator)
    return rf"\frac{{{lowest.numerator}}}{{{lowest.denominator}}}" if lowest.denominator > 1 else str(lowest)


def _changed(number: str, slip: str, draw: Random) -> str:
    """Another number above zero, in the same notation: off by one, or wrong in one of its two first digits."""
    whole, _, decimals = number.partition(".")
    digits = int(re.sub(r"\D", "", whole + decimals))
    if slip == "off_by_one":
        amounts = [10 ** len(decimals)]
    else:
        leading = len(str(digits)) - 1
        amounts = [factor * 10**place for place in {leading, max(leading - 1, 0)} for factor in (1, 2)]
        amounts = [amount for amount in amounts if amount > 1]
    digits = draw.choice([digits + sign * each for each in amounts for sign in (1, -1) if digits + sign * each > 0])
    padded = str(digits).zfill(len(decimals) + 1)
    whole_digits = padded[: len(padded) - len(decimals)]
    group = re.search(r",|\{,\}", whole)
    if group:
        whole_digits = f"{int(whole_digits):,}".replace(",", group.group())
    return f"{whole_digits}.{padded[-len(decimals) :]}" if decimals else whole_digits


def _values(text: str, start: int, stop: int) -> Iterator[_Span]:
    """The expressions that stand side by side, in brackets or in a matrix too; of an equation the last side."""
    while opening := _TOKEN.match(text, start, stop):
        if opening.lastgroup != "open" or _closing(text, start, stop) != stop:
            break
        closing = [token for token in _TOKEN.finditer(text, start, stop)][-1]
        start, stop, _ = _trimmed(text, opening.end(), closing.start(), "")
    parts = [part for part in _split(text, start, stop, ("separator", "equals")) if part.start < part.stop]
    for part in parts:
        if part.mark in ("=", r"\approx", r"\in"):
            continue
        if len(parts) == 1:
            yield part
        else:
            yield from _values(text, part.start, part.stop)


def _terms(text: str, value: _Span) -> list[_Span]:
    """The terms of a sum, each with the sign before it; beside a constant of integration, those alone that vary."""
    terms: list[_Span] = []
    sign = ""
    for part in _split(text, value.start, value.stop, ("sign",)):
        if part.start < part.stop:
            terms.append(_Span(part.start, part.stop, sign))
        sign = part.mark
    contents = [text[term.start : term.stop] for term in terms]
    if not any(map(_FREE_CONSTANT.fullmatch, contents)):
        return terms
    return [term for term, content in zip(terms, contents, strict=True) if _VARYING.fullmatch(content)]


def _split(text: str, start: int, stop: int, kinds: tuple[str, ...]) -> Iterator[_Span]:
    """The pieces between the tokens of some kinds that stand outside all brackets, each with the token that ends it."""
    depth = 0
    for token in _TOKEN.finditer(text, start, stop):
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if depth == 0 and token.lastgroup in kinds:
            yield _trimmed(text, start, token.start(), token.group())
            start = token.end()
    yield _trimmed(text, start, stop, "")


def _closing(text: str, start: int, stop: int) -> int:
    """Where the bracket that opens at `start` has been closed; `stop` + 1 when it is not."""
    depth = 0
    for token in _TOKEN.finditer(text, start, stop):
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if depth == 0:
            return token.end()
    return stop + 1


def _trimmed(text: str, start: int, stop: int, mark: str) -> _Span:
    content = text[start:stop]
    return _Span(start + len(content) - len(content.lstrip()), start + len(content.rstrip()), mark)
