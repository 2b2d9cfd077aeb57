"""A method reads the words that it declares, alone or beside each other, and no others that change a task."""

import pytest

from synth_builder.offline.teacher.solve.solve import METHODS
from synth_builder.offline.teacher.solve.wording import changes_task, read_words, reads_all_words, tokens_of


@pytest.mark.parametrize("word", ["not", "without", "twice", "half", "diameter", "slant", "month", "unpainted", "non"])
def test_words_that_make_another_task_are_known(word: str) -> None:
    assert changes_task(word)


@pytest.mark.parametrize("word", ["find", "the", "union", "unit", "uniformly", "unknowns", "museum", "pens"])
def test_words_of_a_story_change_nothing(word: str) -> None:
    assert not changes_task(word)


def test_a_text_is_taken_apart_into_words_signs_and_numbers() -> None:
    assert tokens_of("It isn't $3$, half-price.") == ["it", "is", "not", "#", ",", "half", "price", "."]


def test_a_declared_word_is_read_anywhere_and_a_declared_phrase_as_such() -> None:
    assert reads_all_words("measure_circle", "Find the area of the circle with radius $7$.")
    assert not reads_all_words("measure_circle", "Find the area of the circle with diameter $7$.")
    assert reads_all_words("count_derangements", "No guest gets their own hat.")
    assert not reads_all_words("count_derangements", "No hat gets lost.")


def test_units_of_one_quantity_are_not_mixed_unless_it_is_declared() -> None:
    assert reads_all_words("cut_into_pieces", "It is $2$ metres long, in pieces of $5$ centimetres.")
    assert not reads_all_words("find_square_growth", "The side grows by $2$ cm to $9$ centimetres in a second, $1$ m.")
    assert not reads_all_words("find_distance_travelled", "It covers $2$ metres and $5$ kilometres.")


def test_every_declaration_belongs_to_a_method_and_is_needed() -> None:
    assert set(read_words()) <= {method.__name__ for method in METHODS}
    for name, phrases in read_words().items():
        for phrase in phrases:
            words = phrase.split(" ")
            assert len(words) <= 2, (name, phrase)
            assert words[0] == "mixed" or any(changes_task(word) for word in words), (name, phrase)


def test_method_names_are_unique() -> None:
    names = [method.__name__ for method in METHODS]
    assert len(names) == len(set(names))
