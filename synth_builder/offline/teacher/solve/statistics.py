r"""Descriptive statistics and inference: means, medians, spreads, intervals, tests and regression."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.notation import (
    exact_root,
    format_decimal,
    format_number,
    format_reduction,
    format_root,
    in_brackets,
    read_number,
    read_point,
    read_polynomial,
    values_of,
)
from synth_builder.offline.teacher.solve.question import Method, Solution
from synth_builder.offline.teacher.solve.reading import find_numbers, numeric_parts, phrase, read_list


def find_missing_value(text: str) -> Solution | None:
    """Find the number that must be added to a list so that it has a given mean."""
    if "mean" not in text or not re.search(r"further|and \$t\$", text):
        return None
    read = read_list(text)
    if read is None:
        return None
    listed, others = read
    count = len(listed)
    if len(others) not in (1, 3) or (len(others) == 3 and others[:2] != [count, count + 1]):
        return None
    mean, known = others[-1], sum(listed, Fraction(0))
    answer = format_number(mean * (count + 1) - known)
    return Solution(
        (
            rf"All ${count + 1}$ numbers must have the sum ${count + 1} \cdot {format_number(mean)} = "
            f"{format_number(mean * (count + 1))}$.",
            f"The known ones have the sum ${' + '.join(format_number(n) for n in listed)} = {format_number(known)}$.",
            f"The missing number is ${format_number(mean * (count + 1))} - {in_brackets(known)} = {answer}$.",
        ),
        answer,
    )


def _counted_list(text: str) -> list[Fraction] | None:
    """Read the one list of a text, whose length may be stated beside it."""
    read = read_list(text)
    return read[0] if read is not None and read[1] in ([], [len(read[0])]) else None


def find_median(text: str) -> Solution | None:
    """Find the median of a list."""
    listed = _counted_list(text) if "median" in text and "mean" not in text else None
    if listed is None:
        return None
    ordered = sorted(listed)
    middle = ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1]
    answer = format_number(sum(middle, Fraction(0)) / len(middle))
    last = (
        f"The number of values is odd, so the median is the middle one, ${answer}$."
        if len(middle) == 1
        else f"The two middle values are ${middle[0]}$ and ${middle[1]}$; their mean is ${answer}$."
    )
    return Solution((f"In order: ${', '.join(format_number(number) for number in ordered)}$.", last), answer)


def find_population_variance(text: str) -> Solution | None:
    """Find the population variance of a list."""
    listed = _counted_list(text) if "population variance" in text else None
    if listed is None:
        return None
    mean = sum(listed, Fraction(0)) / len(listed)
    squares = [(number - mean) ** 2 for number in listed]
    total = sum(squares, Fraction(0))
    answer = format_number(total / len(listed))
    return Solution(
        (
            f"The mean is ${format_number(mean)}$.",
            f"The squared deviations are ${', '.join(format_number(square) for square in squares)}$.",
            rf"Their mean is ${format_reduction(total, len(listed))}$.",
        ),
        answer,
    )


_MEAN, _DEVIATION = phrase(r"(?<!population )\bmean (?:is |of )?#"), phrase(r"standard deviation (?:is |of )?#")
_SCORE = phrase(r"\$z\$-score (?:is |of )?#")


def find_value_from_score(text: str) -> Solution | None:
    """Find the value that has a given z-score."""
    if "$z$-score $" not in text or not re.search(
        r"[Ff]ind the value|the value with|How (?:old|many|much|tall|long)", text
    ):
        return None
    numbers = find_numbers(text, _MEAN, _DEVIATION, _SCORE)
    if numbers is None or numbers[1] <= 0:
        return None
    mean, deviation, score = numbers
    answer = format_number(mean + score * deviation)
    return Solution(
        (
            r"The $z$-score counts the standard deviations above the mean: $x = \mu + z\sigma$.",
            rf"$x = {format_number(mean)} + {in_brackets(score)} \cdot {format_number(deviation)} = {answer}$.",
        ),
        answer,
    )


_NUMBER = r"\$[^$]+\$"
_PART = r"\$([^$]+)\$"
_TWO_GROUPS = re.compile(rf"{_NUMBER} (\w+)[^$]*{_NUMBER} (\w+)[^$]*{_NUMBER} (\w+)[^$]*{_NUMBER} (\w+)", re.DOTALL)
_TWO_PARTS = re.compile(
    rf"mean of (?:a data set|all values) made of {_PART} values with mean {_PART} and {_PART} values with mean {_PART}"
)
_OF_ALL = re.compile(r"whole|together|altogether|all (?:these|of)|combined")


def find_combined_mean(text: str) -> Solution | None:
    """Find the mean of two groups from their sizes and means."""
    if parts := _TWO_PARTS.search(text):
        read = [read_number(part) for part in parts.groups()]
        known = [number for number in read if number is not None]
        return _mean_of_groups(*known) if len(known) == 4 and len(numeric_parts(text)) == 4 else None
    groups = _TWO_GROUPS.search(text)
    if groups is None or groups[1] != groups[3] or groups[2] != groups[4] or groups[1] == groups[2]:
        return None
    numbers = values_of(text)
    if len(numbers) != 4 or len(numeric_parts(text)) != 4 or not _OF_ALL.search(text):
        return None
    if len(re.findall(r"\bmean\b|on average|\baverage\b", text)) < 3:
        return None
    return _mean_of_groups(*numbers)


def _mean_of_groups(first: Fraction, first_mean: Fraction, second: Fraction, second_mean: Fraction) -> Solution | None:
    if first <= 0 or second <= 0 or first.denominator != 1 or second.denominator != 1:
        return None
    total = first * first_mean + second * second_mean
    answer = format_number(total / (first + second))
    return Solution(
        (
            rf"The first group has the sum ${first} \cdot {format_number(first_mean)} = "
            f"{format_number(first * first_mean)}$, the second ${second} \\cdot {format_number(second_mean)} = "
            f"{format_number(second * second_mean)}$.",
            f"Together this is ${format_number(total)}$ for ${first} + {second} = {first + second}$.",
            rf"The mean is ${format_reduction(total, first + second)}$.",
        ),
        answer,
    )


_FACTOR, _SHIFT = phrase("multiplied by #"), phrase(r"(?:then )# is (?:added|subtracted)")
_MAPPED = re.compile(r"\$(-?\d+x(?: [+-] \d+)?|x [+-] \d+)\$")


def transform_deviation(text: str) -> Solution | None:
    """Find the standard deviation of values that are changed by a linear rule."""
    asked = text.rstrip(". ").rsplit(". ", 1)[-1]
    if "the standard deviation of" not in asked or not re.search(r"\bnew\b|arises", asked):
        return None
    rules = _MAPPED.findall(text)
    if len(rules) == 1 and re.search(r"replac", text):
        numbers = find_numbers(_MAPPED.sub("", text), _DEVIATION)
        rule = read_polynomial(rules[0])
        if numbers is None or rule is None or len(rule) != 2:
            return None
        deviation, factor = numbers[0], rule[1]
    else:
        found = find_numbers(text, _DEVIATION, _FACTOR, _SHIFT)
        if found is None:
            return None
        deviation, factor = found[0], found[1]
    if deviation < 0:
        return None
    answer = format_number(abs(factor) * deviation)
    return Solution(
        (
            "Adding a constant moves all values and their mean alike, so the deviations stay the same.",
            f"Multiplying by ${format_number(factor)}$ multiplies the deviations by ${format_number(abs(factor))}$: "
            rf"${format_number(abs(factor))} \cdot {format_number(deviation)} = {answer}$.",
        ),
        answer,
    )


_SAMPLE_SIZE = phrase(r"(?:samples? of size|sample of|filling of) #")
_ERROR_DEVIATION = phrase(r"standard deviation (?:is known to be |of |is )?#")


def find_standard_error(text: str) -> Solution | None:
    """Find the standard error of the mean of a sample."""
    numbers = (
        find_numbers(text, _ERROR_DEVIATION, _SAMPLE_SIZE) if "standard error" in text and "mean" in text else None
    )
    if numbers is None or numbers[1] <= 0:
        return None
    deviation, size = numbers
    answer = format_root(1 / size, deviation)
    return Solution(
        (
            r"The standard error of the mean is $\frac{\sigma}{\sqrt{n}}$.",
            rf"Here it is $\frac{{{format_number(deviation)}}}{{\sqrt{{{format_number(size)}}}}} = "
            rf"\frac{{{format_number(deviation)}}}{{{format_root(size)}}} = {answer}$.",
        ),
        answer,
    )


_LEVEL = re.compile(r"\$(\d+)\\%\$ confidence interval")
_CRITICAL = re.compile(r"\$z = (\d+(?:\.\d+)?)\$")
_INTERVAL_MEAN = phrase(r"\bmean (?:(?:[a-z]+ ){0,3}(?:of|is) )?#")
_KNOWN_DEVIATION = re.compile("population standard deviation|normal population with (?:the )?standard deviation")
_PLACES = {"one decimal place": 1, "two decimal places": 2, "three decimal places": 3}


def find_confidence_interval(text: str) -> Solution | None:
    """Find a confidence interval for a mean with known standard deviation."""
    level, critical = _LEVEL.search(text), _CRITICAL.search(text)
    places = [count for words, count in _PLACES.items() if words in text]
    if level is None or critical is None or len(places) != 1 or not _KNOWN_DEVIATION.search(text):
        return None
    rest = _CRITICAL.sub("", _LEVEL.sub("", text))
    numbers = find_numbers(rest, _SAMPLE_SIZE, _INTERVAL_MEAN, _ERROR_DEVIATION)
    root = None if numbers is None or numbers[0] <= 0 else exact_root(numbers[0])
    if numbers is None or root is None:
        return None
    size, mean, deviation = numbers
    margin = Fraction(critical[1]) * deviation / root
    bounds = [format_decimal(mean + sign * margin, places[0]) for sign in (-1, 1)]
    answer = f"({bounds[0]}, {bounds[1]})"
    return Solution(
        (
            rf"The standard error is $\frac{{{format_number(deviation)}}}{{\sqrt{{{size}}}}} = "
            f"{format_number(deviation / root)}$.",
            rf"The margin of error is ${critical[1]} \cdot {format_number(deviation / root)} \approx "
            f"{format_decimal(margin, places[0] + 2)}$.",
            rf"The bounds are ${format_number(mean)} \pm {format_decimal(margin, places[0] + 2)}$, rounded ${answer}$.",
        ),
        answer,
    )


_MARGIN = phrase("margin of error (?:of|is) at most #")


def find_sample_size(text: str) -> Solution | None:
    """Find the smallest sample size for a margin of error."""
    critical = _CRITICAL.search(text)
    if critical is None or "smallest sample size" not in text:
        return None
    numbers = find_numbers(_CRITICAL.sub("", text), _MARGIN, _ERROR_DEVIATION)
    if numbers is None or numbers[0] <= 0 or numbers[1] <= 0:
        return None
    margin, deviation = numbers
    bound = (Fraction(critical[1]) * deviation / margin) ** 2
    answer = str(math.ceil(bound))
    return Solution(
        (
            r"The margin of error is $\frac{z\sigma}{\sqrt{n}}$, so $n \ge \left(\frac{z\sigma}{E}\right)^2$.",
            rf"$\left(\frac{{{critical[1]} \cdot {format_number(deviation)}}}{{{format_number(margin)}}}\right)^2 = "
            f"{format_number(bound)}$.",
            f"The smallest whole number that is large enough is ${answer}$.",
        ),
        answer,
    )


_ROWS, _COLUMNS = phrase("# rows"), phrase("# columns")


def find_degrees_of_freedom(text: str) -> Solution | None:
    """Find the degrees of freedom of a chi-square test of independence."""
    if "chi-square" not in text or "degrees of freedom" not in text or "independence" not in text:
        return None
    numbers = find_numbers(text, _ROWS, _COLUMNS)
    if numbers is None or min(numbers) < 2:
        return None
    rows, columns = numbers
    answer = format_number((rows - 1) * (columns - 1))
    return Solution(
        (
            "A table with $r$ rows and $c$ columns gives $(r - 1)(c - 1)$ degrees of freedom.",
            rf"$({rows} - 1)({columns} - 1) = {rows - 1} \cdot {columns - 1} = {answer}$.",
        ),
        answer,
    )


_COUNT_WORDS = {"three ": 3, "four ": 4, "five ": 5, "six ": 6}


def find_regression_slope(text: str) -> Solution | None:
    """Find the slope of the least squares line through data points."""
    if "least squares" not in text or "slope" not in text or "through the origin" in text:
        return None
    parts = numeric_parts(text)
    points = [point for part in parts if (point := read_point(part)) is not None and len(point) == 2]
    if len(points) < 2 or len(points) != len(parts):
        return None
    if any(word in text.lower() and count != len(points) for word, count in _COUNT_WORDS.items()):
        return None
    size = len(points)
    x_mean, y_mean = (sum((point[side] for point in points), Fraction(0)) / size for side in (0, 1))
    mixed = sum(((x - x_mean) * (y - y_mean) for x, y in points), Fraction(0))
    square = sum(((x - x_mean) ** 2 for x, _ in points), Fraction(0))
    if not square:
        return None
    answer = format_number(mixed / square)
    return Solution(
        (
            rf"The means are $\bar x = {format_number(x_mean)}$ and $\bar y = {format_number(y_mean)}$.",
            rf"$\sum (x_i - \bar x)(y_i - \bar y) = {format_number(mixed)}$ and $\sum (x_i - \bar x)^2 = "
            f"{format_number(square)}$.",
            f"The slope is their quotient, ${answer}$.",
        ),
        answer,
    )


_HYPOTHESIS = phrase("population mean equals #")
_T_SIZE = phrase(r"(?:sample of size|filling of|sample of) #")
_T_MEAN = phrase(r"(?:sample mean (?:is|of)|the mean|with mean) #")
_T_DEVIATION = phrase(r"sample standard deviation (?:is |of )?#")


def find_t_statistic(text: str) -> Solution | None:
    """Find the t-statistic of a test for a mean."""
    if "$t$" not in text or "population mean equals" not in text:
        return None
    numbers = find_numbers(text, _HYPOTHESIS, _T_SIZE, _T_MEAN, _T_DEVIATION)
    if numbers is None or numbers[1] <= 1 or numbers[3] <= 0:
        return None
    supposed, size, mean, deviation = numbers
    answer = format_root(size, (mean - supposed) / deviation)
    return Solution(
        (
            r"The test statistic is $t = \frac{\bar x - \mu_0}{s / \sqrt{n}}$.",
            rf"Here $t = \frac{{({format_number(mean)} - {in_brackets(supposed)}) \cdot \sqrt{{{size}}}}}"
            rf"{{{format_number(deviation)}}} $.",
            f"The numerator is ${format_root(size, mean - supposed)}$, so $t = {answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    find_missing_value,
    find_median,
    find_population_variance,
    find_value_from_score,
    find_combined_mean,
    transform_deviation,
    find_standard_error,
    find_confidence_interval,
    find_sample_size,
    find_degrees_of_freedom,
    find_regression_slope,
    find_t_statistic,
)
