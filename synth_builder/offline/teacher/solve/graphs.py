"""Graph theory: numbers of edges and colourings."""

from __future__ import annotations

import re

from synth_builder.offline.teacher.solve.given import given_integers
from synth_builder.offline.teacher.solve.question import Method, Solution

_LARGEST_CYCLE = 500
_MOST_BITS = 10_000
_VERTICES = re.compile(r"\$(\d+)\$ (?:labelled )?(?:vertices|junctions|computers|people)")
_FACES = re.compile(r"\$(\d+)\$ (?:faces|regions)")
_TREES = re.compile(r"\$(\d+)\$ (?:connected components|(?:separate )?connected parts|trees|separate parts)")
_DEGREE = re.compile(r"(?:degree|with exactly) \$(\d+)\$")
_EDGES_ASKED = re.compile(r"[Hh]ow many (?:edges|paths|direct|handshakes|games)|[Nn]umber of edges")


_COMPLETE = re.compile(r"\$K_\{?(\d+)\}?\$")


def count_complete_edges(text: str) -> Solution | None:
    """Count the edges of a complete graph, or the games of a tournament."""
    tournament = re.search(
        r"exactly once against every other|each other exactly once|every other \w+ exactly once", text
    )
    if not ("complete graph" in text or tournament) or not _EDGES_ASKED.search(text) or "bipartite" in text:
        return None
    text = _COMPLETE.sub(r"$\1$", text)
    numbers = given_integers(text, 1)
    if numbers is None:
        return None
    count = numbers[0]
    answer = str(count * (count - 1) // 2)
    return Solution(
        (
            f"Each of the ${count}$ vertices is joined to ${count} - 1 = {count - 1}$ others.",
            rf"Every edge is counted twice: $\frac{{{count} \cdot {count - 1}}}{{2}} = {answer}$.",
        ),
        answer,
    )


def count_planar_edges(text: str) -> Solution | None:
    """Count the edges of a connected planar graph by Euler's formula."""
    vertices, faces = _VERTICES.search(text), _FACES.search(text)
    if vertices is None or faces is None or "connected" not in text or given_integers(text, 2) is None:
        return None
    if not re.search(r"[Hh]ow many (?:edges|paths)|[Nn]umber of edges", text):
        return None
    answer = str(int(vertices[1]) + int(faces[1]) - 2)
    return Solution(
        (
            "Euler's formula for connected planar graphs: $V - E + F = 2$.",
            f"So $E = V + F - 2 = {vertices[1]} + {faces[1]} - 2 = {answer}$.",
        ),
        answer,
    )


_TREE = re.compile(r"\b[Aa] tree (?:with|has|on) \$(\d+)\$ vertices")


def count_tree_edges(text: str) -> Solution | None:
    """Count the edges of a tree."""
    tree = _TREE.search(text)
    if tree is None or given_integers(text, 1) is None or not re.search(r"[Hh]ow many edges|number of edges", text):
        return None
    answer = str(int(tree[1]) - 1)
    return Solution(
        (
            "A tree with $n$ vertices has $n - 1$ edges.",
            f"Here there are ${tree[1]} - 1 = {answer}$ edges.",
        ),
        answer,
    )


def count_forest_edges(text: str) -> Solution | None:
    """Count the edges of a graph without cycles."""
    vertices, trees = _VERTICES.search(text), _TREES.search(text)
    if vertices is None or trees is None or not re.search(r"no cycles?|forest|without cycles", text):
        return None
    if given_integers(text, 2) is None or not _EDGES_ASKED.search(text):
        return None
    answer = str(int(vertices[1]) - int(trees[1]))
    return Solution(
        (
            "Every connected part is a tree and has one edge less than vertices.",
            f"So there are ${vertices[1]} - {trees[1]} = {answer}$ edges.",
        ),
        answer,
    )


def count_regular_edges(text: str) -> Solution | None:
    """Count the edges of a graph in which all vertices have the same degree."""
    vertices, degree = _VERTICES.search(text), _DEGREE.search(text)
    if vertices is None or degree is None or given_integers(text, 2) is None or not _EDGES_ASKED.search(text):
        return None
    if not re.search(r"every vertex|all have degree|[Ee]ach of them shakes hands", text):
        return None
    total = int(vertices[1]) * int(degree[1])
    if total % 2 or int(degree[1]) >= int(vertices[1]):
        return None
    return Solution(
        (
            rf"The degrees add up to ${vertices[1]} \cdot {degree[1]} = {total}$.",
            rf"Every edge is counted twice: $\frac{{{total}}}{{2}} = {total // 2}$.",
        ),
        str(total // 2),
    )


_BEDS = re.compile(r"\$(\d+)\$ (?:different |labelled )*(?:flower beds in a circle|vertices)")
_PROPER = re.compile(r"proper colou?rings|(?:adjacent|[Nn]eighbouring) [\w ]+? (?:must have|get) different colou?rs")
_COLOURS = re.compile(r"\$(\d+)\$ (?:given )?colou?rs")


def colour_cycle(text: str) -> Solution | None:
    """Count the proper colourings of a cycle."""
    if not re.search(r"cycle graph|in a circle", text):
        return None
    if not _PROPER.search(text):
        return None
    size, colours = _BEDS.search(text), _COLOURS.search(text)
    if size is None or colours is None or given_integers(text, 2) is None or not 3 <= int(size[1]) <= _LARGEST_CYCLE:
        return None
    length, kinds = int(size[1]), int(colours[1])
    if length * kinds.bit_length() > _MOST_BITS:
        return None
    answer = str((kinds - 1) ** length + (-1) ** length * (kinds - 1))
    sign = "+" if length % 2 == 0 else "-"
    return Solution(
        (
            r"A cycle with $n$ vertices has $(q - 1)^n + (-1)^n (q - 1)$ proper colourings with $q$ colours.",
            f"Here ${kinds - 1}^{{{length}}} {sign} {kinds - 1} = {answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    count_complete_edges,
    count_planar_edges,
    count_tree_edges,
    count_forest_edges,
    count_regular_edges,
    colour_cycle,
)
