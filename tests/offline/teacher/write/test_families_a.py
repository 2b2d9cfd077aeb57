import re

import pytest

from synth_builder.offline.teacher.write import (
    algebra,
    arithmetic,
    discrete,
    functions,
    graphs,
    inequalities,
    number_bases,
    numbers,
    structures,
)
from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number
from synth_builder.offline.teacher.write.scene import Scene

FAMILIES: tuple[Family, ...] = tuple(
    family
    for area in (arithmetic, algebra, inequalities, functions, numbers, number_bases, discrete, graphs, structures)
    for family in area.FAMILIES
)
TOPICS = set(
    re.split(
        "; ",
        "arithmetic of whole numbers; fractions and decimals; ratio and proportion; percentages; "
        "financial mathematics; measurement and units; "
        "exponents and radicals; linear equations; systems of linear equations; inequalities; "
        "quadratic equations; polynomials; rational expressions; functions and graphs; "
        "exponential and logarithmic functions; sequences and series; divisibility and primes; modular arithmetic; "
        "diophantine equations; number systems; counting principles; permutations and combinations; binomial theorem; "
        "recurrence relations; graph theory; sets and relations; logic and proof; group theory; rings and fields; "
        "linear programming; category theory; commutative algebra",
    )
)
LEVELS = {"elementary", "middle_school", "high_school", "college", "grad_school", "competition"}
SCENE = Scene.from_documents(["The orchard sells apples, lemons and knives to the museum."])
RESERVED = re.compile(r"(?<![A-Za-z\\])[km](?![A-Za-z])")
CLUMSY = ("None", "+ -", "- -", "+ 0", "- 0", "{{", "}}}}", "$$")

each_family = pytest.mark.parametrize("family", FAMILIES, ids=[family.name for family in FAMILIES])


def family_of(name: str) -> Family:
    return next(family for family in FAMILIES if family.name == name)


@each_family
def test_every_draw_is_a_clean_question(family: Family) -> None:
    for seed in range(50):
        problem = family.write(Draw(f"{family.name} {seed}"), SCENE, None)
        text = f"{problem.question} {problem.quantity}"
        assert problem.question[-1] in ".?)"
        assert not RESERVED.search(text), text
        assert not [sign for sign in CLUMSY if sign in text], text
        assert text.count("$") % 2 == 0
        assert text.count("{") == text.count("}")
        assert not re.search(r"(?<![\d.])1x", text), text
        assert (problem.value > 0) == bool(problem.quantity)
        assert len(problem.question.split()) <= 90


@each_family
def test_the_same_key_writes_the_same_problem(family: Family) -> None:
    assert family.write(Draw("key"), SCENE, None) == family.write(Draw("key"), SCENE, None)


@each_family
def test_different_keys_write_different_problems(family: Family) -> None:
    assert len({family.write(Draw(str(seed)), SCENE, None).question for seed in range(50)}) > 5


@each_family
def test_a_linked_number_is_named_by_its_symbol_alone(family: Family) -> None:
    for position, value in enumerate(family.takes[:: max(1, len(family.takes) // 20)]):
        linked = family.write(Draw(f"link {position}"), SCENE, Number(value, "k"))
        assert RESERVED.search(linked.question), linked.question
        formulas = re.sub(r"\\[a-z]+", " ", " ".join(re.findall(r"\$[^$]*\$", linked.question)))
        assert not re.search(r"[A-Za-z0-9]k|k[A-Za-z0-9]", formulas), linked.question
        assert not linked.quantity or RESERVED.search(linked.quantity)
        assert (linked.value > 0) == bool(linked.quantity)
        # Nothing but the symbol may depend on the value: another value gives the same text.
        for other in (family.takes[0], family.takes[-1]):
            again = family.write(Draw(f"link {position}"), SCENE, Number(other, "k"))
            assert again.question == linked.question


def test_names_and_topics_and_concepts_are_in_order() -> None:
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)
    assert {family.topic for family in FAMILIES} == TOPICS
    for family in FAMILIES:
        assert family.level in LEVELS
        assert 3 <= len(set(family.concepts)) == len(family.concepts) <= 12
        assert all(concept == concept.lower() for concept in family.concepts)


def test_most_families_can_be_linked() -> None:
    drawn = [family.write(Draw("link"), SCENE, None) for family in FAMILIES]
    assert sum(bool(problem.quantity) for problem in drawn) >= 0.6 * len(FAMILIES)
    assert sum(bool(family.takes) for family in FAMILIES) >= 0.5 * len(FAMILIES)


@pytest.mark.parametrize(
    ("name", "linked", "value"),
    [
        ("count_divisors", 60, 12),
        ("euler_totient", 36, 12),
        ("sum_divisors", 28, 56),
        ("derangements", 5, 44),
        ("climbing_stairs", 5, 8),
        ("complete_graph_edges", 6, 15),
        ("cyclic_subgroups", 12, 6),
        ("nilpotent_elements", 72, 12),
        ("reciprocal_sum", 3, 7),
        ("count_subsets", 4, 11),
        ("round_table", 5, 12),
    ],
)
def test_values_agree_with_known_results(name: str, linked: int, value: int) -> None:
    assert family_of(name).write(Draw("value"), SCENE, Number(linked, "k")).value == value
