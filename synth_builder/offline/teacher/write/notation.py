"""The one way in which questions write polynomials, fractions, matrices and results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Number, Problem


def one_of(draw: Draw, *wordings: str) -> str:
    """One of several wordings of the same question."""
    return draw.choice(wordings)


def polynomial(coefficients: Sequence[int], variable: str = "x") -> str:
    """A polynomial in LaTeX, highest power first: `[3, -5, 0]` becomes `3x^2 - 5x`."""
    terms: list[str] = []
    for position, coefficient in enumerate(coefficients):
        power = len(coefficients) - 1 - position
        if coefficient == 0:
            continue
        letters = "" if power == 0 else variable if power == 1 else f"{variable}^{power}"
        size = "" if abs(coefficient) == 1 and letters else str(abs(coefficient))
        sign = ("-" if coefficient < 0 else "") if not terms else ("- " if coefficient < 0 else "+ ")
        terms.append(f"{sign}{size}{letters}")
    return " ".join(terms) or "0"


def signed(value: int) -> str:
    """A number that follows another term: `+ 3` or `- 3`."""
    return f"- {-value}" if value < 0 else f"+ {value}"


def fraction(numerator: int, denominator: int) -> str:
    """A reduced fraction in LaTeX, or an integer where it is one."""
    value = Fraction(numerator, denominator)
    if value.denominator == 1:
        return str(value.numerator)
    return f"{'-' if value < 0 else ''}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def vector(entries: Iterable[object]) -> str:
    """A vector or a point: `(1, -2, 3)`."""
    return f"({', '.join(str(entry) for entry in entries)})"


def matrix(rows: Iterable[Iterable[object]]) -> str:
    """A matrix in round brackets."""
    body = " \\\\ ".join(" & ".join(str(entry) for entry in row) for row in rows)
    return f"\\begin{{pmatrix}} {body} \\end{{pmatrix}}"


def times(factor: int, number: Number) -> str:
    r"""A multiple of a number: digits where it was drawn, `3 \cdot k` where it is linked."""
    if number.text == str(number.value):
        return str(factor * number.value)
    return number.text if factor == 1 else f"{factor} \\cdot {number}"


def listed(values: Iterable[object]) -> str:
    """Numbers in a sentence: `$3$, $5$ and $8$`."""
    texts = [f"${value}$" for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def stated(question: str, quantity: str, value: int | Fraction) -> Problem:
    """A problem whose result can be linked to when it is a positive integer."""
    if value > 0 and Fraction(value).denominator == 1:
        return Problem(question, quantity, int(value))
    return Problem(question)
