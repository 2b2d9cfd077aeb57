"""The families of geometry, linear algebra, calculus and probability write regular, solvable and linkable questions."""

import re

import pytest

from synth_builder.offline.teacher.write import (
    analysis,
    calculus,
    coordinates,
    geometry,
    integration,
    linear_algebra,
    multivariable,
    probability,
    series,
    solids,
    statistics,
    topology,
    trigonometry,
    vector_spaces,
)
from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import fraction, matrix, polynomial, stated, times
from synth_builder.offline.teacher.write.scene import Scene

MODULES = (
    *(analysis, calculus, coordinates, geometry, integration, linear_algebra, multivariable),
    *(probability, series, solids, statistics, topology, trigonometry, vector_spaces),
)
FAMILIES: list[Family] = [family for module in MODULES for family in module.FAMILIES]
LINKABLE = [family for family in FAMILIES if len(family.takes)]
SCENE = Scene(things=("tickets", "tiles"), places=("bakery", "library"))
LEVELS = {"elementary", "middle_school", "high_school", "college", "grad_school", "competition"}
# fmt: off
TOPICS = {
    "triangles", "circles", "polygons and area", "solid geometry", "coordinate geometry", "conic sections",
    "trigonometric functions", "trigonometric identities and equations", "vectors", "matrices", "determinants",
    "eigenvalues and eigenvectors", "vector spaces", "complex numbers", "limits and continuity", "derivatives",
    "applications of derivatives", "integrals", "applications of integration", "infinite series",
    "differential equations", "multivariable calculus", "probability", "conditional probability", "random variables",
    "probability distributions", "descriptive statistics", "statistical inference", "real analysis", "topology",
    "measure and integration", "numerical methods",
}
# fmt: on
families = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
linkable = pytest.mark.parametrize("family", LINKABLE, ids=lambda family: family.name)


def write(family: Family, index: int, number: Number | None = None) -> Problem:
    return family.write(Draw(f"{family.name}/{index}"), SCENE, number)


def letters_in_math(text: str) -> str:
    """The mathematics of a question without LaTeX commands and words set as text."""
    math = " ".join(re.findall(r"\$([^$]*)\$", text))
    return re.sub(r"\\operatorname\{\w+\}|\\text\{[^}]*\}|\\(?:begin|end)\{\w+\}|\\[A-Za-z]+", " ", math)


def test_names_are_unique_and_every_topic_has_two_families() -> None:
    names = [family.name for family in FAMILIES]
    assert len(names) == len(set(names))
    topics = [family.topic for family in FAMILIES]
    assert set(topics) == TOPICS
    assert min(topics.count(topic) for topic in TOPICS) >= 2


def test_most_families_have_a_result_to_link_and_half_take_one() -> None:
    stating = [family for family in FAMILIES if sum(bool(write(family, i).quantity) for i in range(10)) >= 5]
    assert len(stating) >= 0.6 * len(FAMILIES)
    assert len(LINKABLE) >= 0.5 * len(FAMILIES)


@families
def test_a_family_is_described_by_concepts_and_a_level(family: Family) -> None:
    assert 3 <= len(family.concepts) <= 12
    assert all(concept == concept.lower() for concept in family.concepts)
    assert family.level in LEVELS


@families
def test_fifty_draws_give_well_formed_questions(family: Family) -> None:
    for index in range(50):
        problem = write(family, index)
        for text in (problem.question, problem.quantity):
            assert "None" not in text
            assert "  " not in text
            assert text.count("$") % 2 == 0
            assert text.count("{") == text.count("}")
            assert not re.search(r"\+ -|- -|\+ \+|\b1x", text)
            assert not re.search(r"(?<![A-Za-z])[km](?![A-Za-z])", letters_in_math(text))
        assert problem.question.endswith((".", "?", "$"))
        assert re.search(r"\?|\bFind\b|\bfind\b|\bWrite\b|\bgive\b|\bGive\b", problem.question)
        assert 10 <= len(problem.question.split()) <= 110
        assert (problem.value > 0) == bool(problem.quantity)


@families
def test_the_same_draw_gives_the_same_problem_and_others_differ(family: Family) -> None:
    assert write(family, 3) == write(family, 3)
    assert len({write(family, index).question for index in range(50)}) >= 10


@linkable
def test_a_linked_number_stands_alone_and_its_value_stays_hidden(family: Family) -> None:
    values = list(family.takes)
    for index in range(30):
        value = values[index * (len(values) - 1) // 29]
        problem = write(family, index, Number(value, "k"))
        math = letters_in_math(problem.question)
        assert re.search(r"(?<![A-Za-z0-9])k(?![A-Za-z0-9])", math)
        assert not re.search(r"[0-9A-Za-z]k|k[0-9A-Za-z]", math)
        assert not problem.quantity or problem.value > 0


@linkable
def test_the_text_does_not_depend_on_the_value_of_a_linked_number(family: Family) -> None:
    for index in range(5):
        questions = {write(family, index, Number(value, "k")).question for value in (family.takes[0], family.takes[-1])}
        assert len(questions) == 1


@linkable
def test_the_result_of_a_linked_number_is_that_of_its_digits(family: Family) -> None:
    value = family.takes[len(family.takes) // 2]
    for index in range(5):
        symbol, digits = write(family, index, Number(value, "k")), write(family, index, drawn(value))
        assert symbol.value == digits.value


def test_notation_is_canonical() -> None:
    assert polynomial([3, -5, 0, 7]) == "3x^3 - 5x^2 + 7"
    assert polynomial([-1, 1, -1], "t") == "-t^2 + t - 1"
    assert polynomial([0, 0]) == "0"
    assert fraction(-6, 4) == "-\\frac{3}{2}"
    assert fraction(6, 3) == "2"
    assert matrix(((1, 2), (3, "t"))) == "\\begin{pmatrix} 1 & 2 \\\\ 3 & t \\end{pmatrix}"


def test_a_multiple_is_computed_only_where_the_number_was_drawn() -> None:
    assert times(3, drawn(7)) == "21"
    assert times(3, Number(7, "k")) == "3 \\cdot k"
    assert times(1, Number(7, "k")) == "k"


def test_only_positive_integers_can_be_linked() -> None:
    assert stated("Find it.", "the number", 4) == Problem("Find it.", "the number", 4)
    assert stated("Find it.", "the number", -4) == Problem("Find it.")
