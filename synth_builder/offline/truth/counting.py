"""Questions of combinatorics, sequences and finite sets, answered by counting case by case."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import permutations, product
from typing import Literal

from synth_builder.offline.truth.formulas import Formula
from synth_builder.offline.truth.search import exact
from synth_builder.offline.truth.wordings import Blocks, answers

_MOST_CASES = 15
_MOST_STEPS = 200


@answers
def _at_least_two(n: int) -> int | None:
    if n > _MOST_STEPS:
        return None
    ways = Counter({0: 1})  # ways by how many are on
    for _ in range(n):
        ways = Counter(ways) + Counter({on + 1: number for on, number in ways.items()})
    return sum(number for on, number in ways.items() if on >= 2)


@answers
def _surjections(n: int, size: int) -> int | None:
    if max(n, size) > _MOST_STEPS:
        return None
    ways = Counter({0: 1})  # ways by how many values are met
    for _ in range(n):
        after: Counter[int] = Counter()
        for met, number in ways.items():
            after[met] += number * met
            after[met + 1] += number * (size - met)
        ways = after
    return ways[size]


@answers
def _symmetric_relations(n: int) -> str | None:
    return f"2^{{{len({frozenset(pair) for pair in product(range(n), repeat=2)})}}}" if n < _MOST_STEPS else None


@answers
def _paths(n: int, up: int) -> int:
    if max(n, up) > _MOST_STEPS:
        raise ValueError("too many streets")
    row = [1] * (n + 1)  # ways to each corner of a street
    for _ in range(up):
        for i in range(1, n + 1):
            row[i] += row[i - 1]
    return row[n]


@answers
def _climbs(n: int) -> int | None:
    if n > _MOST_STEPS:
        return None
    return sum(_paths(n - 2 * twos, twos) for twos in range(n // 2 + 1))  # ones and twos in any order


@answers
def _derangements(n: int) -> int | None:
    if n > 8:
        return None
    return sum(all(hat != guest for guest, hat in enumerate(hats)) for hats in permutations(range(n)))


@answers
def _first_order(start: int, rule: Formula, n: int) -> int | None:
    if n < 1:
        return None
    for _ in range(n - 1):
        start = rule(a=start)
    return start


@answers
def _second_order(a: int, b: int, rule: Formula, n: int) -> int:
    for _ in range(n):
        a, b = b, rule(a=a, b=b)
    return a


@answers
def _arithmetic_term(n: int, start: int, step: int) -> int | None:
    return list(range(start, start + n * step, step))[n - 1] if n >= 1 and step else None


@answers
def _arithmetic_continued(a: int, b: int, c: int, n: int) -> int | None:
    return _arithmetic_term(n, a, b - a) if c - b == b - a else None


@answers
def _arithmetic_sum(n: int, start: int, step: int) -> int:
    return sum(start + step * before for before in range(n))


@answers
def _geometric_sum(n: int, start: int, ratio: int) -> int:
    total = 0
    for _ in range(n):
        total, start = total + start, start * ratio
    return total


@answers
def _infinite_geometric(start: Fraction, ratio: Fraction) -> Fraction | None:
    return exact(sum(start * ratio**n for n in range(200))) if abs(ratio) < 1 else None


@answers
def _bounces(n: int, share: Fraction) -> Fraction | None:
    height, distance = Fraction(n), Fraction(0)
    for _ in range(200):
        distance += height + height * share
        height *= share
    return exact(distance) if share < 1 else None


_Opens = Literal[
    "the empty set and every subset that contains 1",
    "the empty set and every subset that contains both 1 and 2",
    "the set X and every subset that does not contain 1",
]


@answers
def _open_sets(n: int, opens: _Opens) -> int | None:
    if not 2 <= n <= _MOST_CASES:
        return None
    subsets = [{i + 1 for i in range(n) if bits >> i & 1} for bits in range(2**n)]
    if "does not contain" in opens:
        return sum(1 not in subset or len(subset) == n for subset in subsets)
    wanted = {1, 2} if "both" in opens else {1}
    return sum(wanted <= subset or not subset for subset in subsets)


@answers
def _unions(blocks: Blocks, n: int | None = None) -> int | None:
    disjoint = len(frozenset[int]().union(*blocks)) == sum(map(len, blocks))
    whole = n is None or frozenset[int]().union(*blocks) == frozenset(range(1, n + 1))
    if not (disjoint and whole):
        return None
    opens = {frozenset[int]()}
    for block in blocks:
        opens |= {each | block for each in opens}
    return len(opens)


@answers
def _measure(a: int, b: int, c: int, d: int, e: int, f: int) -> int:
    return len({*range(a, b), *range(c, d), *range(e, f)})  # intervals of length 1


@answers
def _cantor(n: int, share: Fraction, steps: int) -> Fraction | None:
    if steps > _MOST_CASES:
        return None
    intervals = [(Fraction(0), Fraction(n))]
    for _ in range(steps):
        ends = [(low, high, (high - low) * (1 - share) / 2) for low, high in intervals]
        intervals = [piece for low, high, rest in ends for piece in ((low, low + rest), (high - rest, high))]
    return sum((high - low for low, high in intervals), Fraction(0))


@answers
def _neither(total: int, a: int, b: int, both: int) -> int | None:
    tea, coffee = range(a), range(a - both, a - both + b)
    either = {*tea, *coffee}
    return total - len(either) if both <= min(a, b) and len(either) <= total else None
