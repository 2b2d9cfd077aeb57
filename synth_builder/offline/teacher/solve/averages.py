r"""Means of lists, and numbers of heads in tosses of fair coins."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.given import given_integers
from synth_builder.offline.teacher.solve.notation import format_number, format_reduction, in_brackets
from synth_builder.offline.teacher.solve.question import Method, Solution
from synth_builder.offline.teacher.solve.reading import read_list, with_numerals

_MEAN_OF_LIST = re.compile(
    r"(?:[Ff]ind|[Cc]alculate|[Dd]etermine|[Cc]ompute|[Ww]hat is|^)\s*the (?:arithmetic )?(?:mean|average)"
    r" of (?:the )?(?:(?:numbers|values|data(?: set)?|scores|list)[,:]? )?\$-?\d+\$, [^A-Za-z]*(?:and [^A-Za-z]*)?$"
)


def find_mean_of_list(text: str) -> Solution | None:
    """Find the mean of a list."""
    read = read_list(text) if _MEAN_OF_LIST.search(text) else None
    if read is None or read[1]:
        return None
    listed = read[0]
    total = sum(listed, Fraction(0))
    answer = format_number(total / len(listed))
    return Solution(
        (
            f"The sum is ${' + '.join(in_brackets(number) for number in listed)} = {format_number(total)}$.",
            f"Divided by the number of values, ${format_reduction(total, len(listed))}$.",
            f"The mean is ${answer}$.",
        ),
        answer,
    )


_TOSSED = re.compile(
    r"\bfair coins? (?:is|are) (?:tossed|flipped|thrown)|(?:tosses|flips|throws) (?:of )?(?:a )?fair coin"
)
_HEADS = re.compile(r"\b(exactly|at least|at most|more than|fewer than) (?:\$(\d+)\$|(one|1)) (?:heads?|tails?)\b")
_TIMES = re.compile(r"\$(\d+)\$ times|in \$(\d+)\$ (?:tosses|flips|throws)|\$(\d+)\$ fair coins")


def count_heads(text: str) -> Solution | None:
    """Find a probability or the expected value of the number of heads in tosses of a fair coin."""
    if "coin" not in text:
        return None
    text = with_numerals(text.replace("twice", "two times"))
    tossed, times = _TOSSED.search(text), _TIMES.search(text)
    if tossed is None and not re.search(r"(?:tosses|flips|throws) of a fair coin", text):
        return None
    if times is None or re.search(r"given|in a row|consecutive|first|until|biased|unfair|pays|wins|die", text):
        return None
    tosses = int(times[1] or times[2] or times[3])
    if not 1 <= tosses <= 200:
        return None
    if re.search(r"expected (?:number|value)", text) and re.search(r"number of (?:heads|tails)", text):
        if given_integers(text, 1) is None or _HEADS.search(text):
            return None
        answer = format_number(Fraction(tosses, 2))
        return Solution(
            (rf"Each toss gives $\frac{{1}}{{2}}$ on average: ${tosses} \cdot \frac{{1}}{{2}} = {answer}$.",), answer
        )
    heads = _HEADS.findall(text)
    if "probability" not in text or len(heads) != 1 or given_integers(text, 1 + bool(heads[0][1])) is None:
        return None
    relation, bound = heads[0][0], int(heads[0][1] or 1)
    low, high = {
        "exactly": (bound, bound),
        "at least": (bound, tosses),
        "at most": (0, bound),
        "more than": (bound + 1, tosses),
        "fewer than": (0, bound - 1),
    }[relation]
    ways = sum(math.comb(tosses, number) for number in range(max(low, 0), min(high, tosses) + 1))
    answer = format_number(Fraction(ways, 2**tosses))
    terms = [rf"\binom{{{tosses}}}{{{number}}}" for number in range(max(low, 0), min(high, tosses) + 1)]
    shown = " + ".join(terms if len(terms) <= 5 else [terms[0], r"\cdots", terms[-1]]) or "0"
    return Solution(
        (
            rf"There are $2^{{{tosses}}} = {2**tosses}$ equally likely results.",
            f"Those that count are ${shown} = {ways}$.",
            rf"The probability is ${format_reduction(ways, 2**tosses)}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    find_mean_of_list,
    count_heads,
)
