"""Trigonometric functions, identities and equations."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.notation import (
    Terms,
    exact_root,
    format_pi,
    format_root,
    format_sum,
    in_brackets,
    math_parts,
    read_given,
    read_integer,
    read_number,
    read_terms,
)
from synth_builder.offline.teacher.solve.notation import format_number as num
from synth_builder.offline.teacher.solve.question import Method, Solution

_ARGUMENT = r"(?:\\left)?\(\\frac\{2 ?(?:\\cdot ?)?\\pi ?(?:\\cdot ?)?([a-z])\}\{([^{}]+)\}(?:\\right)?\)"
_SINE_OR_COSINE = re.compile(rf"\\(sin|cos) ?{_ARGUMENT}")
_PERIOD_ASKED = re.compile(r"smallest positive integer (?:\$T\$ )?(?:such that|that is a period|for which)")
_MOMENT = re.compile(r"after \$([^$]*\d[^$]*)\$|\$t = ([^$]+)\$|value of \$h\(([^$]+)\)\$")
_COUNTED = re.compile(r"\\(sin|cos|tan) ?(?:\((?:([^()]+?) ?\\cdot ?)?x\)|(\d*) ?x) ?= ?(.+)")
_GIVEN_RATIO = re.compile(r"\\(sin|cos) ?x")
_DOUBLE_ASKED = re.compile(r"value of \$\\(sin|cos|tan) ?(?:\(2x\)|2x)\$")
_QUADRANTS = {
    r"0 < x < \frac{\pi}{2}": (1, 1),
    r"\frac{\pi}{2} < x < \pi": (1, -1),
    r"\pi < x < \frac{3\pi}{2}": (-1, -1),
    r"\frac{3\pi}{2} < x < 2\pi": (-1, 1),
}
_FULL_TURN = r"0 \le x < 2\pi"
_SUM_OF_SQUARES = re.compile(rf"\\sum_\{{j ?= ?1\}}\^(?:\{{([^{{}}]+)\}}|(\d)) ?(.*?)\\(sin|cos)\^2 ?{_ARGUMENT}")
# Simple cosines of angles up to 90 degrees, coefficient * sqrt(radicand), as (coefficient, radicand).
_COSINES = {
    0: (Fraction(1), 1),
    30: (Fraction(1, 2), 3),
    45: (Fraction(1, 2), 2),
    60: (Fraction(1, 2), 1),
    90: (Fraction(0), 1),
}


def _in_sine_and_cosine(latex: str) -> Terms | None:
    """Read a polynomial in sin x and cos x."""
    written = re.sub(r"\\sin(\^\d)? ?x(?![a-z])", r"S\1 ", latex)
    return read_terms(re.sub(r"\\cos(\^\d)? ?x(?![a-z])", r"C\1 ", written), "SC")


def harmonic_extremum(text: str) -> Solution | None:
    """Largest or smallest value of a sin x + b cos x + c."""
    asked = re.search(r"(maximum|minimum|largest|smallest) value", text)
    if not asked or r"\sin x" not in text or "interval" in text or r"\le" in text:
        return None
    parts = [part.removeprefix("f(x) = ") for part in math_parts(text) if re.search(r"\d|=", part)]
    terms = _in_sine_and_cosine(parts[0]) if len(parts) == 1 else None
    if terms is None or set(terms) - {(1, 0), (0, 1), (0, 0)} or read_given(text).outside:
        return None
    a, b, c = (terms.get(powers, Fraction(0)) for powers in ((1, 0), (0, 1), (0, 0)))
    root = exact_root(a * a + b * b)
    if not root:
        return None
    sign = 1 if asked[1] in ("maximum", "largest") else -1
    answer = num(c + sign * root)
    return Solution(
        (
            r"The values of $a\sin x + b\cos x$ are all numbers between $-\sqrt{a^2 + b^2}$ and $\sqrt{a^2 + b^2}$.",
            rf"Here $\sqrt{{{num(a * a)} + {num(b * b)}}} = {num(root)}$.",
            f"The {asked[1]} value is ${num(c)} {'+' if sign > 0 else '-'} {num(root)} = {answer}$.",
        ),
        answer,
    )


def common_period(text: str) -> Solution | None:
    """Smallest common integer period of a sine and a cosine."""
    if not re.search(r"period|f\(x \+ T\)", text) or not _PERIOD_ASKED.search(text):
        return None
    waves = [part.removeprefix("f(x) = ") for part in math_parts(text) if _SINE_OR_COSINE.search(part)]
    rest = [part for part in read_given(text).others if part not in waves]
    found = _SINE_OR_COSINE.findall(waves[0]) if len(waves) == 1 else []
    periods = [period for _, _, written in found if (period := read_integer(written)) and period > 0]
    if len(periods) != 2 or rest or read_given(text).values or read_given(text).outside:
        return None
    # A difference of equal waves, or a coefficient 0, could have a smaller period: allow plain sums of two kinds only.
    if {kind for kind, _, _ in found} != {"sin", "cos"} or _SINE_OR_COSINE.sub("", waves[0]).strip() not in ("+", "-"):
        return None
    answer = str(math.lcm(*periods))
    return Solution(
        (
            rf"$\sin\left(\frac{{2\pi x}}{{p}}\right)$ and $\cos\left(\frac{{2\pi x}}{{p}}\right)$ have the period $p$:"
            f" here ${periods[0]}$ and ${periods[1]}$.",
            "The sum repeats as soon as both parts repeat together, at the least common multiple of the periods.",
            rf"$\operatorname{{lcm}}({periods[0]}, {periods[1]}) = {answer}$.",
        ),
        answer,
    )


def _cosine_of_degrees(degrees: Fraction) -> tuple[Fraction, int] | None:
    turned = degrees % 360
    folded = min(turned, 360 - turned)
    sign = 1 if folded <= 90 else -1
    acute = folded if folded <= 90 else 180 - folded
    if acute.denominator != 1 or int(acute) not in _COSINES:
        return None
    coefficient, radicand = _COSINES[int(acute)]
    return sign * coefficient, radicand


def wheel_height(text: str) -> Solution | None:
    """Value of a cosine model of a turning wheel at a moment."""
    moment = _MOMENT.search(text)
    model = next((part[len("h(t) = ") :] for part in math_parts(text) if part.startswith("h(t) = ")), "")
    wave = _SINE_OR_COSINE.search(model)
    if not moment or not wave or wave[1] != "cos" or wave[2] != "t":
        return None
    time = read_number(moment[1] or moment[2] or moment[3])
    period = read_number(wave[3])
    terms = read_terms(_SINE_OR_COSINE.sub(" C ", model), "C")
    given = read_given(text)
    stated = len(given.values) + len(given.others) + len(set(given.named) - {"h(t)"})
    if time is None or not period or terms is None or set(terms) - {(0,), (1,)} or stated != 1 or given.outside:
        return None
    cosine = _cosine_of_degrees(360 * time / period)
    if cosine is None:
        return None
    constant, factor = terms.get((0,), Fraction(0)), terms.get((1,), Fraction(0))
    coefficient, radicand = cosine
    wave_value = format_root(radicand, factor * coefficient)
    rational = radicand == 1
    answer = num(constant + factor * coefficient) if rational else format_sum([num(constant), wave_value])
    angle = format_pi(2 * time / period)
    return Solution(
        (
            rf"For $t = {num(time)}$ the angle is"
            rf" $\frac{{2\pi \cdot {num(time)}}}{{{num(period)}}} = {angle}$.",
            rf"Its cosine is ${format_root(radicand, coefficient)}$, and"
            rf" ${num(factor)} \cdot {format_root(radicand, coefficient)} = {wave_value}$."
            if coefficient >= 0
            else rf"Its cosine is ${format_root(radicand, coefficient)}$, and"
            rf" ${num(factor)} \cdot ({format_root(radicand, coefficient)}) = {wave_value}$.",
            f"The height is ${format_sum([num(constant), wave_value])}{f' = {answer}' if rational else ''}$.",
        ),
        answer,
    )


def count_solutions(text: str) -> Solution | None:
    """Number of solutions of sin(nx) = c, cos(nx) = c or tan(nx) = c in one full turn."""
    if not re.search("how many|number of solutions", text, re.IGNORECASE) or _FULL_TURN not in text:
        return None
    parts = [part for part in math_parts(text) if part != _FULL_TURN and re.search(r"\d|=", part)]
    equation = _COUNTED.fullmatch(parts[0]) if len(parts) == 1 else None
    if not equation or read_given(text).outside:
        return None
    kind = equation[1]
    turns = read_integer(equation[2] or equation[3] or "1")
    level = read_number(equation[4])
    if turns is None or turns < 1 or level is None:
        return None
    if kind == "tan":
        each, why = 2, "the tangent takes every value exactly twice"
    elif abs(level) > 1:
        each, why = 0, f"the value ${num(level)}$ does not occur"
    elif abs(level) == 1:
        each, why = 1, f"the value ${num(level)}$ occurs exactly once"
    else:
        each, why = 2, f"the value ${num(level)}$ occurs exactly twice"
    answer = str(each * turns)
    return Solution(
        (
            rf"Put $u = {turns}x$. When $x$ makes one full turn, $u$ runs through $0 \le u < {format_pi(2 * turns)}$,"
            f" that is ${turns}$ full turns.",
            f"In one full turn, {why}.",
            rf"The number of solutions is ${turns} \cdot {each} = {answer}$.",
        ),
        answer,
    )


def double_angle(text: str) -> Solution | None:
    """Value of sin 2x, cos 2x or tan 2x from sin x or cos x and the quadrant."""
    asked = _DOUBLE_ASKED.search(text)
    ranges = [part for part in math_parts(text) if part in _QUADRANTS]
    if not asked or len(ranges) != 1:
        return None
    given = read_given(text)
    names = [name for name in given.named if _GIVEN_RATIO.fullmatch(name)]
    if len(names) != 1 or len(given.named) != 1 or given.values or given.outside:
        return None
    if any(part not in (*ranges, asked[0].partition("$")[2].rstrip("$")) for part in given.others):
        return None
    known = read_number(given.named[names[0]])
    other = None if known is None else exact_root(1 - known * known)
    if known is None or other is None:
        return None
    signs = _QUADRANTS[ranges[0]]
    from_sine = "sin" in names[0]
    sine, cosine = (known, other * signs[1]) if from_sine else (other * signs[0], known)
    if sine * signs[0] <= 0 or cosine * signs[1] <= 0:
        return None
    found = rf"\cos x = {num(cosine)}" if from_sine else rf"\sin x = {num(sine)}"
    first = rf"From $\sin^2 x + \cos^2 x = 1$ and the quadrant of $x$ we get ${found}$."
    doubled_sine = 2 * sine * cosine
    doubled_cosine = 1 - 2 * sine * sine
    sine_step = rf"$\sin 2x = 2\sin x\cos x = 2 \cdot {in_brackets(sine)} \cdot {in_brackets(cosine)}"
    sine_step += f" = {num(doubled_sine)}$."
    cosine_step = rf"$\cos 2x = 1 - 2\sin^2 x = 1 - 2 \cdot {num(sine * sine)} = {num(doubled_cosine)}$."
    if asked[1] == "sin":
        return Solution((first, sine_step), num(doubled_sine))
    if asked[1] == "cos":
        return Solution((first, cosine_step), num(doubled_cosine))
    if not doubled_cosine:
        return None
    answer = num(doubled_sine / doubled_cosine)
    return Solution((first, sine_step, cosine_step, rf"$\tan 2x = \frac{{\sin 2x}}{{\cos 2x}} = {answer}$."), answer)


def tangent_of_sum(text: str) -> Solution | None:
    """Addition formula of the tangent, for a sum or a difference."""
    asked = re.search(r"value of \$\\tan ?\(\\alpha (\+|-) \\beta\)\$", text)
    named = read_given(text).only_named(r"\tan\alpha", r"\tan\beta") if asked else ()
    values = [value for part in named if (value := read_number(part)) is not None]
    if not asked or len(values) != 2:
        return None
    alpha, beta = values
    sign = 1 if asked[1] == "+" else -1
    top, bottom = alpha + sign * beta, 1 - sign * alpha * beta
    if not bottom:
        return None
    answer = num(top / bottom)
    opposite = "-" if sign > 0 else "+"
    return Solution(
        (
            rf"$\tan(\alpha {asked[1]} \beta) ="
            rf" \frac{{\tan\alpha {asked[1]} \tan\beta}}{{1 {opposite} \tan\alpha\tan\beta}}$.",
            f"The numerator is ${num(alpha)} {asked[1]} {in_brackets(beta)} = {num(top)}$.",
            rf"The denominator is $1 {opposite} {in_brackets(alpha)} \cdot {in_brackets(beta)} = {num(bottom)}$.",
            f"The quotient is ${answer}$.",
        ),
        answer,
    )


def sine_from_sum(text: str) -> Solution | None:
    """Value of sin 2x from sin x + cos x or sin x - cos x, by squaring."""
    if not re.search(r"value of \$\\sin 2x\$", text):
        return None
    parts = [part for part in math_parts(text) if re.search(r"\d|=", part) and part != r"\sin 2x"]
    sides = parts[0].split("=") if len(parts) == 1 else []
    terms = _in_sine_and_cosine(sides[0]) if len(sides) == 2 else None
    value = read_number(sides[1]) if len(sides) == 2 else None
    if (
        terms is None
        or value is None
        or set(terms) != {(1, 0), (0, 1)}
        or read_given(text).outside
        or value * value > 2
    ):
        return None
    a, b = terms[(1, 0)], terms[(0, 1)]
    if abs(a) != 1 or abs(b) != 1:
        return None
    sign = a * b
    answer = num(sign * (value * value - 1))
    return Solution(
        (
            rf"Squared: $\sin^2 x {'+' if sign > 0 else '-'} 2\sin x\cos x + \cos^2 x = {num(value**2)}$.",
            rf"As $\sin^2 x + \cos^2 x = 1$ and $2\sin x\cos x = \sin 2x$,"
            rf" this says $1 {'+' if sign > 0 else '-'} \sin 2x = {num(value**2)}$.",
            rf"Hence $\sin 2x = {answer}$.",
        ),
        answer,
    )


def sum_of_solutions(text: str) -> Solution | None:
    """Sum of the solutions in one turn of a quadratic equation in sin x or in cos x."""
    if not re.search(r"sum of all (?:its |these |the )?solutions", text) or _FULL_TURN not in text:
        return None
    parts = [part for part in math_parts(text) if part != _FULL_TURN and re.search(r"\d|=", part)]
    left, equals, right = parts[0].partition("=") if len(parts) == 1 else ("", "", "")
    terms = _in_sine_and_cosine(f"{left} - ({right})") if equals else None
    if terms is None or read_given(text).outside or not terms:
        return None
    is_sine = all(cosine == 0 for _, cosine in terms)
    if not is_sine and any(sine for sine, _ in terms):
        return None
    coefficients = {max(powers): coefficient for powers, coefficient in terms.items()}
    a, b, c = (coefficients.get(power, Fraction(0)) for power in (2, 1, 0))
    root = exact_root(b * b - 4 * a * c)
    if not a or set(coefficients) - {0, 1, 2} or root is None:
        return None
    levels = sorted({(-b - root) / (2 * a), (-b + root) / (2 * a)})
    name = r"\sin x" if is_sine else r"\cos x"
    steps = [f"As a quadratic equation in ${name}$ it gives ${name} = {f'$ or ${name} = '.join(map(num, levels))}$."]
    total = Fraction(0)
    for level in levels:
        half_turns = _solution_sum(is_sine, level)
        total += half_turns
        steps.append(
            f"${name} = {num(level)}$ has no solution."
            if abs(level) > 1
            else rf"The solutions of ${name} = {num(level)}$ in $0 \le x < 2\pi$ have the sum"
            f" ${format_pi(half_turns)}$."
        )
    answer = format_pi(total)
    return Solution((*steps, f"The sum of all solutions is ${answer}$."), answer)


def _solution_sum(is_sine: bool, level: Fraction) -> Fraction:
    """The sum, in multiples of pi, of the solutions of sin x = level or cos x = level in one turn from 0."""
    if abs(level) > 1:
        return Fraction(0)
    if not is_sine:
        # x and 2 pi - x, except for the single solutions 0 and pi
        return {Fraction(1): Fraction(0), Fraction(-1): Fraction(1)}.get(level, Fraction(2))
    if abs(level) == 1:
        return Fraction(1, 2) if level > 0 else Fraction(3, 2)
    # x and pi - x, moved into the turn where they are negative; sin x = 0 has 0 and pi
    return Fraction(1) if level >= 0 else Fraction(3)


def sum_of_squares(text: str) -> Solution | None:
    """Sum of a sin^2 or a cos^2 over equally spaced angles of a full turn."""
    found = [match for part in math_parts(text) if (match := _SUM_OF_SQUARES.fullmatch(part))]
    if len(found) != 1 or "sum" not in text:
        return None
    braced, digit, written, kind, letter, divisor = found[0].groups()
    terms = read_integer(braced or digit)
    factor = read_number(written.strip().removesuffix(r"\cdot")) if written.strip() else Fraction(1)
    given = read_given(text)
    other = [part for part in given.others if "2\\theta" not in part and r"\theta" not in part and part != found[0][0]]
    if terms is None or terms < 3 or factor is None or letter != "j" or read_integer(divisor) != terms:
        return None
    if given.values or given.named or given.outside or other:
        return None
    answer = num(factor * terms / 2)
    sign = "-" if kind == "sin" else "+"
    return Solution(
        (
            rf"Use $\{kind}^2\theta = \frac{{1 {sign} \cos 2\theta}}{{2}}$ in every term.",
            rf"The cosines $\cos\left(\frac{{4\pi j}}{{{terms}}}\right)$ for $j = 1, \ldots, {terms}$ are spread"
            " evenly over full turns, so their sum is $0$.",
            rf"The ${terms}$ terms $\frac{{1}}{{2}}$ remain:"
            rf" ${num(factor)} \cdot \frac{{{terms}}}{{2}} = {answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    harmonic_extremum,
    common_period,
    wheel_height,
    count_solutions,
    double_angle,
    tangent_of_sum,
    sine_from_sum,
    sum_of_solutions,
    sum_of_squares,
)
