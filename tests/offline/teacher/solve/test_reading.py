"""Numbers are found by the words around them, and none is left over."""

from __future__ import annotations

import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.reading import find_numbers, numeric_parts, phrase, read_list, take_parts

AGE, HEIGHT = phrase("age (?:of )?#"), phrase("height #")


def test_numbers_come_in_the_order_of_the_phrases() -> None:
    assert find_numbers(r"a height $2 \cdot 5$ and an age of $\frac{1}{2}$", AGE, HEIGHT) == (
        Fraction(1, 2),
        Fraction(10),
    )


def test_a_number_without_a_phrase_makes_the_text_unreadable() -> None:
    assert find_numbers("age $3$, height $4$, weight $5$", AGE, HEIGHT) is None
    assert find_numbers("age $3$, height $4$ and 5 more", AGE, HEIGHT) is None
    assert find_numbers("age $3$", AGE, HEIGHT) is None


def test_parts_without_digits_are_not_numeric() -> None:
    assert numeric_parts("$x$ is $3$") == ["3"]


def test_each_part_goes_to_one_pattern_and_repeated_parts_must_agree() -> None:
    place, point = re.compile(r"x = (\d+)"), re.compile(r"\((\d+), (\d+)\)")
    assert take_parts("at $x = 3$ and $(1, 2)$, again $x = 3$", (place, point)) == [("3",), ("1", "2")]
    assert take_parts("at $x = 3$ and $(1, 2)$, again $x = 4$", (place, point)) is None
    assert take_parts("at $x = 3$", (place, point)) is None
    assert take_parts("at $x = 3$", (place,), (point,)) == [("3",)]


def test_a_list_is_separated_from_the_other_numbers() -> None:
    read = read_list("The $3$ numbers $4$, $5$ and $6$ have the sum $15$.")
    assert read is not None
    assert [list(map(int, part)) for part in read] == [[4, 5, 6], [3, 15]]
    assert read_list("The number $3$.") is None
