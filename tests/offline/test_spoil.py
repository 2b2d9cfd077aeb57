"""Every reply fault does to real replies of the teacher what its name says."""

from __future__ import annotations

import cmath
import itertools
import re
from fractions import Fraction
from functools import cache
from importlib import resources
from pathlib import Path

import pytest

from synth_builder.offline.faults import REPLY_FAULTS
from synth_builder.offline.spoil import boxed_answer, spoil
from synth_builder.offline.teacher import reply
from synth_builder.run.prompts import load_prompt
from synth_builder.stages.replies import parse_answer, parse_concepts, parse_questions

SLIPS = ("arithmetic_slip", "dropped_sign", "off_by_one", "systematic_error")
SOLUTION = "1. Add: $2 + 3 = 5$.\n2. The value is $5$.\n\nThe answer is $\\boxed{5}$."
QUESTIONS = "<Q1>\nQuestion: What is $1$?\nLevel: <college>\n</Q1>\n\n<Q2>\nQuestion: What is $2$?\n</Q2>"


def prompt(stage: str, **variables: object) -> str:
    return load_prompt("math", f"{stage}.jinja").render(variables)


@cache
def demo_replies() -> dict[str, list[str]]:
    """What the teacher answers, by stage, for the sample documents as in the demo; level 3 joins neighbours."""
    folder = Path(str(resources.files("synth_builder") / "sample_documents"))
    documents = [path.read_text(encoding="utf-8").split("---\n", 2)[2] for path in sorted(folder.iterdir())]
    found = {"extract_concepts": [reply(prompt("extract_concepts", document=document), 0) for document in documents]}
    topics = [parse_concepts(text).topics for text in found["extract_concepts"]]
    found["level1"] = [reply(prompt("level1", document=document), 0) for document in documents]
    found["level2"] = [
        reply(prompt("level2", document=document, topics=listed), 0)
        for document, listed in zip(documents, topics, strict=True)
    ]
    found["level3"] = [
        reply(
            prompt(
                "level3",
                topics=[topic.name for topic in walk],
                key_concepts=[concept for topic in walk for concept in topic.key_concepts],
                documents=[documents[place], documents[place - 1]],
            ),
            0,
        )
        for place in range(len(documents))
        if (walk := (*topics[place], *topics[place - 1]))
    ]
    questions = {  # of levels 1 to 3
        question.text
        for text in itertools.chain(found["level1"], found["level2"], found["level3"])
        for question in parse_questions(text).questions
    }
    found["answer"] = [reply(prompt("answer", question=question), 0) for question in sorted(questions)]
    return found


def numbers(answer: str) -> list[Fraction | complex]:
    """The numbers that an answer of the demo consists of: exact where they are rational."""
    answer = re.sub(r"^\(|\)$|\\(?:begin|end)\{pmatrix\}|^[a-z] = ", "", answer)
    return [number(part) for part in re.split(r",|&|\\\\", answer)]


def number(text: str) -> Fraction | complex:
    tokens = re.findall(r"\\frac|\\sqrt|\\pi|\d+(?:\.\d+)?|[eix{}+^-]", text)[::-1]
    constants = {r"\pi": cmath.pi, "e": cmath.e, "i": 1j, "x": 0.7390851332151607}
    assert sum(map(len, tokens)) == len(text.replace(" ", "")), text

    def total() -> Fraction | complex:
        result: Fraction | complex = Fraction(0)
        while tokens and tokens[-1] != "}":
            sign = -1 if tokens[-1] == "-" else 1
            if tokens[-1] in "+-":
                tokens.pop()
            result += sign * product()
        return result

    def product() -> Fraction | complex:
        result: Fraction | complex = Fraction(1)
        while tokens and tokens[-1] not in ("+", "-", "}"):
            result *= power()
        return result

    def power() -> Fraction | complex:
        token = tokens.pop()
        base = group() / group() if token == r"\frac" else cmath.sqrt(group()) if token == r"\sqrt" else None
        if base is None:
            base = constants.get(token) or Fraction(token)
        if tokens and tokens[-1] == "^":
            tokens.pop()
            base **= group() if tokens[-1] == "{" else int(tokens.pop())
        return base

    def group() -> Fraction | complex:
        assert tokens.pop() == "{"
        result = total()
        assert tokens.pop() == "}"
        return result

    return total()


def is_same(one: Fraction | complex, other: Fraction | complex) -> bool:
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one == other
    return abs(complex(one) - complex(other)) < 1e-9 * max(abs(complex(one)), abs(complex(other)))


def test_the_comparison_knows_equal_and_unequal_answers() -> None:
    for one, other in ((r"\frac{2}{4}", "0.5"), (r"\sqrt{8}", r"2\sqrt{2}"), ("2^{5}", "32"), ("i", r"\sqrt{-1}")):
        assert is_same(number(one), number(other))
    assert not is_same(number(r"\frac{1}{3}"), number("0.333333333333"))
    assert not is_same(number(r"\frac{11e^2}{4} - \frac{5}{4}"), number(r"\frac{11e^2}{4} + \frac{5}{4}"))


@pytest.mark.parametrize("fault", SLIPS)
def test_every_answer_of_the_demo_gets_another_value(fault: str) -> None:
    restated = 0
    solutions = demo_replies()["answer"]
    for key, solution in enumerate(solutions):
        spoiled = spoil(solution, fault, str(key))
        right, wrong = (parse_answer(text).answer for text in (solution, spoiled))
        assert right
        assert boxed_answer(spoiled) == wrong
        if fault == "dropped_sign" and all(each == 0 for each in numbers(right)):
            assert spoiled == solution
            continue
        pairs = list(zip(numbers(right), numbers(wrong), strict=True))
        assert sum(not is_same(one, other) for one, other in pairs) == 1, (right, wrong)
        step, box = (text.rpartition("\n\n") for text in (spoiled, solution))
        assert step[2] == box[2].replace(right, wrong)
        restated += wrong in step[0].rpartition("\n")[2]
    assert restated > 0.98 * len(solutions)


@pytest.mark.parametrize("fault", SLIPS)
def test_a_slip_changes_the_last_step_as_well_and_nothing_else(fault: str) -> None:
    spoiled = spoil(SOLUTION, fault, "key")
    wrong = boxed_answer(spoiled)
    assert wrong != "5"
    assert spoiled == f"1. Add: $2 + 3 = 5$.\n2. The value is ${wrong}$.\n\nThe answer is $\\boxed{{{wrong}}}$."


def test_a_number_inside_another_one_is_no_result() -> None:
    text = "1. We get $x^5 = 5^2 - 10 = 15$.\n\nThe answer is $\\boxed{5}$."
    assert spoil(text, "dropped_sign", "") == text.replace("boxed{5}", "boxed{-5}")


@pytest.mark.parametrize("fault", SLIPS)
@pytest.mark.parametrize("text", ["", "CANNOT SOLVE: no.", QUESTIONS, "$\\boxed{5$", "$\\boxed{}$"])
def test_without_an_answer_nothing_slips(text: str, fault: str) -> None:
    assert spoil(text, fault, "key") == text


@pytest.mark.parametrize("fault", REPLY_FAULTS)
def test_the_key_alone_decides_on_the_details(fault: str) -> None:
    texts = [SOLUTION.replace("5", "(1, 2)"), QUESTIONS, *demo_replies()["extract_concepts"][:5]]
    for text in texts:
        outcomes = [spoil(text, fault, str(key)) for key in range(20)]
        assert outcomes == [spoil(text, fault, str(key)) for key in range(20)]
    if fault != "empty_reply":
        assert any(len({spoil(text, fault, str(key)) for key in range(20)}) > 1 for text in texts)


def test_a_systematic_error_makes_every_kind_of_slip() -> None:
    answers = {boxed_answer(spoil(SOLUTION, "systematic_error", str(key))) for key in range(100)}
    assert answers == {"3", "7", "-5", "4", "6"}
    # No sign is left to drop, so another slip is made.
    zero = SOLUTION.replace("5", "0")
    assert {boxed_answer(spoil(zero, "systematic_error", str(key))) for key in range(100)} == {"1", "2"}


def test_cut_tags_lose_closing_tags_or_the_end() -> None:
    outcomes = {spoil(QUESTIONS, "cut_tags", str(key)) for key in range(100)}
    without_tags = QUESTIONS.replace("</Q1>", "").replace("</Q2>", "")
    assert without_tags in outcomes
    cut = outcomes - {without_tags}
    assert cut
    last_block = QUESTIONS.index("<Q2>") + len("<Q2>")
    assert all(QUESTIONS.startswith(text) and last_block < len(text) < len(QUESTIONS) - len("</Q2>") for text in cut)
    solutions = {spoil(SOLUTION, "cut_tags", str(key)) for key in range(100)}
    assert all(SOLUTION.startswith(text) and boxed_answer(text) is None for text in solutions)


def test_cut_tags_fit_every_reply_of_the_demo() -> None:
    for stage, texts in demo_replies().items():
        for key, text in enumerate(texts):
            spoiled = spoil(text, "cut_tags", str(key))
            assert len(spoiled) < len(text), stage


def test_wrong_numbers_stand_in_question_blocks_and_concept_lists() -> None:
    digits = re.compile(r"\d+")
    for stage in ("extract_concepts", "level1", "level2", "level3"):
        for key, text in enumerate(demo_replies()[stage]):
            spoiled = spoil(text, "wrong_numbering", str(key))
            assert digits.sub("", spoiled.replace("-", "")) == digits.sub("", text.replace("-", ""))
            assert (spoiled == text) == ("<Q1>" not in text and "1.1. " not in text), (stage, text)
    outcomes = {spoil(QUESTIONS, "wrong_numbering", str(key)) for key in range(50)}
    assert {tuple(re.findall(r"<Q(\d+)>", text)) for text in outcomes} == {
        ("1", "1"),
        ("0", "1"),
        ("2", "4"),
        ("2", "1"),
    }
    assert {spoil(SOLUTION, "wrong_numbering", str(key)) for key in range(50)} == {SOLUTION}


def test_prose_around_leaves_the_reply_whole_and_readable() -> None:
    for stage, texts in demo_replies().items():
        for key, text in enumerate(texts):
            spoiled = spoil(text, "prose_around", str(key))
            before, after = spoiled.split(text)
            assert len(before) > 10 < len(after)
            if stage == "extract_concepts":
                assert parse_concepts(spoiled) == parse_concepts(text)
            elif stage == "answer":
                assert parse_answer(spoiled).answer == parse_answer(text).answer
            else:
                assert parse_questions(spoiled) == parse_questions(text)


@pytest.mark.parametrize("fault", ["empty_reply", "other_language", "refusal"])
def test_replies_of_no_use_hold_nothing_that_a_parser_finds(fault: str) -> None:
    for text in (SOLUTION, QUESTIONS, ""):
        outcomes = {spoil(text, fault, str(key)) for key in range(50)}
        assert len(outcomes) == (1 if fault == "empty_reply" else 4 if fault == "other_language" else 3)
        for outcome in outcomes:
            assert (outcome == "") == (fault == "empty_reply")
            assert not parse_questions(outcome).questions
            assert not parse_concepts(outcome).topics
            assert not parse_answer(outcome).answer
    assert all(len(spoil(text, "other_language", "").splitlines()) <= 4 for text in (SOLUTION, QUESTIONS))
