"""Questions of algebra: powers and roots, equations, polynomials and rational expressions."""

from __future__ import annotations

from fractions import Fraction

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import one_of, polynomial, signed, stated
from synth_builder.offline.teacher.write.scene import Scene


def exponent_rules(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Products and quotients of powers of one base."""
    n = number or drawn(draw.integer(5, 30))
    base, plus, minus = draw.choice((2, 3, 5, 7)), draw.integer(4, 12), draw.integer(2, 5)
    left = f"\\frac{{{base}^{{{n}}} \\cdot {base}^{{{plus}}}}}{{{base}^{{{minus}}}}}"
    question = one_of(
        draw,
        f"Find the exponent $x$ for which ${left} = {base}^x$.",
        f"The expression ${left}$ is simplified to a single power ${base}^x$. What is the value of $x$?",
    )
    return stated(question, f"the exponent $x$ for which ${left} = {base}^x$", n.value + plus - minus)


def add_radicals(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Square factors leave the root; like radicals are added."""
    root = draw.choice((2, 3, 5, 6, 7))
    a, b = draw.sample(range(2, 10), 2)
    expression = f"\\sqrt{{{a * a * root}}} + \\sqrt{{{b * b * root}}}"
    question = one_of(
        draw,
        f"The expression ${expression}$ can be written in the form $c\\sqrt{{{root}}}$ with an integer $c$. Find $c$.",
        f"Simplify ${expression}$ to a multiple of $\\sqrt{{{root}}}$. By which integer is $\\sqrt{{{root}}}$ "
        "multiplied?",
    )
    return Problem(question, f"the integer $c$ for which ${expression} = c\\sqrt{{{root}}}$", a + b)


def rationalize_denominator(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Multiply by the conjugate."""
    n = number or drawn(draw.integer(2, 12))
    a, b = draw.choice(((7, 3), (5, 2), (11, 5), (7, 5), (13, 11), (6, 5), (10, 7), (5, 3)))
    expression = f"\\frac{{{n}}}{{\\sqrt{{{a}}} - \\sqrt{{{b}}}}}"
    return Problem(
        one_of(
            draw,
            f"Rationalize the denominator of ${expression}$ and simplify the result.",
            f"Write ${expression}$ without a radical in the denominator, in simplest form.",
        )
    )


def linear_equation(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Collect the unknown on one side."""
    x = draw.integer(2, 20)
    a, c = draw.integer(6, 12), draw.integer(2, 5)
    d = draw.integer(5, 40)
    # Without a link, the right side is chosen for a whole solution.
    d = d if number or (a - c) * x != d else d + 1
    n = number or drawn((a - c) * x)
    equation = f"{a}x - {d} = {c}x + {n}"
    if not number:
        equation = f"{a}x - {d} = {c}x {signed(n.value - d)}"
    total = n.value + d if number else n.value
    question = one_of(
        draw,
        f"Solve the equation ${equation}$ for $x$.",
        f"For which number $x$ do the two sides of ${equation}$ have the same value?",
    )
    return stated(question, f"the solution $x$ of ${equation}$", Fraction(total, a - c))


def ages(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A linear equation from a comparison in the future."""
    n = number or drawn(draw.integer(20, 40))
    years, factor = draw.integer(2, 9), draw.choice((2, 3))
    if not number:
        n = drawn(n.value * (factor - 1))
    question = one_of(
        draw,
        f"Clara is ${n}$ years older than her son. In ${years}$ years, Clara will be ${factor}$ times as old as her "
        "son will be then. How old is her son now, in years?",
        f"The {scene.place(draw)} is ${n}$ years older than the bridge beside it. In ${years}$ years, it will be "
        f"${factor}$ times as old as the bridge will be then. How old is the bridge now, in years?",
    )
    equation = f"x + {n} + {years} = {factor}(x + {years})"
    return stated(question, f"the solution $x$ of ${equation}$", Fraction(n.value, factor - 1) - years)


def two_equations(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Elimination in two unknowns."""
    a, b, c, d = draw.choice(((2, 3, 1, -1), (3, 2, 1, -2), (4, 1, 1, -3), (5, 2, 2, -1), (3, 5, 1, -4)))
    x, y = draw.integer(3, 12), draw.integer(1, 9)
    n = number or drawn(a * x + b * y)
    right = c * x + d * y
    first, second = f"{polynomial((a, 0))} + {polynomial((b, 0), 'y')} = {n}", polynomial((c, 0))
    second += f" - {polynomial((-d, 0), 'y')} = {right}"
    question = one_of(
        draw,
        f"The numbers $x$ and $y$ satisfy the system of equations ${first}$ and ${second}$. Find the value of $x$.",
        f"Solve the system of linear equations ${first}$ and ${second}$. What is the value of $x$?",
    )
    value = Fraction(n.value * d - b * right, a * d - b * c)
    return stated(question, f"the value of $x$ in the solution of the system ${first}$ and ${second}$", value)


def tickets_sold(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Two kinds, their count and their total price."""
    cheap, dear = draw.integer(3, 6), draw.integer(8, 15)
    first, second = draw.integer(10, 50), draw.integer(10, 50)
    things, total = scene.thing(draw), first * cheap + second * dear
    question = one_of(
        draw,
        f"The {scene.place(draw)} sold ${first + second}$ {things}, small ones for ${cheap}$ dollars each and large "
        f"ones for ${dear}$ dollars each. It received ${total}$ dollars in total. How many large {things} were sold?",
        f"Admission to the {scene.place(draw)} costs ${cheap}$ dollars for a child and ${dear}$ dollars for an adult. "
        f"One day, ${first + second}$ visitors paid ${total}$ dollars in total. How many adults were among the "
        "visitors?",
    )
    system = f"$x + y = {first + second}$ and ${cheap}x + {dear}y = {total}$"
    return Problem(question, f"the value of $y$ in the solution of the system {system}", second)


def cyclic_system(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Three pairwise sums are added up."""
    x, y, z = draw.integer(2, 15), draw.integer(2, 15), draw.integer(2, 15)
    n = number or drawn(x + y)
    system = f"$x + y = {n}$, $y + z = {y + z}$ and $z + x = {z + x}$"
    question = one_of(
        draw,
        f"The numbers $x$, $y$ and $z$ satisfy the equations {system}. Find the value of $x + y + z$.",
        f"Three unknown weights $x$, $y$ and $z$ are weighed in pairs, which gives {system}. What is the value of $x "
        "+ y + z$?",
    )
    value = Fraction(n.value + y + z + z + x, 2)
    return stated(question, f"the value of $x + y + z$ where {system}", value)


def quadratic_roots(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Factorization or the quadratic formula."""
    large, small = draw.integer(4, 20), draw.integer(-9, 3)
    equation = f"{polynomial((1, -large - small, large * small))} = 0"
    question = one_of(
        draw,
        f"Find the larger solution of the quadratic equation ${equation}$.",
        f"The equation ${equation}$ has two real solutions. Determine the larger one.",
    )
    return Problem(question, f"the larger solution of ${equation}$", large)


def rectangle_sides(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A quadratic equation from an area."""
    width, more = draw.integer(4, 25), draw.integer(2, 12)
    area = width * (width + more)
    question = one_of(
        draw,
        f"A rectangular garden beside the {scene.place(draw)} is ${more}$ metres longer than it is wide. Its area is "
        f"${area}$ square metres. What is its width in metres?",
        f"Two positive integers differ by ${more}$, and their product is ${area}$. What is the smaller of the two "
        "integers?",
    )
    return Problem(question, f"the positive solution $x$ of $x(x + {more}) = {area}$", width)


def squares_of_roots(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Vieta's formulas for a quadratic."""
    b = draw.integer(8, 20)
    n = number or drawn(draw.integer(2, 15))
    equation = f"x^2 - {b}x + {n} = 0"
    question = one_of(
        draw,
        f"Let $r$ and $s$ be the two complex solutions of the equation ${equation}$. Find the value of $r^2 + s^2$.",
        f"Without solving the equation ${equation}$, find the sum of the squares of its two solutions.",
    )
    return stated(question, f"the sum of the squares of the two solutions of ${equation}$", b * b - 2 * n.value)


def minimum_of_parabola(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Completing the square."""
    a, h = draw.integer(1, 3), draw.integer(1, 5)
    n = number or drawn(a * h * h + draw.integer(1, 20))
    function = f"{polynomial((a, -2 * a * h, 0))} + {n}"
    question = one_of(
        draw,
        f"Find the minimum value of the function $f(x) = {function}$ for real $x$.",
        f"The height of a hanging cable at the position $x$ is $f(x) = {function}$. What is the smallest value of "
        "$f(x)$ for real $x$?",
    )
    return stated(question, f"the minimum value of ${function}$ for real $x$", n.value - a * h * h)


def double_root(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A discriminant of zero."""
    n = number or drawn(draw.integer(2, 30))
    a = draw.choice((1, 4, 9))
    middle = f"{n} \\cdot x" if number else f"{n}x"
    equation = f"{polynomial((a, 0, 0))} - {middle} + c = 0"
    question = one_of(
        draw,
        f"For which number $c$ does the quadratic equation ${equation}$ have exactly one real solution?",
        f"The parabola $y = {equation.removesuffix(' = 0')}$ touches the $x$-axis. Determine the value of $c$.",
    )
    quantity = f"the number $c$ for which ${equation}$ has exactly one real solution"
    return stated(question, quantity, Fraction(n.value**2, 4 * a))


def remainder_theorem(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The remainder modulo a linear factor is a value."""
    n = number or drawn(draw.integer(2, 5))
    coefficients = (1, draw.integer(-4, 4), draw.integer(-5, 5), draw.integer(1, 12))
    p = polynomial(coefficients)
    question = one_of(
        draw,
        f"Find the remainder when the polynomial ${p}$ is divided by $x - {n}$.",
        f"Let $P(x) = {p}$. Use the remainder theorem to find the remainder of $P(x)$ on division by $x - {n}$.",
    )
    value = sum(c * n.value ** (3 - i) for i, c in enumerate(coefficients))
    return stated(question, f"the remainder when ${p}$ is divided by $x - {n}$", value)


def reciprocal_roots(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Vieta's formulas for a cubic."""
    a, b = draw.integer(3, 12), draw.integer(4, 40)
    n = number or drawn(draw.integer(2, 20))
    equation = f"x^3 - {a}x^2 + {b}x - {n} = 0"
    question = one_of(
        draw,
        f"Let $p$, $q$ and $r$ be the three complex solutions of the equation ${equation}$. Find the value of "
        "$\\frac{1}{p} + \\frac{1}{q} + \\frac{1}{r}$.",
        f"Find the sum of the reciprocals of the three complex solutions of ${equation}$.",
    )
    quantity = f"the sum of the reciprocals of the three complex solutions of ${equation}$"
    return stated(question, quantity, Fraction(b, n.value))


def product_coefficient(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """One coefficient of a product of polynomials."""
    n = number or drawn(draw.integer(4, 30))
    b, d, e = draw.integer(1, 6), draw.integer(1, 6), draw.integer(2, 7)
    product = f"(2x^2 + {b}x + {n})(x^2 + {d}x + {e})".replace("1x", "x")
    question = one_of(
        draw,
        f"Find the coefficient of $x^2$ in the expansion of ${product}$.",
        f"The product ${product}$ is expanded and like terms are collected. What is the coefficient of $x^2$?",
    )
    return Problem(question, f"the coefficient of $x^2$ in the expansion of ${product}$", 2 * e + b * d + n.value)


def reciprocal_sum(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Powers of a sum of a number and its reciprocal."""
    n = number or drawn(draw.integer(3, 9))
    question = one_of(
        draw,
        f"A real number $x$ satisfies $x + \\frac{{1}}{{x}} = {n}$. Find the value of $x^2 + \\frac{{1}}{{x^2}}$.",
        f"The sum of a real number $x$ and its reciprocal is ${n}$. What is the value of $x^2 + \\frac{{1}}{{x^2}}$?",
    )
    quantity = f"the value of $x^2 + \\frac{{1}}{{x^2}}$ where $x + \\frac{{1}}{{x}} = {n}$"
    return stated(question, quantity, n.value**2 - 2)


def rational_equation(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Cross multiplication."""
    # The numerators differ, so the equation stays linear with one solution.
    n = number or drawn(draw.integer(10, 20))
    b, c, d = draw.integer(1, 9), draw.integer(2, 9), draw.integer(1, 9)
    equation = f"\\frac{{{n}}}{{x + {b}}} = \\frac{{{c}}}{{x - {d}}}"
    question = one_of(
        draw,
        f"Solve the equation ${equation}$ for $x$.",
        f"For which real number $x$ is ${equation}$?",
    )
    value = Fraction(n.value * d + c * b, n.value - c)
    return stated(question, f"the solution $x$ of ${equation}$", value)


def partial_fractions(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The cover-up rule for two linear factors."""
    n = number or drawn(draw.integer(2, 20))
    a, b = draw.integer(2, 6), draw.integer(1, 5)
    c = draw.integer(2, 7)
    left = f"\\frac{{{c}x + {n}}}{{(x - {a})(x + {b})}}"
    right = f"\\frac{{A}}{{x - {a}}} + \\frac{{B}}{{x + {b}}}"
    question = one_of(
        draw,
        f"Constants $A$ and $B$ satisfy ${left} = {right}$ for all admissible $x$. Find $A$.",
        f"In the partial fraction decomposition ${left} = {right}$, what is the value of the constant $A$?",
    )
    value = Fraction(c * a + n.value, a + b)
    return stated(question, f"the constant $A$ in the partial fraction decomposition ${left} = {right}$", value)


POWERS, LINEAR, SYSTEMS = "exponents and radicals", "linear equations", "systems of linear equations"
QUADRATIC = "quadratic equations"
POLYNOMIAL, RATIONAL = "polynomials", "rational expressions"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("exponent_rules", POWERS,
           ("laws of exponents", "exponent", "power", "product rule for exponents", "quotient rule for exponents"),
           "middle_school", exponent_rules, range(2, 200)),
    Family("add_radicals", POWERS,
           ("simplifying radicals", "like radicals", "square root", "radical expression", "radicand", "surd",
            "perfect square"),
           "high_school", add_radicals),
    Family("rationalize_denominator", POWERS,
           ("rationalizing the denominator", "conjugate", "square root", "conjugate of a radical expression",
            "radical expression", "surd"),
           "high_school", rationalize_denominator, range(2, 100)),
    Family("linear_equation", LINEAR,
           ("linear equation", "like terms", "inverse operation", "variable", "solution of an equation", "equation",
            "solution", "properties of equality"),
           "middle_school", linear_equation, range(2, 200)),
    Family("ages", LINEAR, ("linear equation", "age problem", "word problem", "equation"),
           "middle_school", ages, range(20, 60)),
    Family("two_equations", SYSTEMS,
           ("system of linear equations", "elimination method", "substitution method", "variable", "solution"),
           "high_school", two_equations, range(2, 200)),
    Family("tickets_sold", SYSTEMS, ("system of linear equations", "substitution method", "word problem", "unit price"),
           "middle_school", tickets_sold),
    Family("cyclic_system", SYSTEMS,
           ("system of linear equations", "symmetry", "elimination method", "system of three equations", "variable"),
           "competition", cyclic_system, range(2, 200)),
    Family("quadratic_roots", QUADRATIC,
           ("quadratic equation", "factoring", "quadratic formula", "factoring quadratics",
            "roots of a quadratic equation", "zero product property", "solution"),
           "high_school", quadratic_roots),
    Family("rectangle_sides", QUADRATIC,
           ("quadratic equation", "word problem", "factoring", "roots of a quadratic equation", "factor pair"),
           "high_school", rectangle_sides),
    Family("squares_of_roots", QUADRATIC,
           ("vieta's formulas", "sum of squares", "quadratic equation", "sum of the roots", "product of the roots",
            "symmetric polynomial", "roots of a quadratic equation"),
           "competition", squares_of_roots, range(2, 60)),
    Family("minimum_of_parabola", QUADRATIC,
           ("completing the square", "vertex of a parabola", "minimum value", "quadratic function",
            "perfect square trinomial", "quadratic expression", "axis of symmetry"),
           "high_school", minimum_of_parabola, range(2, 200)),
    Family("double_root", QUADRATIC,
           ("discriminant", "double root", "quadratic equation", "multiplicity of a root",
            "perfect square trinomial", "roots of a quadratic equation"),
           "high_school", double_root, range(2, 100)),
    Family("remainder_theorem", POLYNOMIAL,
           ("remainder theorem", "polynomial division", "polynomial evaluation", "synthetic division", "polynomial",
            "function value"),
           "high_school", remainder_theorem, range(2, 20)),
    Family("reciprocal_roots", POLYNOMIAL,
           ("vieta's formulas", "cubic equation", "reciprocal", "symmetric polynomial", "complex root"),
           "competition", reciprocal_roots, range(2, 100)),
    Family("product_coefficient", POLYNOMIAL,
           ("polynomial multiplication", "coefficient", "distributive property", "trinomial", "polynomial",
            "like terms", "coefficient extraction"),
           "high_school", product_coefficient, range(2, 200)),
    Family("reciprocal_sum", RATIONAL,
           ("reciprocal", "algebraic identity", "square of a sum", "rational expression", "algebraic expression"),
           "competition", reciprocal_sum, range(2, 60)),
    Family("rational_equation", RATIONAL,
           ("rational equation", "cross multiplication", "extraneous solution", "equation", "denominator",
            "rational expression", "solution of an equation"),
           "high_school", rational_equation, range(10, 100)),
    Family("partial_fractions", RATIONAL,
           ("partial fraction decomposition", "cover-up rule", "linear factor", "rational expression",
            "rational function", "numerator"),
           "college", partial_fractions, range(2, 100)),
)
# fmt: on
