"""Sets, relations, truth tables and functions between finite sets."""

from __future__ import annotations

import itertools
import math
import re

from synth_builder.offline.teacher.solve.given import given_integers, has_loose_digits, is_writable
from synth_builder.offline.teacher.solve.notation import (
    math_parts,
)
from synth_builder.offline.teacher.solve.question import Method, Solution

# Powers and sums beyond it have more digits than anyone wants to read.
_LARGEST_SET = 1000


def count_neither(text: str) -> Solution | None:
    """Count the elements outside of two sets from the sizes of the sets and of their intersection."""
    if "neither" not in text or not re.search(r"[Hh]ow many [^?]*neither", text):
        return None
    names = {"A", "B", r"A \cap B"}
    numbers = given_integers(re.sub(r"\$(?:A|B|A \\cap B)\$", "", text), 4)
    both = re.search(r"like both|own both|play both|speak both|\$A \\cap B\$ has \$\d+\$", text)
    if numbers is None or both is None or not (names & set(math_parts(text)) or re.search(r"exactly \$\d+\$", text)):
        return None
    total, first, second, common = numbers
    union = first + second - common
    if not common <= min(first, second) or union > total:
        return None
    return Solution(
        (
            f"By inclusion and exclusion ${first} + {second} - {common} = {union}$ belong to at least one set.",
            f"So ${total} - {union} = {total - union}$ belong to neither.",
        ),
        str(total - union),
    )


def count_subsets(text: str) -> Solution | None:
    """Count all subsets, or those with at least two elements."""
    every = re.search(
        r"[Hh]ow many (non-?empty |proper )?subsets does a set (?:with|of|that has) \$\d+\$ elements have\?$", text
    )
    if not every and not re.search(r"subsets with at least two elements|at least two of the [\w ]+ be on", text):
        return None
    numbers = given_integers(text, 1)
    if numbers is None or numbers[0] > _LARGEST_SET:
        return None
    size = numbers[0]
    if every:
        answer = str(2**size - bool(every[1]))
        step = "Each element can be in the subset or not:"
        rest = (
            f"Without {'the empty set' if 'empty' in every[1] else 'the set itself'}: " if every[1] else "So there are "
        )
        return Solution((f"{step} $2^{{{size}}} = {2**size}$.", f"{rest}${answer}$."), answer)
    answer = str(2**size - size - 1)
    return Solution(
        (
            f"A set with ${size}$ elements has $2^{{{size}}} = {2**size}$ subsets.",
            f"One of them is empty and ${size}$ have exactly one element.",
            f"${2**size} - 1 - {size} = {answer}$.",
        ),
        answer,
    )


_SYMMETRIC = re.compile(r"[Nn]umber of symmetric relations|[Hh]ow many symmetric relations")


def count_symmetric_relations(text: str) -> Solution | None:
    """Count the symmetric relations on a set, as a power of 2."""
    found = re.search(r"on a set with \$(\d+)\$ elements", text)
    if found is None or not _SYMMETRIC.search(text) or has_loose_digits(text) or "reflexive" in text:
        return None
    if not set(math_parts(text)) <= {"R", found[1], r"(a, b) \in R", r"(b, a) \in R", "2"}:
        return None
    size = int(found[1])
    pairs = size * (size + 1) // 2
    return Solution(
        (
            rf"A symmetric relation is a choice among the ${size}$ pairs $(a, a)$"
            rf" and the $\binom{{{size}}}{{2}} = {pairs - size}$ unordered pairs of different elements.",
            f"There are ${size} + {pairs - size} = {pairs}$ independent choices.",
            f"The number is $2^{{{pairs}}}$.",
        ),
        f"2^{{{pairs}}}",
    )


_LOGIC_TOKEN = re.compile(r"\\(?:leftrightarrow|to|land|lor|lnot|neg|rightarrow|wedge|vee)|[pqrst()]")
_SAME_SIGN = {r"\rightarrow": r"\to", r"\wedge": r"\land", r"\vee": r"\lor", r"\neg": r"\lnot"}
_BINDING = {r"\leftrightarrow": 1, r"\to": 2, r"\lor": 3, r"\land": 4}


def _holds(tokens: list[str], values: dict[str, bool], weakest: int = 1) -> bool:
    """Read a formula from the front of `tokens`, which are used up, and give its truth value."""
    front = tokens.pop(0)
    if front == r"\lnot":
        left = not _holds(tokens, values, 5)
    elif front == "(":
        left = _holds(tokens, values)
        if tokens.pop(0) != ")":
            raise ValueError
    else:
        left = values[front]
    while tokens and _BINDING.get(tokens[0], 0) >= weakest:
        sign = tokens.pop(0)
        # `\to` groups to the right.
        right = _holds(tokens, values, _BINDING[sign] + (sign != r"\to"))
        left = {
            r"\leftrightarrow": left == right,
            r"\to": not left or right,
            r"\lor": left or right,
            r"\land": left and right,
        }[sign]
    return left


def count_satisfying_rows(text: str) -> Solution | None:
    """Count the rows of a truth table in which a formula is true."""
    if not re.search(r"truth (?:table|values)", text) or not re.search(
        r"\bis the formula[^?]* true|that satisfy", text
    ):
        return None
    parts = [part for part in math_parts(text) if not re.fullmatch(r"[pqrst]", part)]
    names = sorted({part for part in math_parts(text) if re.fullmatch(r"[pqrst]", part)})
    formulas = [part for part in parts if "\\" in part]
    counts = [part for part in parts if "\\" not in part]
    if len(formulas) != 1 or any(count != str(2 ** len(names)) for count in counts) or has_loose_digits(text):
        return None
    tokens = [_SAME_SIGN.get(token, token) for token in _LOGIC_TOKEN.findall(formulas[0])]
    if _LOGIC_TOKEN.sub("", formulas[0]).strip() or not {token for token in tokens if token.isalpha()} <= set(names):
        return None
    rows: list[str] = []
    try:
        for row in itertools.product((True, False), repeat=len(names)):
            rest = list(tokens)
            if _holds(rest, dict(zip(names, row, strict=True))):
                rows.append("".join("T" if value else "F" for value in row))
            if rest:
                return None
    except (KeyError, IndexError, ValueError):
        return None
    shown = ", ".join(rows) or "none"
    return Solution(
        (
            f"Go through all ${2 ** len(names)}$ assignments of truth values to ${', '.join(names)}$, in this order.",
            f"The formula is true for: {shown}.",
            f"These are ${len(rows)}$ rows.",
        ),
        str(len(rows)),
    )


_SETS = re.compile(r"from a set with \$(\d+)\$ elements (?:on)?to a set with \$(\d+)\$ elements")


def count_surjections(text: str) -> Solution | None:
    """Count the surjective functions between two finite sets by inclusion and exclusion."""
    found = _SETS.search(text)
    if found is None or not re.search(
        r"surjective functions|surjections|category of sets, how many epimorphisms", text
    ):
        return None
    size, goal = int(found[1]), int(found[2])
    if given_integers(text, 2) is None or not 1 <= goal <= 200 or size > _LARGEST_SET:
        return None
    terms = [(-1) ** missing * math.comb(goal, missing) * (goal - missing) ** size for missing in range(goal + 1)]
    if not all(map(is_writable, terms)):
        return None
    answer = str(sum(terms))
    shown = " + ".join(map(str, terms[:6])).replace("+ -", "- ") + (r" - \cdots" if goal > 5 else "")
    return Solution(
        (
            rf"By inclusion and exclusion the number is $\sum_j (-1)^j \binom{{{goal}}}{{j}} ({goal} - j)^{{{size}}}$.",
            f"${shown} = {answer}$.",
        ),
        answer,
    )


_CHAINS = re.compile(
    r"from a (?:chain|totally ordered set) with \$(\d+)\$ elements"
    r" to a (?:chain|totally ordered set) with \$(\d+)\$ elements"
)


def count_monotone_functions(text: str) -> Solution | None:
    """Count the order-preserving functions between two finite chains."""
    found = _CHAINS.search(text)
    if found is None or not re.search(r"order-preserving functions|how many functors", text, re.IGNORECASE):
        return None
    if not set(math_parts(text)) <= {found[1], found[2], r"x \to y", r"x \le y"} or has_loose_digits(text):
        return None
    size, goal = int(found[1]), int(found[2])
    if "strictly" in text or goal < 1 or min(size, goal) > _LARGEST_SET:
        return None
    answer = str(math.comb(size + goal - 1, size))
    return Solution(
        (
            f"Such a function selects ${size}$ of ${goal}$ values with repetition, in non-decreasing order.",
            rf"$\binom{{{size} + {goal} - 1}}{{{size}}} = {answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    count_neither,
    count_subsets,
    count_symmetric_relations,
    count_satisfying_rows,
    count_surjections,
    count_monotone_functions,
)
