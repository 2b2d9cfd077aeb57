"""The subjects of word problems: everyday things and places, borrowed from the documents where they name some."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from synth_builder.offline.teacher.write.draw import Draw

WORD = re.compile(r"[a-z]+")

# More subjects than a batch of questions needs only cost time to collect.
MOST_SUBJECTS = 12

# Countable, harmless goods (no animals, which nobody packs in boxes or finds faulty) that no mathematical text uses as
# a term (so no "rings", "kites" or "trees"), and none that the questions use as containers ("boxes", "bags").
REGULAR_THINGS = WORD.findall("""
    apple orange banana lemon pear melon apricot coconut pumpkin carrot onion cucumber pepper egg biscuit cookie cake
    muffin pie pancake sandwich pizza bagel pretzel chocolate candle balloon button bead marble coin stamp ticket
    token medal ribbon badge sticker magnet poster postcard envelope newspaper magazine book notebook pencil pen crayon
    brush eraser ruler stapler bat puzzle toy doll robot drone camera phone laptop tablet keyboard printer
    battery lamp clock watch mirror chair stool desk sofa bed pillow blanket towel curtain carpet rug cup mug plate bowl
    spoon fork jar bottle kettle umbrella hat scarf glove sock shirt jacket sweater skirt necklace bracelet
    flower rose tulip seed shrub brick tile nail bolt hammer ladder rope bicycle car truck bus scooter boat canoe
    tent lantern painting song oven helmet suitcase backpack wallet vase violin guitar trumpet piano flute
    magnifier thermometer whistle broom bucket shovel rake
""")
IRREGULAR_THINGS = {
    "knife": "knives",
    "loaf": "loaves",
    "scissors": "scissors",
    "tomato": "tomatoes",
    "potato": "potatoes",
    "mango": "mangoes",
    "peach": "peaches",
}
PLACES = WORD.findall("""
    bakery library museum school college hospital hotel restaurant cafe cinema theatre stadium gymnasium market
    supermarket bookshop pharmacy bank garage factory workshop warehouse laboratory studio garden orchard vineyard
    greenhouse zoo aquarium park harbour airport station depot arena castle palace cathedral
    church temple lighthouse mill brewery dairy kitchen kindergarten gallery observatory
    planetarium nursery shipyard office clinic courthouse
""")

DEFAULT_THINGS = ("tickets", "tiles", "books", "apples", "coins", "stickers")
DEFAULT_PLACES = ("library", "workshop", "school", "market", "museum", "bakery")


def plural_of(noun: str) -> str:
    """The plural of an English noun of the lists above: `bakery` gives `bakeries`, `knife` gives `knives`."""
    if noun in IRREGULAR_THINGS:
        return IRREGULAR_THINGS[noun]
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    return noun + "s"


def with_article(noun: str) -> str:
    """A singular noun of the lists above behind its indefinite article: `an orchard`, `a bakery`."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


PLURAL_OF_WORD = {
    word: plural_of(noun) for noun in (*REGULAR_THINGS, *IRREGULAR_THINGS) for word in (noun, plural_of(noun))
}
PLACE_OF_WORD = {word: place for place in PLACES for word in (place, plural_of(place))}


class Scene(NamedTuple):
    """Subjects borrowed from the documents given.

    Attributes:
        things: Plural countable nouns, in the order in which the documents first name them.
        places: Singular nouns without article, in the same order.
    """

    things: tuple[str, ...]
    places: tuple[str, ...]

    @classmethod
    def from_documents(cls, texts: Sequence[str]) -> Scene:
        """Collect the things and places that `texts` name as whole words; neutral ones where they name none."""
        words = [word for text in texts for word in WORD.findall(text.lower())]
        return cls(
            first_subjects(words, PLURAL_OF_WORD) or DEFAULT_THINGS,
            first_subjects(words, PLACE_OF_WORD) or DEFAULT_PLACES,
        )

    def thing(self, draw: Draw) -> str:
        """A plural countable noun."""
        return draw.choice(self.things)

    def place(self, draw: Draw) -> str:
        """A singular place without article; "the" fits before any, and so does `with_article`."""
        return draw.choice(self.places)


def first_subjects(words: Iterable[str], subject_of_word: dict[str, str]) -> tuple[str, ...]:
    """The first different subjects that `words` name, at most `MOST_SUBJECTS`."""
    found: dict[str, None] = {}
    for word in words:
        if word in subject_of_word:
            found[subject_of_word[word]] = None
            if len(found) == MOST_SUBJECTS:
                break
    return tuple(found)
