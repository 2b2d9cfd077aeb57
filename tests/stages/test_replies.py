"""Replies are read leniently: what is whole is kept, what is not is counted, and nothing raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_builder.stages.replies import (
    SCHOOL_LEVELS,
    Topic,
    declines,
    last_boxed,
    parse_answer,
    parse_concepts,
    parse_questions,
    school_level,
)

CONCEPTS = """<level>High School</level>
<subject>algebra</subject>
<topic>
1. Quadratic equations
2. Functions
</topic>
<key_concept>
1. Quadratic equations
1.1. discriminant
1.2. completing the square
2. Functions
2.1. domain
</key_concept>"""

QUESTIONS = """<Q1>
Question: What is $1 + 1$?
Orig_tag: <original_question>
Level: <elementary>
</Q1>

<Q2>
Question: Solve $x^2 = 4$
for $x$.
Orig_tag: <newly_created>
Level: <high_school>
</Q2>"""


def test_concepts_in_the_form_asked_for() -> None:
    reply = parse_concepts(CONCEPTS)
    assert reply.level == "high_school"
    assert reply.subject == "algebra"
    assert reply.topics == (
        Topic("Quadratic equations", ("discriminant", "completing the square")),
        Topic("Functions", ("domain",)),
    )
    assert reply.malformed == 0


@pytest.mark.parametrize(
    "text",
    [
        f"Here is my analysis:\n```xml\n{CONCEPTS}\n```\nI hope that helps.",
        CONCEPTS.replace("<topic>", "<Topics>").replace("</topic>", "</Topics>"),
        CONCEPTS.replace("key_concept>", "key concepts>"),
        CONCEPTS.replace("key_concept>", "Key_Concepts>"),
        CONCEPTS.replace("</topic>\n", ""),
        CONCEPTS.replace("</key_concept>", ""),
        CONCEPTS.replace("1.1. disc", "1.1 disc").replace("1. Quadratic equations", "1) Quadratic equations"),
        CONCEPTS.replace("1.1. discriminant", "   **1.1. discriminant**"),
        CONCEPTS.replace("1.2. ", "- 1.2. "),
    ],
)
def test_concepts_in_other_spellings_of_the_form_read_the_same(text: str) -> None:
    assert parse_concepts(text).topics == parse_concepts(CONCEPTS).topics


def test_concepts_as_bullets_belong_to_the_topic_above_them() -> None:
    reply = parse_concepts(
        "<topic>\n1. Sets\n</topic>\n<key_concept>\n1. Sets\n- union\n- intersection\n</key_concept>"
    )
    assert reply.topics == (Topic("Sets", ("union", "intersection")),)


def test_concepts_of_a_topic_that_was_not_listed_are_kept_under_it() -> None:
    reply = parse_concepts("<topic>\n1. Sets\n</topic>\n<key_concept>\n2. Logic\n2.1. negation\n</key_concept>")
    assert Topic("Logic", ("negation",)) in reply.topics


def test_names_that_begin_with_a_digit_are_kept_whole() -> None:
    reply = parse_concepts(
        "<topic>\n1. 2D geometry\n2. 3-manifolds\n</topic>\n<key_concept>\n1.1. 2D shape\n</key_concept>"
    )
    assert reply.topics == (Topic("2D geometry", ("2D shape",)), Topic("3-manifolds", ()))


def test_a_topic_that_is_listed_twice_does_not_shift_the_numbers() -> None:
    text = "<topic>\n1. Algebra\n2. Algebra\n3. Sets\n</topic>\n<key_concept>\n2.1. root\n3.1. union\n</key_concept>"
    assert parse_concepts(text).topics == (Topic("Algebra", ("root",)), Topic("Sets", ("union",)))


def test_concepts_cut_in_the_middle_keep_the_lines_before_the_cut() -> None:
    reply = parse_concepts(CONCEPTS[: CONCEPTS.index("2. Functions\n2.1")])
    assert reply.topics[0] == Topic("Quadratic equations", ("discriminant", "completing the square"))


def test_concepts_without_a_place_are_counted() -> None:
    reply = parse_concepts("<topic>\n</topic>\n<key_concept>\n3.1. orphan\n</key_concept>")
    assert reply.topics == ()
    assert reply.malformed == 1


def test_questions_in_the_form_asked_for() -> None:
    reply = parse_questions(QUESTIONS)
    first, second = reply.questions
    assert (first.position, first.text, first.origin) == (0, "What is $1 + 1$?", "original")
    assert first.school_level == "elementary"
    assert (second.position, second.text, second.origin) == (1, "Solve $x^2 = 4$\nfor $x$.", "new")
    assert not reply.refused
    assert reply.malformed == 0


@pytest.mark.parametrize(
    "text",
    [
        f"Sure! Here they are.\n\n```\n{QUESTIONS}\n```",
        QUESTIONS.replace("<Q", "< Q").replace("</Q", "</ q "),
        QUESTIONS.replace("<Q1>", "**<Q1>**").replace("Question:", "**Question:**"),
        QUESTIONS.replace("<Q1>", "[Q1]").replace("</Q1>", "[/Q1]"),
        QUESTIONS.replace("Q1>", "Question 1>").replace("Q2>", "Question_2>"),
        QUESTIONS.replace("</Q1>", "").replace("</Q2>", ""),
        QUESTIONS.replace("Orig_tag: <original_question>", "is_original: true").replace("Orig_tag", "Original tag"),
        QUESTIONS.replace("<Q2>", "<Q7>"),
    ],
)
def test_questions_in_other_spellings_of_the_form_read_the_same(text: str) -> None:
    assert parse_questions(text).questions == parse_questions(QUESTIONS).questions


def test_selected_concepts_are_read_from_brackets_and_lists() -> None:
    block = "<Q1>\nSelected Concepts: [chain rule; unit circle]\nQuestion: [Find $f'(0)$.]\n</Q1>"
    (question,) = parse_questions(block).questions
    assert question.selected_concepts == ("chain rule", "unit circle")
    assert question.text == "Find $f'(0)$."
    listed = block.replace("[chain rule; unit circle]", "\n1. chain rule\n2. unit circle\n")
    assert parse_questions(listed).questions[0].selected_concepts == ("chain rule", "unit circle")


def test_a_question_that_is_an_interval_keeps_its_brackets() -> None:
    (question,) = parse_questions("<Q1>\nQuestion: [0, 1] is compact; is [0, 1)?\n</Q1>").questions
    assert question.text == "[0, 1] is compact; is [0, 1)?"


def test_a_block_without_a_question_is_counted_and_keeps_its_position() -> None:
    reply = parse_questions(QUESTIONS.replace("Question: What is $1 + 1$?", ""))
    assert [question.position for question in reply.questions] == [1]
    assert reply.malformed == 1


def test_a_last_block_that_was_cut_is_counted_not_kept() -> None:
    cut = QUESTIONS[: QUESTIONS.index("for $x$")]
    assert [question.position for question in parse_questions(cut, truncated=True).questions] == [0]
    assert parse_questions(cut, truncated=True).malformed == 1


def test_a_refusal_is_an_outcome() -> None:
    assert parse_questions("NOT SUITABLE: the document has no usable mathematical content.").refused
    assert not parse_questions(QUESTIONS + "\nNOT SUITABLE").refused


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"So $x = 2$. \boxed{2}", "2"),
        (r"\boxed{1} no, wait: $\boxed{\frac{1}{2}}$.", r"\frac{1}{2}"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
        (r"\boxed {x}", "x"),
        (r"first \boxed{3}, then \boxed{4", "3"),
        (r"\boxed{}", ""),
        ("no box", ""),
    ],
)
def test_the_last_whole_box_is_the_answer(text: str, answer: str) -> None:
    assert last_boxed(text) == answer
    assert parse_answer(text).answer == answer


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "**I’m really sorry** but no.",
        "Sorry, this is beyond me.",
        "I cannot write questions about this.",
        "Unfortunately, I am not able to do so.",
        "I'm unable to assist.",
        "As a large language model, I have no opinion.",
        "I sincerely apologize: no.",
    ],
)
def test_a_refusal_in_words_of_its_own_is_one_where_nothing_else_is_there(text: str) -> None:
    assert declines(text)
    assert parse_questions(text).refused
    assert parse_answer(text).refused
    assert not parse_questions(f"{text}\n{QUESTIONS}").refused
    assert not parse_answer(rf"{text} \boxed{{3}}").refused


@pytest.mark.parametrize(
    "text", ["We cannot divide by 0, so $x = 1$.", "It is sorry work.", "If I cannot see it, 3.", "I canoe.", ""]
)
def test_prose_is_no_refusal(text: str) -> None:
    assert not declines(text)


def test_a_teacher_that_cannot_solve_refuses() -> None:
    assert parse_answer("CANNOT SOLVE: data are missing.").refused
    assert not parse_answer(r"One might say CANNOT SOLVE, but \boxed{3}").refused


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Primary School", "elementary"),
        ("<middle_school>", "middle_school"),
        ("Graduate School", "grad_school"),
        ("Undergraduate", "college"),
        ("Olympiad", "competition"),
        ("Other", ""),
        ("", ""),
    ],
)
def test_school_levels_are_recognised_in_free_wording(text: str, level: str) -> None:
    assert school_level(text) == level


MARKS = ["<Q1>", "</Q1>", "<q 2>", "[Q3]", "Question:", "Orig_tag:", "Level: <college>", "Selected Concepts: [a; b]"]
LIST_MARKS = ["<topic>", "</topic>", "<key_concept>", "1. a", "1.1. b", "- c", r"\boxed{", "}", "{", "```", "["]
PIECES = st.sampled_from([*MARKS, *LIST_MARKS, "NOT SUITABLE"])


@given(
    st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=40).map("\n".join)), st.booleans()
)
def test_any_text_is_read_without_an_error(text: str, truncated: bool) -> None:
    concepts = parse_concepts(text)
    questions = parse_questions(text, truncated=truncated)
    answer = parse_answer(text)
    assert concepts.level in ("", *SCHOOL_LEVELS)
    assert all(topic.name for topic in concepts.topics)
    assert all(question.text.strip() for question in questions.questions)
    positions = [question.position for question in questions.questions]
    assert positions == sorted(set(positions))
    assert len(positions) + questions.malformed >= 0
    assert not (questions.refused and questions.questions)
    assert not (answer.refused and answer.answer)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text.strip()))
def test_a_well_formed_block_gives_back_its_question(text: str) -> None:
    plain = (
        text.replace("<", "")
        .replace("[", "")
        .replace("]", "")
        .replace(":", "")
        .replace("`", "")
        .replace("**", "")
        .replace("__", "")
        .strip()
    )
    if plain:
        (question,) = parse_questions(f"<Q1>\nQuestion: {plain}\nLevel: <college>\n</Q1>").questions
        assert question.text == plain
