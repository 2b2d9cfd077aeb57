"""Reading and writing mathematics."""

from fractions import Fraction

import pytest

from synth_builder.offline.teacher.solve import notation


def exact(*numbers: int | Fraction) -> tuple[Fraction, ...]:
    return tuple(Fraction(number) for number in numbers)


@pytest.mark.parametrize(
    ("latex", "value"),
    [
        (r"3 \cdot 7", Fraction(21)),
        (r"-\frac{3}{4}", Fraction(-3, 4)),
        (r"8 \cdot (8 + 2)", Fraction(80)),
        ("4 + -7", Fraction(-3)),
        ("2^{10}", Fraction(1024)),
        ("-7^2", Fraction(-49)),
        ("0.25", Fraction(1, 4)),
        (r"\left(1 + \frac{1}{2}\right)^2", Fraction(9, 4)),
        ("10 / 4", Fraction(5, 2)),
    ],
)
def test_calculations_are_read_exactly(latex: str, value: Fraction) -> None:
    assert notation.read_number(latex) == value


@pytest.mark.parametrize("latex", ["", "x", "1 2", "3 +", "(1", r"\frac{1}{0}", "2^{-1}", "a = 1", r"\sqrt{4}"])
def test_what_is_not_a_rational_calculation_is_not_read(latex: str) -> None:
    assert notation.read_number(latex) is None


def test_polynomials_are_expanded_constant_term_first() -> None:
    assert notation.read_polynomial("3x^2 - 5x + 7") == exact(7, -5, 3)
    assert notation.read_polynomial("(x - 1)(x + 1) - x^2") == exact(-1)
    assert notation.read_polynomial("0") == ()
    assert notation.read_polynomial(r"\frac{t^3}{3} + t", "t") == exact(0, 1, 0, Fraction(1, 3))
    assert notation.read_polynomial("3y") is None


def test_an_equation_in_two_variables_is_left_minus_right() -> None:
    terms = notation.read_equation("x^2 + 2xy = 4 - y", "xy")
    assert terms is not None
    expected = {(2, 0): Fraction(1), (1, 1): Fraction(2), (0, 1): Fraction(1), (0, 0): Fraction(-4)}
    assert dict(terms) == expected
    assert notation.read_equation("x + y", "xy") is None


def test_points_and_matrices_are_read() -> None:
    assert notation.read_point(r"(1, -2, 3 \cdot 4)") == exact(1, -2, 12)
    assert notation.read_point("(1, t)") is None
    text = r"$A = \begin{pmatrix} 1 & -2 \\ 3 & \frac{1}{2} \end{pmatrix}$"
    assert notation.read_matrix(text) == (exact(1, -2), exact(3, Fraction(1, 2)))
    assert notation.read_matrix(r"\begin{pmatrix} 1 & t \\ 0 & 1 \end{pmatrix}") is None


def test_given_parts_are_sorted_and_nothing_with_a_numeral_is_lost() -> None:
    given = notation.read_given(r"In $ABC$, $AB = 5$, $2x > 1$, the angle is $60^\circ$, $AB = 6$, and 7 more.")
    assert given == notation.Given((Fraction(60),), {"AB": "5"}, ("2x > 1", "AB = 6"), ("7",))
    assert given.only_values() == ()
    assert notation.read_given("$3$ and $4$").only_values() == exact(3, 4)
    assert notation.read_given("$u = 3$").only_named("u") == ("3",)


def test_numbers_are_written_in_one_convention() -> None:
    assert notation.format_number(Fraction(-3, 4)) == r"-\frac{3}{4}"
    assert notation.format_polynomial((7, -5, 3)) == "3x^2 - 5x + 7"
    assert notation.format_polynomial((0, Fraction(-1, 2), 0, -1), "t") == r"-t^3 - \frac{1}{2}t"
    assert notation.format_root(20) == r"2\sqrt{5}"
    assert notation.format_root(Fraction(1, 2), -1) == r"-\frac{\sqrt{2}}{2}"
    assert notation.format_root(49) == "7"
    assert notation.format_pi(Fraction(3, 4)) == r"\frac{3\pi}{4}"
    assert notation.format_point((1, Fraction(-1, 2))) == r"(1, -\frac{1}{2})"
    assert notation.format_matrix(((1, 2), (3, 4))) == r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"


def test_decimals_are_rounded_half_up() -> None:
    assert notation.format_decimal(Fraction(1, 8), 2) == "0.13"
    assert notation.format_decimal(Fraction(5, 2), 0) == "3"
    assert notation.format_decimal(Fraction(-1, 1000), 2) == "0.00"
    assert notation.format_decimal(7, 1) == "7.0"


def test_a_quotient_is_written_with_its_reduced_form_once() -> None:
    assert notation.format_reduction(15, 25) == r"\frac{15}{25} = \frac{3}{5}"
    assert notation.format_reduction(3, 7) == r"\frac{3}{7}"
