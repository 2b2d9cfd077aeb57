"""Questions of discrete mathematics: counting, permutations, binomials and recurrences."""

from __future__ import annotations

from math import comb, factorial, perm, prod

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import one_of, polynomial, signed, stated
from synth_builder.offline.teacher.write.scene import Scene

WORDS = ("LEVEL", "BANANA", "PEPPER", "COFFEE", "LETTER", "TATTOO", "MAMMAL", "COCOA", "PUPPY", "BALLOON", "ARROW")


def product_rule(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Independent choices multiply."""
    n = number or drawn(draw.integer(3, 12))
    a, b = draw.integer(2, 7), draw.integer(2, 7)
    question = one_of(
        draw,
        f"The canteen of the {scene.place(draw)} offers ${n}$ starters, ${a}$ main courses and ${b}$ desserts. A menu "
        "consists of one starter, one main course and one dessert. How many different menus are possible?",
        f"A password consists of one of ${n}$ letters, followed by one of ${a}$ digits and one of ${b}$ signs. How "
        "many different passwords are possible?",
    )
    return Problem(question, f"the value of ${n} \\cdot {a} \\cdot {b}$", n.value * a * b)


def inclusion_exclusion(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Multiples of one of two numbers."""
    n = number or drawn(draw.integer(40, 200))
    a, b = draw.choice(((2, 3), (2, 5), (3, 4), (3, 5), (4, 6), (3, 7), (6, 9), (5, 7)))
    question = one_of(
        draw,
        f"How many integers from $1$ to ${n}$ are divisible by ${a}$ or by ${b}$ (or by both)?",
        f"The lockers at the {scene.place(draw)} are numbered from $1$ to ${n}$. A locker is painted when its number "
        f"is divisible by ${a}$ or by ${b}$ (or by both). How many lockers are painted?",
    )
    value = sum(i % a == 0 or i % b == 0 for i in range(1, n.value + 1))
    return stated(question, f"the number of integers from $1$ to ${n}$ that are divisible by ${a}$ or by ${b}$", value)


def pigeonhole(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The worst case before a repetition is certain."""
    n = number or drawn(draw.integer(2, 12))
    colors = draw.integer(3, 9)
    things = scene.thing(draw)
    question = one_of(
        draw,
        f"A dark storeroom of the {scene.place(draw)} holds many {things} in ${colors}$ colours, with far more than "
        f"${n}$ of each colour. What is the smallest number of {things} that must be taken out without looking to be "
        f"certain that at least ${n}$ of them have the same colour?",
        f"Every visitor of the {scene.place(draw)} chooses one of ${colors}$ guided tours. What is the smallest "
        f"number of visitors that guarantees that at least ${n}$ of them choose the same tour?",
    )
    quantity = f"the smallest number of objects of ${colors}$ colours that guarantees ${n}$ objects of one colour"
    return Problem(question, quantity, colors * (n.value - 1) + 1)


def ordered_selection(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Permutations of some of the objects."""
    n = number or drawn(draw.integer(5, 12))
    places, value = draw.choice((("first and second prize", 2), ("first, second and third prize", 3)))
    question = one_of(
        draw,
        f"In a contest at the {scene.place(draw)} there are ${n}$ participants. The {places} go to different "
        "participants. In how many ways can these prizes be awarded?",
        f"A jury ranks the best of ${n}$ paintings and awards the {places} to different paintings. In how many ways "
        "can the prizes be distributed?",
    )
    quantity = f"the number of ordered selections of ${value}$ different objects out of ${n}$ objects"
    return stated(question, quantity, perm(n.value, value))


def mixed_committee(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A product of two binomial coefficients."""
    n = number or drawn(draw.integer(4, 10))
    b, r, s = draw.integer(4, 8), draw.integer(1, 2), draw.integer(2, 3)
    question = one_of(
        draw,
        f"A club at the {scene.place(draw)} has ${n}$ women and ${b}$ men as members. In how many ways can a "
        f"committee of exactly ${r}$ of the women and exactly ${s}$ of the men be chosen?",
        f"A box holds ${n}$ different red cards and ${b}$ different blue cards. In how many ways can exactly ${r}$ "
        f"red and exactly ${s}$ blue cards be chosen, if the order does not matter?",
    )
    quantity = f"the value of $\\binom{{{n}}}{{{r}}} \\cdot \\binom{{{b}}}{{{s}}}$"
    return stated(question, quantity, comb(n.value, r) * comb(b, s))


def word_arrangements(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Permutations with repeated letters."""
    word = draw.choice(WORDS)
    question = one_of(
        draw,
        f"In how many different ways can all the letters of the word {word} be arranged in a row?",
        f"A sign at the {scene.place(draw)} spells the word {word} with one magnetic letter per character. How many "
        "different strings can be made by rearranging all of its letters?",
    )
    value = factorial(len(word)) // prod(factorial(word.count(letter)) for letter in sorted(set(word)))
    return Problem(question, f"the number of different arrangements of the letters of the word {word}", value)


def round_table(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Circular permutations with two neighbours."""
    n = number or drawn(draw.integer(4, 8))
    question = one_of(
        draw,
        f"A group of ${n}$ people, among them Ada and Emil, sits down at a round table at the {scene.place(draw)}. "
        "Seatings that differ only by a rotation are considered the same. In how many ways can they sit so that Ada "
        "and Emil sit next to each other?",
    )
    quantity = (
        f"the number of seatings, up to rotation, of ${n}$ people at a round table with two given people adjacent"
    )
    return Problem(question, quantity, 2 * factorial(n.value - 2))


def stars_and_bars(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Distributions of identical objects."""
    n = number or drawn(draw.integer(5, 20))
    children = draw.choice((3, 4))
    unknowns = " + ".join(f"x_{i}" for i in range(1, children + 1))
    question = one_of(
        draw,
        f"In how many ways can ${n}$ identical {scene.thing(draw)} be distributed among ${children}$ children, if a "
        "child may also receive none?",
        f"How many solutions does the equation ${unknowns} = {n}$ have in non-negative integers?",
    )
    quantity = f"the number of solutions of ${unknowns} = {n}$ in non-negative integers"
    return Problem(question, quantity, comb(n.value + children - 1, children - 1))


def derangements(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Permutations without a fixed point."""
    n = number or drawn(draw.integer(3, 8))
    hats = (
        f"At the {scene.place(draw)}, ${n}$ guests hand in one hat each. Later every guest gets one of these hats "
        "back. In how many ways can the hats be returned so that no guest gets their own hat?"
    )
    question = one_of(draw, hats, f"How many permutations of the set $\\{{1, 2, \\ldots, {n}\\}}$ have no fixed point?")
    if number is None and n.value < 5:
        question = hats  # so short a set would not be written with dots
    before, value = 1, 0
    for i in range(2, n.value + 1):
        before, value = value, (i - 1) * (value + before)
    return Problem(question, f"the number of derangements of ${n}$ objects", value)


def lattice_paths(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Words of steps to the right and upwards."""
    n = number or drawn(draw.integer(3, 8))
    up = draw.integer(2, 5)
    question = one_of(
        draw,
        f"How many lattice paths from $(0, 0)$ to $({n}, {up})$ consist only of unit steps to the right and unit "
        "steps upwards?",
        f"In a city with a square street grid, the {scene.place(draw)} lies exactly ${n}$ blocks east and ${up}$ "
        "blocks north of the station. How many shortest routes along the streets lead from the station to it?",
    )
    quantity = f"the number of lattice paths from $(0, 0)$ to $({n}, {up})$ with unit steps to the right and upwards"
    return Problem(question, quantity, comb(n.value + up, up))


def binomial_coefficient_of_power(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """One coefficient of a power of a binomial."""
    n = number or drawn(draw.integer(4, 10))
    a, r = draw.integer(2, 4), draw.choice((2, 3))
    power = f"(1 + {a}x)^{{{n}}}"
    question = one_of(
        draw,
        f"Find the coefficient of $x^{r}$ in the expansion of ${power}$.",
        f"The power ${power}$ is expanded by the binomial theorem. What is the coefficient of $x^{r}$?",
    )
    return stated(question, f"the coefficient of $x^{r}$ in the expansion of ${power}$", comb(n.value, r) * a**r)


def constant_term(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The term of a binomial expansion without the variable."""
    n = number or drawn(draw.integer(1, 3))
    exponent = draw.choice((3, 6))
    power = f"\\left(x^2 + \\frac{{{n}}}{{x}}\\right)^{exponent}"
    question = one_of(
        draw,
        f"Find the constant term in the expansion of ${power}$.",
        f"The expression ${power}$ is expanded for $x \\ne 0$. Which term of the expansion does not depend on $x$?",
    )
    value = comb(exponent, exponent // 3) * n.value ** (2 * exponent // 3)
    return Problem(question, f"the constant term in the expansion of ${power}$", value)


def sum_of_coefficients(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The value of a polynomial at one."""
    n = number or drawn(draw.integer(2, 7))
    a, exponent = draw.integer(2, 5), draw.choice((2, 3, 4))
    power = f"({a}x + {n})^{exponent}"
    question = one_of(
        draw,
        f"Find the sum of all coefficients of the polynomial that results from expanding ${power}$.",
        f"The power ${power}$ is expanded to a polynomial in $x$. What is the sum of all its coefficients, including "
        "the constant term?",
    )
    return Problem(question, f"the sum of all coefficients in the expansion of ${power}$", (a + n.value) ** exponent)


def first_order_recurrence(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A sequence computed step by step."""
    n = number or drawn(draw.integer(1, 12))
    p, q, index = draw.choice((2, 3)), draw.integer(-1, 5) or 2, draw.integer(3, 5)
    rule = f"$a_1 = {n}$ and $a_{{n+1}} = {p}a_n {signed(q)}$ for $n \\ge 1$"
    question = one_of(
        draw,
        f"A sequence is defined by {rule}. Find $a_{index}$.",
        f"A count at the {scene.place(draw)} follows the recurrence relation {rule}, where $a_n$ is the count on day "
        f"$n$. Determine $a_{index}$.",
    )
    value = n.value
    for _ in range(index - 1):
        value = p * value + q
    return stated(question, f"the term $a_{index}$ of the sequence with {rule}", value)


def second_order_recurrence(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The characteristic equation of a linear recurrence."""
    n = number or drawn(draw.integer(3, 12))
    r, s = draw.choice(((1, 2), (2, 3), (1, 3), (-1, 2), (-1, 3)))
    start, index = draw.integer(1, 3), draw.integer(4, 6)
    step = (
        f"a_{{n+2}} = {polynomial((r + s, 0), 'a_{n+1}')} {'-' if r > 0 else '+'} {polynomial((abs(r * s), 0), 'a_n')}"
    )
    rule = f"$a_0 = {start}$, $a_1 = {n}$ and ${step}$ for $n \\ge 0$"
    question = one_of(
        draw,
        f"A sequence is defined by {rule}. Find $a_{index}$.",
        f"Consider the linear recurrence relation with {rule}. Solve its characteristic equation and determine "
        f"$a_{index}$.",
    )
    before, value = start, n.value
    for _ in range(index - 1):
        before, value = value, (r + s) * value - r * s * before
    return stated(question, f"the term $a_{index}$ of the sequence with {rule}", value)


def climbing_stairs(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The Fibonacci recurrence."""
    n = number or drawn(draw.integer(4, 12))
    question = one_of(
        draw,
        f"A staircase at the {scene.place(draw)} has ${n}$ steps. A child climbs it by taking $1$ or $2$ steps at a "
        "time. In how many different ways can the child climb the staircase?",
        f"In how many ways can a strip of size $1 \\times {n}$ be covered completely, without overlaps, by tiles of "
        "size $1 \\times 1$ and tiles of size $1 \\times 2$?",
    )
    before, value = 1, 1
    for _ in range(n.value - 1):
        before, value = value, before + value
    quantity = f"the number of ways to write ${n}$ as an ordered sum of ones and twos"
    return Problem(question, quantity, value)


COUNTING, COMBINE, BINOMIAL = "counting principles", "permutations and combinations", "binomial theorem"
RECURRENCE = "recurrence relations"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("product_rule", COUNTING,
           ("multiplication principle", "independent choices", "product", "tree diagram", "enumeration"),
           "middle_school", product_rule, range(2, 100)),
    Family("inclusion_exclusion", COUNTING,
           ("inclusion-exclusion principle", "floor function", "least common multiple", "common multiple",
            "divisibility", "overcounting"),
           "high_school", inclusion_exclusion, range(2, 400)),
    Family("pigeonhole", COUNTING, ("pigeonhole principle", "worst case", "extremal argument"),
           "competition", pigeonhole, range(2, 100)),
    Family("ordered_selection", COMBINE,
           ("permutation", "factorial", "multiplication principle", "k-permutation", "selection without replacement"),
           "high_school", ordered_selection, range(3, 100)),
    Family("mixed_committee", COMBINE,
           ("combination", "binomial coefficient", "multiplication principle", "selection without replacement",
            "combinatorics"),
           "high_school", mixed_committee, range(2, 60)),
    Family("word_arrangements", COMBINE,
           ("permutation with repetition", "multinomial coefficient", "factorial", "arrangements of letters",
            "permutation", "overcounting"),
           "high_school", word_arrangements),
    Family("round_table", COMBINE, ("circular permutation", "factorial", "symmetry", "permutation", "combinatorics"),
           "competition", round_table, range(4, 12)),
    Family("stars_and_bars", COMBINE,
           ("stars and bars", "binomial coefficient", "non-negative integer solution", "combination with repetition",
            "distribution of identical objects", "combinatorics"),
           "competition", stars_and_bars, range(2, 60)),
    Family("derangements", COMBINE,
           ("derangement", "fixed point", "inclusion-exclusion principle", "permutation", "combinatorics"),
           "competition", derangements, range(3, 12)),
    Family("lattice_paths", COMBINE,
           ("lattice path", "combination", "binomial coefficient", "lattice point", "combinatorics"),
           "competition", lattice_paths, range(2, 40)),
    Family("binomial_coefficient_of_power", BINOMIAL,
           ("binomial theorem", "binomial coefficient", "coefficient", "binomial expansion",
            "coefficient extraction", "binomial"),
           "high_school", binomial_coefficient_of_power, range(3, 60)),
    Family("constant_term", BINOMIAL,
           ("binomial theorem", "constant term", "general term", "constant term of an expansion",
            "binomial expansion", "binomial"),
           "high_school", constant_term, range(2, 20)),
    Family("sum_of_coefficients", BINOMIAL,
           ("sum of coefficients", "binomial theorem", "polynomial evaluation", "binomial expansion", "polynomial",
            "binomial"),
           "competition", sum_of_coefficients, range(2, 60)),
    Family("first_order_recurrence", RECURRENCE,
           ("recurrence relation", "initial value", "iteration", "first-order recurrence", "recursive formula",
            "sequence", "term of a sequence", "initial condition", "difference equation"),
           "high_school", first_order_recurrence, range(2, 200)),
    Family("second_order_recurrence", RECURRENCE,
           ("linear recurrence", "characteristic equation", "initial value", "second-order recurrence",
            "homogeneous recurrence", "characteristic equation of a recurrence", "closed form", "initial condition",
            "general solution"),
           "college", second_order_recurrence, range(2, 100)),
    Family("climbing_stairs", RECURRENCE, ("fibonacci number", "recurrence relation", "tiling", "combinatorics"),
           "competition", climbing_stairs, range(3, 40)),
)
# fmt: on
