from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.scene import (
    DEFAULT_PLACES,
    DEFAULT_THINGS,
    IRREGULAR_THINGS,
    MOST_SUBJECTS,
    PLACES,
    REGULAR_THINGS,
    Scene,
    plural_of,
    with_article,
)


def test_things_are_found_in_either_number_in_order_of_first_occurrence() -> None:
    scene = Scene.from_documents(["A lemon, two Knives.", "More lemons and an apple at two bakeries."])
    assert scene.things == ("lemons", "knives", "apples")
    assert scene.places == ("bakery",)


def test_only_whole_words_count() -> None:
    scene = Scene.from_documents(["Pineapples, bookkeeping, parking and pencase."])
    assert scene.things == DEFAULT_THINGS
    assert scene.places == DEFAULT_PLACES


def test_documents_without_subjects_get_neutral_ones() -> None:
    assert Scene.from_documents([]) == Scene(DEFAULT_THINGS, DEFAULT_PLACES)


def test_a_document_that_names_everything_gives_the_first_few() -> None:
    scene = Scene.from_documents([" ".join(REGULAR_THINGS + PLACES)])
    assert scene.things == tuple(plural_of(noun) for noun in REGULAR_THINGS[:MOST_SUBJECTS])
    assert scene.places == tuple(PLACES[:MOST_SUBJECTS])


def test_the_lists_are_large_and_without_repetition() -> None:
    things = [*REGULAR_THINGS, *IRREGULAR_THINGS]
    assert len(set(things)) == len(things) >= 120
    assert len(set(PLACES)) == len(PLACES) >= 50


def test_animals_are_no_goods() -> None:
    assert Scene.from_documents(
        ["Two dogs and a cat met geese on an island near the village."]
    ) == Scene.from_documents([])


def test_plurals_and_articles_are_english() -> None:
    assert [plural_of(noun) for noun in ("battery", "toy", "bus", "loaf", "brush")] == [
        "batteries",
        "toys",
        "buses",
        "loaves",
        "brushes",
    ]
    assert with_article("orchard") == "an orchard"
    assert with_article("bakery") == "a bakery"


def test_a_draw_takes_a_subject_of_the_scene() -> None:
    scene = Scene(("kites", "coins"), ("harbour",))
    draw = Draw("seed")
    assert {scene.thing(draw) for _ in range(30)} == {"kites", "coins"}
    assert scene.place(draw) == "harbour"
