"""Problem families on trigonometric functions, identities and equations."""

from __future__ import annotations

import math

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import fraction, one_of, polynomial, stated
from synth_builder.offline.teacher.write.scene import Scene

TRIPLES = ((3, 4, 5), (4, 3, 5), (5, 12, 13), (12, 5, 13), (8, 15, 17), (15, 8, 17), (7, 24, 25), (24, 7, 25))


def _harmonic_maximum(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, amplitude = draw.choice(TRIPLES)
    n = number or drawn(draw.integer(2, 20))
    function = f"${a}\\sin x + {b}\\cos x + {n}$"
    question = one_of(
        draw,
        f"Let $f(x) = {function[1:]} for all real numbers $x$. Find the maximum value of $f$.",
        f"The water level at a pier, in decimetres, varies as {function}, where the angle $x$ grows with time. Find "
        "the maximum value of this expression over all real $x$.",
    )
    return stated(question, f"the maximum value of {function} over all real $x$", amplitude + n.value)


def _common_period(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    second = draw.choice((4, 6, 8, 9, 10, 12, 14, 15, 18, 20))
    n = number or drawn(draw.choice([n for n in (4, 6, 10, 12, 15, 16, 21) if n != second]))
    function = (
        f"$f(x) = \\sin\\left(\\frac{{2\\pi x}}{{{n}}}\\right) + \\cos\\left(\\frac{{2\\pi x}}{{{second}}}\\right)$"
    )
    question = one_of(
        draw,
        f"Two waves with integer wavelengths overlap, and their sum is {function} for real $x$. Find the smallest "
        "positive integer $T$ such that $f(x + T) = f(x)$ for all real $x$.",
        f"Consider the function {function}. Find the smallest positive integer $T$ that is a period of $f$.",
    )
    quantity = f"the smallest positive integer that is a period of {function}"
    return stated(question, quantity, math.lcm(n.value, second))


def _ferris_wheel(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    radius, turn = 2 * draw.integer(5, 12), 6 * draw.integer(1, 5)
    part, change = draw.choice(((turn // 2, 2 * radius), (turn // 3, 3 * radius // 2), (turn // 6, radius // 2)))
    n = number or drawn(draw.integer(2, 6))
    formula = f"$h(t) = {n} + {radius} - {radius}\\cos\\left(\\frac{{2\\pi t}}{{{turn}}}\\right)$"
    question = one_of(
        draw,
        f"A Ferris wheel stands beside the {scene.place(draw)}. The height of a cabin above the ground, in metres, "
        f"after $t$ minutes is {formula}. Find the height of the cabin after ${part}$ minutes, in metres.",
        f"The height of a toy on a turning wheel, in centimetres, after $t$ seconds is {formula}. How many "
        f"centimetres high is the toy at the time $t = {part}$?",
    )
    return stated(question, f"the value of $h({part})$, where {formula}", n.value + change)


def _solution_count(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    name, value, each = draw.choice(
        (
            ("\\sin", "\\frac{1}{2}", 2),
            ("\\cos", "\\frac{1}{2}", 2),
            ("\\sin", "\\frac{1}{3}", 2),
            ("\\cos", "\\frac{2}{5}", 2),
            ("\\cos", "1", 1),
            ("\\tan", "1", 2),
            ("\\tan", "3", 2),
            ("\\cos", "0", 2),
        )
    )
    n = number or drawn(draw.integer(2, 15))
    equation = f"${name}({n} \\cdot x) = {value}$"
    question = one_of(
        draw,
        f"Consider the trigonometric equation {equation} for real $x$. How many solutions does it have in the "
        "interval $0 \\le x < 2\\pi$?",
        f"A student looks for all real numbers $x$ with $0 \\le x < 2\\pi$ that satisfy {equation}. How many "
        "solutions are there?",
    )
    return stated(question, f"the number of solutions of {equation} in the interval $0 \\le x < 2\\pi$", each * n.value)


def _double_angle(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, _, c = draw.choice(TRIPLES)
    quadrant, low, high = draw.choice((("first", "0", "\\frac{\\pi}{2}"), ("second", "\\frac{\\pi}{2}", "\\pi")))
    asked = draw.choice(("\\sin 2x", "\\cos 2x", "\\tan 2x"))
    question = one_of(
        draw,
        f"The angle $x$ lies in the {quadrant} quadrant, that is ${low} < x < {high}$, and $\\sin x = "
        f"{fraction(a, c)}$. Find the exact value of ${asked}$ as a reduced fraction.",
        f"It is given that $\\sin x = {fraction(a, c)}$ and ${low} < x < {high}$. Using a double angle formula, "
        f"find the exact value of ${asked}$ as a reduced fraction.",
    )
    return Problem(question)


def _tangent_addition(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    second = draw.integer(2, 9)
    n = number or drawn(draw.integer(2, 12))
    question = one_of(
        draw,
        f"The angles $\\alpha$ and $\\beta$ satisfy $\\tan\\alpha = {n}$ and $\\tan\\beta = {second}$. Find the "
        "exact value of $\\tan(\\alpha + \\beta)$ as a reduced fraction.",
        f"Two ramps have the slope angles $\\alpha$ and $\\beta$, where $\\tan\\alpha = {n}$ and $\\tan\\beta = "
        f"{second}$. Find the exact value of $\\tan(\\alpha + \\beta)$ as a reduced fraction.",
    )
    return Problem(question)


def _sine_plus_cosine(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    bottom = draw.integer(2, 9)
    top = draw.integer(1, bottom)
    sign, name = draw.choice((("+", "sum"), ("-", "difference")))
    given = f"$\\sin x {sign} \\cos x = {fraction(top, bottom)}$"
    question = one_of(
        draw,
        f"A real number $x$ satisfies {given}. Without solving for $x$, find the exact value of $\\sin 2x$.",
        f"The {name} of the sine and the cosine of an angle $x$ is known: {given}. Find the exact value of $\\sin 2x$.",
    )
    return Problem(question)


def _quadratic_in_cosine(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    # (2c - p)(c - q) with p in {-1, 0, 1}, and q outside [-1, 1] or equal to 1 or -1.
    p, q = draw.choice((-1, 1)), draw.choice((-3, -2, -1, 1, 2, 3))
    name = draw.choice(("\\cos", "\\sin"))
    equation = polynomial([2, -p - 2 * q, p * q], "c").replace("c^2", f"{name}^2 x").replace("c ", f"{name} x ")
    question = one_of(
        draw,
        f"Consider the equation ${equation} = 0$ for $0 \\le x < 2\\pi$. Find the sum of all its solutions in this "
        "interval.",
        f"All real numbers $x$ with $0 \\le x < 2\\pi$ that satisfy ${equation} = 0$ are written on a board and "
        "added. Find the sum of all these solutions.",
    )
    return Problem(question)


def _sum_of_squared_sines(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    n = number or drawn(draw.integer(3, 20))
    amplitude = 2 * draw.integer(1, 6)
    total = f"$\\sum_{{j=1}}^{{{n}}} {amplitude}\\sin^2\\left(\\frac{{2\\pi j}}{{{n}}}\\right)$"
    question = one_of(
        draw,
        f"The squares of equally spaced values of a sine wave are added. Find the exact value of the sum {total}.",
        "Using the identity $\\sin^2\\theta = \\frac{1 - \\cos 2\\theta}{2}$ and the symmetry of the terms, "
        f"find the exact value of {total}.",
    )
    return stated(question, f"the value of the sum {total}", amplitude // 2 * n.value)


HIGH, CONTEST = "high_school", "competition"
FUNCTIONS, IDENTITIES = "trigonometric functions", "trigonometric identities and equations"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("harmonic_maximum", FUNCTIONS,
           ("amplitude", "sine", "cosine", "maximum", "auxiliary angle", "sinusoidal function",
            "trigonometric function"),
           HIGH, _harmonic_maximum, range(1, 201)),
    Family("common_period", FUNCTIONS,
           ("period", "sine", "cosine", "least common multiple", "periodic function", "sinusoidal function",
            "trigonometric function", "common multiple"),
           HIGH, _common_period, range(2, 61)),
    Family("ferris_wheel_height", FUNCTIONS,
           ("sinusoidal model", "cosine", "special angle", "sinusoidal function", "trigonometric function"),
           HIGH, _ferris_wheel, range(1, 61)),
    Family("trigonometric_solution_count", IDENTITIES,
           ("trigonometric equation", "period", "interval of real numbers", "periodic function",
            "trigonometric function", "solution set"),
           HIGH, _solution_count, range(1, 61)),
    Family("double_angle_value", IDENTITIES,
           ("double-angle formula", "pythagorean identity", "quadrant", "trigonometric ratio",
            "trigonometric function"),
           HIGH, _double_angle),
    Family("tangent_addition", IDENTITIES,
           ("tangent", "angle addition formula", "trigonometric identity", "trigonometric ratio"),
           HIGH, _tangent_addition, range(1, 61)),
    Family("sine_plus_cosine", IDENTITIES,
           ("double-angle formula", "pythagorean identity", "trigonometric identity", "square of a sum"),
           HIGH, _sine_plus_cosine),
    Family("quadratic_in_cosine", IDENTITIES,
           ("trigonometric equation", "quadratic equation", "special angle", "unit circle", "radian", "solution set"),
           HIGH, _quadratic_in_cosine),
    Family("sum_of_squared_sines", IDENTITIES,
           ("power reduction formula", "trigonometric identity", "summation notation", "radian"),
           CONTEST, _sum_of_squared_sines, range(3, 61)),
)
# fmt: on
