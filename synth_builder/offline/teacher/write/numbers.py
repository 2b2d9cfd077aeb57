"""Questions on integers: divisibility and primes, congruences and diophantine equations."""

from __future__ import annotations

from math import factorial, gcd, lcm, prod

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import one_of, stated
from synth_builder.offline.teacher.write.scene import Scene

SMALL_PRIMES = (5, 7, 11, 13, 17, 19, 23)
LARGE_PRIMES = (61, 67, 71, 73, 79, 83, 89, 97)


def divisors(n: int) -> list[int]:
    """The positive divisors of `n`, rising."""
    return [d for d in range(1, n + 1) if n % d == 0]


def totient(n: int) -> int:
    """How many of 1..n are coprime to `n`."""
    return sum(gcd(i, n) == 1 for i in range(1, n + 1))


def prime_factors(n: int) -> list[int]:
    """The different primes that divide `n`, rising."""
    return [d for d in divisors(n) if d > 1 and len(divisors(d)) == 2]


def composite(draw: Draw) -> int:
    """A product of small prime powers with many divisors, at most 720."""
    return draw.choice(
        (24, 36, 48, 60, 72, 84, 90, 96, 108, 120, 126, 140, 144, 150, 168, 180, 200, 210, 240, 252, 300)
    )


def greatest_common_divisor(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Euclid's algorithm for two integers."""
    common = draw.choice((4, 6, 8, 9, 12, 14, 15, 18))
    first_part, second_part = draw.choice([(a, b) for a in range(2, 12) for b in range(3, 10) if gcd(a, b) == 1])
    other = common * second_part
    n = number or drawn(common * first_part)
    first, second = draw.sample(scene.things, 2) if len(scene.things) > 1 else (scene.thing(draw), "labels")
    question = one_of(
        draw,
        f"The {scene.place(draw)} has ${n}$ {first} and ${other}$ {second}. All of them are to be put into "
        f"identical gift packs, with none left over, so that every pack has the same number of {first} and the same "
        f"number of {second}. What is the greatest possible number of gift packs?",
        f"Two ropes have lengths of ${n}$ metres and ${other}$ metres. Both are to be cut into pieces that all have "
        "the same whole number of metres, with nothing left over. What is the greatest possible length of a piece, "
        "in metres?",
        f"Use the Euclidean algorithm to find the greatest common divisor of ${n}$ and ${other}$.",
    )
    return Problem(question, f"the greatest common divisor of ${n}$ and ${other}$", gcd(n.value, other))


def least_common_multiple(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The least common multiple of two integers."""
    other = draw.choice((4, 6, 8, 9, 10, 12, 14, 15, 16, 18, 20))
    n = number or drawn(draw.choice([n for n in (4, 6, 8, 9, 10, 12, 14, 15) if other % n and n % other]))
    question = one_of(
        draw,
        f"At the {scene.place(draw)}, one bell rings every ${n}$ minutes and another bell rings every ${other}$ "
        "minutes. Both bells ring together at noon. After how many minutes do they next ring together?",
        f"A row of lamps is numbered from $1$ upwards. Every lamp whose number is a multiple of ${n}$ is red, and "
        f"every lamp whose number is a multiple of ${other}$ has a flag. What is the number of the first red lamp "
        "with a flag?",
        f"Find the least common multiple of ${n}$ and ${other}$.",
    )
    return Problem(question, f"the least common multiple of ${n}$ and ${other}$", lcm(n.value, other))


def count_divisors(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The number of divisors from the prime factorization."""
    n = number or drawn(composite(draw))
    things = scene.thing(draw)
    question = one_of(
        draw,
        f"A worker at the {scene.place(draw)} wants to arrange exactly ${n}$ {things} in equal rows, with every row "
        "full. The number of rows may be any positive integer for which this works. How many different numbers of "
        "rows are possible?",
        f"How many positive divisors does the integer ${n}$ have? Count $1$ and the integer itself.",
    )
    return Problem(question, f"the number of positive divisors of ${n}$", len(divisors(n.value)))


def sum_divisors(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The sum of divisors from the prime factorization."""
    n = number or drawn(draw.choice((12, 18, 20, 28, 30, 36, 40, 45, 48, 54, 60, 72)))
    question = one_of(
        draw,
        "Let $\\sigma(n)$ denote the sum of all positive divisors of a positive integer $n$, including $1$ and "
        f"$n$. Evaluate $\\sigma({n})$.",
        f"Find the sum of all positive divisors of ${n}$, including $1$ and the integer itself.",
    )
    return Problem(question, f"the sum of all positive divisors of ${n}$", sum(divisors(n.value)))


def euler_totient(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Euler's totient from the prime factorization."""
    n = number or drawn(composite(draw))
    question = one_of(
        draw,
        "Let $\\varphi$ denote Euler's totient function, which counts the integers from $1$ to $n$ that are "
        f"relatively prime to $n$. Evaluate $\\varphi({n})$.",
        f"How many integers from $1$ to ${n}$ are relatively prime to ${n}$?",
        f"Consider the fractions with denominator ${n}$ whose numerator is one of the integers $1, 2, \\ldots, "
        f"{n}$. How many of these fractions are in lowest terms?",
    )
    return Problem(question, f"the number of integers from $1$ to ${n}$ relatively prime to ${n}$", totient(n.value))


def largest_prime_factor(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Trial division."""
    n = number or drawn(prod(draw.sample((2, 3, 5, 7, 11, 13, 17, 19, 23), 3)))
    question = one_of(
        draw,
        f"Write ${n}$ as a product of primes. What is the largest prime factor of ${n}$?",
        f"A secret code is the largest prime number that divides ${n}$. Determine this prime number.",
    )
    return Problem(question, f"the largest prime factor of ${n}$", prime_factors(n.value)[-1])


def power_in_factorial(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Legendre's formula."""
    n = number or drawn(draw.integer(15, 120))
    prime = draw.choice((2, 3, 5, 7))
    question = one_of(
        draw,
        f"Let $n!$ denote the product of the integers from $1$ to $n$. Find the exponent of the prime ${prime}$ in "
        f"the prime factorization of ${n}!$.",
        f"What is the largest integer $e$ for which ${prime}^{{e}}$ divides ${n}!$?",
    )
    exponent = 0
    product = factorial(n.value)
    while product % prime == 0:
        product //= prime
        exponent += 1
    return Problem(question, f"the exponent of the prime ${prime}$ in the prime factorization of ${n}!$", exponent)


def remainder_of_power(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A power modulo a prime."""
    prime = draw.choice(SMALL_PRIMES[1:])
    base = draw.integer(2, prime - 1)
    n = number or drawn(draw.integer(20, 300))
    question = one_of(
        draw,
        f"Find the remainder when ${base}^{{{n}}}$ is divided by ${prime}$.",
        f"The {scene.place(draw)} has a counter that shows only remainders modulo ${prime}$. It starts at $1$ and "
        f"its value is multiplied by ${base}$ in every step, then reduced modulo ${prime}$. What does the counter "
        f"show after exactly ${n}$ steps?",
    )
    value = pow(base, n.value, prime)
    return Problem(question, f"the remainder when ${base}^{{{n}}}$ is divided by ${prime}$", value)


def units_digit(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The cycle of last digits."""
    base = draw.choice((2, 3, 7, 8, 12, 13, 17, 18, 23, 27))
    n = number or drawn(draw.integer(20, 400))
    question = one_of(
        draw,
        f"What is the units digit of ${base}^{{{n}}}$?",
        f"The last digits of the powers ${base}^1, {base}^2, {base}^3, \\ldots$ repeat in a cycle. Use this cycle "
        f"to determine the last digit of ${base}^{{{n}}}$.",
    )
    return Problem(question, f"the units digit of ${base}^{{{n}}}$", pow(base, n.value, 10))


def linear_congruence(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """A linear congruence modulo a prime."""
    prime = draw.choice(SMALL_PRIMES[2:])
    factor = draw.integer(2, prime - 1)
    n = number or drawn(draw.integer(1, prime - 1))
    congruence = f"${factor}x \\equiv {n} \\pmod{{{prime}}}$"
    question = one_of(
        draw,
        f"Find the smallest non-negative integer $x$ that satisfies the congruence {congruence}.",
        f"Solve the linear congruence {congruence}. Give the unique solution $x$ with $0 \\le x < {prime}$.",
    )
    value = pow(factor, -1, prime) * n.value % prime
    return stated(question, f"the smallest non-negative integer $x$ that satisfies {congruence}", value)


def modular_inverse(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The inverse modulo a prime, by the extended Euclidean algorithm."""
    prime = draw.choice(LARGE_PRIMES)
    n = number or drawn(draw.integer(2, 50))
    question = one_of(
        draw,
        f"Find the multiplicative inverse of ${n}$ modulo ${prime}$, that is, the integer $x$ with $1 \\le x < "
        f"{prime}$ and ${n} \\cdot x \\equiv 1 \\pmod{{{prime}}}$.",
        f"In a simple cipher, a message is multiplied by ${n}$ modulo the prime ${prime}$. To decode it, one "
        f"multiplies by the inverse of ${n}$ modulo ${prime}$. Determine this inverse as an integer from $1$ to "
        f"${prime - 1}$.",
    )
    return Problem(question, f"the multiplicative inverse of ${n}$ modulo ${prime}$", pow(n.value, -1, prime))


def two_congruences(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The Chinese remainder theorem for two coprime moduli."""
    first = draw.choice((11, 13, 17))
    second = draw.choice((3, 4, 5, 7, 8, 9))
    n = number or drawn(draw.integer(2, 10))
    other = draw.integer(1, second - 1)
    things = scene.thing(draw)
    question = one_of(
        draw,
        f"The {scene.place(draw)} has some {things}. When they are counted in groups of ${first}$, there are ${n}$ "
        f"left over, and when they are counted in groups of ${second}$, there are ${other}$ left over. What is the "
        f"smallest possible number of {things}?",
        f"Find the smallest positive integer that leaves remainder ${n}$ when divided by ${first}$ and remainder "
        f"${other}$ when divided by ${second}$.",
    )
    value = next(x for x in range(1, first * second + 1) if x % first == n.value and x % second == other)
    quantity = f"the smallest positive integer $x$ with $x \\equiv {n} \\pmod{{{first}}}$"
    return Problem(question, f"{quantity} and $x \\equiv {other} \\pmod{{{second}}}$", value)


def multiplicative_order(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The order of a residue modulo a prime."""
    prime = draw.choice(SMALL_PRIMES[1:])
    base = draw.integer(2, prime - 1)
    question = one_of(
        draw,
        f"Find the multiplicative order of ${base}$ modulo ${prime}$.",
        f"Determine the smallest positive integer $t$ for which ${base}^{{t}} \\equiv 1 \\pmod{{{prime}}}$.",
    )
    value = next(t for t in range(1, prime) if pow(base, t, prime) == 1)
    return Problem(question, f"the multiplicative order of ${base}$ modulo ${prime}$", value)


def clock_hours(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Addition on a twelve-hour clock."""
    start = draw.integer(1, 12)
    n = number or drawn(draw.integer(25, 300))
    question = one_of(
        draw,
        f"The twelve-hour clock at the {scene.place(draw)} shows ${start}$ o'clock. Which hour, from $1$ to $12$, "
        f"does it show exactly ${n}$ hours later?",
        f"A cleaning robot at the {scene.place(draw)} starts its work at ${start}$ o'clock on a twelve-hour clock "
        f"and stops exactly ${n}$ hours later. Which hour, from $1$ to $12$, does the clock show when it stops?",
    )
    value = (start + n.value - 1) % 12 + 1
    return Problem(
        question, f"the hour shown by a twelve-hour clock ${n}$ hours after it shows ${start}$ o'clock", value
    )


def count_linear_solutions(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Non-negative solutions of a linear equation in two unknowns."""
    first, second = draw.choice(((2, 3), (3, 4), (2, 5), (3, 5), (2, 7), (4, 5)))
    n = number or drawn(draw.integer(30, 120))
    equation = f"${first}x + {second}y = {n}$"
    question = one_of(
        draw,
        f"The {scene.place(draw)} sells {scene.thing(draw)} only in packs of ${first}$ and packs of ${second}$. A "
        f"customer wants exactly ${n}$ of them, and either kind of pack may be left out. In how many ways can the "
        "numbers of packs of the two kinds be chosen?",
        f"How many pairs $(x, y)$ of non-negative integers satisfy the equation {equation}?",
    )
    value = sum((n.value - first * x) % second == 0 for x in range(n.value // first + 1))
    return stated(question, f"the number of pairs $(x, y)$ of non-negative integers that satisfy {equation}", value)


def largest_impossible_total(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """The Frobenius number of two coprime integers."""
    n = number or drawn(draw.integer(3, 12))
    # A prime above every linked value is coprime to it; without a link smaller numbers read better.
    other = draw.choice(LARGE_PRIMES) if number else draw.choice((5, 7, 11, 13, 17, 19))
    if n.value % other == 0:
        n = drawn(n.value + 1)
    question = one_of(
        draw,
        f"The {scene.place(draw)} sells {scene.thing(draw)} only in packs of ${n}$ and packs of ${other}$. What is "
        "the largest number of them that cannot be bought exactly by any choice of packs?",
        f"Find the largest integer that cannot be written in the form ${n} \\cdot x + {other} \\cdot y$ with "
        "non-negative integers $x$ and $y$.",
    )
    quantity = (
        f"the largest integer that is not of the form ${n} \\cdot x + {other} \\cdot y$ with integers $x, y \\ge 0$"
    )
    return Problem(question, quantity, n.value * other - n.value - other)


def difference_of_squares(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Factor pairs of equal parity."""
    n = number or drawn(draw.choice((15, 21, 24, 32, 40, 45, 48, 60, 63, 72, 75, 80, 96, 105, 120)))
    question = one_of(
        draw,
        f"How many pairs $(x, y)$ of positive integers satisfy the equation $x^2 - y^2 = {n}$?",
        "A square floor and a smaller square floor have side lengths that are positive integers. Their areas "
        f"differ by exactly ${n}$ square units. How many pairs of side lengths $(x, y)$ with $x^2 - y^2 = {n}$ are "
        "possible?",
    )
    value = sum(d * d < n.value and (n.value // d - d) % 2 == 0 for d in divisors(n.value))
    return stated(question, f"the number of pairs $(x, y)$ of positive integers with $x^2 - y^2 = {n}$", value)


DIVIDE = "divisibility and primes"
MODULAR = "modular arithmetic"
DIOPHANTINE = "diophantine equations"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("greatest_common_divisor", DIVIDE,
           ("greatest common divisor", "euclidean algorithm", "divisor", "common factor", "divisibility", "integer"),
           "middle_school", greatest_common_divisor, range(2, 400)),
    Family("least_common_multiple", DIVIDE,
           ("least common multiple", "multiple", "prime factorization", "common multiple", "divisibility", "integer"),
           "middle_school", least_common_multiple, range(2, 60)),
    Family("count_divisors", DIVIDE,
           ("number of divisors", "prime factorization", "divisor", "divisor function", "arithmetic function",
            "factor pair", "integer"),
           "high_school", count_divisors, range(2, 400)),
    Family("sum_divisors", DIVIDE,
           ("sum of divisors", "multiplicative function", "prime factorization", "divisor function",
            "arithmetic function", "integer"),
           "high_school", sum_divisors, range(2, 200)),
    Family("euler_totient", DIVIDE,
           ("euler's totient function", "coprime integers", "prime factorization", "arithmetic function",
            "multiplicative function", "integer"),
           "college", euler_totient, range(2, 400)),
    Family("largest_prime_factor", DIVIDE,
           ("prime factorization", "prime number", "trial division", "composite number",
            "fundamental theorem of arithmetic", "divisibility"),
           "middle_school", largest_prime_factor, range(2, 400)),
    Family("power_in_factorial", DIVIDE,
           ("legendre's formula", "factorial", "prime factorization", "floor function", "p-adic valuation",
            "divisibility", "prime power"),
           "competition", power_in_factorial, range(8, 200)),
    Family("remainder_of_power", MODULAR,
           ("modular exponentiation", "fermat's little theorem", "remainder", "residue class", "congruence modulo n"),
           "college", remainder_of_power, range(2, 400)),
    Family("units_digit", MODULAR, ("units digit", "cyclicity", "modular exponentiation", "digit", "periodic sequence"),
           "competition", units_digit, range(2, 400)),
    Family("linear_congruence", MODULAR,
           ("linear congruence", "modular inverse", "congruence", "congruence modulo n", "residue class"),
           "college", linear_congruence, range(2, 200)),
    Family("modular_inverse", MODULAR,
           ("modular inverse", "extended euclidean algorithm", "coprime integers", "bezout's identity",
            "residue class", "congruence modulo n"),
           "college", modular_inverse, range(2, 60)),
    Family("two_congruences", MODULAR,
           ("chinese remainder theorem", "congruence", "remainder", "system of congruences",
            "division with remainder", "congruence modulo n"),
           "competition", two_congruences, range(2, 11)),
    Family("multiplicative_order", MODULAR,
           ("multiplicative order", "fermat's little theorem", "congruence", "residue class", "euler's theorem"),
           "college", multiplicative_order),
    Family("clock_hours", MODULAR,
           ("clock arithmetic", "remainder", "modular addition", "time", "division with remainder"),
           "elementary", clock_hours, range(2, 400)),
    Family("count_linear_solutions", DIOPHANTINE,
           ("linear diophantine equation", "non-negative integer solution", "greatest common divisor",
            "diophantine equation", "lattice point", "integer solution", "solution"),
           "competition", count_linear_solutions, range(2, 200)),
    Family("largest_impossible_total", DIOPHANTINE,
           ("frobenius coin problem", "linear combination of integers", "coprime integers", "diophantine equation",
            "integer"),
           "competition", largest_impossible_total, range(2, 60)),
    Family("difference_of_squares_pairs", DIOPHANTINE,
           ("difference of squares", "factor pair", "parity", "diophantine equation", "positive integer solution",
            "even and odd numbers"),
           "competition", difference_of_squares, range(2, 400)),
)
# fmt: on
