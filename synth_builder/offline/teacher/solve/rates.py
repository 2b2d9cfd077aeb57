"""Rates and units: work, speed and lengths."""

from __future__ import annotations

import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.given import given_integers, given_numbers
from synth_builder.offline.teacher.solve.notation import format_number
from synth_builder.offline.teacher.solve.question import Method, Solution
from synth_builder.offline.teacher.solve.reading import with_numerals

_ROUND_TRIP = re.compile(
    r"\b(?:returns?|(?:comes|goes|rides|drives|walks|runs|flies|sails|and|there and) back|back the)\b"
)
_WORK = re.compile(r"work of \$(\d+)\$ equal \w+ in \$(\d+)\$ (?:days|hours)")
_SAME_WORK = re.compile(r"How many (\w+) are needed to [\w ]+ in \$(\d+)\$ (\w+)\?$")


def apply_inverse_proportion(text: str) -> Solution | None:
    """Find how many equal workers do a fixed work in another time."""
    if (found := _WORK.search(text)) and (time := re.search(r"do in \$(\d+)\$ ", text)):
        numbers = given_integers(text, 3)
        workers, long, short = int(found[1]), int(found[2]), int(time[1])
    elif (asked := _SAME_WORK.search(text)) and "rate" in text and "same" in text:
        numbers = given_integers(text, 3)
        given = re.search(rf"\$(\d+)\$ {asked[1]} [^$]*\$(\d+)\$ {asked[3]}\b", text)
        if given is None:
            return None
        workers, long, short = int(given[1]), int(given[2]), int(asked[2])
    else:
        return None
    if numbers is None or short < 1 or workers * long % short:
        return None
    answer = str(workers * long // short)
    return Solution(
        (
            rf"The whole work is the fixed product ${workers} \cdot {long} = {workers * long}$.",
            rf"In the time ${short}$ it needs $\frac{{{workers * long}}}{{{short}}} = {answer}$.",
        ),
        answer,
    )


_SPEED = re.compile(
    r"\$[^$]+\$ (?:kilomet(?:re|er)s|met(?:re|er)s|miles|km|m|feet) ?(?:per|an?|/)|\$[^$]+\$ (?:mph|knots)"
)
_HOURS = re.compile(r"(?<!per )(?<!an )\bhours?\b|for an hour|minutes\b|stops|rests")
_SAME_RATE = re.compile(r"\b(?:identical|equal|equally|such|same)\b")
_TIME_OF_MANY = re.compile(
    r"\$(\d+)\$ (?:\w+ ){0,2}?(\w+) (?:can |could )?\w+ [^$.?]*\bin \$(\d+)\$ (hours|days|minutes|weeks)\b"
)
_TIME_ASKED = re.compile(
    r"(?:How (?:many (?P<unit>\w+)|long)|in how many (?P<unit2>\w+)) (?:would|do|does|will|can|could) (?:it take )?"
    r"\$(?P<count>\d+)\$ (?:(?:such|of these|of the|of them|identical|equal|more) )?(?P<noun>\w+)\b[^$.]*\?$"
)


def find_time_for_other_number(text: str) -> Solution | None:
    """Find the time that another number of equal workers needs for the same work."""
    if not _SAME_RATE.search(text) or " in " not in text:
        return None
    text = with_numerals(text)
    asked, numbers = _TIME_ASKED.search(text), given_integers(text, 3)
    given = _TIME_OF_MANY.search(text)
    if asked is None or given is None or numbers is None:
        return None
    if not re.search(rf"\$ (?:\w+ ){{0,2}}{asked['noun']}\b", given[0]) and asked["noun"] not in ("need", "take"):
        return None
    unit = asked["unit"] or asked["unit2"]
    workers, time, others = int(given[1]), int(given[3]), int(asked["count"])
    if unit not in (None, given[4]) or min(workers, time, others) < 1:
        return None
    answer = format_number(Fraction(workers * time, others))
    return Solution(
        (
            rf"The whole work is the fixed product ${workers} \cdot {time} = {workers * time}$.",
            rf"Shared by ${others}$ it takes $\frac{{{workers * time}}}{{{others}}} = {answer}$ {given[4]}.",
        ),
        answer,
    )


_TOGETHER = re.compile(r"(?:[Hh]ow many \w+|[Hh]ow long|number of \w+)[^.?$]*\btogether\b|together[^.?$]*how long")
_TOGETHER_KNOWN = re.compile(r"together(?! when they need \$)[^.?]*\$")
_FILL_AND_EMPTY = re.compile(r"fill.*(?:drain|leak|empt)|(?:drain|leak|empt).*fill", re.DOTALL)


def combine_work_rates(text: str) -> Solution | None:
    """Find the time that two need together from the times that each needs alone."""
    if (
        "alone" not in text
        or not _TOGETHER.search(text)
        or _TOGETHER_KNOWN.search(text)
        or _FILL_AND_EMPTY.search(text)
    ):
        return None
    numbers = given_numbers(text, 2)
    if numbers is None or min(numbers) <= 0:
        return None
    first, second = numbers
    rate = 1 / first + 1 / second
    answer = format_number(1 / rate)
    return Solution(
        (
            f"In one unit of time they do ${format_number(1 / first)}$ and ${format_number(1 / second)}$ of the work.",
            f"Together the rate is ${format_number(1 / first)} + {format_number(1 / second)} = {format_number(rate)}$.",
            f"The time is the reciprocal, ${answer}$.",
        ),
        answer,
    )


def average_round_trip(text: str) -> Solution | None:
    """Find the harmonic mean of two numbers, which is the average speed of a trip there and back."""
    if not (("average speed" in text and _ROUND_TRIP.search(text)) or "harmonic mean of" in text):
        return None
    numbers = given_numbers(text, 2)
    if numbers is None or min(numbers) <= 0:
        return None
    if "harmonic" not in text and (len(_SPEED.findall(text)) != 2 or _HOURS.search(text)):
        return None
    first, second = numbers
    answer = format_number(2 * first * second / (first + second))
    product, total = format_number(2 * first * second), format_number(first + second)
    written = rf"\frac{{2 \cdot {format_number(first)} \cdot {format_number(second)}}}"
    written += rf"{{{format_number(first)} + {format_number(second)}}} = \frac{{{product}}}{{{total}}}"
    return Solution(
        (
            "Both ways have the same length, so the average is the harmonic mean of the two speeds.",
            f"${written} = {answer}$.",
        ),
        answer,
    )


_FAST = re.compile(r"\$(\d+)\$ (kilometres per hour|metres per second)")


def convert_speed(text: str) -> Solution | None:
    """Convert between kilometres per hour and metres per second."""
    if "kilometres per hour" not in text or "metres per second" not in text:
        return None
    found, numbers = _FAST.search(text), given_integers(text, 1)
    if found is None or numbers is None:
        return None
    to_metres = found[2].startswith("kilo")
    factor = Fraction(5, 18) if to_metres else Fraction(18, 5)
    answer = format_number(numbers[0] * factor)
    fact = r"$1$ kilometre per hour is $\frac{1000}{3600} = \frac{5}{18}$ metres per second."
    back = r"$1$ metre per second is $\frac{3600}{1000} = \frac{18}{5}$ kilometres per hour."
    return Solution(
        (fact if to_metres else back, rf"${numbers[0]} \cdot {format_number(factor)} = {answer}$."),
        answer,
    )


def cut_into_pieces(text: str) -> Solution | None:
    """Find how many pieces of some centimetres a length in metres gives."""
    if "centimetres" not in text or not re.search(r"How many pieces|[Nn]umber of pieces of", text):
        return None
    numbers = given_integers(text, 2)
    long, short = re.search(r"\$(\d+)\$ metres", text), re.search(r"\$(\d+)\$ centimetres", text)
    if numbers is None or long is None or short is None or int(short[1]) == 0 or 100 * int(long[1]) % int(short[1]):
        return None
    length = 100 * int(long[1])
    answer = str(length // int(short[1]))
    return Solution(
        (
            rf"Convert: ${long[1]}$ metres are ${long[1]} \cdot 100 = {length}$ centimetres.",
            rf"Divide: $\frac{{{length}}}{{{short[1]}}} = {answer}$.",
            f"There are ${answer}$ pieces.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    apply_inverse_proportion,
    find_time_for_other_number,
    combine_work_rates,
    average_round_trip,
    convert_speed,
    cut_into_pieces,
)
