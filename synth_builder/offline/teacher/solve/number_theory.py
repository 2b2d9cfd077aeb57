"""Divisors, primes, factorials, Diophantine equations and number bases."""

from __future__ import annotations

import math
import re

from synth_builder.offline.teacher.solve.given import given_integers, has_loose_digits
from synth_builder.offline.teacher.solve.notation import math_parts
from synth_builder.offline.teacher.solve.question import Method, Solution

_LARGEST_FACTORED = 10**12


def factor_into_primes(number: int) -> dict[int, int] | None:
    """Give the exponents of the primes of a positive integer; None where trial division would take long."""
    if not 1 <= number <= _LARGEST_FACTORED:
        return None
    exponents: dict[int, int] = {}
    factor = 2
    while factor * factor <= number:
        while number % factor == 0:
            exponents[factor] = exponents.get(factor, 0) + 1
            number //= factor
        factor += 1 if factor == 2 else 2
    if number > 1:
        exponents[number] = 1
    return exponents


def format_factors(exponents: dict[int, int]) -> str:
    r"""Write a prime factorization: `2^2 \cdot 3`."""
    factors = [f"{prime}^{{{exponent}}}" if exponent > 1 else str(prime) for prime, exponent in exponents.items()]
    return r" \cdot ".join(factors) or "1"


def count_divisors_of(number: int) -> Solution | None:
    """Count the positive divisors of a number from its prime factorization."""
    exponents = factor_into_primes(number)
    if exponents is None:
        return None
    answer = str(math.prod(exponent + 1 for exponent in exponents.values()))
    written = r" \cdot ".join(f"({exponent} + 1)" for exponent in exponents.values()) or "1"
    return Solution(
        (
            f"The prime factorization is ${number} = {format_factors(exponents)}$.",
            f"Every exponent can be chosen from $0$ up: ${written} = {answer}$ divisors.",
        ),
        answer,
    )


def count_coprime_to(number: int) -> Solution | None:
    """Calculate Euler's totient of a number from its prime factorization."""
    exponents = factor_into_primes(number)
    if exponents is None:
        return None
    totient = number
    for prime in exponents:
        totient = totient // prime * (prime - 1)
    factors = "".join(rf"\left(1 - \frac{{1}}{{{prime}}}\right)" for prime in exponents)
    return Solution(
        (
            f"The prime factorization is ${number} = {format_factors(exponents)}$.",
            rf"Euler's totient is $\varphi({number}) = {number}{factors} = {totient}$.",
        ),
        str(totient),
    )


_GCD = re.compile(
    r"\bgreatest common divisor of \$\d+\$ and \$\d+\$|greatest possible (?:length of a piece|number of [\w ]+packs)"
)
_LCM = re.compile(
    r"\bleast common multiple of \$\d+\$ and \$\d+\$|next (?:\w+ )?together\?|number of the first [\w ]+\?"
)
_CYCLES = re.compile(r"every \$\d+\$|multiple of \$\d+\$|least common")


def find_greatest_common_divisor(text: str) -> Solution | None:
    """Find a greatest common divisor by Euclid's algorithm."""
    numbers = given_integers(text, 2) if _GCD.search(text) else None
    if numbers is None or min(numbers) < 1:
        return None
    large, small = max(numbers), min(numbers)
    lines = []
    while small:
        lines.append(rf"{large} = {large // small} \cdot {small} + {large % small}")
        large, small = small, large % small
    return Solution(
        (
            f"The greatest common divisor of ${numbers[0]}$ and ${numbers[1]}$ is needed; use Euclid's algorithm.",
            f"${', '.join(lines)}$.",
            f"The last divisor is ${large}$.",
        ),
        str(large),
    )


def find_least_common_multiple(text: str) -> Solution | None:
    """Find a least common multiple."""
    if not _LCM.search(text) or not _CYCLES.search(text):
        return None
    counted = text.replace("from $1$ upwards", "")
    numbers = given_integers(counted, 2)
    if numbers is None or min(numbers) < 1:
        return None
    one, two = numbers
    common = math.gcd(one, two)
    answer = str(math.lcm(one, two))
    return Solution(
        (
            rf"The least common multiple of ${one}$ and ${two}$ is needed; $\gcd({one}, {two}) = {common}$.",
            rf"$\frac{{{one} \cdot {two}}}{{{common}}} = {answer}$.",
        ),
        answer,
    )


def count_divisors(text: str) -> Solution | None:
    """Count the positive divisors of an integer, also in the form of equal rows."""
    counted = text.replace("Count $1$ and the integer itself.", "")
    direct = re.search(r"positive divisors does [\w ]*\$\d+\$ have|[Tt]he number of positive divisors of", counted)
    rows = "equal rows" in text and re.search(r"numbers? of rows are possible\?", text)
    numbers = given_integers(counted, 1) if direct or rows else None
    return count_divisors_of(numbers[0]) if numbers else None


def add_divisors(text: str) -> Solution | None:
    """Add all positive divisors of an integer."""
    if found := re.search(r"[Ee]valuate \$\\sigma\((\d+)\)\$", text):
        if "sum of all positive divisors of a positive integer $n$" not in text:
            return None
        parts = [part for part in math_parts(text) if part not in ("n", "1", r"\sigma(n)", rf"\sigma({found[1]})")]
    elif found := re.search(r"sum of (?:all )?(?:the )?positive divisors of \$(\d+)\$", text):
        parts = [part for part in math_parts(text) if part not in ("1", found[1])]
    else:
        return None
    exponents = factor_into_primes(int(found[1]))
    if parts or has_loose_digits(text) or exponents is None:
        return None
    sums = [(prime ** (exponent + 1) - 1) // (prime - 1) for prime, exponent in exponents.items()]
    answer = str(math.prod(sums))
    return Solution(
        (
            f"The prime factorization is ${found[1]} = {format_factors(exponents)}$.",
            f"The sums of the powers of each prime are ${', '.join(map(str, sums)) or '1'}$.",
            f"Their product is ${answer}$.",
        ),
        answer,
    )


_FRACTIONS = re.compile(r"fractions with (?:the )?denominator \$(\d+)\$ .*\b(?:in lowest terms|irreducible|reduced)\?$")


def count_coprime(text: str) -> Solution | None:
    """Count the integers up to n that are coprime to n."""
    if found := re.search(r"(?:[Ee]valuate|[Cc]ompute|[Ff]ind|[Vv]alue of) \$\\(?:var)?phi\((\d+)\)\$", text):
        if "totient" not in text and "Euler" not in text:
            return None
        return count_coprime_to(int(found[1]))
    if found := _FRACTIONS.search(text):
        if math_parts(text) != [found[1], rf"1, 2, \ldots, {found[1]}"] or "how many" not in text.lower():
            return None
        return count_coprime_to(int(found[1]))
    found = re.search(
        r"integers (?:from \$1\$ to|up to|less than or equal to|at most|not exceeding|not greater than) \$(\d+)\$ "
        r"(?:that )?(?:are |have no common)?"
        r"(?:relatively prime|coprime) to \$(\d+)\$",
        text,
    )
    if found is None or found[1] != found[2] or (given_integers(text, 3) or given_integers(text, 2)) is None:
        return None
    return count_coprime_to(int(found[1]))


def find_largest_prime_factor(text: str) -> Solution | None:
    """Find the largest prime factor of an integer."""
    found = re.search(r"largest prime (?:(?:factor|divisor) of|(?:number )?(?:that divides|dividing)) \$(\d+)\$", text)
    if found is None or set(math_parts(text)) != {found[1]} or has_loose_digits(text) or int(found[1]) < 2:
        return None
    exponents = factor_into_primes(int(found[1]))
    if exponents is None:
        return None
    answer = str(max(exponents))
    return Solution(
        (
            f"Trial division gives ${found[1]} = {format_factors(exponents)}$.",
            f"The largest prime factor is ${answer}$.",
        ),
        answer,
    )


def find_exponent_in_factorial(text: str) -> Solution | None:
    """Find the exponent of a prime in a factorial by Legendre's formula."""
    if found := re.search(r"exponent of the prime \$(\d+)\$ in the prime factorization of \$(\d+)!\$", text):
        prime, number = int(found[1]), int(found[2])
        known = {"n!", "1", "n", found[1], f"{found[2]}!"}
    elif found := re.search(r"largest integer \$(\w)\$ for which \$(\d+)\^\{?\1\}?\$ divides \$(\d+)!\$", text):
        prime, number = int(found[2]), int(found[3])
        known = {found[1], f"{found[2]}^{{{found[1]}}}", f"{found[2]}^{found[1]}", f"{found[3]}!"}
    else:
        return None
    if factor_into_primes(prime) != {prime: 1} or not set(math_parts(text)) <= known or has_loose_digits(text):
        return None
    quotients, rest = [], number
    while rest := rest // prime:
        quotients.append(rest)
    answer = str(sum(quotients))
    return Solution(
        (
            f"Count the multiples of ${prime}$, of ${prime}^2$ and so on up to ${number}$ (Legendre's formula).",
            f"The quotients, rounded down, are ${', '.join(map(str, quotients)) or '0'}$.",
            f"Their sum is ${answer}$.",
        ),
        answer,
    )


_LINEAR_EQUATION = re.compile(r"(\d*)x \+ (\d*)y = (\d+)")
_PACKS = re.compile(r"only in packs of \$(\d+)\$ and packs of \$(\d+)\$")


def count_linear_solutions(text: str) -> Solution | None:
    """Count the pairs of non-negative integers that satisfy ax + by = n."""
    if "non-negative integers" in text and re.search(r"[Hh]ow many pairs|[Nn]umber of pairs", text):
        parts = [part for part in math_parts(text) if part != "(x, y)"]
        found = _LINEAR_EQUATION.fullmatch(parts[0]) if len(parts) == 1 else None
        if found is None or has_loose_digits(text):
            return None
        a, b, total = int(found[1] or 1), int(found[2] or 1), int(found[3])
    elif (packs := _PACKS.search(text)) and "In how many ways" in text and "exactly" in text:
        numbers = given_integers(text, 3)
        if numbers is None or f"exactly ${numbers[2]}$" not in text:
            return None
        a, b, total = int(packs[1]), int(packs[2]), numbers[2]
    else:
        return None
    if min(a, b) < 1:
        return None
    common = math.gcd(a, b)
    if total % common:
        reason = f"${common}$ divides the left side but not ${total}$, so there are no solutions."
        return Solution((f"Consider ${a}x + {b}y = {total}$.", reason), "0")
    step = a // common
    first = (total // common) * pow(b // common, -1, step) % step if step > 1 else 0
    last = total // b
    count = (last - first) // step + 1 if last >= first else 0
    return Solution(
        (
            f"Consider ${a}x + {b}y = {total}$. Then ${total} - {b}y$ must be a non-negative multiple of ${a}$.",
            rf"The smallest such $y \ge 0$ is ${first}$, and further ones follow in steps of ${step}$,"
            rf" with $y \le {last}$.",
            f"There are ${count}$ pairs.",
        ),
        str(count),
    )


_COINS = re.compile(
    r"(?:coins|stamps|notes|bills|packs|boxes) of \$(\d+)\$ and(?: of)? \$(\d+)\$"
    r"|\$(?=\d+\$[- ]\w+ and \$\d+\$[- ]\w+ (?:coins|stamps|packs))(\d+)\$[- ]\w+ and \$(\d+)\$"
)
_FORM = re.compile(r"(\d+)(?: \\cdot )?x \+ (\d+)(?: \\cdot )?y")


def find_largest_impossible(text: str) -> Solution | None:
    """Find the largest integer that is no non-negative combination of two coprime integers."""
    if not re.search(
        r"largest (?:integer|number|amount|total|sum|postage)[\w ]* (?:cannot|is not)", text
    ) or has_loose_digits(text):
        return None
    parts = math_parts(text)
    found = _FORM.fullmatch(parts[0]) if parts else None
    if found and set(parts[1:]) <= {"x", "y", r"x, y \ge 0"} and re.search(r"non-negative|\\ge 0", text):
        a, b = int(found[1]), int(found[2])
    elif (packs := _PACKS.search(text) or _COINS.search(text)) and given_integers(text, 2):
        a, b = (int(size) for size in packs.groups() if size)
    else:
        return None
    if min(a, b) < 2 or math.gcd(a, b) != 1:
        return None
    answer = str(a * b - a - b)
    return Solution(
        (
            f"${a}$ and ${b}$ are coprime, so the formula $ab - a - b$ for two denominations holds.",
            rf"${a} \cdot {b} - {a} - {b} = {answer}$.",
        ),
        answer,
    )


def count_difference_of_squares(text: str) -> Solution | None:
    """Count the pairs of positive integers whose squares differ by a given number."""
    found = re.search(r"\$x\^2 - y\^2 = (\d+)\$", text)
    if found is None or "positive integers" not in text or not re.search(r"[Hh]ow many pairs|[Nn]umber of pairs", text):
        return None
    others = {part for part in math_parts(text) if part not in ("(x, y)", found[0].strip("$"))}
    if not others <= {found[1]} or has_loose_digits(text) or not 1 <= int(found[1]) <= 10**9:
        return None
    number = int(found[1])
    pairs = [
        (small, number // small)
        for small in range(1, math.isqrt(number) + 1)
        if number % small == 0 and small < number // small and (small + number // small) % 2 == 0
    ]
    shown = ", ".join(rf"{small} \cdot {large}" for small, large in pairs[:12]) or r"\text{none}"
    return Solution(
        (
            f"Factor: $(x - y)(x + y) = {number}$, where both factors have the same parity and $x - y < x + y$.",
            f"The possible factor pairs are ${shown}$.",
            f"Each gives one pair $(x, y)$, so there are ${len(pairs)}$.",
        ),
        str(len(pairs)),
    )


METHODS: tuple[Method, ...] = (
    find_greatest_common_divisor,
    find_least_common_multiple,
    count_divisors,
    add_divisors,
    count_coprime,
    find_largest_prime_factor,
    find_exponent_in_factorial,
    count_linear_solutions,
    find_largest_impossible,
    count_difference_of_squares,
)
