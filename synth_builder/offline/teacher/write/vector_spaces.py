"""Problem families on vector spaces and complex numbers."""

from __future__ import annotations

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import matrix, one_of, stated
from synth_builder.offline.teacher.write.scene import Scene


def complex_number(real: int, imaginary: int) -> str:
    """A complex number in LaTeX: `3 - 2i`."""
    size = "" if abs(imaginary) == 1 else str(abs(imaginary))
    return f"{real} {'-' if imaginary < 0 else '+'} {size}i"


def _matrix_rank(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    first = [1, *(draw.integer(-3, 4) for _ in range(3))]
    second = [0, 1, *(draw.integer(-3, 4) for _ in range(2))]
    rank = draw.choice((1, 2, 2, 3))
    x, y = draw.integer(2, 3), draw.choice((-2, -1, 1, 2))
    extra = (0, 0, 0, draw.integer(1, 4)) if rank == 3 else (0, 0, 0, 0)
    if rank == 1:
        second = [y * entry for entry in first]
    third = [x * a + y * b + c for a, b, c in zip(first, second, extra, strict=True)]
    middle = [a + b for a, b in zip(first, second, strict=True)] if rank > 1 else second
    square = matrix((first, middle, third))
    question = one_of(
        draw,
        f"Consider the matrix $A = {square}$. Find the dimension of its column space, that is the rank of $A$.",
        f"Measurements taken at the {scene.place(draw)} are stored as the rows of the matrix $A = {square}$. Some "
        "rows may be combinations of the others. Find the rank of $A$.",
    )
    return stated(question, f"the rank of the matrix ${square}$", rank)


def _nullity(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    rank = draw.integer(2, 9)
    n = number or drawn(draw.integer(12, 30))
    question = one_of(
        draw,
        f"A linear map $T$ from $\\mathbb{{R}}^{{{n}}}$ to $\\mathbb{{R}}^{{{rank + draw.integer(0, 5)}}}$ has rank "
        f"${rank}$. Find the dimension of the kernel of $T$.",
        f"A homogeneous system of linear equations in ${n}$ unknowns has a coefficient matrix of rank ${rank}$. "
        "Find the dimension of the space of its solutions.",
    )
    return stated(
        question,
        f"the dimension of the kernel of a linear map of rank ${rank}$ on $\\mathbb{{R}}^{{{n}}}$",
        n.value - rank,
    )


def _symmetric_dimension(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    n = number or drawn(draw.integer(3, 12))
    size = n.value
    kind, dimension = draw.choice(
        (
            ("symmetric", size * (size + 1) // 2),
            ("skew-symmetric", size * (size - 1) // 2),
            ("symmetric trace-zero", size * (size + 1) // 2 - 1),
            ("upper triangular", size * (size + 1) // 2),
        )
    )
    question = one_of(
        draw,
        f"The set of all {kind} real ${n} \\times {n}$ matrices is a vector space under the usual addition and "
        "scaling of matrices. Find the dimension of this vector space.",
        f"Let $V$ be the real vector space of all {kind} real ${n} \\times {n}$ matrices. Find the dimension of $V$.",
    )
    return stated(
        question, f"the dimension of the vector space of all {kind} real ${n} \\times {n}$ matrices", dimension
    )


def _intersection_dimension(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    missing, other = draw.integer(1, 3), draw.integer(4, 8)
    n = number or drawn(draw.integer(10, 30))
    setting = (
        f"$\\dim U = {n} - {missing}$ and $\\dim W = {other}$"
        if number
        else f"$\\dim U = {n.value - missing}$ and $\\dim W = {other}$"
    )
    question = one_of(
        draw,
        f"Let $U$ and $W$ be subspaces of $\\mathbb{{R}}^{{{n}}}$ with {setting}, and suppose that $U + W = "
        f"\\mathbb{{R}}^{{{n}}}$. Find the dimension of the intersection $U \\cap W$.",
        f"Two subspaces $U$ and $W$ of $\\mathbb{{R}}^{{{n}}}$ satisfy {setting}. Together they span the whole "
        f"space $\\mathbb{{R}}^{{{n}}}$. Find $\\dim(U \\cap W)$.",
    )
    quantity = (
        f"the dimension of $U \\cap W$ for subspaces $U$ and $W$ of $\\mathbb{{R}}^{{{n}}}$ with {setting} and $U + "
        f"W = \\mathbb{{R}}^{{{n}}}$"
    )
    return stated(question, quantity, other - missing)


def _coordinates_in_basis(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, c, x = draw.integer(2, 4), draw.integer(1, 5), draw.integer(1, 6)
    n = number or drawn(draw.integer(2, 15))
    # With b1 = (1, a) and b2 = (1, a + 1): v = x b1 + y b2 has y = v2 - a v1.
    v1 = x + draw.integer(-3, 3)
    basis, target = f"$b_1 = (1, {a})$ and $b_2 = ({c}, {a * c + 1})$", f"$v = ({v1}, {n})$"
    question = one_of(
        draw,
        f"The vectors {basis} form a basis of $\\mathbb{{R}}^2$. The vector {target} is written as $v = x b_1 + y "
        "b_2$. Find the coordinate pair $(x, y)$.",
        f"Find the coordinates $(x, y)$ of the vector {target} with respect to the basis {basis} of "
        "$\\mathbb{R}^2$, that is $v = x b_1 + y b_2$.",
    )
    return Problem(question)


def _modulus_squared(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    b, c, d = draw.integer(1, 4), draw.integer(1, 3), draw.integer(-3, -1)
    n = number or drawn(draw.integer(2, 9))
    product = f"({n} + {'' if b == 1 else b}i)({complex_number(c, d)})"
    question = one_of(
        draw,
        f"Consider the complex number $z = {product}$, where $i^2 = -1$. Find $|z|^2$, the square of its absolute "
        "value.",
        f"In an electric circuit, an amplitude is described by the complex number $z = {product}$ with $i^2 = -1$, "
        "and the power is proportional to $|z|^2$. Find $|z|^2$.",
    )
    return stated(
        question, f"the value of $|z|^2$ for the complex number $z = {product}$", (n.value**2 + b * b) * (c * c + d * d)
    )


def _complex_division(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    top = complex_number(draw.integer(-6, 9), draw.choice((-7, -5, -3, -2, -1, 1, 2, 3, 4, 5)))
    bottom = complex_number(draw.integer(1, 5), draw.choice((-4, -3, -2, -1, 1, 2, 3, 4)))
    question = one_of(
        draw,
        f"Write the quotient $\\frac{{{top}}}{{{bottom}}}$ of two complex numbers, where $i^2 = -1$, in the form $a "
        "+ bi$ with real numbers $a$ and $b$.",
        f"Let $i^2 = -1$. Multiply numerator and denominator of $\\frac{{{top}}}{{{bottom}}}$ by the conjugate of "
        "the denominator, and give the quotient in the form $a + bi$.",
    )
    return Problem(question)


def _de_moivre(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    base, period, factor = draw.choice(
        (
            ("1 + i", 8, 16),
            ("1 - i", 8, 16),
            ("1 + \\sqrt{3}i", 6, 64),
            ("\\sqrt{3} + i", 12, 4096),
            ("1 - \\sqrt{3}i", 3, -8),
        )
    )
    turns = draw.integer(1, 12 // period + 1)
    question = one_of(
        draw,
        f"The complex number $z = {base}$, with $i^2 = -1$, is written in polar form and raised to a power. Find "
        f"the exact value of $z^{{{period * turns}}}$.",
        f"Use De Moivre's theorem to find the exact value of $({base})^{{{period * turns}}}$, where $i^2 = -1$.",
    )
    return stated(question, f"the value of $({base})^{{{period * turns}}}$ with $i^2 = -1$", factor**turns)


def _conjugate_root(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    imaginary = draw.integer(1, 7)
    n = number or drawn(draw.integer(2, 9))
    root = f"{n} + {'' if imaginary == 1 else imaginary}i"
    question = one_of(
        draw,
        f"The quadratic polynomial $x^2 + bx + c$ has real coefficients, and the complex number ${root}$ is one of "
        "its roots, where $i^2 = -1$. Find the value of $c$.",
        f"A quadratic equation $x^2 + bx + c = 0$ with real numbers $b$ and $c$ has the solution $x = {root}$, "
        "where $i^2 = -1$. Find the value of $c$.",
    )
    quantity = f"the constant term $c$ of the real polynomial $x^2 + bx + c$ that has the root ${root}$"
    return stated(question, quantity, n.value**2 + imaginary**2)


def _roots_of_unity_product(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    factor = draw.integer(2, 9)
    n = number or drawn(draw.integer(3, 15))
    question = (
        f"Let $z_0 = 1, z_1, \\ldots, z_{{{n} - 1}}$ be all complex solutions of the equation $z^{{{n}}} = 1$, "
        "which form a regular polygon in the complex plane. "
    )
    question += one_of(
        draw,
        f"Find the value of ${factor} \\cdot |1 - z_1|^2 + {factor} \\cdot |1 - z_2|^2 + \\cdots + {factor} \\cdot "
        f"|1 - z_{{{n} - 1}}|^2$.",
        f"From the vertex $1$, segments are drawn to all other vertices. Find ${factor}$ times the sum of the "
        "squares of the lengths of these segments.",
    )
    quantity = (
        f"${factor}$ times the sum of the squared distances from $1$ to the other complex solutions of $z^{{{n}}} = 1$"
    )
    return stated(question, quantity, factor * 2 * n.value)


HIGH, COLLEGE, CONTEST = "high_school", "college", "competition"
SPACES, COMPLEX = "vector spaces", "complex numbers"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("matrix_rank", SPACES,
           ("rank", "row reduction", "column space", "gaussian elimination", "row echelon form",
            "linear independence", "elementary row operation", "pivot position", "row of a matrix", "linear algebra"),
           COLLEGE, _matrix_rank),
    Family("kernel_dimension", SPACES,
           ("rank-nullity theorem", "kernel", "dimension", "kernel of a linear map", "null space", "linear algebra"),
           COLLEGE, _nullity, range(10, 101)),
    Family("matrix_space_dimension", SPACES,
           ("dimension", "symmetric matrix", "basis", "linear algebra", "square matrix"),
           COLLEGE, _symmetric_dimension, range(2, 61)),
    Family("intersection_dimension", SPACES, ("subspace", "dimension", "vector space", "linear algebra", "linear span"),
           COLLEGE, _intersection_dimension, range(9, 101)),
    Family("coordinates_in_basis", SPACES,
           ("basis", "change of basis", "linear combination", "system of linear equations", "linear algebra"),
           COLLEGE, _coordinates_in_basis, range(1, 101)),
    Family("complex_modulus", COMPLEX,
           ("complex number", "absolute value", "complex multiplication", "modulus of a complex number",
            "imaginary unit"),
           HIGH, _modulus_squared, range(1, 61)),
    Family("complex_division", COMPLEX,
           ("complex number", "complex conjugate", "complex division", "real part", "imaginary part",
            "imaginary unit"),
           HIGH, _complex_division),
    Family("de_moivre_power", COMPLEX,
           ("de moivre's theorem", "polar form", "complex number", "argument of a complex number",
            "modulus of a complex number", "complex plane"),
           COLLEGE, _de_moivre),
    Family("conjugate_root", COMPLEX,
           ("complex conjugate", "root of a polynomial", "vieta's formulas", "conjugate root theorem",
            "complex root", "product of the roots", "imaginary unit", "polynomial"),
           HIGH, _conjugate_root, range(1, 61)),
    Family("roots_of_unity_distances", COMPLEX,
           ("root of unity", "complex number", "absolute value", "complex plane", "nth roots of a complex number",
            "distance"),
           CONTEST, _roots_of_unity_product, range(3, 61)),
)
# fmt: on
