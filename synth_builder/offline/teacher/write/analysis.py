"""Problem families of numerical methods and real analysis."""

from __future__ import annotations

from fractions import Fraction

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import fraction, one_of, stated
from synth_builder.offline.teacher.write.scene import Scene


def _newton_step(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    start, power = draw.integer(2, 6), draw.choice((2, 2, 3))
    n = number or drawn(draw.integer(2, 40))
    question = one_of(
        draw,
        f"Newton's method is applied to the function $f(x) = x^{power} - {n}$ with the starting value $x_0 = "
        f"{start}$. Find the next approximation $x_1$ as an exact fraction.",
        f"A pocket calculator approximates a solution of $x^{power} = {n}$ by Newton's method for $f(x) = x^{power} "
        f"- {n}$. It begins with $x_0 = {start}$. Find the exact value of $x_1$.",
    )
    return Problem(question)


def _trapezoidal_rule(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    strips, step = draw.integer(2, 5), 2
    end = strips * step
    n = number or drawn(draw.integer(1, 20))
    question = one_of(
        draw,
        f"The integral $\\int_0^{{{end}}} (x^2 + {n}) \\, dx$ is approximated by the trapezoidal rule with "
        f"${strips}$ subintervals of equal length. Find the value of this approximation.",
        f"A surveyor of the {scene.place(draw)} estimates the area under the curve $y = x^2 + {n}$ from $x = 0$ to "
        f"$x = {end}$ with the trapezoidal rule. The interval is split into ${strips}$ subintervals of equal "
        "length. Find the resulting estimate.",
    )
    value = sum((x * x + (x + step) ** 2 + 2 * n.value) for x in range(0, end, step))
    quantity = (
        f"the trapezoidal rule approximation with ${strips}$ equal subintervals of $\\int_0^{{{end}}} (x^2 + {n}) "
        "\\, dx$"
    )
    return stated(question, quantity, value)


def _bisection_steps(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    inverse = draw.choice((10, 50, 100, 200, 1000))
    n = number or drawn(draw.integer(2, 20))
    steps = (n.value * inverse - 1).bit_length()
    question = one_of(
        draw,
        f"A continuous function has exactly one zero in the interval $[0, {n}]$, and it changes sign there. In "
        "every step of the bisection method the interval is halved. Find the smallest number of steps after which "
        f"the length of the interval is at most $\\frac{{1}}{{{inverse}}}$.",
        f"The bisection method starts with the interval $[0, {n}]$ and halves it in every step. How many steps are "
        f"needed until the length of the interval is at most $\\frac{{1}}{{{inverse}}}$ for the first time?",
    )
    quantity = (
        f"the smallest number of bisection steps that shrink the interval $[0, {n}]$ to a length of at most "
        f"$\\frac{{1}}{{{inverse}}}$"
    )
    return stated(question, quantity, steps)


def _euler_method(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    slope, steps = draw.integer(1, 3), draw.integer(2, 3)
    n = number or drawn(draw.integer(1, 9))
    question = one_of(
        draw,
        f"The initial value problem $y' = {'' if slope == 1 else slope}y + x$, $y(0) = {n}$ is solved approximately "
        f"by Euler's method with step size $1$. Find the approximation to $y({steps})$ after ${steps}$ steps.",
        f"Starting from $y(0) = {n}$, apply Euler's method with step size $1$ to the differential equation $y' = "
        f"{'' if slope == 1 else slope}y + x$. Find the approximation of $y({steps})$ that is reached after "
        f"${steps}$ steps.",
    )
    value = n.value
    for x in range(steps):
        value += slope * value + x
    quantity = (
        f"the approximation to $y({steps})$ by Euler's method with step size $1$ for $y' = "
        f"{'' if slope == 1 else slope}y + x$, $y(0) = {n}$"
    )
    return stated(question, quantity, value)


def _supremum(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    shift = draw.integer(1, 6)
    n = number or drawn(draw.integer(2, 30))
    members = f"\\frac{{{n} \\cdot j - {shift}}}{{j + {shift}}}"
    question = one_of(
        draw,
        f"Let $S$ be the set of all numbers ${members}$, where $j$ runs through the positive integers. Find the "
        "supremum of $S$.",
        f"The set $S = \\left\\{{ {members} : j \\in \\mathbb{{N}}, j \\ge 1 \\right\\}}$ is bounded but has no "
        "greatest element. Find $\\sup S$.",
    )
    return stated(question, f"the supremum of the set of all numbers ${members}$ with a positive integer $j$", n.value)


def _linear_recursion_limit(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    q = draw.integer(2, 5)
    p = draw.choice((1, q - 1))
    start = draw.integer(1, 9)
    n = number or drawn(draw.integer(2, 20))
    rule = f"$a_1 = {start}$ and $a_{{j+1}} = {fraction(p, q)} \\cdot a_j + {n}$ for $j \\ge 1$"
    question = one_of(
        draw,
        f"A sequence of real numbers is defined by {rule}. The sequence converges. Find its limit.",
        f"Every evening the {scene.place(draw)} keeps ${fraction(p, q)}$ of its stock of flour and then gets ${n}$ "
        f"new sacks, so that the stock follows the rule {rule}. Find the limit of $a_j$ as $j \\to \\infty$.",
    )
    return stated(question, f"the limit of the sequence with {rule}", Fraction(n.value * q, q - p))


def _nested_root_limit(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    limit, factor = draw.integer(3, 20), draw.integer(1, 2)
    inside = limit * limit - factor * limit
    rule = f"$a_1 = 1$ and $a_{{j+1}} = \\sqrt{{{inside} + {'' if factor == 1 else factor}a_j}}$ for $j \\ge 1$"
    question = one_of(
        draw,
        f"A sequence of positive numbers is defined by {rule}. It is increasing and bounded above, hence "
        "convergent. Find its limit.",
        f"Consider the recursive sequence with {rule}. Use the monotone convergence theorem and find the limit of "
        "$a_j$ as $j \\to \\infty$.",
    )
    return stated(question, f"the limit of the sequence with {rule}", limit)


def _epsilon_index(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b = draw.integer(2, 6), draw.integer(1, 5)
    n = number or drawn(draw.integer(5, 60))
    # |(a j + a b + 1) / (j + b) - a| = 1 / (j + b) < 1 / n exactly when j > n - b.
    member = f"a_j = {a} + \\frac{{1}}{{j + {b}}}"
    question = one_of(
        draw,
        f"The sequence ${member}$ converges to ${a}$ as $j \\to \\infty$. Find the smallest positive integer $j$ "
        f"such that $|a_j - {a}| < \\frac{{1}}{{{n}}}$.",
        f"A measuring process at the {scene.place(draw)} gives the values ${member}$ for $j = 1, 2, 3, \\ldots$ "
        f"Find the smallest positive integer $j$ with $|a_j - {a}| < \\frac{{1}}{{{n}}}$.",
    )
    quantity = f"the smallest positive integer $j$ with $\\frac{{1}}{{j + {b}}} < \\frac{{1}}{{{n}}}$"
    return stated(question, quantity, max(1, n.value - b + 1))


COLLEGE = "college"
NUMERICAL, ANALYSIS = "numerical methods", "real analysis"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("newton_step", NUMERICAL,
           ("newton's method", "derivative", "approximation", "iterative method", "tangent line",
            "linear approximation"),
           COLLEGE, _newton_step, range(1, 101)),
    Family("trapezoidal_rule", NUMERICAL,
           ("trapezoidal rule", "numerical integration", "approximation", "area of a trapezoid", "integral"),
           COLLEGE, _trapezoidal_rule, range(1, 101)),
    Family("bisection_steps", NUMERICAL,
           ("bisection method", "root finding", "logarithm", "iterative method", "error bound"),
           COLLEGE, _bisection_steps, range(1, 101)),
    Family("euler_method", NUMERICAL,
           ("euler's method", "initial value problem", "differential equation", "iterative method",
            "first-order linear differential equation", "initial condition"),
           COLLEGE, _euler_method, range(1, 61)),
    Family("supremum_of_set", ANALYSIS,
           ("supremum", "bounded set", "monotone sequence", "least upper bound", "boundedness", "upper bound"),
           COLLEGE, _supremum, range(1, 101)),
    Family("linear_recursion_limit", ANALYSIS,
           ("limit of a sequence", "recursive sequence", "fixed point", "fixed point of a recurrence",
            "first-order recurrence", "convergent sequence", "fixed-point iteration", "difference equation"),
           COLLEGE, _linear_recursion_limit, range(1, 101)),
    Family("nested_root_limit", ANALYSIS,
           ("monotone convergence theorem for sequences", "recursive sequence", "limit of a sequence",
            "nested radical", "bounded sequence", "convergent sequence", "fixed-point iteration"),
           COLLEGE, _nested_root_limit),
    Family("epsilon_index", ANALYSIS,
           ("convergence", "limit of a sequence", "epsilon-n definition", "convergent sequence",
            "archimedean property", "sequence", "absolute value"),
           COLLEGE, _epsilon_index, range(1, 201)),
)
# fmt: on
