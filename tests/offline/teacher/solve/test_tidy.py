"""The LaTeX of a question gets one style, and its words stay as they are."""

import pytest

from synth_builder.offline.teacher.solve.tidy import tidy


@pytest.mark.parametrize(
    ("written", "tidied"),
    [
        (r"$\frac35 + \dfrac1x$", r"$\frac{3}{5} + \frac{1}{x}$"),
        (r"$0\leq x\le 4$", r"$0 \le x \le 4$"),
        ("$x^2-3x+2=0$", "$x^2 - 3x + 2 = 0$"),
        ("$-3x$", "$-3x$"),
        (r"$a_{n+1}=\sqrt{6+a_n}$", r"$a_{n+1} = \sqrt{6 + a_n}$"),
        ("$9^{x}=27^{x-1}$", "$9^{x} = 27^{x-1}$"),
        ("$(1,-2)$", "$(1, -2)$"),
        ("$10,000$ and $12{,}500$", "$10000$ and $12500$"),
        (r"$\left(x+1\right)^2$", "$(x + 1)^2$"),
        (r"$\lim_{x\to 2}\frac{x}{2}$", r"$\lim_{x \to 2} \frac{x}{2}$"),
        (r"$\int_0^2 3x\,dx$", r"$\int_0^2 3x \, dx$"),
        ("$2:3$", "$2 : 3$"),
    ],
)
def test_signs_are_written_in_one_style(written: str, tidied: str) -> None:
    assert tidy(written) == tidied
    assert tidy(tidied) == tidied


def test_words_are_left_alone() -> None:
    assert tidy("Well-known facts, e.g. a=b, at $x=1$.") == "Well-known facts, e.g. a=b, at $x = 1$."
