"""The given numbers of a question are found only when every numeral is accounted for."""

from fractions import Fraction

from synth_builder.offline.teacher.solve.given import (
    asked_equation,
    given_integers,
    given_numbers,
    is_writable,
    polynomial_equation,
)


def test_numbers_and_percentages_are_given_in_order() -> None:
    assert given_numbers(r"$3$ of $\frac{1}{2}$ at $20\%$", 3) == [3, Fraction(1, 2), 20]


def test_a_wrong_count_a_symbol_or_a_numeral_in_the_words_gives_nothing() -> None:
    assert given_numbers("$3$ and $4$", 3) is None
    assert given_numbers("$3$ and $x$", 2) is None
    assert given_numbers("$3$ and 4", 1) is None
    assert given_integers(r"$\frac{1}{2}$", 1) is None


def test_the_one_equation_of_a_text_is_found() -> None:
    assert asked_equation("Solve $x + 1 = 3$ for $x$.") == ("x + 1", "3")
    assert asked_equation("Solve $x + y = 3$ and $x = 2$.") is None
    assert polynomial_equation("Solve $x^2 + 1 = x^2 + 2x$.") == (Fraction(1), Fraction(-2))


def test_numbers_with_thousands_of_digits_are_not_written_out() -> None:
    assert is_writable(10**1000)
    assert not is_writable(10**5000)
