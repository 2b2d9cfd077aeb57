"""Questions on divisors, remainders, digits and residue classes, answered by trying out integers."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from synth_builder.offline.truth.search import first
from synth_builder.offline.truth.wordings import answers

_MOST_CASES = 200_000


def divisors(n: int) -> list[int]:
    """The positive divisors of a positive integer, rising."""
    if n < 1:
        raise ValueError("not positive")
    return [d for d in range(1, n + 1) if n % d == 0]


def is_prime(n: int) -> bool:
    """Whether `n` has exactly two positive divisors."""
    return len(divisors(n)) == 2


@answers
def _left_over(n: int, size: int) -> int | None:
    if n < 0 or size < 1:
        return None
    while n >= size:
        n -= size
    return n


@answers
def _boxes(n: int, size: int) -> int:
    return first(boxes for boxes in range(n + 1) if boxes * size >= n)


@answers
def _greatest_common_divisor(a: int, b: int) -> int:
    return max(d for d in divisors(a) if b % d == 0)


@answers
def _least_common_multiple(a: int, b: int) -> int:
    return first(multiple for multiple in range(a, a * b + 1, a) if multiple % b == 0)


@answers
def _count_divisors(n: int) -> int:
    return len(divisors(n))


@answers
def _sum_divisors(n: int) -> int:
    return sum(divisors(n))


@answers
def _lowest_terms(n: int) -> int:
    return sum(Fraction(numerator, n).denominator == n for numerator in range(1, n + 1))


@answers
def _largest_prime(n: int) -> int:
    return first(d for d in reversed(divisors(n)) if is_prime(d))


@answers
def _prime_in_factorial(p: int, n: int) -> int | None:
    return sum(_exponent(p, factor) for factor in range(1, n + 1)) if is_prime(p) else None


def _exponent(p: int, n: int) -> int:
    return 1 + _exponent(p, n // p) if n % p == 0 else 0


@answers
def _counter(base: int, n: int, modulus: int) -> int | None:
    if n < 0:
        return None
    value = 1 % modulus
    for _ in range(n):
        value = value * base % modulus
    return value


@answers
def _last_digit(base: int, n: int) -> int | None:
    return _counter(base, n, 10)


@answers
def _decimal_digits(b: int, n: int) -> int | None:
    if b < 1 or n < 0:
        return None
    number, power, digits = b**n, 10, 1
    while power <= number:
        power, digits = power * 10, digits + 1
    return digits


@answers
def _digit_sum(n: int, base: int) -> int | None:
    if n < 0 or base < 2:
        return None
    coins = 0  # the fewest powers of the base that add up to n: of every size as many as fit, the largest first
    for power in (base**place for place in range(n.bit_length(), -1, -1)):
        while n >= power:
            n, coins = n - power, coins + 1
    return coins


@answers
def _congruence(a: int, b: int, p: int) -> int:
    (only,) = (x for x in range(p) if (a * x - b) % p == 0)
    return only


@answers
def _inverse(a: int, p: int, last: int | None = None) -> int | None:
    return _congruence(a, 1, p) if last in (None, p - 1) else None


@answers
def _two_remainders(a: int, p: int, b: int, q: int) -> int:
    return first(x for x in range(1, min(p * q, _MOST_CASES) + 1) if x % p == a and x % q == b)


@answers
def _order(a: int, p: int) -> int:
    return first(t for t in range(1, p) if pow(a, t, p) == 1)


@answers
def _clock(start: int, n: int) -> int | None:
    if not 1 <= start <= 12:
        return None
    hour = start
    for _ in range(n):
        hour = 1 if hour == 12 else hour + 1
    return hour


@answers
def _packs(a: int, b: int, n: int) -> int | None:
    if min(a, b) < 1 or n**2 > _MOST_CASES * a * b:
        return None
    return sum(x + y == n for x in range(0, n + 1, a) for y in range(0, n + 1, b))


@answers
def _unreachable(a: int, b: int) -> int | None:
    if gcd(a, b) > 1 or min(a, b) < 2 or a * b > _MOST_CASES:
        return None  # there is no largest one, or it is far away
    reached = [True] + [False] * (a * b)
    for n in range(1, a * b + 1):
        reached[n] = (n >= a and reached[n - a]) or (n >= b and reached[n - b])
    return max(n for n in range(a * b + 1) if not reached[n])


@answers
def _painted_lockers(n: int, a: int, b: int) -> int:
    return len({*range(a, n + 1, a), *range(b, n + 1, b)})


@answers
def _generated(a: int, n: int) -> int:
    return len({a * times % n for times in range(n)})


@answers
def _homomorphisms(n: int, m: int) -> int:
    return sum(image * n % m == 0 for image in range(m))


@answers
def _subgroups(n: int) -> int | None:
    return len({frozenset(range(0, n, step)) for step in divisors(n)} | {frozenset((0,))}) if n < 5000 else None


@answers
def _nilpotent(n: int) -> int:
    return sum(pow(element, n.bit_length(), n) == 0 for element in range(n))


@answers
def _irreducible(p: int) -> int | None:
    if p > 500 or not is_prime(p):
        return None
    reducible = {((r + s) % p, r * s % p) for r in range(p) for s in range(p)}
    return p * p - len(reducible)
