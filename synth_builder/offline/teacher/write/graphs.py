"""Questions on graphs and small linear programs."""

from __future__ import annotations

from fractions import Fraction
from math import comb

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import one_of, stated
from synth_builder.offline.teacher.write.scene import Scene


def complete_graph_edges(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """One edge for every pair of vertices."""
    n = number or drawn(draw.integer(5, 20))
    question = one_of(
        draw,
        f"In a tournament at the {scene.place(draw)}, ${n}$ teams take part. Every team plays exactly once against "
        "every other team. How many games are played in total?",
        f"How many edges does the complete graph on ${n}$ vertices have?",
    )
    return Problem(question, f"the number of edges of the complete graph on ${n}$ vertices", comb(n.value, 2))


def planar_faces(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Euler's formula for planar graphs."""
    n = number or drawn(draw.integer(5, 20))
    vertices = draw.integer(35, 60)
    question = one_of(
        draw,
        f"A connected planar graph has ${vertices}$ vertices. When it is drawn in the plane without crossings, it has "
        f"${n}$ faces, including the outer face. How many edges does the graph have?",
        f"A map of paths has ${vertices}$ junctions and is connected, and no paths cross outside the junctions. The "
        f"paths divide the plane into ${n}$ regions, including the unbounded region. How many paths between junctions "
        "are there?",
    )
    quantity = f"the number of edges of a connected planar graph with ${vertices}$ vertices and ${n}$ faces"
    return Problem(question, quantity, vertices + n.value - 2)


def forest_edges(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A forest has one edge less than vertices for every tree."""
    n = number or drawn(draw.integer(12, 60))
    trees = draw.integer(2, 8)
    question = one_of(
        draw,
        f"A forest (a graph without cycles) has ${n}$ vertices and exactly ${trees}$ connected components. How many "
        "edges does it have?",
        f"A network of ${n}$ computers consists of ${trees}$ separate connected parts, and it has no cycles. How many "
        "direct cable connections does the network have?",
    )
    return Problem(
        question, f"the number of edges of a forest with ${n}$ vertices and ${trees}$ trees", n.value - trees
    )


def handshake_lemma(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The sum of the degrees is twice the number of edges."""
    degree = draw.choice((4, 6, 8))
    n = number or drawn(draw.integer(10, 40))
    question = one_of(
        draw,
        f"In a graph with ${n}$ vertices, every vertex has degree ${degree}$. How many edges does the graph have?",
        f"At a meeting at the {scene.place(draw)}, there are ${n}$ people. Each of them shakes hands with exactly "
        f"${degree}$ of the others. How many handshakes take place in total?",
    )
    quantity = f"the number of edges of a graph with ${n}$ vertices that all have degree ${degree}$"
    return Problem(question, quantity, n.value * degree // 2)


def color_cycle(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The chromatic polynomial of a cycle."""
    n = number or drawn(draw.integer(3, 6))
    length = draw.choice((4, 5, 6))
    question = one_of(
        draw,
        f"The vertices of a cycle graph with ${length}$ labelled vertices are coloured with at most ${n}$ given "
        "colours so that adjacent vertices get different colours. How many such colourings are there?",
        f"A round garden has ${length}$ different flower beds in a circle. Each bed gets flowers of one of ${n}$ "
        "colours, and neighbouring beds must have different colours. In how many ways can this be done?",
    )
    quantity = (
        f"the number of proper colourings of a cycle graph with ${length}$ labelled vertices with ${n}$ given colours"
    )
    return stated(question, quantity, (n.value - 1) ** length + (-1) ** length * (n.value - 1))


def linear_program(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The optimum lies at a vertex of the feasible region."""
    n = number or drawn(draw.integer(8, 20))
    a, b, limit = draw.integer(2, 9), draw.integer(2, 9), draw.integer(20, 40)
    constraints = f"$x + y \\le {n}$, $x + 3y \\le {limit}$, $x \\ge 0$ and $y \\ge 0$"
    question = one_of(
        draw,
        f"Find the maximum value of ${a}x + {b}y$ for real numbers $x$ and $y$ subject to the constraints "
        f"{constraints}.",
        f"The {scene.place(draw)} makes $x$ units of a first product and $y$ units of a second product, where parts "
        f"of units are allowed. Its resources require {constraints}. The profit is ${a}x + {b}y$ dollars. What is the "
        "maximum profit in dollars?",
    )
    return stated(question, f"the maximum value of ${a}x + {b}y$ subject to {constraints}", best(a, b, n.value, limit))


def best(a: int, b: int, bound: int, limit: int) -> Fraction:
    """The maximum of ax + by over the vertices of x + y <= bound, x + 3y <= limit, x, y >= 0."""
    y = Fraction(limit - bound, 2)
    vertices = [
        (Fraction(min(bound, limit)), Fraction(0)),
        (Fraction(0), min(Fraction(bound), Fraction(limit, 3))),
        (bound - y, y),
    ]
    return max(a * x + b * y for x, y in vertices if x >= 0 and y >= 0)


GRAPH = "graph theory"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("complete_graph_edges", GRAPH, ("complete graph", "edge", "combination", "handshake problem"),
           "high_school", complete_graph_edges, range(3, 100)),
    Family("planar_faces", GRAPH,
           ("euler's formula for planar graphs", "planar graph", "face", "vertex of a graph", "edge of a graph"),
           "college", planar_faces, range(2, 60)),
    Family("forest_edges", GRAPH, ("forest", "tree", "connected component", "vertex of a graph", "edge of a graph"),
           "college", forest_edges, range(12, 200)),
    Family("handshake_lemma", GRAPH,
           ("handshake lemma", "degree of a vertex", "edge", "handshake problem", "double counting",
            "vertex of a graph"),
           "high_school", handshake_lemma, range(10, 200)),
    Family("color_cycle", GRAPH, ("chromatic polynomial", "graph coloring", "cycle graph", "vertex of a graph"),
           "college", color_cycle, range(3, 20)),
    Family("linear_program", "linear programming",
           ("linear programming", "feasible region", "objective function", "constraint", "corner point",
            "optimal solution", "decision variable", "system of linear inequalities in the plane",
            "system of inequalities", "linear inequality"),
           "high_school", linear_program, range(2, 60)),
)
# fmt: on
