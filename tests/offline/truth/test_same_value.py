"""Final answers are compared by what they mean."""

from __future__ import annotations

import pytest

from synth_builder.offline.truth import same_value

SAME = [
    ("12", "12"),
    ("12", "12.0"),
    ("-3", "\N{MINUS SIGN}3"),
    (r"\frac{1}{2}", "0.5"),
    (r"\frac{1}{2}", "1/2"),
    (r"\dfrac12", r"\tfrac{2}{4}"),
    (r"-\frac{3}{4}", r"\frac{-3}{4}"),
    (r"\boxed{42}", "42"),
    ("$42$", "42."),
    ("1040.40", "1040.4"),
    ("12,345", "12345"),
    ("12{,}345", "12345"),
    (r"25\%", r"\frac{1}{4}"),
    (r"25\%", "25"),
    (r"60^\circ", "60"),
    (r"5\text{ cm}", "5"),
    (r"5\,\text{cm}^2", "5"),
    ("5 square metres", "5"),
    ("5 m", "5"),
    (r"\$5", "5"),
    ("x = 7", "7"),
    ("f(2) = 7", "7"),
    ("y = 2x + 3", "3 + 2x"),
    (r"2\sqrt{2}", r"\sqrt{8}"),
    (r"\frac{1}{\sqrt{2}}", r"\frac{\sqrt{2}}{2}"),
    (r"\frac{16\pi}{3}", r"\frac{16}{3}\pi"),
    (r"\sqrt{2} + \sqrt{3}", r"\sqrt{3}+\sqrt{2}"),
    (r"\frac{11e^2}{4} - \frac{5}{4}", r"\frac{11e^2 - 5}{4}"),
    ("2^{10}", "1024"),
    ("2^{300}", str(2**300)),
    ("3 + 2i", "2i + 3"),
    ("(1, 2)", "(1.0, 2)"),
    (r"\left(\frac{1}{2}, -3\right)", "(0.5, -3)"),
    ("[0, 2)", "[0, 2)"),
    (r"\{1, 2, 3\}", r"\{3, 1, 2\}"),
    ("1, 2", "2 and 1"),
    ("1, 2", r"\{2, 1\}"),
    (r"\begin{pmatrix} 1 & 0.5 \\ 3 & 4 \end{pmatrix}", r"\begin{pmatrix} 1 & \frac{1}{2} \\ 3 & 4 \end{pmatrix}"),
    ("Yes", "yes"),
    (r"\text{No solution}", "no solution"),
]
DIFFERENT = [
    ("12", "13"),
    ("12", "-12"),
    ("12", "12.01"),
    ("0.33", r"\frac{1}{3}"),
    ("3.14", r"\pi"),
    (r"25\%", "0.26"),
    (r"25\%", r"2.5\%"),
    (r"2\sqrt{2}", r"2\sqrt{3}"),
    (r"16\pi", "16"),
    ("2^{300}", str(2**300 + 1)),
    ("3 + 2i", "3 - 2i"),
    ("2x + 3", "2x - 3"),
    ("(1, 2)", "(2, 1)"),
    ("(1, 2)", "(1, 2, 3)"),
    ("[0, 2)", "[0, 2]"),
    ("(1, 2)", r"\{1, 2\}"),
    (r"\{1, 2, 2\}", r"\{1, 1, 2\}"),
    (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", r"\begin{pmatrix} 1 & 2 & 3 & 4 \end{pmatrix}"),
    ("yes", "no"),
]
UNSURE = [
    ("", "12"),
    ("twelve", "12"),
    ("(1, 2)", "3"),
    (r"\pm 3", "3, -3"),
    (r"2\frac{1}{2}", "2.5"),
    ("2 1/2", "2.5"),
    (r"\frac{1}{0}", "1"),
    (r"\sqrt{-4}", "2"),
    ("9^{9^{9}}", "1"),
    ("((1", "1"),
    (r"\{1, " * 500 + "2" + r"\}" * 500, r"\{1, " * 500 + "3" + r"\}" * 500),
    ("1 + " * 500 + "1", "501"),
]


@pytest.mark.parametrize(("first", "second"), SAME)
def test_the_same_value(first: str, second: str) -> None:
    assert same_value(first, second) is True
    assert same_value(second, first) is True


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_different_values(first: str, second: str) -> None:
    assert same_value(first, second) is False
    assert same_value(second, first) is False


@pytest.mark.parametrize(("first", "second"), UNSURE)
def test_what_cannot_be_told(first: str, second: str) -> None:
    assert same_value(first, second) is None
    assert same_value(second, first) is None


def test_percentages_too_large_for_a_float_cannot_be_told() -> None:
    assert same_value(r"10^{308}\%", r"\sqrt{2}") is None
