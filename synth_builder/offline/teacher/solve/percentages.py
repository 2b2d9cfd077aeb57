"""Percentages and money: price changes, mixtures, simple and compound interest, instalments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from synth_builder.offline.teacher.solve.given import given_integers
from synth_builder.offline.teacher.solve.notation import format_decimal, format_number
from synth_builder.offline.teacher.solve.question import Method, Solution
from synth_builder.offline.teacher.solve.reading import find_numbers, phrase, with_numerals

_DIRECTION = re.compile(
    r"\b(?:(?P<up>increas|ris|rais|grow|gain)|(?P<down>reduc|fall|decreas|drop|los|discount))\w*\b|\$\d+(?P<percent>\\%)\$"
)
_END = re.compile(
    r"\b(?:final|new) (?:price|value|amount)|after the two|after both|[Tt]he result of|What is its (?:value|price)"
)
_DOLLARS = re.compile(r"\$(\d+)\$ dollars")
_RATE = re.compile(r"\$(\d+)\\%\$")
_YEARS = re.compile(r"\$(\d+)\$ years")
_BEFORE = re.compile(
    r"before the (?:sale|discount|reduction)|without the (?:discount|reduction)|\boriginal\b"
    r"|[Tt]he number that is \$\d+\$ after a reduction by"
)
_KNOWN_BEFORE = re.compile(r"\$ dollars (?:before|without)|\boriginal \w+ (?:is|was|of) \$")
_WEIGHTED = re.compile(
    r"weighted mean of \$(\d+)\$ and \$(\d+)\$ with (?:the )?weights \$(\d+)\$ and \$(\d+)\$(?:, respectively)?\.?$"
)
_PART = re.compile(r"\$(\d+)\$ litres of [^$]*\$(\d+)\\%\$")


def _factor(percent: int) -> Fraction:
    return 1 + Fraction(percent, 100)


def change_twice(text: str) -> Solution | None:
    """Apply two percentage changes one after the other."""
    if text.count(r"\%$") != 2 or "litres" in text or not _END.search(text):
        return None
    numbers = given_integers(text, 3)
    if numbers is None or re.search(r"\$\d+\$", text) is None:
        return None
    directions: list[int] = []
    latest = 0
    for found in _DIRECTION.finditer(text):
        if found["percent"]:
            directions.append(latest)
            latest = 0
        else:
            latest = 1 if found["up"] else -1
    if 0 in directions or not text.find(f"${numbers[0]}$") < text.find(r"\%$"):
        return None
    start, first, second = numbers
    one, two = _factor(directions[0] * first), _factor(directions[1] * second)
    between, answer = format_number(start * one), format_number(start * one * two)
    return Solution(
        (
            f"The first change multiplies by ${format_number(one)}$, the second by ${format_number(two)}$.",
            rf"After the first change: ${start} \cdot {format_number(one)} = {between}$.",
            rf"After the second change: ${between} \cdot {format_number(two)} = {answer}$.",
        ),
        answer,
    )


def undo_reduction(text: str) -> Solution | None:
    """Find the number before a percentage reduction."""
    if (
        text.count(r"\%$") != 1
        or not _BEFORE.search(text)
        or _KNOWN_BEFORE.search(text)
        or not re.search(r"reduced by|reduction|discount", text)
    ):
        return None
    numbers, rate, value = given_integers(text, 2), _RATE.search(text), re.search(r"\$(\d+)\$", text)
    if numbers is None or rate is None or value is None or int(rate[1]) >= 100:
        return None
    factor = _factor(-int(rate[1]))
    answer = format_number(int(value[1]) / factor)
    return Solution(
        (
            rf"After the reduction ${100 - int(rate[1])}\%$ are left: the factor was ${format_number(factor)}$.",
            rf"Divide by this factor: ${value[1]} \cdot {format_number(1 / factor)} = {answer}$.",
        ),
        answer,
    )


def mix_concentrations(text: str) -> Solution | None:
    """Find the percentage of a substance in a mixture of two solutions."""
    if weighted := _WEIGHTED.search(text):
        one, two, *amounts = map(int, weighted.groups())
        return _weighted_mean((one, two), amounts)
    if not re.search(r"concentration of \w+ in the mixture|percentage of the mixture", text):
        return None
    parts = [(int(amount), int(rate)) for amount, rate in _PART.findall(text)]
    if given_integers(text, 4) is None or len(parts) != 2 or not sum(amount for amount, _ in parts):
        return None
    (first, weak), (second, strong) = parts
    pure = Fraction(first * weak + second * strong, 100)
    answer = format_number(100 * pure / (first + second))
    return Solution(
        (
            rf"The substance makes up $\frac{{{first} \cdot {weak} + {second} \cdot {strong}}}{{100}}"
            f" = {format_number(pure)}$ litres.",
            f"The mixture has ${first} + {second} = {first + second}$ litres.",
            f"The percentage is ${answer}$.",
        ),
        answer,
    )


def _weighted_mean(values: Sequence[int], weights: Sequence[int]) -> Solution | None:
    total = sum(weights)
    if not total:
        return None
    products = [value * weight for value, weight in zip(values, weights, strict=True)]
    written = [rf"{weight} \cdot {value}" for value, weight in zip(values, weights, strict=True)]
    answer = format_number(Fraction(sum(products), total))
    return Solution(
        (
            f"The weighted values have the sum ${' + '.join(written)} = {sum(products)}$.",
            f"The weights have the sum ${' + '.join(map(str, weights))} = {total}$.",
            rf"The weighted mean is $\frac{{{sum(products)}}}{{{total}}} = {answer}$.",
        ),
        answer,
    )


def find_simple_interest(text: str) -> Solution | None:
    """Find simple interest."""
    if "simple interest" not in text or not re.search(r"dollars of interest|^the simple interest in dollars", text):
        return None
    principal, rate, years = _DOLLARS.search(text), _RATE.search(text), _YEARS.search(text)
    if given_integers(text, 3) is None or principal is None or rate is None or years is None:
        return None
    yearly = Fraction(int(principal[1]) * int(rate[1]), 100)
    answer = format_number(yearly * int(years[1]))
    return Solution(
        (
            rf"One year brings $\frac{{{principal[1]} \cdot {rate[1]}}}{{100}} = {format_number(yearly)}$ dollars.",
            rf"In ${years[1]}$ years this is ${years[1]} \cdot {format_number(yearly)} = {answer}$ dollars.",
        ),
        answer,
    )


def find_compound_balance(text: str) -> Solution | None:
    """Find a balance with annually compounded interest, rounded to cents."""
    if "compounded annually" not in text or "nearest cent" not in text:
        return None
    if not re.search(r"\b(?:balance|worth|value)\b", text):
        return None
    principal, rate, years = _DOLLARS.search(text), _RATE.search(text), _YEARS.search(text)
    if given_integers(text, 3) is None or principal is None or rate is None or years is None or int(years[1]) > 500:
        return None
    factor = _factor(int(rate[1]))
    balance = int(principal[1]) * factor ** int(years[1])
    answer = format_decimal(balance, 2)
    written = format_decimal(factor, 2)
    return Solution(
        (
            rf"Every year multiplies the balance by $1 + \frac{{{rate[1]}}}{{100}} = {written}$.",
            rf"After ${years[1]}$ years it is ${principal[1]} \cdot {written}^{{{years[1]}}}"
            rf" \approx {format_decimal(balance, 4)}$.",
            f"Rounded to cents this is ${answer}$ dollars.",
        ),
        answer,
    )


_EARNED = re.compile(
    r"(?:\w+ of|[Hh]ow much|the(?: total)?)(?: compound)? interest (?:(?:has|have) been|is|was|does|will|earned)"
)
_OTHER_PERIOD = re.compile(r"month|quarter|half|semi|continuous|dail|week|simple")
_CAPITAL = phrase(r"(?:deposit|loan|investment|sum|capital|invests?|lends?|borrows?|puts?)\b[^$]*#")
_DURATION = phrase(r"(?:after|for|in|over|within) # (?:full )?years")


def find_compound_interest(text: str) -> Solution | None:
    """Find the compound interest that has been earned after some years."""
    if "compound" not in text or not _EARNED.search(text) or _OTHER_PERIOD.search(text):
        return None
    text = with_numerals(text)
    rate = re.search(r"\$(\d+(?:\.\d+)?)\\%\$ (?:compound )?(?:interest )?(?:per|a|each|every) (?:year|annum)", text)
    if rate is None:
        return None
    numbers = find_numbers(text.replace(rate[0], "", 1), _CAPITAL, _DURATION)
    if numbers is None or numbers[1].denominator != 1 or not 1 <= numbers[1] <= 100:
        return None
    capital, years = numbers[0], int(numbers[1])
    factor = 1 + Fraction(rate[1]) / 100
    earned = capital * (factor**years - 1)
    if "nearest cent" in text:
        answer = format_decimal(earned, 2)
    elif (100 * earned).denominator == 1:  # otherwise the bank has to round
        answer = format_number(earned)
    else:
        return None
    return Solution(
        (
            f"Every year multiplies the balance by ${format_number(factor)}$.",
            rf"After ${years}$ years it is "
            rf"${format_number(capital)} \cdot \left({format_number(factor)}\right)^{{{years}}}"
            f" = {format_number(capital + earned)}$.",
            f"The interest is the difference ${format_number(capital + earned)} - {format_number(capital)}$,"
            f" that is ${answer}$.",
        ),
        answer,
    )


def compare_instalments(text: str) -> Solution | None:
    """Find how much more an instalment plan costs than the cash price."""
    if "instalments of" not in text or not re.search(r"How (?:many dollars|much) more", text):
        return None
    cash = re.search(r"costs \$(\d+)\$ dollars in cash", text)
    deposit = re.search(r"deposit of \$(\d+)\$ dollars", text)
    plan = re.search(r"\$(\d+)\$ (?:monthly |weekly |equal )*instalments of \$(\d+)\$ dollars", text)
    if given_integers(text, 4) is None or cash is None or deposit is None or plan is None:
        return None
    paid = int(plan[1]) * int(plan[2])
    total = paid + int(deposit[1])
    answer = str(total - int(cash[1]))
    return Solution(
        (
            rf"The instalments add up to ${plan[1]} \cdot {plan[2]} = {paid}$ dollars.",
            f"With the deposit the plan costs ${paid} + {deposit[1]} = {total}$ dollars.",
            f"The difference is ${total} - {cash[1]} = {answer}$ dollars.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    change_twice,
    undo_reduction,
    mix_concentrations,
    find_simple_interest,
    find_compound_balance,
    find_compound_interest,
    compare_instalments,
)
