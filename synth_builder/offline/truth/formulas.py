"""Formulas in plain notation (see `wordings.plain`) as functions that calculate exactly wherever that is possible."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

Value = Any
"""An int or Fraction where the result is exact, else a float, a complex number or an array of either."""
Formula = Callable[..., Value]
"""A formula, called with its letters: `formula(x=3)`."""
_Node = Callable[[Mapping[str, Value]], Value]

_TOKEN = re.compile(r"\d+\.\d+|\d+|frac|sqrt|sin|cos|log|ln|floor|pi|[A-Za-z]|[-+*/^()|_]")
_LARGEST_POWER = 5000
_MOST_TOKENS = 300  # reading and calculating go down one call for each


def parse(text: str, known: Mapping[str, Value] | None = None) -> Formula:
    """Read a formula such as `3x^2 - k * frac(1)(x)`.

    Args:
        text: The formula in plain notation.
        known: Values of letters that are given already.

    Raises:
        ValueError: The text is no formula. Calling the result raises it for a letter without a value.
    """
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text.replace(" ", "") or len(tokens) > _MOST_TOKENS:
        raise ValueError(f"no formula: {text}")
    reader = _Reader(tokens)
    node = reader.sum()
    if reader.rest:
        raise ValueError(f"no formula: {text}")
    return lambda **letters: node({**(known or {}), **letters})


def calculate(text: str, known: Mapping[str, Value] | None = None) -> Value:
    """The value of a formula without unknown letters; exact ones with denominator 1 as int."""
    return simple(parse(text, known)())


def of(formula: Formula, letter: str = "x") -> Callable[[Value], Value]:
    """A formula as a function of one of its letters."""
    return lambda value: formula(**{letter: value})


def latex(value: int | Fraction) -> str:
    """An exact number in LaTeX."""
    if value.denominator == 1:
        return str(value)
    return f"{'-' if value < 0 else ''}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def simple(value: Value) -> Value:
    """A fraction without denominator as an int, any other value as it is."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


class _Reader:
    """Recursive descent over tokens; each method reads one kind of part and returns how to calculate it."""

    def __init__(self, tokens: list[str]) -> None:
        self.rest = tokens[::-1]

    def sum(self) -> _Node:
        left = self._signed()
        while self._next_is("+", "-"):
            left = _operation(self.rest.pop(), left, self._product())
        return left

    def _signed(self) -> _Node:
        if not self._next_is("-"):
            return self._product()
        self.rest.pop()
        inner = self._product()
        return lambda known: -inner(known)

    def _product(self) -> _Node:
        left = self._power()
        while self.rest and self.rest[-1] not in "+-)|":
            sign = self.rest.pop() if self._next_is("*", "/") else "*"
            left = _operation(sign, left, self._power())
        return left

    def _power(self) -> _Node:
        base = self._atom()
        if not self._next_is("^"):
            return base
        self.rest.pop()
        return _operation("^", base, self._power())

    def _atom(self) -> _Node:
        if not self.rest:
            raise ValueError("a formula ends too early")
        sign = self.rest.pop()
        if sign in ("(", "|"):
            inner = self.sum()
            if not self.rest or self.rest.pop() != {"(": ")", "|": "|"}[sign]:
                raise ValueError("a bracket is left open")
            return inner if sign == "(" else lambda known: abs(inner(known))
        if sign == "frac":
            return _operation("/", self._atom(), self._atom())
        if sign == "log" and self._next_is("_"):
            self.rest.pop()
            base, of = self._atom(), self._atom()
            return lambda known: _logarithm(of(known), base(known))
        if sign in _FUNCTIONS:
            function, argument = _FUNCTIONS[sign], self._power()
            return lambda known: function(argument(known))
        if sign[0].isdigit():
            number = simple(Fraction(sign))
            return lambda known: number
        if sign == "pi" or sign.isalpha():
            return lambda known: _letter(sign, known)
        raise ValueError(f"{sign} stands where a number should")

    def _next_is(self, *tokens: str) -> bool:
        return bool(self.rest) and self.rest[-1] in tokens


def _operation(sign: str, left: _Node, right: _Node) -> _Node:
    operate = _OPERATIONS[sign]

    def calculated(known: Mapping[str, Value]) -> Value:
        one, other = left(known), right(known)
        if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
            one, other = (float(side) if isinstance(side, Fraction) else side for side in (one, other))
        return operate(one, other)

    return calculated


def _divide(left: Value, right: Value) -> Value:
    if isinstance(left, int | Fraction) and isinstance(right, int | Fraction):
        return simple(Fraction(left) / right)
    return left / right


def _raise(base: Value, exponent: Value) -> Value:
    exponent = simple(exponent)
    if isinstance(exponent, int) and abs(exponent) > _LARGEST_POWER:
        raise ValueError("a power too large to work out")
    if isinstance(base, int) and isinstance(exponent, int) and exponent < 0:
        return Fraction(base) ** exponent
    return np.float64(base) ** exponent if isinstance(exponent, np.ndarray) else base**exponent


def _letter(name: str, known: Mapping[str, Value]) -> Value:
    if name in known:
        return known[name]
    if name in ("e", "pi"):
        return math.e if name == "e" else math.pi
    raise ValueError(f"nothing is known of {name}")


def _root(value: Value) -> Value:
    """The square root: exact where it is rational, NaN where it is not real."""
    if isinstance(value, int | Fraction):
        exact = Fraction(math.isqrt(abs(value.numerator)), math.isqrt(value.denominator))
        if exact**2 == value:
            return simple(exact)
    if isinstance(value, np.ndarray):
        return np.sqrt(value)
    return math.sqrt(value) if value >= 0 else math.nan


def _logarithm(value: Value, base: Value) -> Value:
    logarithm = np.log(value) if isinstance(value, np.ndarray) else math.log(value) if value > 0 else math.nan
    return logarithm / math.log(base)


_OPERATIONS: dict[str, Callable[[Value, Value], Value]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "^": _raise,
}
_FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    "sqrt": _root,
    "sin": lambda angle: np.sin(angle * 1.0),
    "cos": lambda angle: np.cos(angle * 1.0),
    "ln": lambda value: _logarithm(value, math.e),
    "floor": lambda value: np.floor(value * 1.0),
}
