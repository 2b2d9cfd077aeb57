"""The mathematics lexicon: names of topics and key concepts, and where a document speaks of them."""

from __future__ import annotations

import functools
import importlib.resources
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import yaml

from synth_builder.errors import SynthBuilderError

# The weights and thresholds were set on mathematics textbooks against history, law, cooking and science texts.
WORDS_TO_WEIGHT = (0.0, 1.0, 1.6)  # a phrase of three or more words weighs LONG_PHRASE_WEIGHT
LONG_PHRASE_WEIGHT = 2.0
EVERYDAY_WEIGHT = 0.25  # "sum", "circle": hints that prove nothing alone
CUE_WEIGHT = 0.3
MIN_FIRM_CONCEPTS = 2  # distinct concepts found by other than everyday words
MIN_EVIDENCE_PER_WORD = 0.005  # with saturated mentions: two rare phrases in some 500 words
MIN_CONCEPTS_OF_TOPIC = 4  # those found by other than everyday words count twice
MIN_SHARE_OF_BEST_TOPIC = 0.2

# Plurals that the rules of `_singular` would miss.
IRREGULAR_SINGULARS = {
    "automata": "automaton",
    "axes": "axis",
    "bases": "basis",
    "criteria": "criterion",
    "dice": "die",
    "directrices": "directrix",
    "extrema": "extremum",
    "foci": "focus",
    "formulae": "formula",
    "halves": "half",
    "hypotheses": "hypothesis",
    "indices": "index",
    "infima": "infimum",
    "lemmata": "lemma",
    "loci": "locus",
    "matrices": "matrix",
    "maxima": "maximum",
    "minima": "minimum",
    "moduli": "modulus",
    "polyhedra": "polyhedron",
    "radii": "radius",
    "series": "series",
    "simplices": "simplex",
    "spectra": "spectrum",
    "suprema": "supremum",
    "tori": "torus",
    "vertices": "vertex",
    "zeroes": "zero",
}
ARTICLES = frozenset({"a", "an", "the"})
BREAK = ""  # stands for a formula or punctuation, which no phrase crosses

# A dollar opens a formula only before a non-space, and closes it only after one and not before a digit,
# so that "$5 and $10" is prose.
FORMULA_OR_CODE = re.compile(
    r"```.*?```|`[^`\n]*`|\\\$|\$\$.*?\$\$|\$(?=\S)[^$]*(?<=\S)\$(?!\d)|\\\(.*?\\\)|\\\[.*?\\\]", re.DOTALL
)
TEXT_IN_FORMULA = re.compile(r"\\text\w*\{([^{}]*)\}")
TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[.,;:!?()|]")


class FoundTopic(NamedTuple):
    """A topic of a document and its key concepts found there, the weightiest first."""

    name: str
    concepts: tuple[str, ...]


class Reading(NamedTuple):
    """What a document is about; level and subject are empty where it speaks of no mathematics."""

    level: str
    subject: str
    topics: tuple[FoundTopic, ...]


class Topic(NamedTuple):
    """A topic of the lexicon."""

    name: str
    level: str
    subject: str
    concepts: tuple[str, ...]


class Spelling(NamedTuple):
    """A phrase to look for: the words of a concept, of a topic's cue, or of both."""

    words: tuple[str, ...]
    concept: str | None
    everyday: bool
    cue_of: tuple[str, ...]


class Lexicon(NamedTuple):
    """The lexicon in the shapes that look-ups need."""

    topics: Mapping[str, Topic]
    topics_of_concept: Mapping[str, tuple[str, ...]]
    spellings_by_first_word: Mapping[str, tuple[Spelling, ...]]  # longest first
    name_by_words: Mapping[tuple[str, ...], str]


def read_document(text: str, max_topics: int = 5, max_concepts: int = 20) -> Reading:
    """Find the topics and key concepts in a document's own words.

    Args:
        text: The document, Markdown with LaTeX; formulas and code are skipped.
        max_topics: The most topics to name.
        max_concepts: The most key concepts to name for one topic.

    Returns:
        The topics, the best covered first; none where the text does not speak of mathematics.
    """
    tokens = _tokens(FORMULA_OR_CODE.sub(_prose_of_formula, text))
    firm, evidence, cues = _weigh(_count_spellings(tokens))
    word_count = sum(token != BREAK for token in tokens)
    firm_evidence = math.fsum(evidence[concept] for concept in firm)
    if len(firm) < MIN_FIRM_CONCEPTS or firm_evidence < MIN_EVIDENCE_PER_WORD * word_count:
        return Reading("", "", ())
    topics = _share_out(firm, evidence, cues, max_topics, max_concepts)
    if not topics:
        return Reading("", "", ())
    best = _lexicon().topics[topics[0].name]
    return Reading(best.level, best.subject, topics)


def canonical(name: str) -> str | None:
    """The lexicon's name for a spelling of a concept or topic, or None where it knows no such thing."""
    lexicon = _lexicon()
    exact = " ".join(name.casefold().split())
    if exact in lexicon.topics or exact in lexicon.topics_of_concept:
        return exact
    return lexicon.name_by_words.get(_words(name))


def topics_of(concept: str) -> tuple[str, ...]:
    """The topics that a concept stands under, in the lexicon's order; none for an unknown concept."""
    return _lexicon().topics_of_concept.get(canonical(concept) or "", ())


def topic_names() -> tuple[str, ...]:
    """All topics, in the lexicon's order."""
    return tuple(_lexicon().topics)


def concept_names() -> tuple[str, ...]:
    """All key concepts, in the lexicon's order."""
    return tuple(_lexicon().topics_of_concept)


def _count_spellings(tokens: tuple[str, ...]) -> Counter[Spelling]:
    """Count the lexicon's phrases in a text, the longest first at each place and none inside another."""
    spellings_by_first_word = _lexicon().spellings_by_first_word
    counts: Counter[Spelling] = Counter()
    place = 0
    while place < len(tokens):
        step = 1
        for spelling in spellings_by_first_word.get(tokens[place], ()):
            length = len(spelling.words)
            if tokens[place : place + length] == spelling.words:
                counts[spelling] += 1
                step = length
                break
        place += step
    return counts


def _weigh(counts: Counter[Spelling]) -> tuple[set[str], dict[str, float], dict[str, float]]:
    """The concepts found by firm words, the evidence for each concept, and the cue evidence for each topic."""
    topics_of_concept = _lexicon().topics_of_concept
    firm: set[str] = set()
    mentions: Counter[str] = Counter()
    weights: dict[str, float] = {}
    cues: dict[str, float] = {}
    for spelling, count in counts.items():
        for topic in spelling.cue_of:
            cues[topic] = cues.get(topic, 0.0) + CUE_WEIGHT * _saturate(count)
        if spelling.concept is None:
            continue
        mentions[spelling.concept] += count
        weights[spelling.concept] = max(weights.get(spelling.concept, 0.0), _weight(spelling))
        if not spelling.everyday:
            firm.add(spelling.concept)
    # A concept of many topics tells less about each of them.
    evidence = {
        concept: weight * _saturate(mentions[concept]) / math.sqrt(len(topics_of_concept[concept]))
        for concept, weight in weights.items()
    }
    return firm, evidence, cues


def _share_out(
    firm: set[str], evidence: Mapping[str, float], cues: Mapping[str, float], max_topics: int, max_concepts: int
) -> tuple[FoundTopic, ...]:
    """Give each concept to the best supported of its topics, the best supported topic choosing first."""
    left: dict[str, list[str]] = {}
    for concept in evidence:
        for topic in _lexicon().topics_of_concept[concept]:
            left.setdefault(topic, []).append(concept)
    taken: set[str] = set()
    found: list[FoundTopic] = []
    least = 0.0
    while left and len(found) < max_topics:
        scores = {
            topic: cues.get(topic, 0.0) + math.fsum(evidence[concept] for concept in concepts)
            for topic, concepts in left.items()
        }
        best = min(scores, key=lambda topic: (-scores[topic], topic))
        least = least or MIN_SHARE_OF_BEST_TOPIC * scores[best]
        if scores[best] < least:
            break
        concepts = left.pop(best)
        if len(concepts) + len(firm.intersection(concepts)) < MIN_CONCEPTS_OF_TOPIC or firm.isdisjoint(concepts):
            continue
        concepts.sort(key=lambda concept: (-evidence[concept], concept))
        found.append(FoundTopic(best, tuple(concepts[:max_concepts])))
        taken.update(concepts)
        left = {topic: [c for c in rest if c not in taken] for topic, rest in left.items()}
    return tuple(found)


def _weight(spelling: Spelling) -> float:
    if spelling.everyday:
        return EVERYDAY_WEIGHT
    length = len(spelling.words)
    return WORDS_TO_WEIGHT[length] if length < len(WORDS_TO_WEIGHT) else LONG_PHRASE_WEIGHT


def _saturate(count: int) -> float:
    """From 1 for a single mention towards 2 for many."""
    return 2 * count / (count + 1)


def _prose_of_formula(match: re.Match[str]) -> str:
    formula = match.group()
    if formula.startswith("`"):
        return " | "
    return f" | {' | '.join(TEXT_IN_FORMULA.findall(formula))} | "


def _tokens(text: str) -> tuple[str, ...]:
    """The normal forms of a text's words, and BREAK for punctuation."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.replace("’", "'"))
        text = "".join(char for char in text if not unicodedata.combining(char))
    return tuple(_word(token) for token in TOKEN.findall(text.casefold()) if token not in ARTICLES)


def _words(name: str) -> tuple[str, ...]:
    """The words of a name as they are looked for in texts."""
    return tuple(token for token in _tokens(name) if token != BREAK)


@functools.lru_cache(maxsize=50_000)
def _word(token: str) -> str:
    """The normal form of a word: American, singular, without a possessive ending.

    The rules also maim some words ("hour", "precise"), which does no harm: lexicon and text are maimed alike.
    """
    if not token[0].isalnum():
        return BREAK
    word = token.removesuffix("'s").replace("'", "")
    word = IRREGULAR_SINGULARS.get(word) or _singular(word)
    word = re.sub(r"is(e|ed|ing|ation)$", r"iz\1", word)
    word = re.sub(r"our(|ed|ing|hood|able)$", r"or\1", word)
    return re.sub(r"([tb])re$", r"\1er", word)


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1]


@functools.cache
def _lexicon() -> Lexicon:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    source = importlib.resources.files(__package__).joinpath("lexicon.yaml").read_text(encoding="utf-8")
    return _build_lexicon(yaml.load(source, Loader=loader))  # noqa: S506  (a safe loader, in C where there is one)


def _build_lexicon(raw: Mapping[str, Mapping[str, object]]) -> Lexicon:
    """Turn the parsed file into look-up tables."""
    topics: dict[str, Topic] = {}
    topics_of_concept: dict[str, tuple[str, ...]] = {}
    concept_by_words: dict[tuple[str, ...], str] = {}
    cues_by_words: dict[tuple[str, ...], tuple[str, ...]] = {}
    everyday: set[tuple[str, ...]] = set()
    for topic, entry in raw.items():
        concepts = [_split_entry(item) for item in _list(entry["concepts"])]
        names = tuple(name.removeprefix("~") for name, _ in concepts)
        topics[topic] = Topic(topic, str(entry["level"]), str(entry["subject"]), names)
        for cue in (topic, *map(str, _list(entry["cues"]))):
            cues_by_words[_words(cue)] = (*cues_by_words.get(_words(cue), ()), topic)
        for (spelled_name, variants), name in zip(concepts, names, strict=True):
            topics_of_concept[name] = (*topics_of_concept.get(name, ()), topic)
            for spelling in (spelled_name, *variants):
                words = _words(spelling)
                if concept_by_words.setdefault(words, name) != name:
                    raise SynthBuilderError(
                        f"The lexicon gives the spelling {spelling!r} to two concepts: "
                        f"{concept_by_words[words]!r} and {name!r}.",
                        todo="Give it to one of them in lexicon.yaml.",
                    )
                if spelling.startswith("~"):
                    everyday.add(words)
    spellings = [
        Spelling(words, concept_by_words.get(words), words in everyday, cues_by_words.get(words, ()))
        for words in {**concept_by_words, **cues_by_words}
    ]
    by_first_word: dict[str, tuple[Spelling, ...]] = {}
    for found in sorted(spellings, key=lambda spelling: (-len(spelling.words), spelling.words)):
        by_first_word[found.words[0]] = (*by_first_word.get(found.words[0], ()), found)
    name_by_words = {**{_words(topic): topic for topic in topics}, **concept_by_words}
    return Lexicon(topics, topics_of_concept, by_first_word, name_by_words)


def _split_entry(item: object) -> tuple[str, Iterable[str]]:
    """The name and the other spellings of one entry of a `concepts` list."""
    if isinstance(item, Mapping):
        ((name, variants),) = item.items()
        return str(name), [str(variant) for variant in _list(variants)]
    return str(item), []


def _list(value: object) -> list[object]:
    assert isinstance(value, list), value
    return value
