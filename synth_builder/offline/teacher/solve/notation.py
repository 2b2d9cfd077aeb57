r"""Reading and writing the mathematics of questions: LaTeX numbers, polynomials, points and matrices, exactly.

Reading functions return None for what they do not understand. Writing follows one convention for each form:
`-\frac{3}{4}`, `2\sqrt{5}`, `\frac{3\pi}{4}`, `3x^2 - 5x + 7`, `(1, -2)`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

Number = int | Fraction
Matrix = tuple[tuple[Fraction, ...], ...]
# A polynomial in several variables: the exponents of each term, in the order of the variables, with its coefficient.
Terms = Mapping[tuple[int, ...], Fraction]

_MATH = re.compile(r"\$([^$]*)\$")
_SPACING = re.compile(r"\\(?:left|right|displaystyle|,|;|!|quad)(?![a-zA-Z])|\s+")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|\\[dt]?frac|\\cdot|\\times|\\[a-zA-Z]+|[a-zA-Z]|[-+*/^(){}\[\]]")
_MATRIX = re.compile(r"\\begin\{([pbv]?)matrix\}(.*?)\\end\{\1matrix\}", re.DOTALL)
_NAME = r"[A-Za-z][A-Za-z']*(?:_\{?\d+\}?)?(?:\([a-z]\))?|\\[a-z]+\s*(?:[A-Za-z]|\\[a-z]+)"  # PA, b_1, f(x), \det A
_NAMED = re.compile(rf"({_NAME})\s*=\s*([^=]+)")
_NUMERAL = re.compile(r"\d+(?:\.\d+)?")
_LARGEST_EXPONENT = 1000


def math_parts(text: str) -> list[str]:
    """Give the contents of every `$...$` of a text, in order."""
    return [part.strip() for part in _MATH.findall(text)]


def numerals(text: str) -> list[str]:
    """Give all unsigned numerals of a text, inside and outside `$...$`; to check that a method accounts for each."""
    return _NUMERAL.findall(text)


def values_of(text: str) -> list[Fraction]:
    r"""Give the values of those `$...$` parts that are numbers: `5`, `3 \cdot 7`, `\frac{1}{2}`, `60^\circ`, `20\%`."""
    return [value for part in math_parts(text) if (value := read_value(part)) is not None]


def read_value(part: str) -> Fraction | None:
    """Read a number that may carry a degree or a percent sign, which is dropped."""
    return read_number(part.removesuffix(r"^\circ").removesuffix(r"\%"))


class Given(NamedTuple):
    r"""What a text states with numerals, sorted so that a method can check that it accounts for all of it.

    Attributes:
        values: The `$...$` parts that are numbers, in order.
        named: The parts of the form `AB = 14`, `y = 2x + 1` or `\det A = 3`: right sides by left sides.
        others: All other parts with a numeral in them, and equalities for a name that has one already.
        outside: The numerals outside of `$...$`.
    """

    values: tuple[Fraction, ...]
    named: dict[str, str]
    others: tuple[str, ...]
    outside: tuple[str, ...]

    def only_values(self) -> tuple[Fraction, ...]:
        """The values if nothing else is given, else none at all."""
        return () if self.named or self.others or self.outside else self.values

    def only_named(self, *names: str) -> tuple[str, ...]:
        """The right sides of exactly these names if nothing else is given, else none at all."""
        exactly = set(names) == set(self.named) and not (self.values or self.others or self.outside)
        return tuple(self.named[name] for name in names) if exactly else ()


def read_given(text: str) -> Given:
    """Sort the parts of a text that carry numbers."""
    values: list[Fraction] = []
    named: dict[str, str] = {}
    others: list[str] = []
    for part in math_parts(text):
        equality = _NAMED.fullmatch(part)
        if (value := read_value(part)) is not None:
            values.append(value)
        elif equality and equality[1] not in named:
            named[equality[1]] = equality[2]
        elif equality or _NUMERAL.search(part):
            others.append(part)
    return Given(tuple(values), named, tuple(others), tuple(numerals(_MATH.sub("", text))))


def read_number(latex: str) -> Fraction | None:
    r"""Read a LaTeX calculation without variables, such as `-3`, `0.25`, `\frac{3}{4}` or `8 \cdot (8 + 2)`."""
    terms = read_terms(latex, "")
    return None if terms is None else terms.get((), Fraction(0))


def read_integer(latex: str) -> int | None:
    """Read a LaTeX calculation whose value is a whole number."""
    number = read_number(latex)
    return int(number) if number is not None and number.denominator == 1 else None


def read_polynomial(latex: str, variable: str = "x") -> tuple[Fraction, ...] | None:
    """Read a polynomial in one variable, expanded.

    Returns:
        The coefficients from the constant term up, without leading zeros: `3x^2 - 5` gives (-5, 0, 3), `0` gives ().
    """
    terms = read_terms(latex, variable)
    if terms is None:
        return None
    degree = max((power for (power,) in terms), default=-1)
    return tuple(terms.get((power,), Fraction(0)) for power in range(degree + 1))


def read_terms(latex: str, variables: str) -> Terms | None:
    """Read a polynomial in the given one-letter variables, expanded; terms with coefficient 0 are left out."""
    tokens = _tokens(latex)
    if not tokens:
        return None
    try:
        terms, place = _read_sum(tokens, 0, variables)
    except (ValueError, ZeroDivisionError, IndexError):
        return None
    return terms if place == len(tokens) else None


def read_equation(latex: str, variables: str) -> Terms | None:
    """Read an equation as the polynomial left side minus right side."""
    left, equals, right = latex.partition("=")
    return read_terms(f"{left} - ({right})", variables) if equals else None


def read_point(latex: str) -> tuple[Fraction, ...] | None:
    r"""Read a point or row vector such as `(1, -2, 3 \cdot 4)`, without a name before it."""
    inner = latex.strip()
    if not (inner.startswith("(") and inner.endswith(")") and "," in inner):
        return None
    return _all_read(inner[1:-1].split(","))


def read_matrix(latex: str) -> Matrix | None:
    """Read the one `pmatrix`, `bmatrix` or `vmatrix` of a LaTeX text; a column vector is a matrix with one column."""
    matrices = read_matrices(latex)
    return matrices[0] if len(matrices) == 1 else None


def read_matrices(text: str) -> list[Matrix]:
    """Read all matrices of a text in order; gives an empty list where one of them has an entry that is no number."""
    matrices: list[Matrix] = []
    for entries in matrix_entries(text):
        rows = [_all_read(row) for row in entries]
        full = tuple(row for row in rows if row is not None)
        if len(full) < len(rows) or len({len(row) for row in full}) != 1:
            return []
        matrices.append(full)
    return matrices


def matrix_entries(text: str) -> list[list[list[str]]]:
    """Give the entries of all matrices of a text as they are written, row by row."""
    bodies = [body.strip().removesuffix(r"\\") for _, body in _MATRIX.findall(text)]
    return [[[entry.strip() for entry in row.split("&")] for row in body.split(r"\\")] for body in bodies]


def _all_read(parts: Iterable[str]) -> tuple[Fraction, ...] | None:
    read = [read_number(part) for part in parts]
    numbers = tuple(number for number in read if number is not None)
    return numbers if len(numbers) == len(read) else None


def _tokens(latex: str) -> list[str]:
    """Split into tokens; an empty list where a sign is unknown, or where two numerals stand side by side."""
    tokens: list[str] = []
    for chunk in _SPACING.sub(" ", latex).split():
        found = _TOKEN.findall(chunk)
        if "".join(found) != chunk or (tokens and tokens[-1][0].isdigit() and found[0][0].isdigit()):
            return []
        tokens += found
    return tokens


def _read_sum(tokens: Sequence[str], place: int, variables: str) -> tuple[dict[tuple[int, ...], Fraction], int]:
    total: dict[tuple[int, ...], Fraction] = {}
    while True:
        sign = 1
        while place < len(tokens) and tokens[place] in "+-":
            sign = -sign if tokens[place] == "-" else sign
            place += 1
        product, place = _read_product(tokens, place, variables)
        for powers, coefficient in product.items():
            total[powers] = total.get(powers, Fraction(0)) + sign * coefficient
        if place == len(tokens) or tokens[place] not in "+-":
            return {powers: coefficient for powers, coefficient in total.items() if coefficient}, place


def _read_product(tokens: Sequence[str], place: int, variables: str) -> tuple[Terms, int]:
    product, place = _read_power(tokens, place, variables)
    while place < len(tokens) and tokens[place] not in ("+", "-", ")", "}", "]"):
        operator = tokens[place]
        signed = operator in (r"\cdot", r"\times", "*", "/")
        sign = 1
        place += signed
        while signed and tokens[place] == "-":
            sign = -sign
            place += 1
        factor, place = _read_power(tokens, place, variables)
        factor = multiply_terms(factor, {(0,) * len(variables): Fraction(sign)})
        product = _divide(product, factor) if operator == "/" else multiply_terms(product, factor)
    return product, place


def _read_power(tokens: Sequence[str], place: int, variables: str) -> tuple[Terms, int]:
    base, place = _read_atom(tokens, place, variables)
    if place < len(tokens) and tokens[place] == "^":
        exponent, place = _read_atom(tokens, place + 1, variables)
        constant = _constant(exponent)
        if constant.denominator != 1 or not 0 <= constant <= _LARGEST_EXPONENT or (len(base) > 1 and constant > 30):
            raise ValueError
        power: Terms = {(0,) * len(variables): Fraction(1)}
        for _ in range(int(constant)):
            power = multiply_terms(power, base)
        base = power
    return base, place


def _read_atom(tokens: Sequence[str], place: int, variables: str) -> tuple[Terms, int]:
    token = tokens[place]
    if token[0].isdigit():
        return {(0,) * len(variables): Fraction(token)} if Fraction(token) else {}, place + 1
    if token in variables:
        return {tuple(int(letter == token) for letter in variables): Fraction(1)}, place + 1
    if token in ("(", "{", "["):
        inner, place = _read_sum(tokens, place + 1, variables)
        if tokens[place] != {"(": ")", "{": "}", "[": "]"}[token]:
            raise ValueError
        return inner, place + 1
    if token.endswith("frac"):
        if tokens[place + 1] != "{":
            raise ValueError
        top, place = _read_atom(tokens, place + 1, variables)
        bottom, place = _read_atom(tokens, place, variables)
        return _divide(top, bottom), place
    raise ValueError


def multiply_terms(left: Terms, right: Terms) -> Terms:
    """Multiply two polynomials in the same variables."""
    product: dict[tuple[int, ...], Fraction] = {}
    for left_powers, left_coefficient in left.items():
        for right_powers, right_coefficient in right.items():
            powers = tuple(one + other for one, other in zip(left_powers, right_powers, strict=True))
            product[powers] = product.get(powers, Fraction(0)) + left_coefficient * right_coefficient
    return {powers: coefficient for powers, coefficient in product.items() if coefficient}


def _divide(top: Terms, bottom: Terms) -> Terms:
    divisor = _constant(bottom)
    return {powers: coefficient / divisor for powers, coefficient in top.items()}


def _constant(terms: Terms) -> Fraction:
    if any(any(powers) for powers in terms):
        raise ValueError
    return next(iter(terms.values()), Fraction(0))


def split_root(radicand: int) -> tuple[int, int]:
    r"""Write $\sqrt{n}$ as $a\sqrt{b}$ with the largest possible $a$, and return (a, b)."""
    outside, inside, factor = 1, radicand, 2
    while factor * factor <= inside:
        while inside % (factor * factor) == 0:
            inside //= factor * factor
            outside *= factor
        factor += 1
    return outside, inside


def exact_root(number: Number) -> Fraction | None:
    """Give the square root of a number if it is rational, else None."""
    value = Fraction(number)
    if value < 0:
        return None
    root = Fraction(math.isqrt(value.numerator), math.isqrt(value.denominator))
    return root if root * root == value else None


def format_number(number: Number) -> str:
    r"""Write an integer or a reduced fraction: `-3`, `\frac{3}{4}`, `-\frac{3}{4}`."""
    return _over(str(abs(number.numerator)), Fraction(number))


def format_root(radicand: Number, coefficient: Number = 1) -> str:
    r"""Write a multiple of a square root, simplified: `6`, `2\sqrt{5}`, `-\frac{\sqrt{2}}{2}`."""
    number = Fraction(radicand)
    # sqrt(p/q) = sqrt(p q)/q
    outside, inside = split_root(number.numerator * number.denominator)
    factor = Fraction(coefficient) * Fraction(outside, number.denominator) if number else Fraction(0)
    return format_number(factor) if inside <= 1 or not factor else format_multiple(factor, rf"\sqrt{{{inside}}}")


def format_pi(coefficient: Number) -> str:
    r"""Write a multiple of pi: `18\pi`, `\pi`, `\frac{3\pi}{4}`, `0`."""
    return format_multiple(coefficient, r"\pi") if coefficient else "0"


def format_multiple(coefficient: Number, symbol: str) -> str:
    r"""Write a nonzero multiple of a symbol, the symbol in the numerator: `3x`, `-x`, `\frac{3x}{4}`."""
    top = abs(coefficient.numerator)
    return _over(symbol if top == 1 else f"{top}{symbol}", Fraction(coefficient))


def _over(top: str, number: Fraction) -> str:
    sign = "-" if number < 0 else ""
    return sign + (top if number.denominator == 1 else rf"\frac{{{top}}}{{{number.denominator}}}")


def format_decimal(number: Number, places: int) -> str:
    """Write with exactly so many decimal places, halves rounded away from zero."""
    shifted = abs(Fraction(number)) * 10**places
    digits = str(math.floor(shifted + Fraction(1, 2))).rjust(places + 1, "0")
    sign = "-" if number < 0 and digits.strip("0") else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def format_sum(terms: Iterable[str]) -> str:
    """Join written terms with plus and minus signs: `["3x", "-2", "y"]` gives `3x - 2 + y`."""
    joined = ""
    for term in terms:
        joined += (f" - {term[1:]}" if term.startswith("-") else f" + {term}") if joined else term
    return joined or "0"


def format_polynomial(coefficients: Sequence[Number], variable: str = "x") -> str:
    r"""Write a polynomial from its coefficients, constant term first: (7, -5, 3) gives `3x^2 - 5x + 7`."""
    written = []
    for power in range(len(coefficients) - 1, -1, -1):
        if coefficient := coefficients[power]:
            symbol = variable if power == 1 else f"{variable}^{power if power < 10 else f'{{{power}}}'}"
            whole = format_number(coefficient) if power == 0 else _coefficient_before(coefficient, symbol)
            written.append(whole)
    return format_sum(written)


def _coefficient_before(coefficient: Number, symbol: str) -> str:
    if abs(coefficient) == 1:
        return symbol if coefficient > 0 else f"-{symbol}"
    return f"{format_number(coefficient)}{symbol}"


def in_brackets(number: Number) -> str:
    """Write a number as a factor or summand after a sign: negative numbers in brackets."""
    return f"({format_number(number)})" if number < 0 else format_number(number)


def format_point(coordinates: Iterable[Number]) -> str:
    """Write a point or a row vector: `(1, -2)`."""
    return f"({', '.join(format_number(coordinate) for coordinate in coordinates)})"


def format_matrix(rows: Iterable[Iterable[Number]]) -> str:
    r"""Write a matrix as a `pmatrix`."""
    body = r" \\ ".join(" & ".join(format_number(entry) for entry in row) for row in rows)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def format_reduction(top: Number, bottom: Number) -> str:
    r"""Write a quotient and its reduced form, `\frac{15}{25} = \frac{3}{5}`, or just `\frac{3}{7}` if it is reduced."""
    raw, reduced = rf"\frac{{{format_number(top)}}}{{{format_number(bottom)}}}", format_number(Fraction(top) / bottom)
    return reduced if raw == reduced else f"{raw} = {reduced}"
