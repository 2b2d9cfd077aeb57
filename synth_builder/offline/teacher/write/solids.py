"""Problem families on polygons and solids."""

from __future__ import annotations

from fractions import Fraction

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import one_of, stated, times
from synth_builder.offline.teacher.write.scene import Scene

QUADRUPLES = ((1, 2, 2, 3), (2, 3, 6, 7), (1, 4, 8, 9), (4, 4, 7, 9), (2, 6, 9, 11), (6, 6, 7, 11), (3, 4, 12, 13))


def _polygon_diagonals(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    n = number or drawn(draw.integer(5, 25))
    question = one_of(
        draw,
        f"A convex polygon has ${n}$ sides. A diagonal is a segment that joins two vertices which are not neighbours. "
        "How many diagonals does the polygon have?",
        f"In a craft course at the {scene.place(draw)}, ${n}$ nails stand at the corners of a convex polygon. A "
        "thread is stretched between every two nails that are not neighbours. How many threads are needed?",
    )
    return stated(
        question, f"the number of diagonals of a convex polygon with ${n}$ sides", n.value * (n.value - 3) // 2
    )


def _polygon_from_angle(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    sides = draw.choice((5, 6, 8, 9, 10, 12, 15, 18, 20, 24, 30, 36, 40, 45))
    angle = 180 - 360 // sides
    question = one_of(
        draw,
        f"Each interior angle of a regular polygon measures ${angle}^\\circ$. How many sides does the polygon have?",
        f"The floor plan of a pavilion beside the {scene.place(draw)} is a regular polygon, and two neighbouring "
        f"walls always meet at an interior angle of ${angle}^\\circ$. How many walls does the pavilion have?",
    )
    quantity = f"the number of sides of a regular polygon whose interior angles each measure ${angle}^\\circ$"
    return stated(question, quantity, sides)


def _trapezoid(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    first = draw.integer(3, 12)
    second = first + 2 * draw.integer(1, 6)
    n = number or drawn(draw.integer(3, 20))
    question = one_of(
        draw,
        f"A plot of land beside the {scene.place(draw)} is a trapezoid. Its parallel sides are ${first}$ metres and "
        f"${second}$ metres long, and they are ${n}$ metres apart. Find the area of the plot in square metres.",
        f"A trapezoid has parallel sides of lengths ${first}$ and ${second}$, and its height is ${n}$. Find the area "
        "of the trapezoid.",
    )
    quantity = f"the area of a trapezoid with parallel sides ${first}$ and ${second}$ and height ${n}$"
    return stated(question, quantity, (first + second) // 2 * n.value)


def _space_diagonal(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, c, diagonal = draw.choice(QUADRUPLES)
    n = number or drawn(draw.integer(2, 9))
    edges = f"${times(a, n)}$, ${times(b, n)}$ and ${times(c, n)}$"
    question = one_of(
        draw,
        f"A rectangular storage room beside the {scene.place(draw)} has edges of lengths {edges} decimetres. Find the "
        "length, in decimetres, of the longest straight rod that fits into the room.",
        f"The edges of a rectangular box have lengths {edges}. Find the length of the space diagonal of the box, "
        "which joins two opposite corners.",
    )
    return stated(
        question, f"the length of the space diagonal of a rectangular box with edges {edges}", diagonal * n.value
    )


def _painted_cube(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    n = number or drawn(draw.integer(4, 20))
    faces, count = draw.choice(
        (("exactly one face", 6 * (n.value - 2) ** 2), ("exactly two faces", 12 * (n.value - 2)))
    )
    question = one_of(
        draw,
        f"A wooden cube with edge length ${n}$ is painted red on the outside and then cut into unit cubes. How many "
        f"of the unit cubes have {faces} painted red?",
        f"The exhibition in the {scene.place(draw)} shows a big cube that is glued together from unit cubes, with "
        f"${n}$ unit cubes along each edge. All six outer faces of the big cube are painted. How many unit cubes have "
        f"{faces} painted?",
    )
    quantity = (
        f"the number of unit cubes with {faces} painted when a cube with edge length ${n}$ is painted on the outside "
        "and cut into unit cubes"
    )
    return stated(question, quantity, count)


def _cone_volume(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    radius = draw.choice((3, 6, 9, 12))
    n = number or drawn(draw.integer(2, 20))
    question = one_of(
        draw,
        f"A right circular cone has base radius ${radius}$ and height ${n}$. Find the exact volume of the cone as a "
        "multiple of $\\pi$.",
        f"Sand beside the {scene.place(draw)} forms a pile in the shape of a right circular cone with base radius "
        f"${radius}$ decimetres and height ${n}$ decimetres. Find the exact volume of the sand in cubic decimetres.",
    )
    quantity = f"the volume, divided by $\\pi$, of a right circular cone with base radius ${radius}$ and height ${n}$"
    return stated(question, quantity, radius**2 // 3 * n.value)


def _sphere_in_cylinder(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    ball = draw.choice((3, 6))
    tank = ball * draw.integer(2, 4)
    n = number or drawn(draw.integer(2, 12))
    rise = Fraction(4 * ball**3 * n.value, 3 * tank**2)
    question = (
        f"A cylindrical tank with inner radius ${tank}$ centimetres stands upright in the {scene.place(draw)} and is "
        f"partly filled with water. Now ${n}$ solid balls, each of radius ${ball}$ centimetres, are dropped in. All of "
        "them sink below the surface, and no water spills. "
    )
    question += one_of(
        draw,
        "By how many centimetres does the water level rise? Give an exact answer.",
        "Find the exact rise of the water level in centimetres.",
    )
    quantity = (
        f"the rise of the water level when ${n}$ solid balls of radius ${ball}$ are immersed in an upright cylinder of "
        f"inner radius ${tank}$ that is partly filled with water"
    )
    return stated(question, quantity, rise)


def _polyhedron_vertices(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    n = number or drawn(draw.integer(2, 12))
    squares = draw.integer(3, 10)
    faces = f"${times(2, n)}$ triangular faces and ${squares}$ quadrilateral faces"
    question = one_of(
        draw,
        f"A convex polyhedron has exactly {faces}, and no other faces. How many vertices does the polyhedron have?",
        f"A paper lantern for the {scene.place(draw)} has the shape of a convex polyhedron with exactly {faces}. "
        "Every edge is shared by two faces. How many vertices does the lantern have?",
    )
    quantity = f"the number of vertices of a convex polyhedron with exactly {faces}"
    return stated(question, quantity, 2 + n.value + squares)


def _sphere_volume(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    radius = 3 * draw.integer(1, 6)
    surface = 4 * radius**2
    question = one_of(
        draw,
        f"The surface area of a sphere is ${surface}\\pi$. Find the exact volume of the sphere as a multiple of "
        "$\\pi$.",
        f"A spherical lamp in the {scene.place(draw)} has an outer surface area of ${surface}\\pi$ square "
        "centimetres. Find the exact volume, in cubic centimetres, of the sphere that the surface encloses.",
    )
    quantity = f"the volume, divided by $\\pi$, of a sphere with surface area ${surface}\\pi$"
    return stated(question, quantity, 4 * radius**3 // 3)


MIDDLE, HIGH, CONTEST = "middle_school", "high_school", "competition"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("polygon_diagonals", "polygons and area",
           ("diagonal", "convex polygon", "counting", "polygon", "combination", "line segment"),
           MIDDLE, _polygon_diagonals, range(4, 101)),
    Family("regular_polygon_from_angle", "polygons and area",
           ("regular polygon", "interior angle", "exterior angle", "polygon", "degree measure"),
           MIDDLE, _polygon_from_angle),
    Family("trapezoid_area", "polygons and area",
           ("trapezoid", "area", "height", "area of a trapezoid", "quadrilateral", "parallelism"),
           MIDDLE, _trapezoid, range(2, 101)),
    Family("box_space_diagonal", "solid geometry",
           ("rectangular prism", "space diagonal", "pythagorean theorem", "prism", "line segment"),
           HIGH, _space_diagonal, range(1, 61)),
    Family("painted_cube", "solid geometry", ("cube", "surface", "counting", "casework"),
           CONTEST, _painted_cube, range(3, 41)),
    Family("cone_volume", "solid geometry", ("cone", "volume", "radius", "volume of a cone"),
           MIDDLE, _cone_volume, range(1, 101)),
    Family("sphere_volume_from_surface", "solid geometry", ("sphere", "surface area", "volume", "volume of a sphere"),
           HIGH, _sphere_volume),
    Family("balls_in_cylinder", "solid geometry",
           ("cylinder", "sphere", "volume", "displacement of water", "volume of a sphere", "volume of a cylinder"),
           HIGH, _sphere_in_cylinder, range(2, 31)),
    Family("polyhedron_vertices", "solid geometry",
           ("euler's polyhedron formula", "polyhedron", "face of a polyhedron", "vertex", "double counting"),
           CONTEST, _polyhedron_vertices, range(2, 61)),
)
# fmt: on
