"""Probability and statistics, answered by going through all cases with their exact weights."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from statistics import pvariance

from synth_builder.offline.truth.search import first, integral, parameter, square_root
from synth_builder.offline.truth.wordings import answers


@answers
def _same_colour(red: int, blue: int) -> Fraction | None:
    if red + blue > 500:
        return None
    draws = [one == two for one, two in permutations(["red"] * red + ["blue"] * blue, 2)]
    return Fraction(sum(draws), len(draws))


@answers
def _at_least_once(chance: Fraction, n: int) -> Fraction | None:
    if not 0 <= chance <= 1:
        return None
    reached = Fraction(0)
    for _ in range(n):
        reached += (1 - reached) * chance
    return reached


@answers
def _dog_or_cat(dog: int, cat: int, both: int, none: int) -> Fraction | None:
    if both > min(dog, cat):
        return None
    owners = {*range(dog), *range(dog - both, dog - both + cat)}
    return Fraction(len(owners), len(owners) + none)


@answers
def _new_if_red(n: int, a: int, b: int, c: int) -> Fraction:
    kinds = ["new red"] * n + ["new green"] * a + ["old red"] * b + ["old green"] * c
    red = [kind for kind in kinds if "red" in kind]
    return Fraction(red.count("new red"), len(red))


@answers
def _from_a(a: int, b: int, p: int, q: int) -> Fraction:
    defects = ["A"] * (a * p) + ["B"] * (b * q)  # in a hundred hours
    return Fraction(defects.count("A"), len(defects))


@answers
def _expected_prize(a: int, p: Fraction, b: int, q: Fraction) -> Fraction | None:
    rounds = p.denominator * q.denominator
    return (a * (p * rounds) + b * (q * rounds)) / rounds if p + q <= 1 else None


@answers
def _binomial_variance(n: int, p: Fraction) -> Fraction | None:
    one = pvariance([Fraction(1)] * p.numerator + [Fraction(0)] * (p.denominator - p.numerator))
    return sum((one for _ in range(n)), Fraction(0)) if 0 <= p <= 1 else None


@answers
def _uniform_variance(length: int) -> Fraction:
    return integral(lambda x: (x - Fraction(length, 2)) ** 2, 0, length) / length


@answers
def _missing(data: list[int], mean: int) -> Fraction:
    return parameter(lambda t: sum([*data, t]) - mean * (len(data) + 1))


@answers
def _missing_day(days: int, data: list[int], more: int, mean: int) -> Fraction | None:
    if len(data) != days or more != days + 1:
        return None
    return parameter(lambda boxes: sum([*data, boxes]) - mean * more)


@answers
def _variance(data: list[int], size: int | None = None) -> Fraction | None:
    return pvariance(map(Fraction, data)) if size in (None, len(data)) else None


@answers
def _from_z_score(z: int, mean: int, deviation: int) -> Fraction:
    return parameter(lambda value: Fraction(value - mean) / deviation - z)


@answers
def _combined_mean(n: int, a: int, m: int, b: int) -> Fraction:
    everyone = [a] * n + [b] * m
    return Fraction(sum(everyone), len(everyone))


@answers
def _standard_error(n: int, deviation: int) -> Fraction:
    return square_root(Fraction(deviation**2, n))


@answers
def _t_statistic(mean: int, n: int, seen: int, deviation: int) -> Fraction:
    return (seen - mean) / square_root(Fraction(deviation**2, n))


@answers
def _sample_size(margin: int, z: int, deviation: int) -> int:
    return first(n for n in range(1, 1_000_000) if (z * deviation) ** 2 <= margin**2 * n)
