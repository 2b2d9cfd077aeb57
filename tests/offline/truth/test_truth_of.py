"""The truth of a question is right, or nothing is said."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from synth_builder.offline.truth import answer, same_value, truth_of, wordings
from synth_builder.offline.truth.wordings import WORDINGS, plain


def lines_of(name: str) -> list[tuple[str, str]]:
    """The questions and answers of a file beside this one."""
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    pairs = [line.rsplit(" => ", 1) for line in lines if line and not line.startswith("# ")]
    return [(question, right) for question, right in pairs]


@pytest.mark.parametrize(("question", "right"), lines_of("hand_calculated.txt"))
def test_truth_is_what_a_hand_calculates(question: str, right: str) -> None:
    truth = truth_of(question)
    assert truth is not None
    assert same_value(truth, right) is True


@pytest.mark.parametrize(("question", "right"), lines_of("modified.txt"))
def test_a_question_of_another_meaning_is_not_answered_as_the_known_one(question: str, right: str) -> None:
    truth = truth_of(question)
    assert truth is None or same_value(truth, right) is True


def test_every_function_answers_a_question_calculated_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    used = set()

    def noting(wording: wordings.Wording) -> wordings.Wording:
        def noted(**values: object) -> wordings.Answer:
            found = wording.answer(**values)
            if found is not None:
                used.add(wording.answer)
            return found

        return wording._replace(answer=noted)

    functions = {wording.answer for wording in WORDINGS}
    monkeypatch.setattr(wordings, "WORDINGS", [noting(wording) for wording in WORDINGS])
    for question, _ in lines_of("hand_calculated.txt"):
        answer.truth_of(question)
    assert functions - used == set()


def test_every_wording_of_the_file_has_its_function() -> None:
    text = Path(wordings.__file__).with_name("wordings.txt").read_text(encoding="utf-8")
    assert len(WORDINGS) == sum(line.startswith(" ") for line in text.splitlines())


@pytest.mark.parametrize(
    "question",
    [
        "",
        "What is love?",
        "Find the greatest common divisor of $36$ and $60$. Then add one.",
        "Let $k$ be the colour of the sky. Find the greatest common divisor of $k$ and $60$.",
        "Evaluate $1 / 0$.",
        "Evaluate $9^{9^{9}}$.",
        "Evaluate $((1$.",
        "Evaluate $9^{5000}$.",
        "Solve the equation $x = x$ for $x$.",
        "Solve the exponential equation $9^{2} = 27^{8}$ for $x$.",
        "How many integers $x$ satisfy the inequality $x < (-8)^{1/3}$?",
        "Expand along the first row to find the determinant of the matrix "
        "$\\begin{pmatrix} 4 & 1 & 0 \\\\ 2 & 3 & -1 \\\\ 5 & 2 \\end{pmatrix}$.",
        "How many positive divisors does the integer $99999999999$ have? Count $1$ and the integer itself.",
        "Let $k$ be the volume, divided by $\\pi$, of a cone. Let $k$ be ",
    ],
)
def test_what_is_not_understood_is_left_alone(question: str) -> None:
    assert truth_of(question) is None


@pytest.mark.parametrize(
    "question",
    [
        "Find the remainder when $2^{9999}$ is divided by $9973$.",
        "How many integers from $1$ to $9999$ are relatively prime to $9999$?",
        "How many digits does the integer $9999^{5000}$ have in base ten?",
        "How many pairs $(x, y)$ of non-negative integers satisfy the equation $1x + 1y = 9999$?",
        "How many surjective functions are there from a set with $9999$ elements onto a set with $5000$ elements?",
        "Find the largest integer that cannot be written in the form $9973 \\cdot x + 9967 \\cdot y$ with "
        "non-negative integers $x$ and $y$.",
        "Find the coefficient of $x^2$ in the expansion of $(1 + 2x)^{5000}$.",
        "There are $3000$ red coins and $3000$ blue coins in a bag. Two of them are drawn at random without "
        "replacement. What is the probability that the two have the same colour?",
        f"Evaluate ${'1 + ' * 20_000}1$.",
        "The numbers " + "1, " * 10_000 + "and",
    ],
)
def test_large_numbers_take_no_long_time(question: str) -> None:
    start = time.process_time()
    truth_of(question)
    assert time.process_time() - start < 1.5


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"$\frac{1}{k} \cdot 3^{n}$", "frac(1)(k) * 3^(n)"),
        (r"$\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}$", "[ 1 & 2 ; 3 & 4 ]"),
        (r"$\{1, 2, \ldots, 5\} \le 60^\circ$", "{1, 2, ..., 5} <= 60 degrees"),
        ("Find the exact area. Give an exact answer.", "Find the area."),
        ("Find it, as a reduced fraction.", "Find it."),
    ],
)
def test_plain_notation(tex: str, text: str) -> None:
    assert plain(tex) == text
