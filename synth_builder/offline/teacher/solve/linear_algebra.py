"""Matrices: products, powers, inverses, determinants, eigenvalues and steady states."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from synth_builder.offline.teacher.solve.notation import (
    Matrix,
    exact_root,
    format_matrix,
    format_polynomial,
    in_brackets,
    math_parts,
    matrix_entries,
    numerals,
    read_given,
    read_integer,
    read_matrices,
    read_number,
    read_point,
    read_terms,
)
from synth_builder.offline.teacher.solve.notation import format_number as num
from synth_builder.offline.teacher.solve.question import Method, Solution

_MATRIX = re.compile(r"\\begin\{([pbv]?)matrix\}.*?\\end\{\1matrix\}", re.DOTALL)
_EXPONENT = re.compile(r"(?:A|\\end\{[pbv]?matrix\})\^(?:\{([^{}]*)\}|(\d))")
_SQUARES = re.compile(r"\\lambda_1\^2 \+ \\lambda_2\^2|sum of the squares of the (?:two )?eigenvalues")
_EIGENVALUE_ASKED = re.compile(
    r"(?:[Ff]ind |^|What is )(?:the )?(largest|smallest) eigenvalue of (?:the matrix )?\$(?:A\$|A =|\\begin)"
)
_PARAMETER_ASKED = re.compile(r"(?:value of|number) \$t\$")
_DETERMINANT_RULE = re.compile(
    r"(?:\\det ?)?\(?(?P<factor>\d+)? ?A(?:\^\{?(?P<a>T|-1|\d+)\}?)? ?B(?:\^\{?(?P<b>T|-1|\d+)\}?)?\)?"
)
_SIZE = re.compile(r"\$(\d+) \\times (\d+)\$")
_LEAVES = re.compile(
    r"from \$A\$ to \$B\$ with probability \$([^$]+)\$ and from \$B\$ to \$A\$ with probability \$([^$]+)\$"
)
_DAYS = re.compile(
    r"After a (\w+) \w+,? the next \w+ is (\w+) with probability \$([^$]+)\$\. "
    r"After a (\w+) \w+,? the next \w+ is (\w+) with probability \$([^$]+)\$\."
)
_LARGEST_POWER = 300


def _only_matrices(text: str) -> list[Matrix]:
    """The matrices of a text if their entries are all of its numerals."""
    bare = _MATRIX.sub("", text)
    return [] if numerals(bare) else read_matrices(text)


def determinant(rows: Sequence[Sequence[Fraction]]) -> Fraction:
    """Determinant by expansion along the first row."""
    if len(rows) == 1:
        return rows[0][0]
    minors = ([[*row[:column], *row[column + 1 :]] for row in rows[1:]] for column in range(len(rows)))
    return sum(
        ((-1) ** column * rows[0][column] * determinant(minor) for column, minor in enumerate(minors)), Fraction(0)
    )


def written_determinant(a: Fraction, b: Fraction, c: Fraction, d: Fraction) -> str:
    """The calculation ad - bc with its numbers."""
    return rf"{num(a)} \cdot {in_brackets(d)} - {in_brackets(b)} \cdot {in_brackets(c)}"


def multiply(left: Matrix, right: Matrix) -> Matrix:
    """Matrix product."""
    columns = list(zip(*right, strict=True))
    return tuple(
        tuple(sum((one * other for one, other in zip(row, column, strict=True)), Fraction(0)) for column in columns)
        for row in left
    )


def trace_of_product(text: str) -> Solution | None:
    """Trace of a product of two matrices."""
    if "trace" not in text or "product" not in text:
        return None
    matrices = _only_matrices(text)
    names = "".join(part[:4] for part in math_parts(text) if " = " in part)
    named = names == "A = B = " and "product $AB$" in text
    if len(matrices) != 2 or not (named or not names) or len({len(matrix) for matrix in matrices}) != 1:
        return None
    left, right = matrices
    if len(left[0]) != len(right) or len(right[0]) != len(left):
        return None
    product = multiply(left, right)
    diagonal = [product[place][place] for place in range(len(product))]
    answer = num(sum(diagonal, Fraction(0)))
    return Solution(
        (
            f"The product is ${format_matrix(product)}$.",
            f"Its diagonal entries are ${'$, $'.join(map(num, diagonal))}$.",
            f"The trace is ${' + '.join(map(in_brackets, diagonal))} = {answer}$.",
        ),
        answer,
    )


def sum_of_power_entries(text: str) -> Solution | None:
    """Sum of all entries of a power of a matrix."""
    if not re.search(r"sum of all (?:four |its )?(?:the )?entries", text):
        return None
    matrices = read_matrices(text)
    written = {match[1] or match[2] for match in _EXPONENT.finditer(text)}
    outer = _MATRIX.sub(" ", text)
    exponent = read_integer(next(iter(written))) if len(written) == 1 else None
    if len(matrices) != 1 or exponent is None or not 1 <= exponent <= _LARGEST_POWER:
        return None
    repeated = re.search(r"\$([^$]+)\$ times", outer)
    if set(numerals(outer)) - {str(exponent)} or (repeated and read_integer(repeated[1]) != exponent):
        return None
    matrix = matrices[0]
    if len(matrix) != len(matrix[0]):
        return None
    power = matrix
    for _ in range(exponent - 1):
        power = multiply(power, matrix)
    entries = [entry for row in power for entry in row]
    answer = num(sum(entries, Fraction(0)))
    return Solution(
        (
            f"The square is ${format_matrix(multiply(matrix, matrix))}$; multiply on in the same way.",
            f"The power with the exponent ${exponent}$ is ${format_matrix(power)}$.",
            f"The sum of its entries is ${' + '.join(map(in_brackets, entries))} = {answer}$.",
        ),
        answer,
    )


def inverse_matrix(text: str) -> Solution | None:
    """Inverse of a matrix with two rows."""
    bare = re.search(r"[Ff]ind the inverse (?:matrix )?of (?:the matrix )?\$(?:A = )?\\begin", text)
    if "inverse" not in text or ("$A^{-1}$" not in text and not bare):
        return None
    matrices = _only_matrices(text.replace("$A^{-1}$", ""))
    if len(matrices) != 1 or len(matrices[0]) != 2 or len(matrices[0][0]) != 2:
        return None
    (a, b), (c, d) = matrices[0]
    det = a * d - b * c
    if not det:
        return None
    adjugate = ((d, -b), (-c, a))
    answer = format_matrix([[entry / det for entry in row] for row in adjugate])
    return Solution(
        (
            f"The determinant is ${written_determinant(a, b, c, d)} = {num(det)}$.",
            f"Exchange the diagonal entries and change the signs of the others: ${format_matrix(adjugate)}$.",
            f"Divide by the determinant: $A^{{-1}} = {answer}$.",
        ),
        answer,
    )


def determinant_of_matrix(text: str) -> Solution | None:
    """Determinant of a square matrix with two or three rows."""
    if not re.search(
        r"[Ff]ind \$\\det A\$|determinant of (?:(?:the|this) (?:following )?matrix|\$(?:A = )?\\begin)", text
    ):
        return None
    matrices = _only_matrices(text)
    if len(matrices) != 1 or len(matrices[0]) != len(matrices[0][0]) or len(matrices[0]) not in (2, 3):
        return None
    rows = matrices[0]
    answer = num(determinant(rows))
    minors = [determinant([[*row[:place], *row[place + 1 :]] for row in rows[1:]]) for place in range(len(rows))]
    signed = [(-1) ** place * rows[0][place] * minor for place, minor in enumerate(minors)]
    return Solution(
        (
            f"Expand along the first row, ${'$, $'.join(map(num, rows[0]))}$, with alternating signs.",
            f"The minors that belong to these entries are ${'$, $'.join(map(num, minors))}$.",
            f"The determinant is ${' + '.join(map(in_brackets, signed))} = {answer}$.",
        ),
        answer,
    )


def determinant_by_rules(text: str) -> Solution | None:
    """Determinant of a product of powers, transposes and multiples of matrices with known determinants."""
    given = read_given(text)
    named = [read_number(given.named.get(name, "")) for name in (r"\det A", r"\det B")]
    known = [value for value in named if value is not None]
    size = _SIZE.search(text)
    asked = [match for part in given.others if (match := _DETERMINANT_RULE.fullmatch(part))]
    if len(known) != 2 or len(given.named) != 2 or not size or size[1] != size[2] or len(asked) != 1:
        return None
    # "3 \times 3" is a number for the reader of numbers: it must be the only value
    if given.outside or len(given.others) != 1 or len(given.values) != 1 or not re.search(r"det", asked[0][0] + text):
        return None
    order, factor = int(size[1]), int(asked[0]["factor"] or 1)
    powers = [1 if asked[0][name] in (None, "T") else int(asked[0][name]) for name in ("a", "b")]
    if 0 in known and -1 in powers:
        return None
    a, b = known[0] ** powers[0], known[1] ** powers[1]
    answer = num(factor**order * a * b)
    return Solution(
        (
            rf"A factor comes out once for each of the ${order}$ rows: ${factor}^{order} = {factor**order}$.",
            "The determinant of a product is the product of the determinants,"
            " and the transpose has the same determinant.",
            f"The factors from $A$ and $B$ are ${num(a)}$ and ${num(b)}$.",
            rf"The determinant is ${factor**order} \cdot {in_brackets(a)} \cdot {in_brackets(b)} = {answer}$.",
        ),
        answer,
    )


def singular_parameter(text: str) -> Solution | None:
    """The entry t for which a matrix is singular."""
    if not re.search(r"singular|not invertible|fails? to have a unique solution|no inverse", text):
        return None
    found = matrix_entries(text)
    if len(found) != 1 or numerals(_MATRIX.sub("", text)) or not any("t" in row for row in found[0]):
        return None
    rows = [[terms for entry in row if (terms := read_terms(entry, "t")) is not None] for row in found[0]]
    size = len(rows)
    if size not in (2, 3) or any(len(row) != size or len(row) != len(found[0][0]) for row in rows):
        return None
    # The determinant has degree 1 in t, because t stands in one place: two values of it are enough.
    if sum(entry.count("t") for row in found[0] for entry in row) != 1:
        return None
    at = [
        determinant(
            [[entry.get((0,), Fraction(0)) + t * entry.get((1,), Fraction(0)) for entry in row] for row in rows]
        )
        for t in (0, 1)
    ]
    slope = at[1] - at[0]
    if not slope:
        return None
    answer = num(-at[0] / slope)
    written = format_polynomial((at[0], slope), "t")
    return Solution(
        (
            "A square matrix is singular exactly if its determinant is $0$.",
            f"The determinant, expanded along the first row, is ${written}$.",
            f"From ${written} = 0$ we get $t = {answer}$.",
        ),
        answer,
    )


def _two_rows(text: str) -> Matrix | None:
    matrices = _only_matrices(text)
    return matrices[0] if len(matrices) == 1 and (len(matrices[0]), len(matrices[0][0])) == (2, 2) else None


def extreme_eigenvalue(text: str) -> Solution | None:
    """Largest or smallest eigenvalue of a matrix with two rows."""
    asked = _EIGENVALUE_ASKED.search(text)
    matrix = _two_rows(text) if asked else None
    if not asked or matrix is None:
        return None
    trace, det = matrix[0][0] + matrix[1][1], determinant(matrix)
    discriminant = trace * trace - 4 * det
    root = exact_root(discriminant)
    if root is None:
        return None
    values = sorted(((trace - root) / 2, (trace + root) / 2))
    answer = num(values[-1] if asked[1] == "largest" else values[0])
    characteristic = format_polynomial((det, -trace, 1), r"\lambda")
    return Solution(
        (
            f"The trace is ${num(trace)}$ and the determinant is ${num(det)}$.",
            rf"The characteristic equation is ${characteristic} = 0$.",
            f"Its discriminant is ${num(discriminant)}$ with the root ${num(root)}$,"
            rf" so $\lambda = {num(values[0])}$ or $\lambda = {num(values[1])}$.",
            f"The {asked[1]} eigenvalue is ${answer}$.",
        ),
        answer,
    )


def eigenvalue_squares(text: str) -> Solution | None:
    """Sum of the squares of the eigenvalues of a matrix with two rows, from trace and determinant."""
    if not _SQUARES.search(text):
        return None
    matrix = _two_rows(re.sub(r"\\lambda_[12](?:\^2)?", "", text))
    if matrix is None:
        return None
    trace, det = matrix[0][0] + matrix[1][1], determinant(matrix)
    answer = num(trace * trace - 2 * det)
    return Solution(
        (
            rf"The trace is $\lambda_1 + \lambda_2 = {num(trace)}$.",
            rf"The determinant is $\lambda_1\lambda_2 = {num(det)}$.",
            r"$\lambda_1^2 + \lambda_2^2 = (\lambda_1 + \lambda_2)^2 - 2\lambda_1\lambda_2"
            rf" = {num(trace * trace)} - 2 \cdot {in_brackets(det)} = {answer}$.",
        ),
        answer,
    )


def eigenvector_parameter(text: str) -> Solution | None:
    """The entry t for which a given vector is an eigenvector."""
    if "eigenvector" not in text or not _PARAMETER_ASKED.search(text):
        return None
    outer = math_parts(_MATRIX.sub("", text))
    written = {part for part in outer if "," in part}
    found = matrix_entries(text)
    vector = read_point(next(iter(written))) if len(written) == 1 else None
    if vector is None or len(found) != 1 or any(numerals(part) for part in outer if part not in written):
        return None
    first = [value for entry in found[0][0] if (value := read_number(entry)) is not None]
    if len(first) != 2 or len(found[0]) != 2 or len(found[0][1]) != 2 or found[0][1][1] != "t" or len(vector) != 2:
        return None
    left = read_number(found[0][1][0])
    if left is None or not vector[0] or not vector[1]:
        return None
    top = first[0] * vector[0] + first[1] * vector[1]
    eigenvalue = top / vector[0]
    second = eigenvalue * vector[1]
    answer = num((second - left * vector[0]) / vector[1])
    return Solution(
        (
            rf"The first coordinate of $Av$ is ${num(first[0])} \cdot {in_brackets(vector[0])}"
            rf" + {in_brackets(first[1])} \cdot {in_brackets(vector[1])} = {num(top)}$,"
            f" so the eigenvalue is ${num(eigenvalue)}$.",
            rf"The second coordinate must be ${num(eigenvalue)} \cdot {in_brackets(vector[1])} = {num(second)}$.",
            rf"From ${num(left)} \cdot {in_brackets(vector[0])} + {in_brackets(vector[1])}t = {num(second)}$"
            f" we get $t = {answer}$.",
        ),
        answer,
    )


def steady_state(text: str) -> Solution | None:
    """Stationary distribution of a Markov chain with two states."""
    leaves, days = _LEAVES.search(text), _DAYS.search(text)
    if leaves and re.search(r"state \$(A|B)\$ in the (?:stationary|steady)", text):
        asked = re.search(r"probability of state \$(A|B)\$ in the", text)
        names = ("A", "B")
        probabilities = (read_number(leaves[1]), read_number(leaves[2]))
        wanted = asked[1] if asked else ""
    elif days and (fraction := re.search(r"what fraction of the \w+ (?:are|is) (\w+)", text)):
        if {days[1], days[2]} != {days[4], days[5]} or days[1] == days[2] or days[4] != days[2]:
            return None
        names = (days[1], days[2])
        probabilities = (read_number(days[3]), read_number(days[6]))
        wanted = fraction[1]
    else:
        return None
    out, back = probabilities
    if out is None or back is None or wanted not in names or len(read_given(text).only_values()) != 2:
        return None
    if not (0 < out <= 1 and 0 < back <= 1):
        return None
    share = back / (out + back) if wanted == names[0] else out / (out + back)
    into = back if wanted == names[0] else out
    answer = num(share)
    return Solution(
        (
            f"Let $p$ and $q$ be the long-run shares of the states {names[0]} and {names[1]}, so $p + q = 1$.",
            rf"In the steady state the flows in both directions are equal: ${num(out)} \cdot p = {num(back)} \cdot q$.",
            f"So the share of the state {wanted} is ${num(into)}$ divided by"
            f" ${num(out)} + {num(back)} = {num(out + back)}$.",
            f"This is ${answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    trace_of_product,
    sum_of_power_entries,
    inverse_matrix,
    determinant_of_matrix,
    determinant_by_rules,
    singular_parameter,
    extreme_eigenvalue,
    eigenvalue_squares,
    eigenvector_parameter,
    steady_state,
)
