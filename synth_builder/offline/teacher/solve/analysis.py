r"""Sequences and sets of real numbers, finite topologies, surfaces and Lebesgue measure."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.notation import (
    exact_root,
    format_number,
    math_parts,
    read_integer,
    read_number,
    read_point,
    read_polynomial,
)
from synth_builder.offline.teacher.solve.polynomials import value_at
from synth_builder.offline.teacher.solve.question import Method, Solution
from synth_builder.offline.teacher.solve.reading import find_numbers, numeric_parts, phrase, take_parts

_MEMBERS = re.compile(
    r"(?:S = )?(?:\\left)?(?:\\\{)? ?\\frac\{([^{}]+)\}\{([^{}]+)\}"
    r"(?: : ([a-z]) \\in \\mathbb\{N\}(?:, [a-z] \\ge 1)?)? ?(?:\\right)?(?:\\\})?"
)
_RUNS = re.compile(r"\$([a-z])\$ runs through the positive integers|positive integer \$([a-z])\$")


def find_supremum(text: str) -> Solution | None:
    """Find the supremum of the numbers (p j + q)/(r j + s) for positive integers j."""
    if "supremum" not in text and r"\sup" not in text:
        return None
    parts = take_parts(text, (_MEMBERS,))
    runs = _RUNS.search(text)
    if parts is None or not (parts[0][2] or runs):
        return None
    top_text, bottom_text, index = parts[0]
    index = index or (runs[1] or runs[2] if runs else "")
    top, bottom = read_polynomial(top_text, index), read_polynomial(bottom_text, index)
    if top is None or bottom is None or len(top) > 2 or len(bottom) != 2 or not all(c > 0 for c in bottom):
        return None
    slope = top[1] if len(top) == 2 else Fraction(0)
    constant = top[0] if top else Fraction(0)
    limit = slope / bottom[1]
    first = value_at(top, 1) / value_at(bottom, 1)
    rest = constant - limit * bottom[0]
    rising = rest < 0
    answer = format_number(limit if rising else max(first, limit))
    conclusion = (
        f"They rise to the limit ${answer}$ without reaching it, so this is the supremum."
        if rising
        else f"They never rise, so the value at ${index} = 1$ is the supremum, ${answer}$."
    )
    return Solution(
        (
            rf"Divide: $\frac{{{top_text}}}{{{bottom_text}}} = {format_number(limit)} + "
            rf"\frac{{{format_number(rest)}}}{{{bottom_text}}}$.",
            f"The last fraction has the sign of ${format_number(rest)}$ and tends to $0$ as ${index}$ grows.",
            conclusion,
        ),
        answer,
    )


_ROOT_RULE = re.compile(r"a_\{([jn])\s*\+\s*1\} = \\sqrt\{(\d+) \+ (.*?)(?: ?\\cdot)? ?a_\1\}")
_FIRST = re.compile(r"a_1 = (\d+)")
_FROM_ONE = re.compile(r"[jn] \\ge 1")


def find_nested_root_limit(text: str) -> Solution | None:
    """Find the limit of a sequence with the rule a_(j+1) = sqrt(c + d a_j)."""
    if "limit" not in text or r"\sqrt" not in text:
        return None
    parts = take_parts(text, (_ROOT_RULE, _FIRST), (_FROM_ONE,))
    if parts is None:
        return None
    constant, factor = int(parts[0][1]), read_number(parts[0][2] or "1")
    root = None if factor is None else exact_root(factor**2 + 4 * constant)
    if factor is None or root is None or factor <= 0:
        return None
    answer = format_number((factor + root) / 2)
    return Solution(
        (
            rf"The limit $L$ satisfies $L = \sqrt{{{constant} + {format_number(factor)}L}}$.",
            f"Squaring gives $L^2 - {format_number(factor)}L - {constant} = 0$.",
            f"Its solutions are ${answer}$ and ${format_number((factor - root) / 2)}$. "
            f"All terms are positive, so $L = {answer}$.",
        ),
        answer,
    )


_TERM = re.compile(r"a_([jn]) = (.+) \+ \\frac\{(\d+)\}\{([^{}]+)\}")
_DISTANCE = re.compile(r"\|a_[jn] - (.+)\| < (.+)")
_SMALL = re.compile(r"\\frac\{(\d+)\}\{([^{}]*[jn][^{}]*)\} < (.+)")


def find_epsilon_index(text: str) -> Solution | None:
    """Find the first index from which a sequence c + p/(j + q) is close enough to its limit."""
    if "smallest positive integer" not in text or "<" not in text:
        return None
    if parts := take_parts(text, (_TERM, _DISTANCE), (re.compile(r"\d+"), re.compile(r"[jn] = 1, 2, 3, \\[lc]?dots"))):
        (index, limit, top, bottom), (centre, bound) = parts
        numbers = [part for part in math_parts(text) if part.isdigit()]
        if read_number(limit) != read_number(centre) or any(number != limit for number in numbers):
            return None
    elif parts := take_parts(text, (_SMALL,)):
        top, bottom, bound = parts[0]
        index = "j" if "j" in bottom else "n"
    else:
        return None
    below, epsilon = read_polynomial(bottom, index), read_number(bound)
    if below is None or len(below) != 2 or below[1] <= 0 or below[0] < 0 or not epsilon or epsilon < 0:
        return None
    edge = (int(top) / epsilon - below[0]) / below[1]
    answer = str(max(1, math.floor(edge) + 1))
    return Solution(
        (
            rf"The condition is $\frac{{{top}}}{{{bottom}}} < {format_number(epsilon)}$.",
            f"It means ${bottom} > {format_number(int(top) / epsilon)}$, that is ${index} > {format_number(edge)}$.",
            f"The smallest positive integer is ${answer}$.",
        ),
        answer,
    )


_RANGE_SET = r"\\\{1, 2, \\ldots, (\d+)\\\}"
_GROUND = re.compile(rf"(?:X = )?{_RANGE_SET}")
_CHAIN = re.compile(r"\\\{(?:j, j \+ 1, \\ldots, (?P<last>\d+)|1, 2, \\ldots, j)\\\}")
_CHAIN_INDEX = re.compile(r"(?:1 \\le )?j (<|\\le) (\d+)")


def count_chain_topology(text: str) -> Solution | None:
    """Count the open sets of a topology that is a chain of sets."""
    if "topology" not in text or "open sets" not in text or "all sets" not in text:
        return None
    chains = [part for part in math_parts(text) if _CHAIN.fullmatch(part)]
    rest = text
    for chain in chains:
        rest = rest.replace(f"${chain}$", "")
    parts = take_parts(rest, (_GROUND, _CHAIN_INDEX))
    if parts is None or len(chains) != 1 or "empty set" not in text:
        return None
    size, relation, top = int(parts[0][0]), parts[1][0], int(parts[1][1])
    last = _CHAIN.fullmatch(chains[0])
    if top != size or (last and last["last"] and int(last["last"]) != size):
        return None
    count = size if relation == r"\le" else size - 1
    whole = "set $X$ itself" in text or "set $X$," in text
    # With the strict bound the set X is new only if it is no member of the chain, that is for {1, ..., j}.
    separate = int(whole and relation == "<" and chains[0].startswith(r"\{1"))
    if not separate and relation == "<" and chains[0].startswith(r"\{1"):
        return None
    answer = str(count + separate + 1)
    return Solution(
        (
            f"The index $j$ takes ${count}$ values, and each gives another nonempty set.",
            "The empty set is one more" + (", and so is the set $X$." if separate else "."),
            f"There are ${answer}$ open sets.",
        ),
        answer,
    )


_CONTAINS = re.compile(r"every subset that (contains|does not contain) (?:both )?(\$\d+\$(?:(?:, | and )\$\d+\$)*)")


def count_particular_topology(text: str) -> Solution | None:
    """Count the subsets with (or without) particular points, and the one other open set."""
    found = _CONTAINS.search(text)
    if found is None or "topology" not in text or "open sets" not in text or " or $" in text:
        return None
    points = numeric_parts(found[2])
    parts = take_parts(_CONTAINS.sub("", text), (_GROUND,))
    if parts is None or (found[1] != "contains" and len(points) > 1) or ("both" in text and len(points) != 2):
        return None
    size = int(parts[0][0])
    extra = "the empty set and" if found[1] == "contains" else "the set $X$ and"
    if extra not in text or any(not 1 <= int(point) <= size for point in points) or size > 200:
        return None
    free = size - len(set(points))
    answer = str(2**free + 1)
    other = "empty set" if found[1] == "contains" else "set $X$"
    return Solution(
        (
            f"Of ${size}$ elements ${len(set(points))}$ cannot be chosen freely, but the other ${free}$ can.",
            f"So ${2}^{{{free}}} = {2**free}$ subsets have the property.",
            f"The {other} does not have it and is one more open set: ${2**free} + 1 = {answer}$.",
        ),
        answer,
    )


_BLOCK = re.compile(r"\\\{(\d+(?:, \d+)*)\\\}")


def count_partition_topology(text: str) -> Solution | None:
    """Count the open sets of a topology that is generated by disjoint sets."""
    if "topology" not in text or not re.search(r"generated by the sets|form a basis", text):
        return None
    grounds = [match for part in math_parts(text) if (match := _GROUND.fullmatch(part))]
    blocks = [match[1].split(", ") for part in math_parts(text) if (match := _BLOCK.fullmatch(part))]
    if len(blocks) + len(grounds) != len(numeric_parts(text)) or not blocks or len(grounds) > 1:
        return None
    members = [member for block in blocks for member in block]
    if len(set(members)) != len(members):
        return None
    if grounds and sorted(map(int, members)) != list(range(1, int(grounds[0][1]) + 1)):
        return None
    answer = str(2 ** len(blocks))
    return Solution(
        (
            f"The ${len(blocks)}$ sets are disjoint and cover $X$, so the open sets are exactly their unions.",
            f"Each of the sets is in the union or not: $2^{{{len(blocks)}}} = {answer}$ open sets.",
        ),
        answer,
    )


_GENUS, _VERTICES = phrase("genus #"), phrase("# vertices")


def count_triangles(text: str) -> Solution | None:
    """Count the triangles of a triangulated closed orientable surface."""
    if "orientable" not in text or "closed" not in text or "triang" not in text or "non-orientable" in text:
        return None
    numbers = find_numbers(text, _GENUS, _VERTICES)
    if numbers is None or not re.search(r"number of triangles|[Hh]ow many triangles", text):
        return None
    genus, vertices = numbers
    answer = format_number(2 * (vertices - 2 + 2 * genus))
    return Solution(
        (
            rf"The Euler characteristic is $V - E + F = 2 - 2 \cdot {genus} = {2 - 2 * genus}$.",
            r"Every triangle has three edges and every edge lies in two triangles, so $E = \frac{3F}{2}$.",
            rf"So ${vertices} - \frac{{F}}{{2}} = {2 - 2 * genus}$, that is $F = {answer}$.",
        ),
        answer,
    )


_INTERVAL = re.compile(r"[\[(]([^\[\]()]+, ?[^\[\]()]+)[\])]")


def measure_union(text: str) -> Solution | None:
    """Find the Lebesgue measure of a union of intervals."""
    if "measure of" not in text or r"\cup" not in text:
        return None
    parts = numeric_parts(text)
    if len(parts) != 1:
        return None
    points = [
        read_point(f"({match[1]})") if (match := _INTERVAL.fullmatch(p)) else None for p in parts[0].split(r" \cup ")
    ]
    intervals = sorted((point[0], point[1]) for point in points if point is not None and len(point) == 2)
    if len(intervals) != len(points) or any(low > high for low, high in intervals):
        return None
    merged = [intervals[0]]
    for low, high in intervals[1:]:
        if low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    written = r" \cup ".join(f"[{format_number(low)}, {format_number(high)}]" for low, high in merged)
    lengths = [high - low for low, high in merged]
    answer = format_number(sum(lengths, Fraction(0)))
    return Solution(
        (
            f"Join overlapping intervals: the set is ${written}$.",
            f"The lengths are added: ${' + '.join(format_number(length) for length in lengths)} = {answer}$.",
        ),
        answer,
    )


_FLOOR = re.compile(r"\\int_\{\[(-?\d+), (-?\d+)\]\} ?(\d*) ?\\lfloor x \\rfloor ?\\, ?d\\mu")
_SAME_INTERVAL = re.compile(r"\[(-?\d+), (-?\d+)\]")


def integrate_floor(text: str) -> Solution | None:
    """Integrate a multiple of the floor function between whole numbers."""
    if r"\lfloor" not in text or r"\int" not in text:
        return None
    parts = take_parts(text, (_FLOOR,), (_SAME_INTERVAL,))
    if parts is None:
        return None
    low, high, factor = int(parts[0][0]), int(parts[0][1]), int(parts[0][2] or 1)
    stated = take_parts(text, (_FLOOR, _SAME_INTERVAL))
    if low >= high or (stated is not None and stated[1] != (str(low), str(high))):
        return None
    total = sum(range(low, high))
    answer = str(factor * total)
    return Solution(
        (
            r"On each $[n, n + 1)$ the value of $\lfloor x \rfloor$ is $n$, and this interval has measure $1$.",
            rf"So $\int \lfloor x \rfloor \, d\mu$ is the sum of the integers from ${low}$ to ${high - 1}$, ${total}$.",
            rf"The integral is ${factor} \cdot {total} = {answer}$.",
        ),
        answer,
    )


_STEPS = phrase(r"after # (?:such )?steps")
_PIECE = phrase(r"(?:length is|with) # of the length")
_START = re.compile(r"\$\[(-?\d+), ([^\],$]+)\]\$")


def measure_cantor_remainder(text: str) -> Solution | None:
    """Find the measure that is left when the same fraction is removed from the middle of each interval repeatedly."""
    if "middle piece" not in text or "measure" not in text or "remove" not in text:
        return None
    start, rest = _START.search(text), _START.sub("", text)
    numbers = find_numbers(rest, _STEPS, _PIECE)
    if start is None or numbers is None or not 0 < numbers[1] < 1 or numbers[0].denominator != 1:
        return None
    high, steps, kept = read_integer(start[2]), int(numbers[0]), 1 - numbers[1]
    if high is None or high <= int(start[1]) or not 1 <= steps <= 100:
        return None
    length = high - int(start[1])
    answer = format_number(length * kept**steps)
    return Solution(
        (
            f"The interval has length ${length}$, and each step keeps $1 - {format_number(numbers[1])} = "
            f"{format_number(kept)}$ of the measure.",
            rf"After ${steps}$ steps the measure is ${length} \cdot \left({format_number(kept)}\right)^{{{steps}}}$.",
            f"This is ${answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    find_supremum,
    find_nested_root_limit,
    find_epsilon_index,
    count_chain_topology,
    count_particular_topology,
    count_partition_topology,
    count_triangles,
    measure_union,
    integrate_floor,
    measure_cantor_remainder,
)
