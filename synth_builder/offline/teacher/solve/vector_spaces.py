"""Vector spaces: rank, kernels, dimensions and coordinates in a basis."""

from __future__ import annotations

import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.linear_algebra import written_determinant
from synth_builder.offline.teacher.solve.notation import (
    Matrix,
    format_matrix,
    format_point,
    in_brackets,
    math_parts,
    numerals,
    read_given,
    read_integer,
    read_matrices,
    read_point,
)
from synth_builder.offline.teacher.solve.notation import format_number as num
from synth_builder.offline.teacher.solve.question import Method, Solution

_MATRIX = re.compile(r"\\begin\{([pbv]?)matrix\}.*?\\end\{\1matrix\}", re.DOTALL)
_SPACE = re.compile(r"\\mathbb\{R\}\^(?:\{([^{}]+)\}|(\d))")
_NAMED_VECTOR = re.compile(r"(?:b_[12]|v) = \(.*\)")
_RANK = re.compile(r"rank \$([^$]+)\$")
_UNKNOWNS = re.compile(r"in \$([^$]+)\$ unknowns")
_MATRIX_SPACE = re.compile(
    r"all ((?:(?:upper|lower) triangular|skew-symmetric|symmetric|diagonal|trace-zero| |and|,)+)? ?real "
    r"(?:\$([^$]+?) \\times ([^$]+?)\$) matrices"
    r"(?: (?:with|of) trace zero)?(?! (?:that|whose|with|which|of|having|commuting))"
)


def row_echelon(matrix: Matrix) -> list[list[Fraction]]:
    """Reduce to row echelon form without zero rows."""
    rows = [list(row) for row in matrix]
    done: list[list[Fraction]] = []
    for column in range(len(matrix[0])):
        place = next((place for place, row in enumerate(rows) if row[column]), None)
        if place is None:
            continue
        pivot = rows.pop(place)
        factors = [row[column] / pivot[column] for row in rows]
        rows = [
            [entry - factor * other for entry, other in zip(row, pivot, strict=True)]
            for row, factor in zip(rows, factors, strict=True)
        ]
        done.append(pivot)
    return done


def matrix_rank(text: str) -> Solution | None:
    """Rank of a matrix by elimination."""
    if not re.search(r"rank of (?:\$A\$|the matrix)|dimension of (?:its|the) column space", text):
        return None
    matrices = read_matrices(text)
    if len(matrices) != 1 or numerals(_MATRIX.sub("", text)):
        return None
    reduced = row_echelon(matrices[0])
    answer = str(len(reduced))
    return Solution(
        (
            "Subtract multiples of rows from the rows below until the matrix has row echelon form.",
            f"The rows that are not zero are then ${format_matrix(reduced)}$."
            if reduced
            else "No row that is not zero is left.",
            f"Their number, the rank, is ${answer}$.",
        ),
        answer,
    )


def kernel_dimension(text: str) -> Solution | None:
    """Rank-nullity theorem: dimension of a kernel or of the solutions of a homogeneous system."""
    if "jective" in text or "onto" in text:
        return _kernel_of_extreme_map(text)
    rank_match = _RANK.search(text)
    asked = re.search(
        r"dimension of (?:the|its) (?:kernel|space of (?:its|the|all) solutions|solution space|null ?space)", text
    )
    if not rank_match or not asked:
        return None
    spaces = [read_integer(braced or digit) for braced, digit in _SPACE.findall(text)]
    unknowns = _UNKNOWNS.search(text)
    total = read_integer(unknowns[1]) if unknowns else (spaces[0] if spaces else None)
    rank = read_integer(rank_match[1])
    stated = numerals(text)
    counted = len(numerals(rank_match[1])) + sum(len(numerals(a or b)) for a, b in _SPACE.findall(text))
    counted += len(numerals(unknowns[1])) if unknowns else 0
    if total is None or rank is None or counted != len(stated) or (unknowns and spaces) or len(spaces) > 2:
        return None
    if not 0 <= rank <= min([total, *(space for space in spaces if space is not None)]):
        return None
    answer = str(total - rank)
    return Solution(
        (
            "By the rank-nullity theorem, rank and dimension of the kernel add up to the dimension of the domain.",
            f"The domain has the dimension ${total}$ and the rank is ${rank}$.",
            f"The dimension is ${total} - {rank} = {answer}$.",
        ),
        answer,
    )


def _kernel_of_extreme_map(text: str) -> Solution | None:
    """Dimension of the kernel or the image of an injective or a surjective linear map."""
    asked = re.search(
        r"dimension of (?:the|its) (kernel|null ?space|image|range)|(?:[Ww]hat is|[Ff]ind) its (rank|nullity)", text
    )
    kinds = set(re.findall(r"\b(surjective|injective|onto)\b", text))
    spaces = [read_integer(braced or digit) for braced, digit in _SPACE.findall(text)]
    if "linear" not in text or not asked or len(kinds) != 1 or len(spaces) != 2 or len(numerals(text)) != 2:
        return None
    domain, target = spaces
    if domain is None or target is None or re.search(r"\bnot\b|\bnon", text):
        return None
    injective = kinds == {"injective"}
    if (domain > target) if injective else (domain < target):
        return None
    rank = domain if injective else target
    wants_kernel = (asked[1] or asked[2]) in ("kernel", "null space", "nullspace", "nullity")
    answer = str(domain - rank if wants_kernel else rank)
    return Solution(
        (
            "An injective map has the kernel $\\{0\\}$, so its rank is the dimension of the domain."
            if injective
            else f"A surjective map has the whole target space as its image, so the rank is ${target}$.",
            f"By the rank-nullity theorem the kernel has the dimension ${domain} - {rank} = {domain - rank}$.",
            f"The dimension asked for is ${answer}$.",
        ),
        answer,
    )


def matrix_space_dimension(text: str) -> Solution | None:
    """Dimension of a space of symmetric, triangular or similar square matrices."""
    space = _MATRIX_SPACE.search(text)
    if not space or not re.search("dimension", text):
        return None
    size = read_integer(space[2])
    if size is None or read_integer(space[3]) != size or size < 1 or len(read_given(text).values) != 1:
        return None
    given = read_given(text)
    if given.named or given.others or given.outside:
        return None
    kinds = set(re.findall(r"skew-symmetric|symmetric|upper triangular|lower triangular|diagonal|trace-zero", space[0]))
    traceless = bool({"trace-zero"} & kinds) or "matrices with trace" in space[0] or "matrices of trace" in space[0]
    shape = kinds - {"trace-zero"}
    half = size * (size + 1) // 2
    if shape == {"skew-symmetric"}:
        free, why, traceless = (
            half - size,
            rf"the entries above the diagonal are free: $\frac{{{size} \cdot {size - 1}}}{{2}}$",
            False,
        )
    elif shape in ({"symmetric"}, {"upper triangular"}, {"lower triangular"}):
        free, why = (
            half,
            rf"the entries on one side of the diagonal and on it are free: $\frac{{{size} \cdot {size + 1}}}{{2}}$",
        )
    elif shape == {"diagonal"}:
        free, why = size, f"the entries on the diagonal are free: ${size}$"
    elif not shape:
        free, why = size * size, f"all entries are free: ${size}^2$"
    else:
        return None
    answer = str(free - traceless)
    last = f"The trace condition is one linear equation, so the dimension is ${free} - 1 = {answer}$."
    return Solution(
        (
            f"Count the entries that can be chosen freely. Here {why}.",
            f"This gives ${free}$ free entries.",
            last if traceless else f"The dimension is ${answer}$.",
        ),
        answer,
    )


def intersection_dimension(text: str) -> Solution | None:
    """Dimension formula for two subspaces that span the whole space."""
    if not re.search(r"intersection \$U \\cap W\$|\\dim ?\(U \\cap W\)|dimension of \$U \\cap W\$", text):
        return None
    spaces = {braced or digit for braced, digit in _SPACE.findall(text)}
    if len(spaces) != 1 or not re.search(r"U \+ W = |span the whole space", text):
        return None
    given = read_given(_SPACE.sub("X", text))
    whole = read_integer(next(iter(spaces)))
    sizes = [read_integer(given.named.get(name, "")) for name in (r"\dim U", r"\dim W")]
    known = [size for size in sizes if size is not None]
    if whole is None or len(known) != 2 or len(given.named) != 2 or given.values or given.others or given.outside:
        return None
    result = sum(known) - whole
    if not 0 <= result <= min(known) or max(known) > whole:
        return None
    return Solution(
        (
            r"The dimension formula says $\dim(U \cap W) = \dim U + \dim W - \dim(U + W)$.",
            rf"Here $\dim U = {known[0]}$, $\dim W = {known[1]}$ and $\dim(U + W) = {whole}$.",
            rf"$\dim(U \cap W) = {known[0]} + {known[1]} - {whole} = {result}$.",
        ),
        str(result),
    )


def coordinates_in_basis(text: str) -> Solution | None:
    """Coordinates of a vector of the plane in a basis, by Cramer's rule."""
    if "v = x b_1 + y b_2" not in text or not re.search(r"coordinate pair \$\(x, y\)\$|coordinates \$\(x, y\)\$", text):
        return None
    read = [_named_vector(text, name) for name in ("b_1", "b_2", "v")]
    vectors = [vector for vector in read if vector is not None]
    others = {part for part in math_parts(text) if numerals(part) and not _NAMED_VECTOR.fullmatch(part)}
    if len(vectors) != 3 or others - {"v = x b_1 + y b_2", r"\mathbb{R}^2", "b_1", "b_2"}:
        return None
    (a, c), (b, d), (p, q) = vectors
    det = a * d - b * c
    if not det or read_given(text).values or read_given(text).outside:
        return None
    x, y = (p * d - b * q) / det, (a * q - c * p) / det
    answer = format_point((x, y))
    return Solution(
        (
            f"The coordinates satisfy ${num(a)}x + {in_brackets(b)}y = {num(p)}$"
            f" and ${num(c)}x + {in_brackets(d)}y = {num(q)}$.",
            f"The determinant of the system is ${written_determinant(a, b, c, d)} = {num(det)}$.",
            rf"By Cramer's rule $x = {num(x)}$ and $y = {num(y)}$.",
            f"The coordinate pair is ${answer}$.",
        ),
        answer,
    )


def _named_vector(text: str, name: str) -> tuple[Fraction, ...] | None:
    found = [part.removeprefix(f"{name} = ") for part in math_parts(text) if part.startswith(f"{name} = (")]
    vector = read_point(found[0]) if len(found) == 1 else None
    return vector if vector is not None and len(vector) == 2 else None


METHODS: tuple[Method, ...] = (
    matrix_rank,
    kernel_dimension,
    matrix_space_dimension,
    intersection_dimension,
    coordinates_in_basis,
)
