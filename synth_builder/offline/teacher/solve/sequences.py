"""Arithmetic and geometric sequences, their sums, and linear recurrences."""

from __future__ import annotations

import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.given import given_integers, given_numbers, has_loose_digits, is_writable
from synth_builder.offline.teacher.solve.notation import (
    format_number,
    in_brackets,
    math_parts,
    read_number,
    read_polynomial,
    read_terms,
)
from synth_builder.offline.teacher.solve.question import Method, Solution

_LARGEST_INDEX = 2000
_BEGINS = re.compile(r"\$(-?\d+), (-?\d+), (-?\d+), \\l?dots\$")
_TERM = re.compile(r"\$a_\{?(\d+)\}?\$")
_FIRST = re.compile(r"first term (?:[\w ]*\bis )?\$(-?\d+)\$|\$a_1 = (-?\d+)\$")
_DIFFERENCE = re.compile(r"common difference (?:is |of )?\$(-?\d+)\$")
_RATIO = re.compile(r"common ratio \$(-?\d+)\$")
_FIRST_TERMS = re.compile(r"first \$(\d+)\$ (?:terms|days|rows|weeks)")


def find_arithmetic_term(text: str) -> Solution | None:
    """Find a term of an arithmetic sequence."""
    if "arithmetic sequence" not in text or re.search(r"\bsum\b", text) or has_loose_digits(text):
        return None
    parts = math_parts(text)
    if begins := _BEGINS.search(text):
        one, two, three = (int(term) for term in begins.groups())
        index = _TERM.search(text)
        if three - two != two - one or index is None or len(parts) != 3:
            return None
        first, difference = one, two - one
    else:
        start, step = _FIRST.search(text), _DIFFERENCE.search(text)
        index = re.search(r"(?:term )?with index \$(\d+)\$", text) or re.search(r"term \$a_\{?(\d+)\}?\$", text)
        index = index or re.search(r"\$(\d+)\$-?(?:th|st|nd|rd) term\b", text)
        if start is None or step is None or index is None:
            return None
        if parts[3:] != ["1"] * (len(parts) - 3) or ("index" in text and "first term has index $1$" not in text):
            return None
        first, difference = int(start[1] or start[2]), int(step[1])
    place = int(index[1])
    answer = str(first + (place - 1) * difference)
    return Solution(
        (
            rf"The general term is $a_n = {first} + (n - 1) \cdot {in_brackets(difference)}$.",
            rf"So $a_{{{place}}} = {first} + {place - 1} \cdot {in_brackets(difference)} = {answer}$.",
        ),
        answer,
    )


_ROWS = re.compile(r"has \$(\d+)\$ rows of")
_FIRST_ROW = re.compile(r"first row has \$(\d+)\$ ")
_MORE = re.compile(
    r"(?:every|each) (?:further|next|following|other) row has \$(\d+)\$ \w+ more than the (?:row before|previous)"
)


def add_arithmetic_terms(text: str) -> Solution | None:
    """Add the first terms of an arithmetic sequence."""
    if "arithmetic sequence" in text and re.search(r"[Ss]um of (?:its|the) first", text):
        start, step, count = _FIRST.search(text), _DIFFERENCE.search(text), _FIRST_TERMS.search(text)
        numbers = given_integers(text, 3)
    else:
        start, step, count = _FIRST_ROW.search(text), _MORE.search(text), _ROWS.search(text)
        numbers = given_integers(text, 3) if "in total" in text else None
    if start is None or step is None or count is None or numbers is None:
        return None
    first, difference, terms = int(start[1]), int(step[1]), int(count[1])
    last = first + (terms - 1) * difference
    answer = str(terms * (first + last) // 2)
    return Solution(
        (
            rf"The last term is ${first} + {terms - 1} \cdot {in_brackets(difference)} = {last}$.",
            rf"The sum is $\frac{{{terms} \cdot ({first} + {in_brackets(last)})}}{{2}} = {answer}$.",
        ),
        answer,
    )


_MULTIPLES = re.compile(
    r"sum of (?:all )?(?:the )?(?:positive )?(?:(two|three)-digit )?(?:positive |natural )?"
    r"(?:(?:integers|numbers)(?: from \$(\d+)\$ to \$(\d+)\$)?,? (?:that|which) are (?:divisible by|multiples of)"
    r"|multiples of) \$(\d+)\$"
    r"(?: (?:(?:(?:that|which) are )?(less than|below|up to|not exceeding|at most) \$(\d+)\$"
    r"|from \$(\d+)\$ to \$(\d+)\$))?[.?]?$"
)


def add_multiples(text: str) -> Solution | None:
    """Add the multiples of a number in a range."""
    found = _MULTIPLES.search(text)
    if found is None or given_integers(text, 1 + sum(found[place] is not None for place in (2, 3, 6, 7, 8))) is None:
        return None
    words, low, high, step, below, bound, start, end = found.groups()
    ranges = []
    if words:
        ranges.append((10, 99) if words == "two" else (100, 999))
    if low:
        ranges.append((int(low), int(high)))
    if bound:
        ranges.append((1, int(bound) - (below in ("less than", "below"))))
    if start:
        ranges.append((int(start), int(end)))
    if len(ranges) != 1 or int(step) < 1:
        return None
    (least, most), divisor = ranges[0], int(step)
    first, last = -(-least // divisor) * divisor, most // divisor * divisor
    if first > last:
        return None
    count = (last - first) // divisor + 1
    answer = str(count * (first + last) // 2)
    return Solution(
        (
            f"The numbers are ${first}, {first + divisor}, \\ldots, {last}$, an arithmetic sequence.",
            rf"There are $\frac{{{last} - {first}}}{{{divisor}}} + 1 = {count}$ of them.",
            rf"The sum is $\frac{{{count} \cdot ({first} + {last})}}{{2}} = {answer}$.",
        ),
        answer,
    )


_FIRST_DAY = re.compile(r"\$(\d+)\$ \w+ on the first day")
_TIMES = re.compile(r"\$(\d+)\$ times as many as on the (?:day before|previous day)")


def add_geometric_terms(text: str) -> Solution | None:
    """Add the first terms of a geometric sequence."""
    if "geometric sequence" in text and re.search(r"[Ss]um of (?:its|the) first", text):
        start, step = _FIRST.search(text), _RATIO.search(text)
    elif "in total" in text:
        start, step = _FIRST_DAY.search(text), _TIMES.search(text)
    else:
        return None
    count = _FIRST_TERMS.search(text)
    if start is None or step is None or count is None or given_integers(text, 3) is None:
        return None
    first, ratio, terms = int(start[1]), int(step[1]), int(count[1])
    if ratio == 1 or not 1 <= terms <= _LARGEST_INDEX:
        return None
    total = first * (ratio**terms - 1) // (ratio - 1)
    if not is_writable(total):
        return None
    answer = str(total)
    return Solution(
        (
            rf"The sum of ${terms}$ terms is $a_1 \cdot \frac{{r^{{{terms}}} - 1}}{{r - 1}}$"
            f" with $a_1 = {first}$ and $r = {ratio}$.",
            rf"This is ${first} \cdot \frac{{{in_brackets(ratio)}^{{{terms}}} - 1}}{{{ratio - 1}}} = {answer}$.",
        ),
        answer,
    )


def add_infinite_geometric(text: str) -> Solution | None:
    """Find the sum of an infinite geometric series from its first term and its common ratio."""
    if "infinite geometric series" not in text:
        return None
    start = re.search(r"first term (?:is )?\$([^$]+)\$", text)
    step = re.search(r"common ratio (?:is )?\$([^$]+)\$", text)
    first, ratio = (read_number(start[1]), read_number(step[1])) if start and step else (None, None)
    if first is None or ratio is None or abs(ratio) >= 1 or given_numbers(text, 2) is None:
        return None
    answer = format_number(first / (1 - ratio))
    return Solution(
        (
            f"The common ratio ${format_number(ratio)}$ lies between $-1$ and $1$, so the series converges.",
            rf"Its sum is $\frac{{a_1}}{{1 - r}}$ with $1 - r = {format_number(1 - ratio)}$.",
            f"${format_number(first)} : {in_brackets(1 - ratio)} = {answer}$.",
        ),
        answer,
    )


_TELESCOPE = re.compile(r"\\sum_\{(\w)=1\}\^\{?(\d+)\}? \\frac\{(\d+)\}\{\1\(\1 \+ 1\)\}")


def add_telescoping(text: str) -> Solution | None:
    """Find a sum of c/(i(i + 1)) by cancellation of neighbouring terms."""
    parts = math_parts(text) if r"\sum" in text else []
    found = _TELESCOPE.fullmatch(parts[0]) if len(parts) == 1 else None
    if found is None or has_loose_digits(text):
        return None
    index, last, factor = found[1], int(found[2]), int(found[3])
    answer = format_number(Fraction(factor * last, last + 1))
    return Solution(
        (
            "Partial fractions split every term:"
            rf" $\frac{{1}}{{{index}({index} + 1)}} = \frac{{1}}{{{index}}} - \frac{{1}}{{{index} + 1}}$.",
            rf"Neighbouring terms cancel, so the sum is ${factor}\left(1 - \frac{{1}}{{{last + 1}}}\right)$.",
            f"This is ${answer}$.",
        ),
        answer,
    )


_SUM_OF_SQUARES = re.compile(r"\\sum_\{(\w)=1\}\^\{?(\d+)\}? \((.+)\)")
_LAYERS = re.compile(r"layer \$(\w)\$ consists of \$([^$]+)\$ ")


def add_squares(text: str) -> Solution | None:
    """Add the values of a quadratic polynomial at 1, 2, ..., n by the formulas for sums of powers."""
    parts = math_parts(text)
    if len(parts) == 1 and (found := _SUM_OF_SQUARES.fullmatch(parts[0])):
        index, last, body = found[1], int(found[2]), found[3]
    elif (layers := _LAYERS.search(text)) and len(parts) == 4 and parts[0].isdigit() and "are in the stack" in text:
        index, last, body = layers[1], int(parts[0]), layers[2]
        if parts[1] != rf"{index} = 1, 2, \ldots, {last}":
            return None
    else:
        return None
    coefficients = read_polynomial(body, index)
    if coefficients is None or len(coefficients) != 3 or has_loose_digits(text):
        return None
    squares, numbers = last * (last + 1) * (2 * last + 1) // 6, last * (last + 1) // 2
    c, b, a = coefficients
    answer = format_number(a * squares + b * numbers + c * last)
    linear = [rf"{format_number(b)} \cdot {numbers}"] if b else []
    squared = rf"\frac{{{last} \cdot {last + 1} \cdot {2 * last + 1}}}{{6}} = {squares}"
    total = " + ".join(
        [rf"{format_number(a)} \cdot {squares}", *linear, rf"{in_brackets(c)} \cdot {last}"]
        if a != 1 or linear
        else [str(squares), rf"{in_brackets(c)} \cdot {last}"]
    )
    return Solution(
        (f"The sum of the first ${last}$ squares is ${squared}$.", f"The whole sum is ${total} = {answer}$."), answer
    )


_RULE = re.compile(r"a_\{n ?\+ ?([12])\} = (.+)")
_START = re.compile(r"a_\{?([012])\}? = (-?\d+)")
_SINGLE_TERM = re.compile(r"a_\{?(\d+)\}?")
_ASIDE = re.compile(r"a_n|n|n \\ge [01]")


def follow_recurrence(text: str) -> Solution | None:
    """Find a term of a sequence that is given by a linear recurrence of first or second order."""
    parts = math_parts(text) if "a_{n" in text and not has_loose_digits(text) else []
    rules = [found for part in parts if (found := _RULE.fullmatch(part))]
    starts = {int(found[1]): Fraction(found[2]) for part in parts if (found := _START.fullmatch(part))}
    asked = [int(found[1]) for part in parts if (found := _SINGLE_TERM.fullmatch(part))]
    asides = sum(_ASIDE.fullmatch(part) is not None for part in parts)
    if (len(rules), len(asked)) != (1, 1) or 2 + len(starts) + asides != len(parts):
        return None
    if not re.search(r"(?:Find|etermine|Calculate|he term|What is) \$a_\{?\d", text):
        return None
    order, first, index = int(rules[0][1]), min(starts, default=0), asked[0]
    # With `a_{n+1}` as y and `a_n` as x, the right side is a linear polynomial.
    body = re.sub(r"a_\{n ?\+ ?1\}", "y", rules[0][2]).replace("a_{n}", "x").replace("a_n", "x")
    terms = read_terms(body, "xy")
    if terms is None or any(sum(powers) > 1 for powers in terms) or (order == 1 and (0, 1) in terms):
        return None
    if sorted(starts) != list(range(first, first + order)) or not first + order <= index <= _LARGEST_INDEX:
        return None
    older, newer, constant = (terms.get(powers, Fraction(0)) for powers in ((1, 0), (0, 1), (0, 0)))
    values = [starts[place] for place in sorted(starts)]
    while len(values) <= index - first:
        values.append(older * values[-order] + newer * values[-1] + constant)
    if not is_writable(values[-1]):
        return None
    answer = format_number(values[-1])
    shown = ", ".join(f"a_{{{first + place}}} = {format_number(value)}" for place, value in enumerate(values[:8]))
    return Solution(
        (f"Apply the rule ${rules[0][0]}$ again and again.", f"${shown}$.", f"So $a_{{{index}}} = {answer}$."), answer
    )


METHODS: tuple[Method, ...] = (
    find_arithmetic_term,
    add_arithmetic_terms,
    add_multiples,
    add_geometric_terms,
    add_infinite_geometric,
    add_telescoping,
    add_squares,
    follow_recurrence,
)
