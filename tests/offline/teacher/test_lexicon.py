"""The lexicon knows mathematics by its many names, finds it in mathematical texts, and leaves other texts alone."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from synth_builder.errors import SynthBuilderError
from synth_builder.offline.teacher import lexicon

ALGEBRA_TEXT = """# Solving by the quadratic formula

A quadratic equation such as $x^2 - 5x + 6 = 0$ can often be solved by factoring. When no factors are in sight,
completing the square always works, and doing so once for the general case gives the quadratic formula. The
discriminant tells how many real numbers are solutions: two when it is positive, a double root when it is zero.
If it is negative, the roots are complex numbers, and each is the complex conjugate of the other. The graph of
the quadratic function is a parabola; its axis of symmetry passes through the vertex.
"""

BAKERY_TEXT = """# A morning at the bakery

The ovens are lit at four. By six the first loaves stand on the counter, and the square in front of the shop
smells of bread. Mix the flour with a third of the water, fold the dough over itself in a normal rhythm, and
let it rest in a warm place; a group of regular guests is always early. The sum of it all is a good day's work:
rolls, a round cake with a ring of sugar, and the range of pies for which people come from every direction.
They pay $3 or $4, and there is seldom any left by noon.
"""


def test_the_lexicon_is_large() -> None:
    assert len(lexicon.topic_names()) >= 60
    assert len(lexicon.concept_names()) >= 550


def test_names_are_distinct_lower_case_and_free_of_markers() -> None:
    for names in (lexicon.topic_names(), lexicon.concept_names()):
        assert len(set(names)) == len(names)
        assert [name for name in names if name != " ".join(name.lower().split()) or "~" in name] == []


def test_every_name_resolves_to_itself() -> None:
    for name in (*lexicon.topic_names(), *lexicon.concept_names()):
        assert lexicon.canonical(name) == name


def test_every_concept_stands_under_a_topic_and_every_topic_has_six() -> None:
    counts = dict.fromkeys(lexicon.topic_names(), 0)
    for concept in lexicon.concept_names():
        topics = lexicon.topics_of(concept)
        assert topics, concept
        for topic in topics:
            counts[topic] += 1
    assert min(counts.values()) >= 6


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("GCD", "greatest common divisor"),
        ("highest common factors", "greatest common divisor"),
        ("Bayes’ Theorem", "bayes' theorem"),
        ("Bayes's rule", "bayes' theorem"),
        ("Cauchy Schwarz inequality", "cauchy-schwarz inequality"),
        ("prime  factorisation", "prime factorization"),
        ("centre of mass", "center of mass"),
        ("square matrices", "square matrix"),
        ("L'Hopital's rule", "l'hôpital's rule"),
        ("slope of the line", "slope"),
        ("arithmetic sequences", "arithmetic progression"),
        ("determinants", "determinants"),
        ("Conic Sections", "conic sections"),
    ],
)
def test_a_spelling_resolves_to_its_name(spelling: str, name: str) -> None:
    assert lexicon.canonical(spelling) == name


@pytest.mark.parametrize("word", ["", "sourdough", "quadratic sourdough", "$x^2$", "the"])
def test_an_unknown_word_has_no_name_and_no_topics(word: str) -> None:
    assert lexicon.canonical(word) is None
    assert lexicon.topics_of(word) == ()


def test_an_algebra_text_is_read_as_algebra() -> None:
    reading = lexicon.read_document(ALGEBRA_TEXT)
    assert (reading.level, reading.subject) == ("high school", "algebra")
    assert reading.topics[0].name == "quadratic equations"
    assert {"quadratic formula", "discriminant", "completing the square"} <= set(reading.topics[0].concepts)


def test_a_bakery_text_has_no_topics() -> None:
    assert lexicon.read_document(BAKERY_TEXT) == lexicon.Reading("", "", ())


def test_a_passing_mention_is_not_enough() -> None:
    mention = "He spoke of the quadratic formula and the discriminant once. "
    assert lexicon.read_document(mention).topics
    assert not lexicon.read_document(mention + BAKERY_TEXT * 15).topics


def test_a_reading_does_not_change_between_calls_and_keeps_to_its_limits() -> None:
    assert lexicon.read_document(ALGEBRA_TEXT) == lexicon.read_document(ALGEBRA_TEXT)
    short = lexicon.read_document(ALGEBRA_TEXT, max_topics=1, max_concepts=2)
    assert [len(topic.concepts) for topic in short.topics] == [2]


def test_found_concepts_belong_to_their_topic_and_are_listed_once() -> None:
    topics = lexicon.read_document(ALGEBRA_TEXT).topics
    concepts = [concept for topic in topics for concept in topic.concepts]
    assert len(set(concepts)) == len(concepts)
    assert all(topic.name in lexicon.topics_of(concept) for topic in topics for concept in topic.concepts)


def test_formulas_and_code_are_skipped_but_words_set_as_text_are_read() -> None:
    words = "the quadratic formula, the discriminant, the quadratic formula and the discriminant"
    assert not lexicon.read_document(f"We see ${words}$ here.").topics
    assert not lexicon.read_document(f"We see `{words}` here.").topics
    assert lexicon.read_document(rf"We see $\text{{{words}}}$ here.").topics
    assert lexicon.read_document(f"From $5 for {words} to $10.").topics


def test_the_longest_phrase_wins() -> None:
    found = lexicon.read_document("The absolute value inequality needs interval notation.").topics
    assert "absolute value" not in {concept for topic in found for concept in topic.concepts}


def test_a_spelling_of_two_concepts_is_refused() -> None:
    topic = {"level": "college", "subject": "algebra", "cues": [], "concepts": ["gcd", {"divisor": ["GCDs"]}]}
    with pytest.raises(SynthBuilderError, match="to two concepts: 'gcd' and 'divisor'"):
        lexicon._build_lexicon({"divisors": topic})


def _sample_texts(folder: str, count: int) -> list[str]:
    root = os.environ.get("SYNTH_BUILDER_REAL_DATA")
    if not root:
        pytest.skip("SYNTH_BUILDER_REAL_DATA does not name the folder of real documents")
    texts: list[str] = pq.read_table(Path(root, "documents", folder, "documents.parquet"), columns=["text"])[
        "text"
    ].to_pylist()
    return random.Random(7).sample(texts, count)


@pytest.mark.real_data
def test_most_real_mathematics_documents_have_a_topic_with_three_concepts() -> None:
    readings = [lexicon.read_document(text) for text in _sample_texts("math", 200)]
    covered = sum(any(len(topic.concepts) >= 3 for topic in reading.topics) for reading in readings)
    assert covered >= 0.85 * len(readings)


@pytest.mark.real_data
def test_few_real_documents_on_other_matters_have_a_topic() -> None:
    readings = [lexicon.read_document(text) for text in _sample_texts("other", 200)]
    assert sum(bool(reading.topics) for reading in readings) <= 0.08 * len(readings)
