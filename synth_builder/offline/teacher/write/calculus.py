"""Problem families on limits, derivatives and their applications."""

from __future__ import annotations

from fractions import Fraction

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import one_of, polynomial, signed, stated, times, vector
from synth_builder.offline.teacher.write.scene import Scene


def _power_limit(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    power = draw.choice((2, 3, 4))
    factor = draw.integer(2, 6)
    n = number or drawn(draw.integer(2, 6))
    limit = f"$\\lim_{{x \\to {n}}} \\frac{{{factor}x^{power} - {factor} \\cdot {n}^{power}}}{{x - {n}}}$"
    question = one_of(
        draw,
        f"Both the numerator and the denominator of the following quotient vanish at $x = {n}$. Factor the "
        f"numerator and find the limit {limit}.",
        f"Find the exact value of the limit {limit}, in which direct substitution leads to the indeterminate form "
        "$\\frac{0}{0}$.",
    )
    return stated(question, f"the value of the limit {limit}", factor * power * n.value ** (power - 1))


def _cosine_limit(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    factor = 2 * draw.integer(1, 5)
    n = number or drawn(draw.integer(2, 9))
    limit = f"$\\lim_{{x \\to 0}} \\frac{{{factor} - {factor}\\cos({n} \\cdot x)}}{{x^2}}$"
    question = one_of(
        draw,
        "Near $x = 0$ the cosine is close to $1$, and the following quotient takes an indeterminate form. Find the "
        f"limit {limit}.",
        f"Find the exact value of {limit}, for example with a Taylor expansion of the cosine or with L'Hopital's rule.",
    )
    return stated(question, f"the value of the limit {limit}", factor // 2 * n.value**2)


def _continuity(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    joint, constant = draw.integer(2, 6), draw.integer(1, 9)
    n = number or drawn(draw.integer(2, 12))
    pieces = f"x^2 + {constant} & \\text{{if }} x < {joint} \\\\ c - {n} \\cdot x & \\text{{if }} x \\ge {joint}"
    function = f"$f(x) = \\begin{{cases}} {pieces} \\end{{cases}}$"
    question = one_of(
        draw,
        f"The function {function} is defined for all real numbers $x$. Find the value of $c$ for which $f$ is "
        "continuous everywhere.",
        f"A tariff is described by the piecewise function {function}. There should be no jump where the two rules "
        "meet. For which value of $c$ is $f$ continuous?",
    )
    quantity = f"the number $c$ for which the function {function} is continuous"
    return stated(question, quantity, joint**2 + constant + joint * n.value)


def _limit_at_infinity(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    half, other = draw.integer(1, 6), draw.integer(1, 9)
    n = number or drawn(draw.integer(2, 15))
    limit = f"$\\lim_{{x \\to \\infty}} \\left(\\sqrt{{x^2 + {times(2 * half, n)} \\cdot x + {other}}} - x\\right)$"
    question = one_of(
        draw,
        "The following difference has the indeterminate form $\\infty - \\infty$. Multiply by the conjugate "
        f"expression and find the limit {limit}.",
        f"For large $x$, the square root below is close to $x$ plus a constant. Find the limit {limit}.",
    )
    return stated(question, f"the value of the limit {limit}", half * n.value)


def _derivative_value(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, c, d = draw.integer(1, 4), draw.integer(-3, 6), draw.integer(1, 9), draw.integer(-9, 9)
    n = number or drawn(draw.integer(2, 6))
    function = polynomial([a, b, c, d])
    question = one_of(
        draw,
        f"Let $f(x) = {function}$ for all real $x$. Find $f'({n})$, the value of the derivative of $f$ at $x = {n}$.",
        f"A model train moves along a straight track beside the {scene.place(draw)}, and its position after $t$ "
        f"seconds is $s(t) = {polynomial([a, b, c, d], 't')}$ centimetres. Find its velocity at the time $t = {n}$, "
        "in centimetres per second.",
    )
    value = 3 * a * n.value**2 + 2 * b * n.value + c
    return stated(question, f"the value of the derivative $f'({n})$ of the function $f(x) = {function}$", value)


def _chain_rule(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, at = draw.integer(2, 5), draw.integer(1, 3)
    inner = draw.choice((-1, 1) if number else (-2, -1, 1, 2))
    constant = inner - a * at**2
    n = number or drawn(draw.integer(3, 6))
    function = f"({a}x^2 {signed(constant)})^{{{n}}}" if constant else f"({a}x^2)^{{{n}}}"
    question = one_of(
        draw,
        f"Let $f(x) = {function}$ for all real numbers $x$. Use the chain rule to find $f'({at})$.",
        f"A quantity depends on $x$ as $f(x) = {function}$. Find its instantaneous rate of change $f'({at})$ at $x "
        f"= {at}$.",
    )
    if abs(inner) > 1:
        # Powers of other inner values grow too large for a number that other problems build on.
        return Problem(question)
    return stated(
        question, f"the value of $f'({at})$ for $f(x) = {function}$", inner ** (n.value - 1) * n.value * 2 * a * at
    )


def _higher_derivative(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, c = draw.integer(1, 4), draw.integer(1, 6), draw.integer(1, 9)
    n = number or drawn(draw.integer(3, 12))
    function = f"$f(x) = ({polynomial([a, b, c])})e^x$"
    question = one_of(
        draw,
        f"Consider the function {function} for real $x$. Find $f^{{({n})}}(0)$, the value at $x = 0$ of the "
        f"derivative of order ${n}$.",
        f"The function {function} is differentiated ${n}$ times. Find the value of the resulting function "
        f"$f^{{({n})}}$ at $x = 0$.",
    )
    value = a * n.value * (n.value - 1) + b * n.value + c
    return stated(question, f"the value at $x = 0$ of the derivative of order ${n}$ of {function}", value)


def _tangent_line(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, c, at = draw.integer(1, 4), draw.integer(-6, 6), draw.integer(-9, 9), _nonzero_point(draw)
    function = polynomial([a, b, c])
    question = one_of(
        draw,
        f"Find the equation of the tangent line to the curve $y = {function}$ at the point with $x = {at}$. Give it "
        "in the form $y = ax + b$.",
        f"A skateboard ramp follows the curve $y = {function}$. A straight board is fixed so that it touches the "
        f"ramp at the point with $x = {at}$. Find the equation of this tangent line in the form $y = ax + b$.",
    )
    return Problem(question)


def _nonzero_point(draw: Draw) -> int:
    return draw.choice((-3, -2, -1, 1, 2, 3, 4))


def _implicit_derivative(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    x, y, a = draw.integer(1, 5), draw.integer(1, 5), draw.integer(1, 4)
    total = x * x + a * x * y + y * y
    curve = f"x^2 + {'' if a == 1 else a}xy + y^2 = {total}"
    question = one_of(
        draw,
        f"The point ${vector((x, y))}$ lies on the curve ${curve}$. Use implicit differentiation to find the slope "
        "of the tangent to the curve at this point.",
        f"Near the point ${vector((x, y))}$, the equation ${curve}$ defines $y$ as a function of $x$. Find the "
        "exact value of $\\frac{dy}{dx}$ at this point.",
    )
    return Problem(question)


def _fenced_area(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    sides = draw.choice((2, 4))
    n = number or drawn(draw.integer(5, 30))
    length = times(4, n)
    river = "One side of the field lies along a straight river and needs no fence."
    rule = river if sides == 2 else "All four sides of the field must be fenced."
    question = (
        f"A farmer has ${length}$ metres of fence for a rectangular field beside the {scene.place(draw)}. {rule} "
    )
    question += one_of(
        draw,
        "Find the greatest possible area of the field in square metres.",
        "The field should be as large as possible. What is its area in square metres?",
    )
    counted = "four sides" if sides == 4 else "width and two heights"
    quantity = f"the greatest area of a rectangle whose {counted} have a total length of ${length}$"
    return stated(question, quantity, n.value**2 if sides == 4 else 2 * n.value**2)


def _cubic_extremum(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    left, half = draw.integer(-3, 2), draw.integer(1, 3)
    right = left + 2 * half
    n = number or drawn(draw.integer(1, 20))
    # f' = 6 (x - left)(x - right)
    head = polynomial([2, -3 * (left + right), 6 * left * right, 0])
    kind, at = draw.choice((("maximum", left), ("minimum", right)))
    value = 2 * at**3 - 3 * (left + right) * at**2 + 6 * left * right * at + n.value
    question = one_of(
        draw,
        f"The function $f(x) = {head} + {n}$ has exactly one local maximum and one local minimum. Find the value of "
        f"$f$ at its local {kind}.",
        f"The height of a roller coaster near the {scene.place(draw)} is modelled by $f(x) = {head} + {n}$. Find "
        f"the local {kind} value of $f$.",
    )
    return stated(question, f"the local {kind} value of the function $f(x) = {head} + {n}$", value)


def _maximum_profit(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    slope, best = draw.integer(1, 4), draw.integer(4, 15)
    thing = scene.thing(draw)
    n = number or drawn(draw.integer(2, 20))
    linear = f"{2 * slope * best}x"
    question = one_of(
        draw,
        f"The {scene.place(draw)} sells {thing}. When $x$ hundred {thing} are made, the profit in dollars is $P(x) "
        f"= -{'' if slope == 1 else slope}x^2 + {linear} + {n}$. Find the greatest possible profit in dollars.",
        f"A workshop that makes {thing} finds that the profit, in dollars, from $x$ hundred {thing} is $P(x) = "
        f"-{'' if slope == 1 else slope}x^2 + {linear} + {n}$ for $x \\ge 0$. What is the maximum profit in dollars?",
    )
    quantity = f"the maximum value of the function $P(x) = -{'' if slope == 1 else slope}x^2 + {linear} + {n}$"
    return stated(question, quantity, slope * best**2 + n.value)


def _growing_circle(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    speed = draw.integer(1, 6)
    n = number or drawn(draw.integer(3, 20))
    question = one_of(
        draw,
        f"A stone falls into the pond beside the {scene.place(draw)}, and a circular wave spreads. Its radius grows "
        f"at ${speed}$ decimetres per second. How fast, in square decimetres per second, does the area inside the "
        f"wave grow when the radius is ${n}$ decimetres? Give an exact answer.",
        f"The radius of a circle grows at the constant rate of ${speed}$ centimetres per second. Find the exact "
        "rate, in square centimetres per second, at which the area of the circle grows at the moment when the "
        f"radius is ${n}$ centimetres.",
    )
    quantity = (
        f"the rate at which the area of a circle grows, divided by $\\pi$, when its radius is ${n}$ and grows at "
        f"the rate ${speed}$"
    )
    return stated(question, quantity, 2 * speed * n.value)


def _sliding_ladder(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    foot, top, length = draw.choice(((3, 4, 5), (6, 8, 10), (5, 12, 13), (8, 6, 10), (4, 3, 5), (12, 5, 13)))
    n = number or drawn(draw.integer(1, 8))
    question = one_of(
        draw,
        f"A ladder of length ${length}$ metres leans against a vertical wall of the {scene.place(draw)}. Its foot "
        f"is pulled away from the wall at ${n}$ decimetres per second. How fast, in decimetres per second, does the "
        f"top of the ladder slide down when the foot is ${foot}$ metres from the wall? Give an exact answer.",
        f"The foot of a ladder slides away from a vertical wall at ${n}$ decimetres per second. The ladder is "
        f"${length}$ metres long. Find the exact speed, in decimetres per second, at which its top slides down at "
        f"the moment when its foot is ${foot}$ metres from the wall.",
    )
    quantity = (
        f"the speed at which the top of a ladder of length ${length}$ slides down a vertical wall when its foot is "
        f"at distance ${foot}$ from the wall and moves away at speed ${n}$"
    )
    return stated(question, quantity, Fraction(foot * n.value, top))


HIGH, COLLEGE = "high_school", "college"
LIMITS, DERIVATIVES = "limits and continuity", "derivatives"
APPLICATIONS = "applications of derivatives"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("power_limit", LIMITS,
           ("limit of a function", "indeterminate form", "factoring", "difference quotient",
            "removable discontinuity", "factorization of polynomials"),
           HIGH, _power_limit, range(1, 61)),
    Family("cosine_limit", LIMITS,
           ("limit of a function", "taylor series", "l'hôpital's rule", "maclaurin series", "cosine",
            "fundamental trigonometric limit"),
           HIGH, _cosine_limit, range(1, 61)),
    Family("continuity_parameter", LIMITS,
           ("continuous function", "piecewise function", "one-sided limit", "discontinuity"),
           HIGH, _continuity, range(1, 61)),
    Family("square_root_limit", LIMITS,
           ("limit at infinity", "conjugate", "indeterminate form", "asymptotic behavior", "infinity",
            "radical expression"),
           COLLEGE, _limit_at_infinity, range(1, 101)),
    Family("polynomial_derivative", DERIVATIVES,
           ("derivative", "power rule", "velocity", "differentiation", "instantaneous rate of change", "sum rule",
            "polynomial function"),
           HIGH, _derivative_value, range(1, 61)),
    Family("chain_rule_power", DERIVATIVES,
           ("chain rule", "derivative", "power rule", "differentiation", "composition of functions",
            "instantaneous rate of change"),
           HIGH, _chain_rule, range(2, 61)),
    Family("higher_derivative", DERIVATIVES,
           ("higher-order derivative", "product rule", "exponential function", "differentiation",
            "derivative of an exponential function"),
           COLLEGE, _higher_derivative, range(2, 61)),
    Family("tangent_line", DERIVATIVES,
           ("tangent line", "derivative", "slope", "point-slope form", "slope-intercept form", "differentiation"),
           HIGH, _tangent_line),
    Family("implicit_derivative", DERIVATIVES,
           ("implicit differentiation", "tangent line", "slope", "differentiation", "curve"),
           COLLEGE, _implicit_derivative),
    Family("fenced_area", APPLICATIONS,
           ("optimization", "maximum", "area of a rectangle", "perimeter", "rectangle",
            "maximum of a quadratic function", "global maximum"),
           HIGH, _fenced_area, range(2, 61)),
    Family("cubic_extremum", APPLICATIONS,
           ("local maximum", "critical point", "derivative", "first derivative test", "second derivative test",
            "stationary point", "polynomial function"),
           HIGH, _cubic_extremum, range(1, 101)),
    Family("maximum_profit", APPLICATIONS,
           ("optimization", "maximum", "profit", "maximum of a quadratic function", "vertex of a parabola",
            "global maximum"),
           HIGH, _maximum_profit, range(1, 101)),
    Family("growing_circle", APPLICATIONS,
           ("related rates", "area of a circle", "average rate of change", "circle", "derivative",
            "instantaneous rate of change"),
           COLLEGE, _growing_circle, range(1, 101)),
    Family("sliding_ladder", APPLICATIONS,
           ("related rates", "pythagorean theorem", "implicit differentiation", "right triangle",
            "instantaneous rate of change"),
           COLLEGE, _sliding_ladder, range(1, 61)),
)
# fmt: on
