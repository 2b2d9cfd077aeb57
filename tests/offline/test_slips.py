"""Wrong answers mean something else, whatever the shape of the right one."""

from __future__ import annotations

from random import Random

import pytest

from synth_builder.offline.slips import INDEPENDENT_SLIPS, wrong_answer


def all_outcomes(answer: str, slip: str) -> set[str]:
    return {wrong_answer(answer, slip, Random(seed)) for seed in range(200)}


@pytest.mark.parametrize(
    ("answer", "arithmetic", "sign", "off_by_one"),
    [
        # None: the sign stays, as no other sign surely gives another value; of the amounts, any but the right one.
        ("0", "2", None, "1"),
        ("-0", "-2", None, "-1"),
        ("0.00", "0.02", None, "1.00"),
        (r"\frac{0}{5}", r"\frac{2}{5}", None, r"\frac{1}{5}"),
        (r"0\pi", r"2\pi", None, r"\pi"),
        (r"\frac{0\pi}{3}", r"\frac{2\pi}{3}", None, r"\frac{\pi}{3}"),
        ("(0, 0)", "(2, 0)|(0, 2)", None, "(1, 0)|(0, 1)"),
        ("7", "5|9", "-7", "6|8"),
        ("-1", "-3", "1", "-2"),
        ("+5", "+3|+7", "-5", "+4|+6"),
        ("42", "22|32|40|44|52|62", "-42", "41|43"),
        ("23.40", "3.40|13.40|21.40|22.40|24.40|25.40|33.40|43.40", "-23.40", "22.40|24.40"),
        ("0.5", "0.3|0.7", "-0.5", "1.5"),
        (r"\$1,999", r"\$999|\$1,799|\$1,899|\$2,099|\$2,199|\$2,999|\$3,999", r"-\$1,999", r"\$1,998|\$2,000"),
        ("1{,}000", "800|900|1{,}100|1{,}200|2{,}000|3{,}000", "-1{,}000", "999|1{,}001"),
        (r"\frac{3}{28}", r"\frac{1}{28}|\frac{5}{28}", r"-\frac{3}{28}", r"\frac{1}{14}|\frac{1}{7}"),
        (r"-\frac{1}{2}", r"-\frac{3}{2}", r"\frac{1}{2}", "-1"),
        ("3/28", "1/28|5/28", "-3/28", "2/28|4/28"),
        (r"5\pi", r"3\pi|7\pi", r"-5\pi", r"4\pi|6\pi"),
        (r"2\sqrt{3}", r"4\sqrt{3}", r"-2\sqrt{3}", r"\sqrt{3}|3\sqrt{3}"),
        (r"\sqrt{3}", r"3\sqrt{3}", r"-\sqrt{3}", r"2\sqrt{3}"),
        (r"\frac{5\pi}{6}", r"\frac{3\pi}{6}|\frac{7\pi}{6}", r"-\frac{5\pi}{6}", r"\frac{4\pi}{6}|\frac{6\pi}{6}"),
        ("2^{5}", "2^{3}|2^{7}", "-2^{5}", "2^{4}|2^{6}"),
        ("2 - 3i", "2 - i|2 - 5i|4 - 3i", "2 + 3i", "1 - 3i|2 - 2i|2 - 4i|3 - 3i"),
        (r"5\text{ cm}", r"3\text{ cm}|7\text{ cm}", r"-5\text{ cm}", r"4\text{ cm}|6\text{ cm}"),
        (r"5^\circ", r"3^\circ|7^\circ", r"-5^\circ", r"4^\circ|6^\circ"),
        (r"5\%", r"3\%|7\%", r"-5\%", r"4\%|6\%"),
        ("x = 5", "x = 3|x = 7", "x = -5", "x = 4|x = 6"),
        (r"x = \pi", r"x = 3\pi", r"x = -\pi", r"x = 2\pi"),
        (r"\pm 3", r"\pm 1|\pm 5", "3", r"\pm 2|\pm 4"),
        (r"3 \pm \sqrt{2}", r"1 \pm \sqrt{2}|5 \pm \sqrt{2}|3 \pm 3\sqrt{2}", r"3 + \sqrt{2}", None),
        ("x > 3", "x > 1|x > 5", "x > -3", "x > 2|x > 4"),
        (
            r"x = -2 \text{ or } x = 0",
            r"x = -4 \text{ or } x = 0|x = -2 \text{ or } x = 2",
            r"x = 2 \text{ or } x = 0",
            None,
        ),
        ("(0, 2)", "(2, 2)|(0, 4)", "(0, -2)", "(1, 2)|(0, 1)|(0, 3)"),
        ("[0, 3)", "[2, 3)|[0, 1)|[0, 5)", "[0, -3)", "[1, 3)|[0, 2)|[0, 4)"),
        (r"(-\infty, 3]", r"(-\infty, 1]|(-\infty, 5]", r"(-\infty, -3]", r"(-\infty, 2]|(-\infty, 4]"),
        (r"\{-2, 2\}", r"\{-4, 2\}|\{-2, 4\}", r"\{2, 2\}", r"\{-1, 2\}|\{-3, 2\}|\{-2, 1\}|\{-2, 3\}"),
        (
            r"\begin{pmatrix} \frac{1}{2} & 0 \\ 0 & -3 \end{pmatrix}",
            None,
            r"\begin{pmatrix} \frac{1}{2} & 0 \\ 0 & 3 \end{pmatrix}",
            None,
        ),
        (r"\frac{1 - \sqrt{5}}{2}", None, r"\frac{1 + \sqrt{5}}{2}", None),
        ("y = 2x + 3", "y = 4x + 3|y = 2x + 1|y = 2x + 5", "y = -2x + 3|y = 2x - 3", None),
        ("3:4", "1:4|5:4|3:2|3:6", "-3:4|3:-4", "2:4|4:4|3:3|3:5"),
        (r"\binom{5}{2}", r"\binom{5}{2} + 2", None, r"\binom{5}{2} + 1"),
        ("(x+1)(x-2)", "(x+1)(x-2) + 2", None, "(x+1)(x-2) + 1"),
        ("0!", "0! + 2", None, "0! + 1"),
        ("1^{0}", "1^{0} + 2", None, "1^{0} + 1"),
        (r"0 \cdot 5", r"2 \cdot 5", None, r"1 \cdot 5"),
        (r"5 \cdot 0", r"5 \cdot 0 + 2", None, r"5 \cdot 0 + 1"),
        ("x^2 + C", "3x^2 + C", "-x^2 + C", "2x^2 + C"),
        ("c - 3x^2", "c - x^2|c - 5x^2", "c + 3x^2", "c - 2x^2|c - 4x^2"),
        (r"-\frac{x^3}{3} + 5 + k", r"-\frac{3x^3}{3} + 5 + k", r"\frac{x^3}{3} + 5 + k", r"-\frac{2x^3}{3} + 5 + k"),
        (r"\text{yes}", r"\text{no}", None, r"\text{no}"),
        ("No", "Yes", None, "Yes"),
        (r"\text{Sunday}", r"\text{Saturday}", None, r"\text{Saturday}"),
        ("(E)", "(A)", None, "(A)"),
    ],
)
def test_each_shape_of_answer_is_changed_as_by_a_slip(
    answer: str, arithmetic: str | None, sign: str | None, off_by_one: str | None
) -> None:
    for slip, expected in zip(INDEPENDENT_SLIPS, (arithmetic, sign, off_by_one), strict=True):
        outcomes = all_outcomes(answer, slip)
        if expected is not None:
            assert outcomes == set(expected.split("|")), slip
        elif slip == "dropped_sign":
            assert outcomes == {answer}
        else:
            assert answer not in outcomes


@pytest.mark.parametrize(
    "answer",
    [
        "",
        r"\text{undefined}",
        "DNE",
        r"\infty",
        r"\emptyset",
        r"\frac{\pi}{4} + k\pi, k \in \mathbb{Z}",
        r"\text{Mrs Chen}",
        "ABC",
        "BCD",
        r"\sin x + C",
        r"3\pi + c",
        "k + 1",
        r"\frac{x^2 + 1}{2} + C",
    ],
)
def test_what_no_slip_fits_stays(answer: str) -> None:
    for slip in INDEPENDENT_SLIPS:
        assert all_outcomes(answer, slip) == {answer}


def test_hopeless_latex_is_read_in_linear_time() -> None:
    for answer in (r"3 \cdot " + "1234567890" * 500 + "!", "2 " * 3000 + "!", "(" * 200 + "3", r"\frac{" * 200):
        for slip in INDEPENDENT_SLIPS:
            wrong_answer(answer, slip, Random(0))
