"""Questions on sets, logic and finite algebraic structures: groups, rings, maps and categories."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import comb, gcd, lcm, prod

from synth_builder.offline.teacher.write.family import Draw, Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import one_of, stated
from synth_builder.offline.teacher.write.numbers import composite, divisors, prime_factors, totient
from synth_builder.offline.teacher.write.scene import Scene

# Formulas in LaTeX beside the same formula in Python.
FORMULAS: tuple[tuple[str, Callable[[bool, bool, bool], bool]], ...] = (
    ("(p \\land q) \\lor r", lambda p, q, r: (p and q) or r),
    ("(p \\lor q) \\land r", lambda p, q, r: (p or q) and r),
    ("(p \\to q) \\land r", lambda p, q, r: (not p or q) and r),
    ("(p \\to q) \\land (q \\to r)", lambda p, q, r: (not p or q) and (not q or r)),
    ("(p \\lor q) \\to r", lambda p, q, r: not (p or q) or r),
    ("\\neg p \\lor (q \\land r)", lambda p, q, r: not p or (q and r)),
    ("(p \\leftrightarrow q) \\lor r", lambda p, q, r: p == q or r),
    ("(p \\land \\neg q) \\lor (q \\land r)", lambda p, q, r: (p and not q) or (q and r)),
)


def survey_neither(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Two sets in a universe."""
    n = number or drawn(draw.integer(5, 20))
    a, b = draw.integer(25, 50), draw.integer(25, 50)
    total = a + b + draw.integer(5, 30)
    question = one_of(
        draw,
        f"Of ${total}$ visitors of the {scene.place(draw)}, ${a}$ like tea, ${b}$ like coffee, and exactly "
        f"${n}$ like both. "
        "How many of the visitors like neither tea nor coffee?",
        f"A finite universal set has ${total}$ elements. Its subsets $A$ and $B$ have ${a}$ and ${b}$ elements, and "
        f"$A \\cap B$ has ${n}$ elements. How many elements belong to neither $A$ nor $B$?",
    )
    return Problem(question, f"the value of ${total} - ({a} + {b} - {n})$", total - a - b + n.value)


def count_subsets(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The power set without the empty and the one-element subsets."""
    n = number or drawn(draw.integer(4, 10))
    question = one_of(
        draw,
        f"How many subsets with at least two elements does a set with ${n}$ elements have?",
        f"The {scene.place(draw)} has ${n}$ different lamps, and each of them is either on or off. In how many "
        "ways can at "
        "least two of the lamps be on?",
    )
    quantity = f"the number of subsets with at least two elements of a set with ${n}$ elements"
    return Problem(question, quantity, 2**n.value - n.value - 1)


def symmetric_relations(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Free choices that determine a relation."""
    n = number or drawn(draw.integer(3, 12))
    question = one_of(
        draw,
        f"How many symmetric relations are there on a set with ${n}$ elements? Give the result as a power of $2$.",
        f"A relation $R$ on a set with ${n}$ elements is called symmetric when $(a, b) \\in R$ implies $(b, a) "
        "\\in R$. "
        "Find the number of symmetric relations as a power of $2$.",
    )
    return Problem(question)


def satisfying_rows(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A truth table with three variables."""
    text, formula = draw.choice(FORMULAS)
    question = one_of(
        draw,
        f"Consider the propositional formula ${text}$ in the variables $p$, $q$ and $r$. In how many of the $8$ "
        "rows of its "
        "truth table is the formula true?",
        f"For how many of the $8$ assignments of truth values to $p$, $q$ and $r$ is the formula ${text}$ true?",
    )
    value = sum(bool(formula(p, q, r)) for p, q, r in product((False, True), repeat=3))
    return Problem(question, f"the number of assignments of truth values to $p$, $q$, $r$ that satisfy ${text}$", value)


def element_order(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The order of a residue in an additive cyclic group."""
    n = number or drawn(composite(draw))
    a = draw.choice((4, 6, 8, 9, 10, 12, 14, 15, 18, 20))
    question = one_of(
        draw,
        f"Find the order of the residue class of ${a}$ in the additive group $\\mathbb{{Z}}/{n}\\mathbb{{Z}}$.",
        f"In the cyclic group $\\mathbb{{Z}}/{n}\\mathbb{{Z}}$ under addition, how many elements does the "
        "subgroup generated "
        f"by the residue class of ${a}$ have?",
    )
    quantity = f"the order of the residue class of ${a}$ in the additive group $\\mathbb{{Z}}/{n}\\mathbb{{Z}}$"
    return Problem(question, quantity, n.value // gcd(n.value, a))


def cyclic_subgroups(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """One subgroup for every divisor of the order."""
    n = number or drawn(composite(draw))
    question = one_of(
        draw,
        f"How many subgroups does a cyclic group of order ${n}$ have?",
        f"The rotations of a regular polygon with ${n}$ sides form a cyclic group of order ${n}$. How many "
        "subgroups does "
        "this group have?",
    )
    return Problem(question, f"the number of subgroups of a cyclic group of order ${n}$", len(divisors(n.value)))


def group_homomorphisms(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Homomorphisms between finite cyclic groups."""
    n = number or drawn(composite(draw))
    b = draw.choice((8, 12, 15, 16, 18, 20, 24, 30, 36))
    groups = f"from $\\mathbb{{Z}}/{n}\\mathbb{{Z}}$ to $\\mathbb{{Z}}/{b}\\mathbb{{Z}}$"
    question = one_of(
        draw,
        f"How many group homomorphisms are there {groups}, where both are groups under addition?",
        f"Determine the number of homomorphisms of additive groups {groups}.",
    )
    return Problem(question, f"the number of homomorphisms of additive groups {groups}", gcd(n.value, b))


def permutation_order(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The least common multiple of the cycle lengths."""
    lengths = draw.choice(((2, 3), (3, 4), (2, 5), (3, 5), (4, 5), (4, 6), (2, 4), (3, 6), (2, 3, 4), (2, 3, 5)))
    entries = iter(range(1, 20))
    cycles = "".join("(" + "\\ ".join(str(next(entries)) for _ in range(length)) + ")" for length in lengths)
    degree = sum(lengths)
    question = one_of(
        draw,
        f"Find the order of the permutation ${cycles}$ in the symmetric group $S_{{{degree}}}$.",
        f"A card trick permutes ${degree}$ cards according to the permutation ${cycles}$, written in disjoint "
        "cycles. What "
        "is the smallest positive number of repetitions after which all cards are back in their original places?",
    )
    return Problem(question, f"the order of the permutation ${cycles}$", lcm(*lengths))


def ring_units(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The units of a residue ring."""
    n = number or drawn(composite(draw))
    question = one_of(
        draw,
        f"How many units does the ring $\\mathbb{{Z}}/{n}\\mathbb{{Z}}$ have?",
        f"Determine the order of the multiplicative group of units of the ring $\\mathbb{{Z}}/{n}\\mathbb{{Z}}$.",
    )
    return Problem(question, f"the number of units of the ring $\\mathbb{{Z}}/{n}\\mathbb{{Z}}$", totient(n.value))


def irreducible_quadratics(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """All monic quadratics without those that split."""
    p = draw.choice((3, 5, 7, 11, 13))
    question = one_of(
        draw,
        f"How many monic irreducible polynomials of degree $2$ are there over the finite field with ${p}$ elements?",
        f"Let $F$ be the finite field with ${p}$ elements. How many polynomials $x^2 + ax + b$ with $a, b \\in "
        "F$ are "
        "irreducible over $F$?",
    )
    quantity = f"the number of monic irreducible polynomials of degree $2$ over the finite field with ${p}$ elements"
    return Problem(question, quantity, (p * p - p) // 2)


def quotient_ideals(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Ideals of a quotient ring of the integers."""
    n = number or drawn(composite(draw))
    question = one_of(
        draw,
        f"How many ideals does the ring $\\mathbb{{Z}}/{n}\\mathbb{{Z}}$ have? Count the zero ideal and the "
        "whole ring.",
        f"How many ideals of $\\mathbb{{Z}}$ contain the ideal generated by ${n}$? Count the ideal generated by "
        f"${n}$ and "
        "$\\mathbb{Z}$ itself.",
    )
    return Problem(
        question, f"the number of ideals of the ring $\\mathbb{{Z}}/{n}\\mathbb{{Z}}$", len(divisors(n.value))
    )


def nilpotent_elements(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The nilradical of a residue ring."""
    n = number or drawn(composite(draw))
    question = one_of(
        draw,
        f"How many nilpotent elements, including zero, does the ring $\\mathbb{{Z}}/{n}\\mathbb{{Z}}$ have?",
        f"Determine the number of elements of the nilradical of the ring $\\mathbb{{Z}}/{n}\\mathbb{{Z}}$.",
    )
    quantity = f"the number of nilpotent elements of the ring $\\mathbb{{Z}}/{n}\\mathbb{{Z}}$"
    return Problem(question, quantity, n.value // prod(prime_factors(n.value)))


def count_surjections(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Epimorphisms of finite sets, by inclusion and exclusion."""
    n = number or drawn(draw.integer(3, 7))
    size = draw.choice((2, 3))
    question = one_of(
        draw,
        f"In the category of sets, how many epimorphisms are there from a set with ${n}$ elements to a set with "
        f"${size}$ "
        "elements?",
        f"How many surjective functions are there from a set with ${n}$ elements onto a set with ${size}$ elements?",
    )
    quantity = f"the number of surjective functions from a set with ${n}$ elements onto a set with ${size}$ elements"
    value = sum((-1) ** i * comb(size, i) * (size - i) ** n.value for i in range(size + 1))
    return stated(question, quantity, value)


def functors_of_chains(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Functors between finite chains are monotone maps."""
    n = number or drawn(draw.integer(2, 6))
    size = draw.choice((2, 3, 4))
    question = one_of(
        draw,
        "Regard every totally ordered set as a category with exactly one morphism $x \\to y$ whenever $x \\le "
        "y$. How many "
        f"functors are there from a totally ordered set with ${size}$ elements to a totally ordered set with "
        f"${n}$ elements?",
        f"How many order-preserving functions are there from a totally ordered set with ${size}$ elements to a "
        "totally "
        f"ordered set with ${n}$ elements? (These functions are the functors between the corresponding categories.)",
    )
    quantity = (
        f"the number of order-preserving functions from a chain with ${size}$ elements to a chain with ${n}$ elements"
    )
    return Problem(question, quantity, comb(n.value + size - 1, size))


SETS, GROUPS, RINGS = "sets and relations", "group theory", "rings and fields"
# Two lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("survey_neither", SETS, ("venn diagram", "inclusion-exclusion principle", "complement of a set"),
           "middle_school", survey_neither, range(2, 25)),
    Family("count_subsets", SETS, ("subset", "power set", "complementary counting"),
           "high_school", count_subsets, range(2, 30)),
    Family("symmetric_relations", SETS, ("symmetric relation", "binary relation", "multiplication principle"),
           "college", symmetric_relations, range(2, 60)),
    Family("satisfying_rows", "logic and proof", ("truth table", "propositional logic", "logical connective"),
           "college", satisfying_rows),
    Family("element_order", GROUPS, ("order of an element", "cyclic group", "greatest common divisor"),
           "college", element_order, range(2, 400)),
    Family("cyclic_subgroups", GROUPS, ("subgroup", "cyclic group", "lagrange's theorem"),
           "college", cyclic_subgroups, range(3, 400)),
    Family("group_homomorphisms", GROUPS, ("group homomorphism", "cyclic group", "greatest common divisor"),
           "college", group_homomorphisms, range(2, 400)),
    Family("permutation_order", GROUPS, ("symmetric group", "cycle decomposition", "least common multiple"),
           "college", permutation_order),
    Family("ring_units", RINGS, ("unit of a ring", "residue ring", "euler's totient function"),
           "college", ring_units, range(2, 400)),
    Family("irreducible_quadratics", RINGS, ("irreducible polynomial", "finite field", "monic polynomial"),
           "grad_school", irreducible_quadratics),
    Family("quotient_ideals", "commutative algebra", ("ideal", "quotient ring", "correspondence theorem"),
           "grad_school", quotient_ideals, range(2, 400)),
    Family("nilpotent_elements", "commutative algebra", ("nilpotent element", "nilradical", "residue ring"),
           "grad_school", nilpotent_elements, range(2, 400)),
    Family("count_surjections", "category theory", ("epimorphism", "surjective function", "category of sets"),
           "grad_school", count_surjections, range(3, 12)),
    Family("functors_of_chains", "category theory", ("functor", "poset category", "order-preserving function"),
           "grad_school", functors_of_chains, range(2, 60)),
)
# fmt: on
