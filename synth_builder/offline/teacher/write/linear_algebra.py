"""Problem families on vectors, matrices, determinants and eigenvalues."""

from __future__ import annotations

from fractions import Fraction

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import fraction, matrix, one_of, stated, times, vector
from synth_builder.offline.teacher.write.scene import Scene

QUADRUPLES = ((1, 2, 2), (2, 3, 6), (1, 4, 8), (4, 4, 7), (2, 6, 9), (6, 6, 7), (3, 4, 12), (2, 1, 2), (6, 2, 3))


def _nonzero(draw: Draw, size: int) -> int:
    return draw.integer(1, size) * draw.choice((-1, 1))


def _work_of_force(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    force = [draw.integer(1, 9), draw.integer(-4, 9), draw.integer(1, 9)]
    second, third = draw.integer(-3, 6), draw.integer(3, 9)
    n = number or drawn(draw.integer(4, 15))
    move = vector((n, second, third))
    question = one_of(
        draw,
        f"A constant force $F = {vector(force)}$, in newtons, pulls a cart with {scene.things[0]} along the "
        f"displacement $d = {move}$, in metres. Find the work $F \\cdot d$ that the force does, in joules.",
        f"The vectors $F = {vector(force)}$ and $d = {move}$ in $\\mathbb{{R}}^3$ are given. Find their dot product "
        "$F \\cdot d$.",
    )
    value = force[0] * n.value + force[1] * second + force[2] * third
    return stated(question, f"the dot product of the vectors ${vector(force)}$ and ${move}$", value)


def _orthogonal_parameter(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    last, middle = draw.integer(2, 6), draw.integer(1, 5)
    factor = last * draw.integer(1, 4)
    n = number or drawn(draw.integer(2, 15))
    first, second = vector((n, middle, -last)), vector((factor, last, "t"))
    question = one_of(
        draw,
        f"Consider the vectors $u = {first}$ and $v = {second}$ in $\\mathbb{{R}}^3$. Find the value of $t$ for "
        "which $u$ and $v$ are orthogonal.",
        f"Two beams of a stage in the {scene.place(draw)} have the directions $u = {first}$ and $v = {second}$. "
        "They must meet at a right angle. Find the value of $t$.",
    )
    quantity = f"the number $t$ for which the vectors ${first}$ and ${second}$ are orthogonal"
    return stated(question, quantity, factor // last * n.value + middle)


def _projection(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    onto = draw.choice(QUADRUPLES)
    entries = [draw.integer(-6, 9) for _ in range(3)]
    question = one_of(
        draw,
        f"Let $u = {vector(entries)}$ and $v = {vector(onto)}$. Find the vector projection of $u$ onto $v$, with "
        "exact coordinates.",
        f"A drone flies with velocity $u = {vector(entries)}$ while the wind blows in the direction of $v = "
        f"{vector(onto)}$. Find the vector projection of $u$ onto $v$, with exact coordinates.",
    )
    return Problem(question)


def _parallelepiped(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, c, d = (draw.integer(1, 6) for _ in range(4))
    x, y, z = draw.integer(-4, 5), draw.integer(-4, 5), draw.integer(1, 9)
    n = number or drawn(draw.integer(2, 12))
    base = a * d * 2 + b * c
    vectors = f"$u = {vector((2 * a, b, 0))}$, $v = {vector((-c, d, 0))}$ and $w = {vector((x, y, times(z, n)))}$"
    question = one_of(
        draw,
        f"A crystal has the shape of a parallelepiped that is spanned by the vectors {vectors}. Find its volume "
        "with the scalar triple product.",
        f"Find the volume of the parallelepiped in $\\mathbb{{R}}^3$ that is spanned by the three vectors {vectors}.",
    )
    return stated(question, f"the volume of the parallelepiped spanned by {vectors}", base * z * n.value)


def _cross_product_area(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    first, second = (
        [draw.integer(-4, 5) for _ in range(3)],
        [_nonzero(draw, 5), draw.integer(-4, 5), draw.integer(1, 5)],
    )
    first[1] = second[1] + draw.integer(1, 3)
    first[2] = -draw.integer(1, 4)
    question = one_of(
        draw,
        f"A sail is stretched between the origin and the points $A = {vector(first)}$ and $B = {vector(second)}$ of "
        "space. Find the exact area of the triangle $OAB$, where $O$ is the origin.",
        f"In space with origin $O$, consider the points $A = {vector(first)}$ and $B = {vector(second)}$. Using the "
        "cross product, find the exact area of the triangle $OAB$.",
    )
    return Problem(question)


def _product_trace(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, c, e, f, g, h = (draw.integer(1, 7) for _ in range(7))
    n = number or drawn(draw.integer(2, 12))
    left, right = matrix(((n, a), (b, c))), matrix(((e, f), (g, h)))
    question = one_of(
        draw,
        f"Let $A = {left}$ and $B = {right}$. Compute the matrix product $AB$ and find its trace.",
        f"Two linear maps of the plane are given by the matrices $A = {left}$ and $B = {right}$. Find the trace of "
        "the product $AB$.",
    )
    value = n.value * e + a * g + b * f + c * h
    return stated(question, f"the trace of the matrix product ${left} {right}$", value)


def _shear_power(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    step = draw.integer(2, 9)
    n = number or drawn(draw.integer(5, 40))
    shear = matrix(((1, step), (0, 1)) if draw.choice((True, False)) else ((1, 0), (step, 1)))
    question = one_of(
        draw,
        f"Let $A = {shear}$. Find the sum of all four entries of the matrix power $A^{{{n}}}$.",
        f"A drawing programme slants a picture by applying the matrix $A = {shear}$ to every point. The picture is "
        f"slanted ${n}$ times in a row, so that the whole change is given by $A^{{{n}}}$. Find the sum of all four "
        f"entries of $A^{{{n}}}$.",
    )
    return stated(question, f"the sum of all entries of the matrix ${shear}^{{{n}}}$", 2 + step * n.value)


def _inverse_matrix(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, c = draw.integer(2, 7), draw.integer(1, 6), draw.integer(1, 6)
    d = draw.integer(b * c // a + 1, b * c // a + 4)
    square = matrix(((a, b), (c, d)))
    question = one_of(
        draw,
        f"Find the inverse of the matrix $A = {square}$. Give the matrix $A^{{-1}}$ with exact entries.",
        f"A message is encoded by multiplying column vectors with the matrix $A = {square}$. To decode it, the "
        "inverse matrix is needed. Find $A^{-1}$ with exact entries.",
    )
    return Problem(question)


def _determinant(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, c, d, e, f, g = (draw.integer(1, 5) for _ in range(7))
    n = number or drawn(draw.integer(2, 12))
    rows = ((n, a, 0), (b, c + 1, -d), (e, f, g))
    value = n.value * ((c + 1) * g + d * f) - a * (b * g + d * e)
    square = matrix(rows)
    question = one_of(
        draw,
        f"Expand along the first row to find the determinant of the matrix ${square}$.",
        f"A linear map of space has the matrix $A = {square}$. Its determinant tells how the map scales oriented "
        "volumes. Find $\\det A$.",
    )
    return stated(question, f"the determinant of the matrix ${square}$", value)


def _determinant_rules(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    size, scale, factor = draw.integer(2, 4), draw.integer(2, 3), draw.integer(2, 4)
    n = number or drawn(draw.integer(2, 12))
    question = one_of(
        draw,
        f"Let $A$ and $B$ be real ${size} \\times {size}$ matrices with $\\det A = {n}$ and $\\det B = {factor}$. "
        f"Find the determinant of the matrix ${scale} A^T B^2$.",
        f"Two square matrices $A$ and $B$ of size ${size} \\times {size}$ have the determinants $\\det A = {n}$ and "
        f"$\\det B = {factor}$. Find $\\det({scale} A^T B^2)$.",
    )
    quantity = (
        f"the determinant of ${scale} A^T B^2$ for ${size} \\times {size}$ matrices with $\\det A = {n}$ and $\\det "
        f"B = {factor}$"
    )
    return stated(question, quantity, scale**size * n.value * factor**2)


def _singular_parameter(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b = draw.integer(2, 6), draw.integer(1, 6)
    c = a * draw.integer(1, 4)
    n = number or drawn(draw.integer(2, 12))
    # Its determinant is a t - a a b - n c.
    square = matrix(((a, n, 0), (c, "t", b), (0, a, 1)))
    question = one_of(
        draw,
        f"For which value of $t$ is the matrix ${square}$ not invertible?",
        f"A system of three linear equations has the coefficient matrix ${square}$. It fails to have a unique "
        "solution for exactly one value of $t$. Find this value of $t$.",
    )
    quantity = f"the number $t$ for which the matrix ${square}$ is singular"
    return stated(question, quantity, c // a * n.value + a * b)


def _largest_eigenvalue(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    small, gap, b = draw.integer(-3, 6), draw.integer(1, 6), draw.integer(1, 3)
    # P diag(large, small) P^-1 with the unimodular P = ((1, b), (c, b c + 1)).
    c, large = draw.integer(1, 3), small + gap
    square = matrix(((large + b * c * gap, -b * gap), (c * (b * c + 1) * gap, small - b * c * gap)))
    question = one_of(
        draw,
        f"Consider the matrix $A = {square}$. Both of its eigenvalues are integers. Find the largest eigenvalue of "
        "$A$.",
        f"A population model moves from one year to the next with the matrix $A = {square}$. Its long-term growth "
        "is governed by the largest eigenvalue. Find the largest eigenvalue of $A$.",
    )
    return stated(question, f"the largest eigenvalue of the matrix ${square}$", large)


def _eigenvalue_squares(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, c = draw.integer(1, 6), draw.integer(1, 6), draw.integer(1, 9)
    n = number or drawn(draw.integer(2, 12))
    square = matrix(((n, a), (b, c)))
    question = one_of(
        draw,
        f"The matrix $A = {square}$ has the real eigenvalues $\\lambda_1$ and $\\lambda_2$. Find the value of "
        "$\\lambda_1^2 + \\lambda_2^2$.",
        f"Let $\\lambda_1$ and $\\lambda_2$ be the two eigenvalues of $A = {square}$. Without computing them "
        "separately, use the trace and the determinant to find the value of $\\lambda_1^2 + \\lambda_2^2$.",
    )
    quantity = f"the sum of the squares of the two eigenvalues of the matrix ${square}$"
    return stated(question, quantity, n.value**2 + c**2 + 2 * a * b)


def _steady_state(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    bottom = draw.choice((4, 5, 6, 8, 10))
    leave, back = draw.integer(1, bottom - 1), draw.integer(1, bottom - 1)
    place = scene.place(draw)
    question = one_of(
        draw,
        f"Every day the {place} is either busy or quiet. After a busy day the next day is quiet with probability "
        f"${fraction(leave, bottom)}$. After a quiet day the next day is busy with probability "
        f"${fraction(back, bottom)}$. In the long run, what fraction of the days are busy?",
        "A Markov chain has two states, $A$ and $B$. It moves from $A$ to $B$ with probability "
        f"${fraction(leave, bottom)}$ and from $B$ to $A$ with probability ${fraction(back, bottom)}$; otherwise it "
        "stays. Find the probability of state $A$ in the stationary distribution.",
    )
    return Problem(question)


def _eigenvector_parameter(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, ratio = draw.integer(1, 7), draw.integer(1, 7), draw.integer(2, 5)
    n = number or drawn(draw.integer(2, 12))
    # A (1, ratio) = (a + ratio n, b + ratio t), which must be (a + ratio n) (1, ratio).
    value = Fraction(ratio * (a + ratio * n.value) - b * ratio, ratio)
    square = matrix(((a, n), (b * ratio, "t")))
    question = one_of(
        draw,
        f"The vector ${vector((1, ratio))}$ is an eigenvector of the matrix $A = {square}$. Find the value of $t$.",
        f"A linear map of the plane with matrix $A = {square}$ keeps the line through the origin and the point "
        f"${vector((1, ratio))}$ in place, because ${vector((1, ratio))}$ is an eigenvector of $A$. Find the value "
        "of $t$.",
    )
    quantity = f"the number $t$ for which ${vector((1, ratio))}$ is an eigenvector of the matrix ${square}$"
    return stated(question, quantity, value)


HIGH, COLLEGE = "high_school", "college"
VECTORS, MATRICES, DETERMINANTS, EIGENVALUES = "vectors", "matrices", "determinants", "eigenvalues and eigenvectors"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("work_of_force", VECTORS, ("dot product", "vector", "work", "scalar", "component of a vector"),
           HIGH, _work_of_force, range(1, 101)),
    Family("orthogonal_parameter", VECTORS, ("orthogonality", "dot product", "vector", "perpendicular"),
           HIGH, _orthogonal_parameter, range(1, 101)),
    Family("vector_projection", VECTORS,
           ("vector projection", "dot product", "norm", "component of a vector", "unit vector"),
           COLLEGE, _projection),
    Family("parallelepiped_volume", VECTORS,
           ("scalar triple product", "parallelepiped", "volume", "volume of a parallelepiped", "cross product"),
           COLLEGE, _parallelepiped, range(1, 61)),
    Family("cross_product_area", VECTORS,
           ("cross product", "triangle area", "norm", "area of a triangle", "magnitude of a vector",
            "position vector", "area of a parallelogram"),
           COLLEGE, _cross_product_area),
    Family("matrix_product_trace", MATRICES,
           ("matrix multiplication", "trace", "matrix", "square matrix", "matrix entry", "row of a matrix",
            "column of a matrix"),
           HIGH, _product_trace, range(1, 101)),
    Family("shear_matrix_power", MATRICES,
           ("matrix power", "matrix multiplication", "shear", "triangular matrix", "matrix entry"),
           COLLEGE, _shear_power, range(2, 101)),
    Family("inverse_matrix", MATRICES,
           ("inverse matrix", "determinant", "matrix", "square matrix", "adjugate matrix", "identity matrix"),
           HIGH, _inverse_matrix),
    Family("determinant_expansion", DETERMINANTS,
           ("determinant", "cofactor expansion", "matrix", "minor of a matrix", "square matrix", "row of a matrix"),
           HIGH, _determinant, range(1, 101)),
    Family("determinant_rules", DETERMINANTS,
           ("determinant", "transpose", "multiplicativity of the determinant", "determinant of a product",
            "square matrix"),
           COLLEGE, _determinant_rules, range(1, 61)),
    Family("singular_parameter", DETERMINANTS,
           ("singular matrix", "determinant", "cofactor expansion", "rule of sarrus", "square matrix"),
           COLLEGE, _singular_parameter, range(1, 61)),
    Family("largest_eigenvalue", EIGENVALUES,
           ("eigenvalue", "characteristic polynomial", "matrix", "square matrix", "characteristic equation"),
           COLLEGE, _largest_eigenvalue),
    Family("eigenvalue_squares", EIGENVALUES,
           ("eigenvalue", "trace", "determinant", "square matrix", "characteristic polynomial"),
           COLLEGE, _eigenvalue_squares, range(1, 61)),
    Family("markov_steady_state", EIGENVALUES,
           ("markov chain", "stationary distribution", "eigenvector", "markov matrix", "stochastic process"),
           COLLEGE, _steady_state),
    Family("eigenvector_parameter", EIGENVALUES,
           ("eigenvector", "eigenvalue", "matrix", "eigenspace", "matrix multiplication", "scalar multiplication"),
           COLLEGE, _eigenvector_parameter, range(1, 61)),
)
# fmt: on
