"""Word problems on money, mixtures, speed and shares, answered step by step as the story goes."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from synth_builder.offline.truth.search import first, parameter
from synth_builder.offline.truth.wordings import answers


@answers
def _value(value: Fraction) -> Fraction:
    return value


@answers
def _milk(a: Fraction, b: Fraction) -> Fraction:
    return a + b


@answers
def _money_left(money: int, n: int, a: int, m: int, b: int) -> int | None:
    left = money - sum([a] * n) - sum([b] * m)
    return left if left >= 0 else None


@answers
def _stock(n: int, a: Fraction, b: Fraction, more: int) -> Fraction:
    stock = Fraction(n)
    stock -= stock * a
    stock -= stock * b
    return stock + more


@answers
def _largest_share(n: int, a: int, b: int, c: int) -> int:
    rounds = first(rounds for rounds in range(1, n + 1) if rounds * a + rounds * b + rounds * c == n)
    return rounds * max(a, b, c)


@answers
def _total_of_shares(n: int, b: int, c: int) -> int | None:
    total = sum(1 + b + c for _ in range(n))
    return total if min(b, c) >= 1 else None


@answers
def _together(a: int, b: int) -> Fraction:
    return Fraction(a * b, b + a)  # in a * b hours they fill b + a tanks


@answers
def _up_and_down(n: int, up: int, down: int) -> Fraction:
    price = Fraction(n)
    price += price * up / 100
    return price - price * down / 100


@answers
def _before_discount(n: int, down: int) -> Fraction:
    return parameter(lambda price: price - Fraction(price) * down / 100 - n)


@answers
def _mixture(a: int, p: int, b: int, q: int) -> Fraction:
    litres = [p] * a + [q] * b
    return Fraction(sum(litres), len(litres))


@answers
def _simple_interest(money: int, rate: int, n: int) -> Fraction:
    return sum((Fraction(money * rate, 100) for _ in range(n)), Fraction(0))


@answers
def _balance(money: int, rate: int, n: int) -> str:
    balance = Decimal(money)
    for _ in range(n):
        balance += balance * rate / 100
    return str(balance.quantize(Decimal("0.01"), ROUND_HALF_UP))


@answers
def _instalments(cash: int, deposit: int, n: int, rate: int) -> int:
    return sum([deposit] + [rate] * n) - cash


@answers
def _metres_per_second(n: int) -> Fraction:
    return Fraction(n * 1000, 60 * 60)


@answers
def _pieces(n: int, piece: int) -> int:
    return first(pieces for pieces in range(100 * n + 1) if pieces * piece == 100 * n)


@answers
def _round_trip(a: int, b: int) -> Fraction:
    distance = a * b
    hours = Fraction(distance, a) + Fraction(distance, b)
    return 2 * distance / hours


@answers
def _age(n: int, years: int, factor: int) -> Fraction | None:
    age = parameter(lambda age: age + n + years - factor * (age + years))
    return age if age >= 0 else None
