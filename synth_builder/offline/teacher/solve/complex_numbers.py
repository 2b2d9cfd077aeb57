"""Complex numbers: products, quotients, powers, conjugate roots and roots of unity."""

from __future__ import annotations

import cmath
import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from synth_builder.offline.teacher.solve.notation import (
    Terms,
    format_multiple,
    format_pi,
    format_root,
    format_sum,
    in_brackets,
    math_parts,
    multiply_terms,
    numerals,
    read_given,
    read_integer,
    read_number,
    read_terms,
)
from synth_builder.offline.teacher.solve.notation import format_number as num
from synth_builder.offline.teacher.solve.question import Method, Solution

_QUOTIENT = re.compile(r"\\frac\{([^{}]*i[^{}]*)\}\{([^{}]*i[^{}]*)\}")
_POWER = re.compile(r"\(([^()]*)\)\^\{?(\d+)\}?")
_ROOT = re.compile(r"\\sqrt\{(\d+)\}")
_QUADRATIC = re.compile(r"x\^2 \+ bx \+ c(?: = 0)?")
_UNITY = re.compile(r"z\^(?:\{([^{}]+)\}|(\d)) ?= ?1")
_MULTIPLE = re.compile(r"\$([^$]+)\$ times (?:the sum|these)|^\$([^$]+)\$ times")
_WRITTEN_SUM = re.compile(
    r"(?:(\d+) ?(?:\\cdot ?)?)?\|1 - z_1\|\^2 \+ (?:(\d+) ?(?:\\cdot ?)?)?\|1 - z_2\|\^2 \+ \\cdots \+ "
    r"(?:(\d+) ?(?:\\cdot ?)?)?\|1 - z_\{([^{}]+)\}\|\^2"
)
_LARGEST_POWER = 100


class Complex(NamedTuple):
    """A complex number with rational parts."""

    real: Fraction
    imaginary: Fraction


def _reduce(terms: Mapping[tuple[int, ...], Fraction]) -> Complex:
    """Replace the powers of i in a polynomial in i."""
    real, imaginary = Fraction(0), Fraction(0)
    for (power,), coefficient in terms.items():
        sign = -1 if power % 4 >= 2 else 1
        if power % 2:
            imaginary += sign * coefficient
        else:
            real += sign * coefficient
    return Complex(real, imaginary)


def read_complex(latex: str) -> Complex | None:
    """Read a calculation with i."""
    terms = read_terms(latex, "i")
    return None if terms is None else _reduce(terms)


def format_complex(number: Complex) -> str:
    r"""Write `a + bi`: `3 - 2i`, `\frac{1}{2} + \frac{3}{2}i`, `-i`, `5`."""
    parts = [num(number.real)] if number.real or not number.imaginary else []
    if number.imaginary:
        size = abs(number.imaginary)
        parts.append(("-" if number.imaginary < 0 else "") + ("i" if size == 1 else f"{num(size)}i"))
    return format_sum(parts)


def _stated(text: str) -> list[str]:
    """The parts of a text that carry numbers, without the definition of i."""
    return [part for part in math_parts(text) if re.search(r"\d", part) and part != "i^2 = -1"]


_MODULUS = re.compile(
    r"(?:Find|What is|Compute|Determine|Calculate) the (?:modulus|absolute value) of (?:the complex number )?"
    r"\$(?:z = )?([^$=]*i)\$[.?]"
)


def _modulus(latex: str) -> Solution | None:
    number = read_complex(latex)
    if number is None:
        return None
    square = number.real**2 + number.imaginary**2
    answer = format_root(square)
    return Solution(
        (
            f"The square of the modulus is ${in_brackets(number.real)}^2 + {in_brackets(number.imaginary)}^2"
            f" = {num(square)}$.",
            rf"The modulus is $\sqrt{{{num(square)}}} = {answer}$.",
        ),
        answer,
    )


def squared_modulus(text: str) -> Solution | None:
    """The square of the absolute value of a complex number."""
    if plain := _MODULUS.fullmatch(text):
        return _modulus(plain[1])
    if "|z|^2" not in text or "complex number" not in text:
        return None
    stated = [part for part in _stated(text) if part != "|z|^2"]
    if len(stated) != 1 or not stated[0].startswith("z = ") or read_given(text).outside:
        return None
    number = read_complex(stated[0].removeprefix("z = "))
    if number is None:
        return None
    answer = num(number.real**2 + number.imaginary**2)
    return Solution(
        (
            f"Multiply out: $z = {format_complex(number)}$.",
            f"$|z|^2$ is the sum of the squares of the real and the imaginary part:"
            f" ${in_brackets(number.real)}^2 + {in_brackets(number.imaginary)}^2$.",
            f"$|z|^2 = {num(number.real**2)} + {num(number.imaginary**2)} = {answer}$.",
        ),
        answer,
    )


def complex_quotient(text: str) -> Solution | None:
    """Quotient of two complex numbers in the form a + bi."""
    if "a + bi" not in text or not re.search(r"quotient|(?:Write|Express|Simplify) \$\\frac", text):
        return None
    stated = _stated(text)
    quotient = _QUOTIENT.fullmatch(stated[0]) if len(stated) == 1 else None
    if not quotient or read_given(text).outside:
        return None
    top, bottom = read_complex(quotient[1]), read_complex(quotient[2])
    if top is None or bottom is None or not any(bottom):
        return None
    conjugate = Complex(bottom.real, -bottom.imaginary)
    product = Complex(
        top.real * conjugate.real - top.imaginary * conjugate.imaginary,
        top.real * conjugate.imaginary + top.imaginary * conjugate.real,
    )
    norm = bottom.real**2 + bottom.imaginary**2
    answer = format_complex(Complex(product.real / norm, product.imaginary / norm))
    return Solution(
        (
            f"The conjugate of the denominator is ${format_complex(conjugate)}$.",
            f"The new numerator is $({format_complex(top)})({format_complex(conjugate)}) = {format_complex(product)}$.",
            f"The new denominator is ${in_brackets(bottom.real)}^2 + {in_brackets(bottom.imaginary)}^2 = {num(norm)}$.",
            f"The quotient is ${answer}$.",
        ),
        answer,
    )


_COMPUTE_POWER = re.compile(
    r"^(?:Compute|Evaluate|Calculate|Find|Simplify|Determine|Write|Express|What is)"
    r"(?: the (?:power|value of|complex number))?"
    r" \$\([^()$]*i[^()$]*\)\^(?:\d|\{\d+\})\$"
    r"(?:,? (?:in|as) (?:the |standard )?(?:form )?(?:\$a \+ bi\$)?(?: with real \$a\$ and \$b\$)?)?[.?]$"
)


def complex_power(text: str) -> Solution | None:
    """Exact power of a complex number whose parts may have a square root."""
    defined = "i^2 = -1" in text and re.search(r"value of \$", text)
    if not defined and not _COMPUTE_POWER.search(text):
        return None
    stated = _stated(text)
    powers = [match for part in stated if (match := _POWER.fullmatch(part))]
    named = read_given(text).named.get("z")
    if len(stated) == 1 and len(powers) == 1:
        base, exponent = powers[0][1], int(powers[0][2])
    elif named and len(stated) <= 2 and (raised := re.search(r"value of \$z\^\{?(\d+)\}?\$", text)):
        base, exponent = named, int(raised[1])
        if any(part not in (f"z = {named}", raised[0].partition("$")[2].rstrip("$")) for part in stated):
            return None
    else:
        return None
    radicands = {int(root) for root in _ROOT.findall(base)}
    terms = read_terms(_ROOT.sub(" s ", base), "is")
    if terms is None or len(radicands) > 1 or not 1 <= exponent <= _LARGEST_POWER or read_given(text).outside:
        return None
    radicand = radicands.pop() if radicands else 1
    power: Terms = {(0, 0): Fraction(1)}
    for _ in range(exponent):
        power = _reduce_roots(multiply_terms(power, terms), radicand)
    answer = _format_with_root(power, radicand)
    modulus = _reduce_roots(multiply_terms(terms, {(p, q): (-1) ** p * c for (p, q), c in terms.items()}), radicand)
    square = modulus.get((0, 0), Fraction(0))
    angle = _nice_angle(terms, radicand)
    if angle is None:
        double = _format_with_root(_reduce_roots(multiply_terms(terms, terms), radicand), radicand)
        steps: tuple[str, ...] = (f"Multiply step by step, with $i^2 = -1$: for $z = {base}$, $z^2 = {double}$.",)
    else:
        length = format_root(square)
        steps = (
            f"In polar form, $z = {base}$ has the modulus ${length}$ and the angle ${format_pi(angle)}$.",
            f"By De Moivre's theorem, $z^{{{exponent}}}$ has the modulus"
            f" ${_format_power(square, exponent)}$ and the angle ${format_pi(exponent * angle)}$,"
            f" which points the same way as ${format_pi(exponent * angle % 2)}$.",
        )
    return Solution((*steps, f"Hence $z^{{{exponent}}} = {answer}$."), answer)


def _format_power(square: Fraction, exponent: int) -> str:
    """Write the given power of the square root of a number."""
    outside = square ** (exponent // 2)
    return num(outside) if exponent % 2 == 0 else format_root(square, outside)


def _nice_angle(terms: Terms, radicand: int) -> Fraction | None:
    """The angle of a number in multiples of pi, if it is a multiple of 15 degrees."""
    value = sum(
        complex(float(coefficient)) * 1j**i_power * math.sqrt(radicand) ** s_power
        for (i_power, s_power), coefficient in terms.items()
    )
    twelfths = cmath.phase(value) * 12 / math.pi
    return Fraction(round(twelfths), 12) if abs(twelfths - round(twelfths)) < 1e-9 else None


def _reduce_roots(terms: Terms, radicand: int) -> Terms:
    """Replace i^2 by -1 and the square of the root s by its radicand, in a polynomial in i and s."""
    reduced: dict[tuple[int, ...], Fraction] = {}
    for (i_power, s_power), coefficient in terms.items():
        key = (i_power % 2, s_power % 2)
        value = coefficient * (-1) ** (i_power // 2) * radicand ** (s_power // 2)
        reduced[key] = reduced.get(key, Fraction(0)) + value
    return {key: value for key, value in reduced.items() if value}


def _format_with_root(terms: Terms, radicand: int) -> str:
    symbols = {(0, 1): rf"\sqrt{{{radicand}}}", (1, 0): "i", (1, 1): rf"\sqrt{{{radicand}}}i"}
    written = [num(terms[(0, 0)])] if (0, 0) in terms else []
    return format_sum(
        [*written, *(format_multiple(terms[key], symbol) for key, symbol in symbols.items() if key in terms)]
    )


def real_quadratic_from_root(text: str) -> Solution | None:
    """A coefficient of the real quadratic polynomial with a given complex root."""
    asked = re.search(r"value of \$(b|c)\$|constant term \$(c)\$", text)
    if not asked or not re.search(r"\broot\b|roots|solution", text):
        return None
    stated = [part for part in _stated(text) if not _QUADRATIC.fullmatch(part)]
    if len(stated) != 1 or not _QUADRATIC.search(text) or read_given(text).outside:
        return None
    root = read_complex(stated[0].removeprefix("x = "))
    if root is None or not root.imaginary or "real" not in text:
        return None
    conjugate = Complex(root.real, -root.imaginary)
    first = f"The coefficients are real, so the conjugate ${format_complex(conjugate)}$ is the other root."
    if asked[1] == "b":
        answer = num(-2 * root.real)
        return Solution((first, f"The sum of the roots is ${num(2 * root.real)} = -b$, so $b = {answer}$."), answer)
    answer = num(root.real**2 + root.imaginary**2)
    return Solution(
        (
            first,
            f"The constant term is the product of the roots: $({format_complex(root)})({format_complex(conjugate)})"
            f" = {in_brackets(root.real)}^2 + {in_brackets(root.imaginary)}^2$.",
            f"$c = {num(root.real**2)} + {num(root.imaginary**2)} = {answer}$.",
        ),
        answer,
    )


def distances_of_unity_roots(text: str) -> Solution | None:
    """A multiple of the sum of squared distances from 1 to the other roots of unity."""
    unity = _UNITY.search(text)
    if not unity or "complex solutions" not in text:
        return None
    written = unity[1] or unity[2]
    count = read_integer(written)
    multiple, summed = _MULTIPLE.search(text), _WRITTEN_SUM.search(text)
    squares = re.search(r"sum of the (?:squares of the lengths|squared distances)", text)
    if summed and not multiple:
        factors = [factor or "1" for factor in summed.groups()[:3]]
        last = read_integer(summed[4])
        factor = read_number(factors[0]) if len(set(factors)) == 1 and count and last == count - 1 else None
    elif squares:
        factor = read_number(multiple[1] or multiple[2]) if multiple else Fraction(1)
    else:
        return None
    allowed = {str(factor), *numerals(written), "0", "1", "2"}
    if count is None or count < 3 or factor is None or set(numerals(text)) - allowed:
        return None
    answer = num(2 * count * factor)
    return Solution(
        (
            r"For $|z| = 1$ we have $|1 - z|^2 = 2 - 2\operatorname{Re} z$.",
            rf"Over all ${count}$ solutions the sum is $2 \cdot {count} - 2 \cdot 0 = {2 * count}$,"
            " because the solutions add up to $0$; the solution $1$ itself contributes $0$.",
            rf"Multiplied by ${num(factor)}$, this is ${answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    squared_modulus,
    complex_quotient,
    complex_power,
    real_quadratic_from_root,
    distances_of_unity_roots,
)
