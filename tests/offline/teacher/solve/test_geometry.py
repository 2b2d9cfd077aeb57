"""Triangles, circles and polygons are solved from their text."""

import itertools

import pytest

from synth_builder.offline.teacher.solve.geometry import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

SOLVED = [
    ("A right triangle has legs $5$ and $12$. What is the length of the hypotenuse?", "13"),
    ("Find the length of the hypotenuse of a right triangle with legs $1$ and $2$.", r"\sqrt{5}"),
    ("The sides of a triangle measure $13$, $14$ and $15$. Find its area.", "84"),
    ("Find the area of the triangle with side lengths $2$, $2$ and $2$.", r"\sqrt{3}"),
    ("A pole of height $3$ metres casts a shadow of $2$ metres, a tower a shadow of $10$ metres. "
     "How many metres high is the tower?", "15"),
    ("Triangles $ABC$ and $DEF$ are similar, $AB = 4$, $BC = 6$, $DE = 10$. Find the length of $EF$.", "15"),
    (r"In a triangle $ABC$, $AB = 3$, $BC = 4$ and $\angle B = 90^\circ$. Find $AC^2$.", "25"),
    (r"Two tracks leave a hut at an angle of $60^\circ$. Ann goes $5$ km on one, Ben $8$ km on the other. "
     "Find the square of the distance between them.", "49"),
    ("The angles of a triangle are in the ratio $1 : 2 : 3$. How big is the largest angle in degrees?", "90"),
    ("The angles of a triangle are in the ratio $2 : 3 : 4$. How big is the smallest angle in degrees?", "40"),
    ("Chords $AB$ and $CD$ meet at $P$ with $PA = 3$, $PB = 8$ and $PC = 4$. Find the length of $PD$.", "6"),
    ("Two secants from $P$ have $PA = 2$, $PB = 9$ and $PC = 3$. Find the length of $PD$.", "6"),
    (r"Find the area of a sector with radius $6$ and central angle $60^\circ$.", r"6\pi"),
    (r"the area, divided by $\pi$, of a circular sector with radius $6$ and central angle $90^\circ$", "9"),
    ("A round bed has radius $4$ m and a path of width $1$ m around it. Find the exact area of the path.", r"9\pi"),
    (r"the area, divided by $\pi$, of the ring between a circle of radius $2$ and a larger circle with the same centre "
     "whose radius is greater by $3$", "21"),
    ("A circle has centre $O$ and radius $5$, and $OP = 13$. Find the length of the tangent segment $PT$.", "12"),
    ("A circle has radius $1$, and $OP = 3$. Find the length of the tangent segment $PT$.", r"2\sqrt{2}"),
    ("How many diagonals does a convex polygon with $5$ sides have?", "5"),
    (r"Every interior angle of a regular polygon is $108^\circ$. How many sides does it have?", "5"),
    ("A trapezoid has the parallel sides $3$ and $5$ and the height $4$. Find its area.", "16"),
    ("The parallel sides of a trapezoid are $3$ m and $4$ m long and $5$ m apart. Find the area.", r"\frac{35}{2}"),
]  # fmt: skip

UNKNOWN = [
    "A triangle has the sides $3$, $4$ and $5$. Find the area of its inscribed circle.",
    "A right triangle has the hypotenuse $13$ and a leg $5$. How long is the other leg?",
    "A right triangle has legs $5$, $6$ and $12$. What is the length of the hypotenuse?",
    "The sides of a triangle measure $1$, $2$ and $5$. Find its area.",
    "Triangles $ABC$ and $DEF$ are similar, $AB = 4$, $BC = 6$. Find the length of $EF$.",
    r"In a triangle $ABC$, $AB = 3$, $BC = 4$ and $\angle B = 50^\circ$. Find $AC^2$.",
    r"In a triangle $ABC$, $AB = 3$, $BC = 4$ and $\angle A = 60^\circ$. Find $AC^2$.",
    "The angles of a quadrilateral are in the ratio $1 : 2 : 3 : 4$. How big is the largest angle?",
    "Chords $AB$ and $CD$ meet at $P$ with $PA = 3$ and $PB = 8$. Find the length of $PD$.",
    r"Find the arc length of a sector with radius $6$ and central angle $60^\circ$ and its area.",
    "A circle has radius $5$, and $OP = 3$. Find the length of the tangent segment $PT$.",
    r"Every interior angle of a regular polygon is $100^\circ$. How many sides does it have?",
    "A trapezoid has the parallel sides $3$ and $5$. Find its area.",
    "How many diagonals does a convex polygon have?",
    "Find the area of the blue triangle.",
]


@pytest.mark.parametrize(("text", "answer"), SOLVED)
def test_questions_are_solved(text: str, answer: str) -> None:
    solution = solve_one(text, METHODS)
    assert solution is not None
    assert solution.answer == answer
    assert answer in solution.steps[-1]


@pytest.mark.parametrize("text", UNKNOWN)
def test_other_questions_are_left_alone(text: str) -> None:
    assert solve_one(text, METHODS) is None


@pytest.mark.parametrize("sides", [4, 7, 12])
def test_diagonals_agree_with_counting_pairs(sides: int) -> None:
    pairs = [(a, b) for a, b in itertools.combinations(range(sides), 2) if (b - a) % sides not in (1, sides - 1)]
    solution = solve_one(f"the number of diagonals of a convex polygon with ${sides}$ sides", METHODS)
    assert solution is not None
    assert solution.answer == str(len(pairs))
