"""Counting: products, selections, arrangements, distributions and the binomial theorem."""

from __future__ import annotations

import math
import re
from collections import Counter

from synth_builder.offline.teacher.solve.given import given_integers, has_loose_digits, is_writable
from synth_builder.offline.teacher.solve.notation import math_parts
from synth_builder.offline.teacher.solve.question import Method, Solution
from synth_builder.offline.teacher.solve.reading import with_numerals

# Factorials beyond it have more digits than anyone wants to read.
_LARGEST_FACTORIAL = 500
_LARGEST_EXPONENT = 2000


def multiply_choices(text: str) -> Solution | None:
    """Count the combinations of one choice from each of three kinds."""
    if not re.search(r"How many different (?:menus|passwords|outfits|codes|combinations) are possible", text):
        return None
    numbers = given_integers(text, 3) if re.search(r"\bone of|consists of one", text) else None
    if numbers is None:
        return None
    product = r" \cdot ".join(map(str, numbers))
    answer = str(math.prod(numbers))
    return Solution(
        (
            "The choices are independent of each other, so their numbers are multiplied.",
            f"${product} = {answer}$.",
        ),
        answer,
    )


_EITHER = re.compile(r"divisible by \$(\d+)\$ or by \$(\d+)\$")
_UP_TO = re.compile(r"from \$1\$ to \$(\d+)\$")


def count_multiples_of_either(text: str) -> Solution | None:
    """Count the integers up to n that are divisible by one of two numbers, by inclusion and exclusion."""
    either, last = _EITHER.search(text), _UP_TO.search(text)
    if either is None or last is None or given_integers(text, 4) is None or re.search(r"not both|neither", text):
        return None
    one, two, end = int(either[1]), int(either[2]), int(last[1])
    if min(one, two) < 1 or not re.search(r"[Hh]ow many|[Nn]umber of integers", text):
        return None
    both = math.lcm(one, two)
    answer = str(end // one + end // two - end // both)
    return Solution(
        (
            f"There are ${end // one}$ multiples of ${one}$ and ${end // two}$ multiples of ${two}$.",
            f"Multiples of both are the multiples of ${both}$; there are ${end // both}$ of them.",
            f"By inclusion and exclusion ${end // one} + {end // two} - {end // both} = {answer}$.",
        ),
        answer,
    )


_COLOURS = re.compile(r"\$(\d+)\$ (?:colou?rs|guided tours|kinds|types)")


def apply_pigeonhole(text: str) -> Solution | None:
    """Find the number of objects that guarantees m objects of the same of n kinds."""
    if "smallest number of" not in text or not re.search(r"guarantees|to be certain", text):
        return None
    kinds, goal = (
        _COLOURS.search(text),
        re.search(r"(?:at least|guarantees) \$(\d+)\$ (?:of them|objects of one)", text),
    )
    if kinds is None or goal is None or not re.search(r"the same|of one colou?r", text):
        return None
    numbers = given_integers(text.replace(f"far more than ${goal[1]}$ of each", ""), 2)
    if numbers is None:
        return None
    count, wanted = int(kinds[1]), int(goal[1])
    answer = str(count * (wanted - 1) + 1)
    return Solution(
        (
            f"In the worst case there are ${wanted} - 1 = {wanted - 1}$ of each of the ${count}$ kinds:"
            rf" ${count} \cdot {wanted - 1} = {count * (wanted - 1)}$ objects.",
            f"One more object forces ${wanted}$ of one kind: ${count * (wanted - 1)} + 1 = {answer}$.",
        ),
        answer,
    )


_PRIZES = re.compile(r"\b(first(?:, second)*(?:, third)*(?:, fourth)?) and (second|third|fourth|fifth) prizes?\b")
_ORDERED = re.compile(r"ordered selections of \$(\d+)\$ different objects out of \$(\d+)\$ objects")
_RANKS = ("first", "second", "third", "fourth", "fifth")


def select_in_order(text: str) -> Solution | None:
    """Count ordered selections without repetition."""
    if found := _ORDERED.search(text):
        chosen, total = int(found[1]), int(found[2])
        numbers = given_integers(text, 2)
    elif (prizes := _PRIZES.search(text)) and "different" in text and "In how many ways" in text:
        names = (*prizes[1].split(", "), prizes[2])
        numbers = given_integers(text, 1)
        if names != _RANKS[: len(names)] or numbers is None:
            return None
        chosen, total = len(names), numbers[0]
    else:
        return None
    if numbers is None or total < 0 or chosen > _LARGEST_FACTORIAL:
        return None
    factors = [total - place for place in range(chosen)]
    if not is_writable(math.perm(total, chosen)):
        return None
    answer = str(math.perm(total, chosen))
    shown = r" \cdot ".join(map(str, factors[:12])) + (r" \cdots" if chosen > 12 else "")
    return Solution(
        (
            f"There are ${total}$ choices for the first place, and one choice less for every further place.",
            f"${shown} = {answer}$.",
        ),
        answer,
    )


_COMMITTEE = re.compile(r"\$(\d+)\$ (?:different )?(\w+)(?: \w+)? and \$(\d+)\$ (?:different )?(\w+)")
_EXACTLY = re.compile(r"(?:exactly )?\$(\d+)\$ (?:of the )?(\w+)(?: \w+)? and (?:exactly )?\$(\d+)\$ (?:of the )?(\w+)")
_MORE_CONDITIONS = re.compile(
    r"\b(?:at least|at most|more|fewer|less|not|president|chair\w*|leader|must|only|together|same|ordered|order)\b"
    r"|\bif\b|always|never|includ|contain|exclud|refus|repe|replace|round|ranked|arranged|lined"
)
_ANY_ORDER = re.compile(r",? (?:if|where|when|and)?(?: the)? order does not matter")
_IRREGULAR = {"woman": "women", "man": "men", "child": "children", "person": "people"}


def _plural(noun: str) -> str:
    return _IRREGULAR.get(noun, noun if noun.endswith("s") or noun in _IRREGULAR.values() else f"{noun}s")


_BINOMIAL = r"\\binom\{(\d+)\}\{(\d+)\}"
_BINOMIALS = re.compile(rf"the value of \$({_BINOMIAL}(?: \\cdot {_BINOMIAL})*)\$")


def choose_from_two_kinds(text: str) -> Solution | None:
    """Count the selections of so many from one kind and so many from another, without order."""
    if found := _BINOMIALS.fullmatch(text):
        pairs = [(int(total), int(chosen)) for total, chosen in re.findall(_BINOMIAL, found[1])]
    else:
        wanted = list(_EXACTLY.finditer(text)) if re.search(r"[Ii]n how many ways|[Hh]ow many", text) else []
        given = _COMMITTEE.search(text[: wanted[-1].start()]) if wanted else None
        if given is None or given_integers(text, 4) is None:
            return None
        if _MORE_CONDITIONS.search(_ANY_ORDER.sub("", text)) or re.search(
            r"(?:from|out of) $", text[: wanted[-1].start()]
        ):
            return None
        exactly = wanted[-1]
        if [_plural(given[place]) for place in (2, 4)] != [_plural(exactly[place]) for place in (2, 4)]:
            return None
        pairs = [(int(given[1]), int(exactly[1])), (int(given[3]), int(exactly[3]))]
    if max(chosen for _, chosen in pairs) > _LARGEST_FACTORIAL:
        return None
    values = [math.comb(total, chosen) for total, chosen in pairs]
    if not is_writable(math.prod(values)):
        return None
    answer = str(math.prod(values))
    lines = [
        rf"$\binom{{{total}}}{{{chosen}}} = {value}$" for (total, chosen), value in zip(pairs, values, strict=True)
    ]
    product = r" \cdot ".join(map(str, values))
    return Solution((f"Choose from each kind: {', '.join(lines)}.", f"Multiply: ${product} = {answer}$."), answer)


_CHOSEN = re.compile(
    r"\b(?:committee|team|group|delegation|jury|selection|sample|hand|choice)s? of (?:exactly )?\$(\d+)\$[^$]*"
    r"\b(?:chosen|selected|formed|picked|drawn|made|dealt) (?:from|out of)(?: \w+){0,6} \$(\d+)\$"
)
_CHOOSE = re.compile(r"\b(?:choose|select|pick) \$(\d+)\$ (?:of|out of|\w+ from|\w+ out of)(?: \w+){0,6} \$(\d+)\$")
_SUBSETS = re.compile(r"subsets (?:of|with) (?:exactly )?\$(\d+)\$ elements[^$]*set (?:of|with) \$(\d+)\$ elements")


def choose_from_one_kind(text: str) -> Solution | None:
    """Count the selections of so many out of one kind, without order."""
    if not re.search(r"[Ii]n how many ways|[Hh]ow many|number of", text):
        return None
    if _MORE_CONDITIONS.search(_ANY_ORDER.sub("", text)):
        return None
    text = with_numerals(text)
    found = _CHOSEN.search(text) or _CHOOSE.search(text) or _SUBSETS.search(text)
    if found is None or given_integers(text, 2) is None:
        return None
    chosen, total = int(found[1]), int(found[2])
    if not 0 <= chosen <= total or total > _LARGEST_EXPONENT:
        return None
    factors = r" \cdot ".join(str(total - place) for place in range(min(chosen, 8))) or "1"
    dots = r" \cdots" if chosen > 8 else ""
    answer = str(math.comb(total, chosen))
    return Solution(
        (
            rf"The order does not matter, so the number is $\binom{{{total}}}{{{chosen}}}$.",
            rf"$\frac{{{factors}{dots}}}{{{chosen}!}} = {answer}$.",
        ),
        answer,
    )


_WORD = re.compile(r"\bword \$?(?:\\text\{)?([A-Z]{2,})\b")


def arrange_letters(text: str) -> Solution | None:
    """Count the arrangements of the letters of a word."""
    found = _WORD.search(text)
    if found is None or has_loose_digits(text) or math_parts(text):
        return None
    if not re.search(
        r"\ball\b[\w ]* letters|arrangements of the letters|letters of the word [A-Z$]+ be (?:re)?arranged[.?]", text
    ):
        return None
    repeated = [(letter, count) for letter, count in sorted(Counter(found[1]).items()) if count > 1]
    total = len(found[1])
    divisors = [math.factorial(count) for _, count in repeated]
    answer = str(math.factorial(total) // math.prod(divisors))
    bottom = r" \cdot ".join(f"{count}!" for _, count in repeated) or "1"
    listed = ", ".join(f"{letter} ${count}$ times" for letter, count in repeated) or "none"
    return Solution(
        (
            f"The word has ${total}$ letters; repeated letters: {listed}.",
            rf"The number of arrangements is $\frac{{{total}!}}{{{bottom}}} = {answer}$.",
        ),
        answer,
    )


def seat_at_round_table(text: str) -> Solution | None:
    """Count the seatings at a round table, up to rotation, with two people side by side."""
    if "round table" not in text or not re.search(r"up to rotation|only by a rotation", text):
        return None
    if not re.search(r"next to each other|adjacent", text) or re.search(r"\bnot (?:sit )?(?:next|adjacent)", text):
        return None
    numbers = given_integers(text, 1)
    if numbers is None or not 3 <= numbers[0] <= _LARGEST_FACTORIAL:
        return None
    people = numbers[0]
    answer = str(2 * math.factorial(people - 2))
    return Solution(
        (
            f"Treat the two as one block: ${people - 1}$ units sit at the round table.",
            f"Up to rotation the units can sit in $({people - 1} - 1)! = {math.factorial(people - 2)}$ ways.",
            rf"Inside the block there are $2$ orders: $2 \cdot {math.factorial(people - 2)} = {answer}$.",
        ),
        answer,
    )


_SUM_EQUATION = re.compile(r"(x_1(?: \+ x_\{?\d+\}?)+|[a-z](?: \+ [a-z])+) = (\d+)")


def distribute_identical(text: str) -> Solution | None:
    """Count the distributions of identical objects, by stars and bars."""
    if "non-negative integers" in text and re.search(r"[Hh]ow many solutions|[Nn]umber of solutions", text):
        parts = math_parts(text)
        found = _SUM_EQUATION.fullmatch(parts[0]) if len(parts) == 1 else None
        if found is None or has_loose_digits(text):
            return None
        indices = [int(index) for index in re.findall(r"x_\{?(\d+)\}?", found[1])]
        letters = [] if indices else found[1].split(" + ")
        if indices != list(range(1, len(indices) + 1)) or len(set(letters)) != len(letters):
            return None
        objects, boxes = int(found[2]), len(indices or letters)
    elif "identical" in text and re.search(r"may (?:also )?(?:receive none|be empty|remain empty)", text):
        numbers = given_integers(text, 2)
        given = re.search(r"\$(\d+)\$ identical [\w ]+ (?:distributed|shared|divided) among \$(\d+)\$ ", text)
        if numbers is None or given is None:
            return None
        objects, boxes = int(given[1]), int(given[2])
    else:
        return None
    if not 1 <= boxes <= _LARGEST_FACTORIAL:
        return None
    if not is_writable(math.comb(objects + boxes - 1, boxes - 1)):
        return None
    answer = str(math.comb(objects + boxes - 1, boxes - 1))
    return Solution(
        (
            f"Stars and bars: place ${boxes} - 1 = {boxes - 1}$ bars among ${objects}$ stars.",
            rf"$\binom{{{objects} + {boxes - 1}}}{{{boxes - 1}}} = {answer}$.",
        ),
        answer,
    )


_NO_FIXED = re.compile(r"permutations of the set \$\\\{1, 2, \\ldots, (\d+)\\\}\$ have no fixed point")


def count_derangements(text: str) -> Solution | None:
    """Count the permutations without a fixed point."""
    if found := _NO_FIXED.search(text):
        numbers: list[int] | None = [int(found[1])] if len(math_parts(text)) == 1 else None
    elif "derangements of" in text or re.search(r"so that (?:no \w+|nobody) gets (?:their|his|her) own", text):
        numbers = given_integers(text, 1)
    else:
        return None
    if numbers is None or not 1 <= numbers[0] <= _LARGEST_FACTORIAL:
        return None
    values = [1, 0]
    while len(values) <= numbers[0]:
        values.append((len(values) - 1) * (values[-1] + values[-2]))
    answer = str(values[numbers[0]])
    return Solution(
        (
            "The numbers of derangements satisfy $D_n = (n - 1)(D_{n-1} + D_{n-2})$ with $D_1 = 0$ and $D_2 = 1$.",
            f"So $D_3, D_4, \\ldots$ are ${', '.join(map(str, values[3:12]))}$.",
            f"$D_{{{numbers[0]}}} = {answer}$.",
        ),
        answer,
    )


_PATHS = re.compile(
    r"(?:lattice|shortest|\b[Hh]ow many) paths (?:(?:are there|lead|go|run) )?from \$\(0, 0\)\$ to \$\((\d+), (\d+)\)\$"
)
_BLOCKS = re.compile(r"\$(\d+)\$ blocks (?:east|west)[\w ]* and \$(\d+)\$ blocks (?:north|south)")


def count_lattice_paths(text: str) -> Solution | None:
    """Count shortest paths in a square grid."""
    if found := _PATHS.search(text):
        known = len(math_parts(text)) == 2 and "right" in text and " up" in text
    elif found := _BLOCKS.search(text):
        known = given_integers(text, 2) is not None and "shortest" in text
    else:
        return None
    if not known or has_loose_digits(text):
        return None
    right, upward = int(found[1]), int(found[2])
    if min(right, upward) > _LARGEST_FACTORIAL:
        return None
    if not is_writable(math.comb(right + upward, upward)):
        return None
    answer = str(math.comb(right + upward, upward))
    return Solution(
        (
            f"Every path has ${right} + {upward} = {right + upward}$ steps, of which ${upward}$ go upwards.",
            rf"Choosing these steps gives $\binom{{{right + upward}}}{{{upward}}} = {answer}$ paths.",
        ),
        answer,
    )


_STAIRS = re.compile(r"taking \$1\$ or \$2\$ steps at a time")


def climb_stairs(text: str) -> Solution | None:
    """Count the ways to write a number as an ordered sum of ones and twos."""
    if _STAIRS.search(text):
        numbers = given_integers(_STAIRS.sub("", text), 1)
    elif found := re.search(r"\$1 \\times (\d+)\$", text):
        expected = [found[0].strip("$"), r"1 \times 1", r"1 \times 2"]
        numbers = [int(found[1])] if math_parts(text) == expected and "tiles" in text else None
    elif "ordered sum of ones and twos" in text:
        numbers = given_integers(text, 1)
    else:
        return None
    if numbers is None or not 1 <= numbers[0] <= _LARGEST_EXPONENT or has_loose_digits(text):
        return None
    values = [1, 1]
    while len(values) <= numbers[0]:
        values.append(values[-1] + values[-2])
    answer = str(values[numbers[0]])
    return Solution(
        (
            "The last part is $1$ or $2$, so the numbers of ways satisfy $w_n = w_{n-1} + w_{n-2}$.",
            f"From $w_1 = 1$ and $w_2 = 2$ on: ${', '.join(map(str, values[1:14]))}$"
            + (" and so on." if numbers[0] > 13 else "."),
            f"$w_{{{numbers[0]}}} = {answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    multiply_choices,
    count_multiples_of_either,
    apply_pigeonhole,
    select_in_order,
    choose_from_two_kinds,
    choose_from_one_kind,
    arrange_letters,
    seat_at_round_table,
    distribute_identical,
    count_derangements,
    count_lattice_paths,
    climb_stairs,
)
