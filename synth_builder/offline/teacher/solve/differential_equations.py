r"""Differential equations with closed solutions, and numerical methods."""

from __future__ import annotations

import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.notation import (
    format_multiple,
    format_number,
    format_polynomial,
    format_root,
    format_sum,
    in_brackets,
    read_equation,
    read_number,
    read_polynomial,
    read_terms,
)
from synth_builder.offline.teacher.solve.polynomials import derivative, rational_roots, terms_value, value_at
from synth_builder.offline.teacher.solve.question import Method, Solution
from synth_builder.offline.teacher.solve.reading import find_numbers, phrase, take_parts

_INITIAL = re.compile(r"y\(0\) = ([^=]+)")
_ASKED = re.compile(r"y\(([^()=]+)\)")


def solve_x_over_y(text: str) -> Solution | None:
    """Find a value of the positive solution of dy/dx = x/y by separating the variables."""
    if r"$\frac{dy}{dx} = \frac{x}{y}$" not in text or not re.search(r"positive|> 0", text):
        return None
    parts = take_parts(text, (_INITIAL, _ASKED), (re.compile(r"y(?:\(x\))? > 0"),))
    if parts is None:
        return None
    start, place = read_number(parts[0][0]), read_number(parts[1][0])
    if start is None or place is None or start <= 0:
        return None
    answer = format_root(start**2 + place**2)
    return Solution(
        (
            r"Separate the variables: $y \, dy = x \, dx$, so $y^2 = x^2 + C$.",
            f"From $y(0) = {format_number(start)}$ we get $C = {format_number(start**2)}$.",
            rf"So $y({format_number(place)}) = \sqrt{{{format_number(place**2)} + {format_number(start**2)}}}$, "
            f"which is ${answer}$.",
        ),
        answer,
    )


_TANK = tuple(
    phrase(words)
    for words in ("holds # litres", "with # grams of salt per litre", r"(?:flows in|enters) at # litres per minute")
)
_SALT = re.compile(r"\\frac\{dS\}\{dt\} = (.+) - \\frac\{(.+?)(?: \\cdot)? S\}\{(.+)\}")
_START = re.compile(r"S\(0\) = \d+")
_VOLUME = re.compile(r"(\d+)")


def find_long_run_salt(text: str) -> Solution | None:
    """Find the amount of salt that a well-stirred tank approaches."""
    if r"$S(t)$" in text and r"\infty" in text and "limit" in text:
        parts = take_parts(text, (_SALT,), (_START, _VOLUME))
        numbers = None if parts is None else [read_number(part) for part in parts[0]]
        if numbers is None or None in numbers:
            return None
        inflow, rate, volume = (number for number in numbers if number is not None)
        if not all(part in ("0", parts[0][2]) for part in re.findall(r"\$(\d+)\$", text) if parts is not None):
            return None
    elif "long run" in text and "same rate" in text and "salt" in text:
        found = find_numbers(text, *_TANK)
        if found is None:
            return None
        volume, concentration, rate = found
        inflow = concentration * rate
    else:
        return None
    if rate <= 0 or volume <= 0:
        return None
    answer = format_number(inflow * volume / rate)
    return Solution(
        (
            f"Per minute ${format_number(inflow)}$ grams flow in, and the part "
            rf"$\frac{{{format_number(rate)}}}{{{format_number(volume)}}}$ of the salt flows out.",
            rf"In the long run both are equal: ${format_number(inflow)} = "
            rf"\frac{{{format_number(rate)} \cdot S}}{{{format_number(volume)}}}$.",
            f"So $S$ tends to ${answer}$.",
        ),
        answer,
    )


_SECOND_ORDER = re.compile(r"(.*y''.*=.*)")
_FIRST_SLOPE = re.compile(r"y'\(0\) = (.+)")
_AT_LOGARITHM = re.compile(r"y\(\\ln ?\(?(\d+)\)?\)")


def solve_second_order_equation(text: str) -> Solution | None:
    """Solve y'' + p y' + q y = 0 with two whole characteristic roots, and give y at a logarithm."""
    if "y''" not in text or r"\ln" not in text:
        return None
    parts = take_parts(text, (_SECOND_ORDER, _FIRST_SLOPE, _INITIAL, _AT_LOGARITHM))
    if parts is None:
        return None
    terms = read_equation(parts[0][0].replace("y''", "u").replace("y'", "v"), "uvy")
    slope, height, base = read_number(parts[1][0]), read_number(parts[2][0]), int(parts[3][0])
    if terms is None or slope is None or height is None or any(sum(powers) != 1 for powers in terms):
        return None
    coefficients = tuple(terms.get(powers, Fraction(0)) for powers in ((0, 0, 1), (0, 1, 0), (1, 0, 0)))
    roots = rational_roots(coefficients) if coefficients[2] else None
    if roots is None or len(roots) != 2 or any(root.denominator != 1 for root in roots) or base < 1:
        return None
    low, high = roots
    second = (slope - low * height) / (high - low)
    first = height - second
    answer = format_number(first * Fraction(base) ** int(low) + second * Fraction(base) ** int(high))
    return Solution(
        (
            f"The equation ${format_polynomial(coefficients, 'r')} = 0$ has the roots ${low}$ and ${high}$.",
            f"So $y = Ae^{{{_exponent(low)}}} + Be^{{{_exponent(high)}}}$ with $A + B = {format_number(height)}$ and "
            f"${format_sum(_times(low, 'A') + _times(high, 'B'))} = {format_number(slope)}$.",
            f"This gives $A = {format_number(first)}$ and $B = {format_number(second)}$.",
            rf"$y(\ln {base}) = {format_number(first)} \cdot {base}^{{{low}}} + {in_brackets(second)} \cdot "
            rf"{base}^{{{high}}} = {answer}$.",
        ),
        answer,
    )


def _times(root: Fraction, symbol: str) -> list[str]:
    return [format_multiple(root, symbol)] if root else []


def _exponent(root: Fraction) -> str:
    return format_polynomial((0, root))


_GROWTH_RULES = tuple(
    re.compile(rule) for rule in (r"P\(0\) = ([^P]+)", r"P\((\d+)\) = (.+?) ?\\cdot P\(0\)", r"P\((\d+)\)")
)
_GROWTH_WORDS = tuple(
    phrase(words)
    for words in (
        r"(?:start|beginning) the mass is #",
        r"after # \w+ it is",
        "it is # times as",
        r"after # \w+[.?]$",
    )
)


def find_exponential_growth(text: str) -> Solution | None:
    """Find a later value of a quantity that grows in proportion to itself."""
    if r"\frac{dP}{dt} = rP" not in text:
        return None
    parts = take_parts(text, _GROWTH_RULES)
    if parts is not None:
        read = [read_number(part) for part in (parts[0][0], *parts[1], parts[2][0])]
    else:
        read = list(find_numbers(text, *_GROWTH_WORDS) or ())
    numbers = [number for number in read if number is not None]
    if len(numbers) != 4 or numbers[1] <= 0 or (numbers[3] / numbers[1]).denominator != 1:
        return None
    start, time, factor, later = numbers
    repeats = int(later / time)
    if not 0 <= repeats <= 100:
        return None
    answer = format_number(start * factor**repeats)
    return Solution(
        (
            rf"The solution $P(t) = P(0)e^{{rt}}$ is multiplied by ${format_number(factor)}$ in every "
            f"${format_number(time)}$ units of time.",
            rf"${format_number(later)} = {repeats} \cdot {format_number(time)}$, so the factor is "
            f"${format_number(factor)}^{{{repeats}}} = {format_number(factor**repeats)}$.",
            rf"The value is ${format_number(start)} \cdot {format_number(factor**repeats)} = {answer}$.",
        ),
        answer,
    )


_FUNCTION = re.compile(r"f\(x\) = (.+)")
_GUESS = re.compile(r"x_0 = (.+)")
_NEWTON_ALLOWED = (re.compile(r"x_1"), re.compile(r"(x\^\d = \d+)"))


def make_newton_step(text: str) -> Solution | None:
    """Make one step of Newton's method for a polynomial."""
    if "Newton's method" not in text or not re.search(r"\$x_1\$", text):
        return None
    parts = take_parts(text, (_FUNCTION, _GUESS), _NEWTON_ALLOWED)
    if parts is None:
        return None
    coefficients, guess = read_polynomial(parts[0][0]), read_number(parts[1][0])
    stated = re.search(r"\$(x\^\d = \d+)\$", text)
    same = stated is None or read_equation(stated[1], "x") == read_terms(parts[0][0], "x")
    if not coefficients or guess is None or not same:
        return None
    height, slope = value_at(coefficients, guess), value_at(derivative(coefficients), guess)
    if not slope:
        return None
    answer = format_number(guess - height / slope)
    return Solution(
        (
            rf"Newton's method: $x_1 = x_0 - \frac{{f(x_0)}}{{f'(x_0)}}$ with "
            f"$f'(x) = {format_polynomial(derivative(coefficients))}$.",
            f"$f({format_number(guess)}) = {format_number(height)}$ and "
            f"$f'({format_number(guess)}) = {format_number(slope)}$.",
            rf"$x_1 = {format_number(guess)} - \frac{{{format_number(height)}}}{{{format_number(slope)}}} = {answer}$.",
        ),
        answer,
    )


_INTEGRAL = re.compile(r"\\int_(-?\d+|\{-?\d+\})\^(-?\d+|\{-?\d+\}) (.+?) ?\\, ?dx")
_PIECES = re.compile(r"(\d+)")
_CURVE = re.compile(r"(?:y|f\(x\)) = (.+)")
_BOUND = re.compile(r"\$x = (-?\d+)\$")


def apply_trapezoidal_rule(text: str) -> Solution | None:
    """Approximate the integral of a polynomial by the trapezoidal rule."""
    if "trapezoidal rule" not in text or "subintervals" not in text or "error" in text:
        return None
    bounds = _BOUND.findall(text)
    if parts := take_parts(text, (_INTEGRAL, _PIECES)):
        low, high, integrand = parts[0]
    elif len(bounds) == 2 and (parts := take_parts(_BOUND.sub("", text), (_CURVE, _PIECES))):
        (low, high), integrand = bounds, parts[0][0]
    else:
        return None
    coefficients, count = read_polynomial(integrand), int(parts[1][0])
    start, end = Fraction(low.strip("{}")), Fraction(high.strip("{}"))
    if not coefficients or not 1 <= count <= 200 or start >= end:
        return None
    width = (end - start) / count
    values = [value_at(coefficients, start + step * width) for step in range(count + 1)]
    answer = format_number(width * (sum(values, Fraction(0)) - (values[0] + values[-1]) / 2))
    inner = " + ".join(format_number(value) for value in values[1:-1]) or "0"
    return Solution(
        (
            f"The subintervals have the length $h = {format_number(width)}$.",
            f"The values at the ends are ${format_number(values[0])}$ and ${format_number(values[-1])}$, "
            f"and the values between them have the sum ${inner} = {format_number(sum(values[1:-1], Fraction(0)))}$.",
            rf"The rule gives ${format_number(width)} \cdot \left(\frac{{{format_number(values[0])} + "
            rf"{in_brackets(values[-1])}}}{{2}} + {in_brackets(sum(values[1:-1], Fraction(0)))}\right) = {answer}$.",
        ),
        answer,
    )


_INTERVAL = re.compile(r"\[(-?\d+), (-?\d+)\]")
_WIDTH = re.compile(r"(\\frac\{\d+\}\{\d+\}|\d+(?:\.\d+)?)")


def count_bisection_steps(text: str) -> Solution | None:
    """Count the halvings after which an interval is short enough."""
    if "bisection" not in text or "steps" not in text or "at most" not in text or "length" not in text:
        return None
    parts = take_parts(text, (_INTERVAL, _WIDTH))
    width = None if parts is None else read_number(parts[1][0])
    if parts is None or not width:
        return None
    length = Fraction(parts[0][1]) - Fraction(parts[0][0])
    if length <= 0 or width <= 0:
        return None
    steps = 0
    while length / 2**steps > width:
        steps += 1
    needed = format_number(length / width)
    return Solution(
        (
            rf"After $n$ steps the length is $\frac{{{length}}}{{2^n}}$; it must be at most ${format_number(width)}$.",
            rf"This means $2^n \ge {needed}$.",
            f"$2^{{{steps}}} = {2**steps}$ is large enough"
            + (f", but $2^{{{steps - 1}}} = {2 ** (steps - 1)}$ is not." if steps else "."),
            f"So ${steps}$ steps are needed.",
        ),
        str(steps),
    )


_RULE = re.compile(r"\$y' = ([^$]+)\$")
_EULER_START = re.compile(r"y\((-?\d+)\) = ([^=]+)")
_EULER_ASKED = re.compile(r"y\((-?\d+)\)")
_STEP_SIZE = phrase("step size #")
_STEPS = phrase("# steps")


def apply_euler_method(text: str) -> Solution | None:
    """Approximate a value of the solution of y' = f(x, y) by Euler's method."""
    if "Euler's method" not in text or "error" in text:
        return None
    size, count = _STEP_SIZE.search(text), _STEPS.search(text)
    width = None if size is None else read_number(size[1])
    rules = _RULE.findall(text)
    rest = _RULE.sub("", _STEPS.sub("", _STEP_SIZE.sub("", text)))
    parts = take_parts(rest, (_EULER_START, _EULER_ASKED))
    if not width or parts is None or len(rules) != 1:
        return None
    rule, height = read_terms(rules[0], "xy"), read_number(parts[0][1])
    place, end = Fraction(parts[0][0]), Fraction(parts[1][0])
    steps = (end - place) / width
    if rule is None or height is None or steps.denominator != 1 or not 1 <= steps <= 50:
        return None
    if count is not None and read_number(count[1]) != steps:
        return None
    shown = []
    for _ in range(int(steps)):
        following = height + width * terms_value(rule, (place, height))
        shown.append(
            f"$y({format_number(place + width)}) \\approx {format_number(height)} + {format_number(width)} \\cdot "
            f"{in_brackets(terms_value(rule, (place, height)))} = {format_number(following)}$."
        )
        place, height = place + width, following
    answer = format_number(height)
    first = rf"Each step replaces $y$ by $y + {format_number(width)} \cdot y'$ with $y' = {rules[0]}$."
    return Solution((first, *shown, f"The approximation is ${answer}$."), answer)


METHODS: tuple[Method, ...] = (
    solve_x_over_y,
    find_long_run_salt,
    solve_second_order_equation,
    find_exponential_growth,
    make_newton_step,
    apply_trapezoidal_rule,
    count_bisection_steps,
    apply_euler_method,
)
