"""Vectors: dot product, projection, cross product and triple product."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from synth_builder.offline.teacher.solve.notation import format_number as num
from synth_builder.offline.teacher.solve.notation import (
    format_point,
    format_root,
    in_brackets,
    math_parts,
    read_given,
    read_number,
    read_point,
)
from synth_builder.offline.teacher.solve.question import Method, Solution

Vector = tuple[Fraction, ...]

_DOT_ASKED = re.compile(r"dot product|\bwork\b")
_OPEN_VECTOR = re.compile(r"\(([^()]*),\s*t\s*\)")


def dot(left: Sequence[Fraction], right: Sequence[Fraction]) -> Fraction:
    """Dot product of two vectors of the same length."""
    return sum((one * other for one, other in zip(left, right, strict=True)), Fraction(0))


def cross(left: Vector, right: Vector) -> Vector:
    """Cross product of two vectors of space."""
    (a, b, c), (d, e, f) = left, right
    return (b * f - c * e, c * d - a * f, a * e - b * d)


def _vectors(text: str, dimension: int | None = None) -> list[Vector]:
    """All vectors of a text, named (`u = (1, 2)`) or not; none if anything else is given or their lengths differ."""
    given = read_given(re.sub(r"\\mathbb\{R\}\^\{?\d\}?", "", text))
    parts = [part.rpartition("=")[2] for part in math_parts(text) if re.search(r"\(.*,", part)]
    points = [point for part in parts if (point := read_point(part)) is not None]
    counted = len(given.named) + len(given.others)
    if given.values or given.outside or not points or len(points) != len(parts) or counted != len(parts):
        return []
    size = dimension or len(points[0])
    return points if all(len(point) == size for point in points) else []


def _products(left: Sequence[Fraction], right: Sequence[Fraction]) -> str:
    return " + ".join(rf"{in_brackets(one)} \cdot {in_brackets(other)}" for one, other in zip(left, right, strict=True))


def dot_product(text: str) -> Solution | None:
    """Dot product of two vectors, also as the work of a force."""
    if not _DOT_ASKED.search(text) or re.search(r"angle|orthogonal|project|\$\w [-+]", text):
        return None
    vectors = _vectors(text)
    if len(vectors) != 2:
        return None
    left, right = vectors
    answer = num(dot(left, right))
    terms = " + ".join(in_brackets(one * other) for one, other in zip(left, right, strict=True))
    return Solution(
        (
            "Multiply corresponding coordinates and add the products.",
            f"${_products(left, right)} = {terms}$.",
            f"The dot product is ${answer}$.",
        ),
        answer,
    )


def orthogonal_parameter(text: str) -> Solution | None:
    """The last coordinate t that makes two vectors orthogonal."""
    if not re.search(r"orthogonal|perpendicular|right angle", text) or not re.search(
        r"(?:value of|number) \$t\$", text
    ):
        return None
    parts = [part.rpartition("=")[2].strip() for part in math_parts(text) if "," in part]
    if len(parts) != 2 or not _vectors(re.sub(r",\s*t\s*\)", ", 1)", text)):
        return None
    opened = [match for part in parts if (match := _OPEN_VECTOR.fullmatch(part))]
    full = [point for part in parts if (point := read_point(part)) is not None]
    if len(opened) != 1 or len(full) != 1:
        return None
    known = [value for part in opened[0][1].split(",") if (value := read_number(part)) is not None]
    other = full[0]
    if len(known) != len(other) - 1 or not other[-1]:
        return None
    partial = dot(known, other[:-1])
    answer = num(-partial / other[-1])
    return Solution(
        (
            "Two vectors are orthogonal exactly if their dot product is $0$.",
            rf"The dot product is ${_products(known, other[:-1])} + {in_brackets(other[-1])} \cdot t"
            rf" = {num(partial)} + {in_brackets(other[-1])} \cdot t$.",
            rf"From ${num(partial)} + {in_brackets(other[-1])} \cdot t = 0$ we get $t = {answer}$.",
        ),
        answer,
    )


def vector_projection(text: str) -> Solution | None:
    """Vector projection of u onto v."""
    if not re.search(r"projection of \$u\$ onto \$v\$", text):
        return None
    vectors = _vectors(text)
    given = read_given(text).named
    if len(vectors) != 2 or not any(vectors[1]) or list(given) != ["u", "v"]:
        return None
    u, v = vectors
    factor = dot(u, v) / dot(v, v)
    answer = format_point(factor * coordinate for coordinate in v)
    return Solution(
        (
            r"The projection of $u$ onto $v$ is $\frac{u \cdot v}{v \cdot v} \, v$.",
            rf"$u \cdot v = {_products(u, v)} = {num(dot(u, v))}$.",
            rf"$v \cdot v = {_products(v, v)} = {num(dot(v, v))}$.",
            rf"The projection is ${num(factor)} \cdot {format_point(v)} = {answer}$.",
        ),
        answer,
    )


def parallelepiped_volume(text: str) -> Solution | None:
    """Volume of a parallelepiped by the scalar triple product."""
    if "parallelepiped" not in text or "volume" not in text:
        return None
    vectors = _vectors(text, 3)
    if len(vectors) != 3:
        return None
    u, v, w = vectors
    normal = cross(u, v)
    triple = dot(normal, w)
    answer = num(abs(triple))
    return Solution(
        (
            r"The volume is the absolute value of the triple product $(u \times v) \cdot w$.",
            rf"$u \times v = {format_point(normal)}$.",
            rf"$(u \times v) \cdot w = {_products(normal, w)} = {num(triple)}$.",
            f"The volume is ${answer}$.",
        ),
        answer,
    )


def triangle_from_origin(text: str) -> Solution | None:
    """Area of the triangle of the origin and two points of space, by the cross product."""
    if "area of the triangle $OAB$" not in text or "origin" not in text:
        return None
    points = _vectors(text, 3)
    if len(points) != 2 or list(read_given(text).named) != ["A", "B"]:
        return None
    normal = cross(points[0], points[1])
    square = dot(normal, normal)
    answer = format_root(square, Fraction(1, 2))
    return Solution(
        (
            r"The area of the triangle is half the length of $A \times B$.",
            rf"$A \times B = {format_point(normal)}$.",
            rf"Its length is $\sqrt{{{_products(normal, normal)}}} = \sqrt{{{num(square)}}} = {format_root(square)}$.",
            f"The area is ${answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    dot_product,
    orthogonal_parameter,
    vector_projection,
    parallelepiped_volume,
    triangle_from_origin,
)
