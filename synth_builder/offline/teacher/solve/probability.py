r"""Probabilities of events: drawing, repeated trials, dice, unions and Bayes' theorem."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from fractions import Fraction

from synth_builder.offline.teacher.solve.notation import (
    format_number,
    format_reduction,
    values_of,
)
from synth_builder.offline.teacher.solve.question import Method, Solution
from synth_builder.offline.teacher.solve.reading import find_numbers, numeric_parts, phrase, take_parts, with_numerals

_TWO_COLOURS = (phrase(r"# \w+ \w+ and \$\d+\$ \w+ \w+"), phrase(r"\$\d+\$ \w+ \w+ and # \w+ \w+"))
_SAME_COLOUR = re.compile(r"same colou?r")
_TWO_DRAWN = re.compile(r"[Tt]wo of them are (?:drawn|taken)")


def find_same_colour_probability(text: str) -> Solution | None:
    """Find the probability that two things drawn without replacement have the same colour."""
    if not _SAME_COLOUR.search(text) or not _TWO_DRAWN.search(text) or "without replacement" not in text:
        return None
    numbers = find_numbers(text, *_TWO_COLOURS)
    if numbers is None or any(number.denominator != 1 or number < 0 for number in numbers):
        return None
    first, second = (int(number) for number in numbers)
    total = math.comb(first + second, 2)
    good = math.comb(first, 2) + math.comb(second, 2)
    if not total:
        return None
    answer = format_number(Fraction(good, total))
    return Solution(
        (
            rf"There are $\binom{{{first + second}}}{{2}} = {total}$ equally likely pairs.",
            rf"Those with one colour: $\binom{{{first}}}{{2}} + \binom{{{second}}}{{2}} = "
            f"{math.comb(first, 2)} + {math.comb(second, 2)} = {good}$.",
            rf"The probability is ${format_reduction(good, total)}$.",
        ),
        answer,
    )


_BOX_OF_TWO = re.compile(r"\$(\d+)\$ (\w+)(?: \w+)? and \$(\d+)\$ (\w+)\b")
_DRAW_TWO = re.compile(
    r"\$2\$ (?:\w+ ){1,4}?(?:drawn|taken|chosen|picked|selected|removed)|(?:draws?|takes?|picks?|chooses?) \$2\$"
)
_BOTH_ARE = re.compile(
    r"\b(?:both|they) (?:\w+ )?are (?:both )?(?:of )?(\w+|different colou?rs)\?$|\bboth (?:\w+ )?are (\w+)\.$"
)


def find_both_probability(text: str) -> Solution | None:
    """Find the probability that two things drawn from two kinds are both of one kind."""
    if "probability" not in text or not re.search(r"replac|put(?:ting)? (?:it )?back|at once|at the same time", text):
        return None
    text = with_numerals(text)
    box, asked = _BOX_OF_TWO.search(text), _BOTH_ARE.search(text)
    if (
        box is None
        or asked is None
        or not _DRAW_TWO.search(text)
        or len(values_of(text)) != 3
        or len(numeric_parts(text)) != 3
    ):
        return None
    if re.search(r"given that|if the first|at least|\bnot\b|neither", text):
        return None
    counts = {box[2]: int(box[1]), box[4]: int(box[3])}
    kind = asked[1] or asked[2]
    with_return = re.search(r"with replacement|(?:put back|replaced) (?:before|into)", text)
    without = re.search(r"without (?:replacement|putting|replacing)|not (?:put back|replaced)|at once|same time", text)
    total = sum(counts.values())
    if kind not in counts or len(counts) != 2 or bool(with_return) == bool(without) or total < 2:
        return None
    wanted = counts[kind]
    later, rest = (wanted, total) if with_return else (wanted - 1, total - 1)
    answer = format_number(Fraction(wanted * later, total * rest))
    return Solution(
        (
            rf"The first one is {kind} with the probability $\frac{{{wanted}}}{{{total}}}$.",
            rf"Then the second one is {kind} with the probability $\frac{{{later}}}{{{rest}}}$.",
            rf"The product is $\frac{{{wanted}}}{{{total}}} \cdot \frac{{{later}}}{{{rest}}} = {answer}$.",
        ),
        answer,
    )


_PROBABILITY = phrase("probability #")
_TRIES = phrase(r"(?:buys|in|makes|of) # (?:tickets|trials|attempts|games|shots|times|repetitions)")
_AT_LEAST_ONCE = re.compile(r"at least (?:one of them|once|one)\b")


def find_at_least_one(text: str) -> Solution | None:
    """Find the probability of at least one success in independent trials."""
    if not _AT_LEAST_ONCE.search(text) or "ndependent" not in text:
        return None
    numbers = find_numbers(text, _PROBABILITY, _TRIES)
    if numbers is None or not 0 <= numbers[0] <= 1 or numbers[1].denominator != 1 or not 1 <= numbers[1] <= 100:
        return None
    chance, tries = numbers[0], int(numbers[1])
    none = (1 - chance) ** tries
    answer = format_number(1 - none)
    return Solution(
        (
            f"One trial fails with probability $1 - {format_number(chance)} = {format_number(1 - chance)}$.",
            rf"All ${tries}$ independent trials fail with probability "
            rf"$\left({format_number(1 - chance)}\right)^{{{tries}}} = {format_number(none)}$.",
            f"At least one success has the probability $1 - {format_number(none)} = {answer}$.",
        ),
        answer,
    )


_RELATIONS: dict[str, Callable[[int, int], bool]] = {
    "exactly": operator.eq,
    "at least": operator.ge,
    "at most": operator.le,
    "more than": operator.gt,
    "less than": operator.lt,
    "greater than": operator.gt,
}
_RELATION = "|".join(_RELATIONS)
_SUM_OF_DICE = re.compile(rf"sum (?:[a-z ]+ )?(?:is|of) (?:({_RELATION}) )?(?:equal to )?\$(\d+)\$")


def find_dice_sum_probability(text: str) -> Solution | None:
    """Find the probability of a condition on the sum of two fair dice."""
    if (
        not re.search(r"[Tt]wo (?:fair|standard|ordinary)(?: six-sided)? dice", text)
        or "probability" not in text
        or "given" in text
    ):
        return None
    found = _SUM_OF_DICE.findall(text)
    if len(found) != 1 or len(numeric_parts(text)) != 1:
        return None
    relation, bound = found[0][0] or "exactly", int(found[0][1])
    if not found[0][0] and re.search(r"\bnot\b|\bdivisible|multiple|\bor\b|prime", text):
        return None
    sums = [total for total in range(2, 13) if _RELATIONS[relation](total, bound)]
    counts = [6 - abs(total - 7) for total in sums]
    answer = format_number(Fraction(sum(counts), 36))
    listed = ", ".join(f"${total}$ in ${count}$" for total, count in zip(sums, counts, strict=True)) or "none"
    return Solution(
        (
            "The two dice have $36$ equally likely results.",
            f"The sums that count arise in so many ways: {listed}; together ${sum(counts)}$.",
            rf"The probability is ${format_reduction(sum(counts), 36)}$.",
        ),
        answer,
    )


_BOTH, _NEITHER = phrase(r"# (?:\w+ ){0,3}both"), phrase(r"# (?:\w+ ){0,3}neither")
_FIRST_GROUP = phrase(r"^[^$]*#")
_SECOND_GROUP = phrase(r"^[^$]*\$\d+\$[^$]*#")
_EITHER = re.compile(r"(?:owns?|likes?|has|have|plays?|speaks?|reads?|uses?) (?:an? )?\w+ or (?:an? )?\w+")


def find_union_probability(text: str) -> Solution | None:
    """Find the probability of A or B from the counts of A, B, both and neither."""
    if "both" not in text or "neither" not in text or not _EITHER.search(text) or "but not" in text:
        return None
    numbers = find_numbers(text, _FIRST_GROUP, _SECOND_GROUP, _BOTH, _NEITHER)
    if numbers is None or numbers[2] > min(numbers[:2]) or "only" in text:
        return None
    first, second, both, neither = numbers
    either = first + second - both
    if either + neither <= 0:
        return None
    answer = format_number(either / (either + neither))
    return Solution(
        (
            f"By inclusion and exclusion ${first} + {second} - {both} = {either}$ have at least one of the two.",
            f"In total there are ${either} + {neither} = {either + neither}$.",
            rf"The probability is ${format_reduction(either, either + neither)}$.",
        ),
        answer,
    )


_CELL = re.compile(r"\$(\d+)\$ are (\w+) and (\w+)")
_CONDITION = re.compile(r"turns out to be (\w+)|given that it is (\w+)")
_WANTED = re.compile(r"probability that it is (\w+)|one is (\w+), given")


def find_conditional_probability(text: str) -> Solution | None:
    """Find a conditional probability from a table of counts with two properties."""
    cells = _CELL.findall(text)
    condition, wanted = _CONDITION.search(text), _WANTED.search(text)
    if len(cells) != 4 or len(numeric_parts(text)) != 4 or condition is None or wanted is None:
        return None
    given, asked = condition[1] or condition[2], wanted[1] or wanted[2]
    rows = [(int(count), {one, other}) for count, one, other in cells]
    chosen = [count for count, properties in rows if given in properties]
    good = [count for count, properties in rows if {given, asked} == properties]
    if len(chosen) != 2 or len(good) != 1 or not sum(chosen):
        return None
    answer = format_number(Fraction(good[0], sum(chosen)))
    return Solution(
        (
            f"The condition leaves ${chosen[0]} + {chosen[1]} = {sum(chosen)}$ equally likely things that are {given}.",
            f"Of these ${good[0]}$ are {asked}.",
            rf"The conditional probability is ${format_reduction(good[0], sum(chosen))}$.",
        ),
        answer,
    )


_TEST_RATES = re.compile(r"\$(\d+)\\%\$[^$]*?\bfor \$(\d+)\\%\$ ([^$]*?)\band for \$(\d+)\\%\$ ([^$.]*)\.([^$]*)$")
_NEGATED = re.compile(r"\b(?:not|without|healthy|undamaged|un\w+ed|intact)\b")
_POSTERIOR = re.compile(r"probability that \w+(?: \w+)? (?:is|has|was)\b")  # of the cause, not of the alarm itself
_NEGATIVE_TEST = re.compile(r"negative|no alarm|does not raise|\bnot\b|\bun\w+ed\b")


def apply_bayes_to_test(text: str) -> Solution | None:
    """Find the probability of a property after a positive test."""
    found = _TEST_RATES.search(text)
    if found is None or len(numeric_parts(text)) != 3 or "probability" not in found[6]:
        return None
    if not _POSTERIOR.search(found[6]):
        return None
    if _NEGATED.search(found[3]) or not _NEGATED.search(found[5]) or _NEGATIVE_TEST.search(found[6]):
        return None
    prior, hit, false = (Fraction(int(found[place]), 100) for place in (1, 2, 4))
    return _bayes((prior, 1 - prior), (hit, false))


def _bayes(priors: tuple[Fraction, Fraction], rates: tuple[Fraction, Fraction]) -> Solution | None:
    joint = [prior * rate for prior, rate in zip(priors, rates, strict=True)]
    if not sum(joint) or any(not 0 <= value <= 1 for value in (*priors, *rates)):
        return None
    answer = format_number(joint[0] / sum(joint))
    lines = [
        rf"${format_number(prior)} \cdot {format_number(rate)} = {format_number(product)}$"
        for prior, rate, product in zip(priors, rates, joint, strict=True)
    ]
    return Solution(
        (
            f"The wanted case together with the observation has the probability {lines[0]}.",
            f"The other case together with the observation has the probability {lines[1]}.",
            f"The observation has the total probability ${format_number(joint[0])} + {format_number(joint[1])} = "
            f"{format_number(sum(joint, Fraction(0)))}$.",
            rf"By Bayes' theorem the result is ${format_number(joint[0])} : {format_number(sum(joint, Fraction(0)))} "
            f"= {answer}$.",
        ),
        answer,
    )


_SOURCES = re.compile(r"\$([AB])\$")


def apply_bayes_to_sources(text: str) -> Solution | None:
    """Find the probability that a faulty thing comes from source A or B, given the amounts and the fault rates."""
    letters = _SOURCES.findall(text)
    parts = numeric_parts(text)
    if letters[:4] != ["A", "B", "A", "B"] or len(letters) != 5 or len(parts) != 4:
        return None
    last = text.rfind(".", 0, text.rfind("$A$" if letters[4] == "A" else "$B$"))
    if "comes from" not in text[last:] or not re.search(r"defect|spoiled|faulty|broken", text) or " no " in text:
        return None
    if [part.endswith(r"\%") for part in parts] != [False, False, True, True] or re.search(r"\bnot\b|without", text):
        return None
    first, second, *rates = values_of(text)
    total = first + second
    if not total:
        return None
    pairs = [(first / total, rates[0] / 100), (second / total, rates[1] / 100)]
    (prior, rate), (other, other_rate) = pairs if letters[4] == "A" else pairs[::-1]
    return _bayes((prior, other), (rate, other_rate))


_TRIALS = (re.compile(r"n = (\d+)"), re.compile(r"p = (.+)"), re.compile(r"P\(X (=|\\ge|\\le|<|>) (\d+)\)"))
_SIGNS = {"=": "exactly", r"\ge": "at least", r"\le": "at most", "<": "less than", ">": "more than"}
_HITS = re.compile(rf"({_RELATION}) \$(\d+)\$ of (?:the )?\$(\d+)\$")


def find_binomial_probability(text: str) -> Solution | None:
    """Find a probability of a binomially distributed number of successes."""
    if "binomially distributed" in text:
        parts = take_parts(text, _TRIALS)
        if parts is None:
            return None
        trials, chance_text, (sign, bound) = parts[0][0], parts[1][0], parts[2]
        chances, relation = values_of(f"${chance_text}$"), _SIGNS[sign]
    else:
        found = _HITS.search(text)
        if found is None or "ndependent" not in text:
            return None
        relation, bound, trials = found.groups()
        chances = list(find_numbers(_HITS.sub("", text), _PROBABILITY) or ())
    if len(chances) != 1 or not 0 <= chances[0] <= 1 or not 1 <= int(trials) <= 60:
        return None
    chance, number = chances[0], int(trials)
    wanted = [hits for hits in range(number + 1) if _RELATIONS[relation](hits, int(bound))]
    weights = [math.comb(number, hits) * chance**hits * (1 - chance) ** (number - hits) for hits in wanted]
    answer = format_number(sum(weights, Fraction(0)))
    lines = [
        rf"$P(X = {hits}) = \binom{{{number}}}{{{hits}}} \cdot \left({format_number(chance)}\right)^{{{hits}}} \cdot "
        rf"\left({format_number(1 - chance)}\right)^{{{number - hits}}} = {format_number(weight)}$"
        for hits, weight in zip(wanted, weights, strict=True)
    ]
    if not lines:
        return None
    return Solution(
        (
            f"The number of successes is binomially distributed with $n = {number}$ and $p = {format_number(chance)}$.",
            "; ".join(lines) + ".",
            f"The probability is ${answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    find_same_colour_probability,
    find_both_probability,
    find_at_least_one,
    find_dice_sum_probability,
    find_union_probability,
    find_conditional_probability,
    apply_bayes_to_test,
    apply_bayes_to_sources,
    find_binomial_probability,
)
