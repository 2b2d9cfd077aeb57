"""The symbols to which a text gives a meaning: functions, sequences, matrices, points, sets and vectors."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"\$([^$]*)\$")
_COMMAND = re.compile(r"\\(?:mathbb|text|operatorname|begin|end)\{[^}]*\}|\\[A-Za-z]+")
_CAPITAL = re.compile(r"[A-Z]")
_CALLED = re.compile(r"(?<![A-Za-z])([a-z])(?=\(|'|\^\{-1\}\(|\^\{\()")
_INDEXED = re.compile(r"(?<![A-Za-z])([a-z]_)")
_EQUATED = re.compile(r"^ ?([a-z]) = ")
_ALONE = re.compile(r"^([a-z])$")
# Two meanings in every mathematical text: Euler's number and an exponent, the imaginary unit and an index.
_CONSTANT = re.compile(r"(?<![A-Za-z])([ei])(?![A-Za-z])")
# Unknowns that live within one clause ("the solution $x$ of ..."), and the symbols of linked results.
_UNKNOWNS = frozenset("xytcnjkm")


def named_symbols(text: str) -> frozenset[str]:
    """The symbols that mean something throughout `text`; two problems that share one cannot stand side by side.

    Unknowns that live within one clause do not count, nor do symbols of linked results. A sequence counts with its
    index sign (`a_`).
    """
    found: set[str] = set()
    for formula in _FORMULA.findall(text):
        letters = _COMMAND.sub(" ", formula)
        found.update(_CAPITAL.findall(letters), _INDEXED.findall(letters), _CONSTANT.findall(letters))
        found.update(set(_CALLED.findall(letters)) - set("xn"))
        found.update(set((*_EQUATED.findall(letters), *_ALONE.findall(letters))) - _UNKNOWNS)
    return frozenset(found)
