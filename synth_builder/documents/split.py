"""Split a document that is too long for the teacher's window, at the best places that the text offers."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import NamedTuple

from synth_builder.errors import SynthBuilderError

CountTokens = Callable[[list[str]], list[int]]

# A token stands for at least one byte of UTF-8, so that a text of few bytes fits without a request to the server;
# the margin is for the tokens that a tokenizer puts before and after a text.
SPECIAL_TOKENS_MARGIN = 8
# Part of the room that a cut aims at, by the average length of a token in the text that is cut.
FILL = 0.9

PARAGRAPH_END = re.compile(r"\n[ \t\r]*\n\s*")
LINE_END = re.compile(r"\n")
SENTENCE_END = re.compile(r"[.!?。！？][\"')\]]*\s+")
WORD_END = re.compile(r"\s+")
# The end of each word, and both edges of displayed mathematics: a formula may touch the words around it.
WORD_OR_MATH_EDGE = re.compile(r"\s+|(?=\$\$|\\\[)|(?<=\$\$|\\\])")
CHARACTER = re.compile(r"(?s).")
# `\\[2pt]` in a table is a line end with a distance, not the start of a formula.
MATH_START = {"$$": re.compile(r"\$\$"), r"\[": re.compile(r"(?<!\\)\\\[")}
MATH_END = {"$$": "$$", r"\[": r"\]"}


class Cut(NamedTuple):
    """A kind of place to cut at, and whether displayed mathematics is to be kept whole."""

    place: re.Pattern[str]
    keeps_math: bool


# From best to worst; the next one is tried where a text has no place of the one before.
CUTS = (
    Cut(LINE_END, keeps_math=True),
    Cut(SENTENCE_END, keeps_math=True),
    Cut(WORD_OR_MATH_EDGE, keeps_math=True),
    Cut(LINE_END, keeps_math=False),
    Cut(WORD_END, keeps_math=False),
    Cut(CHARACTER, keeps_math=False),
)


class Span(NamedTuple):
    """A stretch of the text and the number of its tokens."""

    start: int
    end: int
    tokens: int


def split_document(text: str, max_tokens: int, count_tokens: CountTokens) -> list[str]:
    """Split a text into pieces of at most `max_tokens` tokens, each as full as whole paragraphs allow.

    A paragraph that is too long is cut at line ends, then sentence ends, then words, then characters; a displayed
    formula is cut only if it is itself too long. Together the pieces are the text, but for white space between them.

    Args:
        text: The document.
        max_tokens: The most tokens of a piece.
        count_tokens: Counts the tokens of each of a list of strings; called a few times, with many strings each.

    Raises:
        SynthBuilderError: Not even one character fits.
    """
    if len(text.encode("utf-8", "surrogatepass")) + SPECIAL_TOKENS_MARGIN <= max_tokens:
        return [text]
    math = find_display_math(text)
    spans = _count(text, list(_find_paragraphs(text, math)), count_tokens)
    spans = _cut_long_spans(text, spans, max_tokens, math, count_tokens)
    pieces: list[Span] = []
    pending = _pack(spans, max_tokens)
    # Tokens do not quite add up, so that what was packed is counted once more; what fails is packed in two halves.
    while pending:
        counts = count_tokens([_piece(text, group[0].start, group[-1].end) for group in pending])
        halves: list[list[Span]] = []
        for group, tokens in zip(pending, counts, strict=True):
            if tokens <= max_tokens:
                pieces.append(Span(group[0].start, group[-1].end, tokens))
            elif len(group) > 1:
                halves += [group[: len(group) // 2], group[len(group) // 2 :]]
            else:
                long = [group[0]._replace(tokens=tokens)]
                halves += [[part] for part in _cut_long_spans(text, long, max_tokens, math, count_tokens)]
        pending = halves
    found = [_piece(text, piece.start, piece.end) for piece in sorted(pieces)]
    return [piece for piece in found if piece.strip()]


def piece_id(document_id: str, index: int) -> str:
    """The id of a piece of a document that was split: `doc#0`, `doc#1`."""
    return f"{document_id}#{index}"


def find_display_math(text: str) -> list[tuple[int, int]]:
    r"""Find the spans of `$$...$$` and `\[...\]`, in order, in time linear in the text."""
    spans: list[tuple[int, int]] = []
    position = 0
    starts = {kind: pattern.search(text) for kind, pattern in MATH_START.items()}
    while True:
        for kind, start in starts.items():
            if start is not None and start.start() < position:
                starts[kind] = MATH_START[kind].search(text, position)
        first = min((start for start in starts.values() if start is not None), key=re.Match.start, default=None)
        if first is None:
            return spans
        end = text.find(MATH_END[first[0]], first.end())
        if end < 0:  # never closed from here on: a stray sign, not mathematics
            starts[first[0]] = None
            continue
        position = end + 2
        spans.append((first.start(), position))


def _cut_long_spans(
    text: str, spans: list[Span], max_tokens: int, math: list[tuple[int, int]], count_tokens: CountTokens
) -> list[Span]:
    """Cut every span that is too long, all of them with one request a round, until none is."""
    while any(span.tokens > max_tokens for span in spans):
        parts = [part for span in spans if span.tokens > max_tokens for part in _cut_span(text, span, max_tokens, math)]
        counted = iter(_count(text, parts, count_tokens))
        done: list[Span] = []
        for span in spans:
            if span.tokens <= max_tokens:
                done.append(span)
                continue
            end = span.start
            while end < span.end:
                part = next(counted)
                end = part.end
                done.append(part)
        spans = done
    return spans


def _cut_span(text: str, span: Span, max_tokens: int, math: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Cut one span at places of the best kind it has, into parts of about the right size."""
    length = span.end - span.start
    if length == 1:
        raise SynthBuilderError(
            f"The character {text[span.start]!r} alone has {span.tokens} tokens, which is more than {max_tokens}.",
            cause="The room for a document is too small.",
            todo="Use a model with a longer window, or ask for fewer new tokens.",
        )
    step = max(1, int(length * max_tokens / span.tokens * FILL))
    for cut in CUTS:
        places = [place for place in _find_places(text, span.start, span.end, cut, math, step)]
        if places:
            yield from zip([span.start, *places], [*places, span.end], strict=True)
            return


def _find_places(text: str, start: int, end: int, cut: Cut, math: list[tuple[int, int]], step: int) -> Iterator[int]:
    """Places inside a span, as far apart as they can be without going further than `step` where there is a choice."""
    if cut.place is CHARACTER:
        yield from range(start + step, end, step)
        return
    last_cut = start
    candidate = start
    for match in cut.place.finditer(text, start, end):
        place = match.end()
        if place >= end or place <= last_cut or (cut.keeps_math and _is_inside(place, math)):
            continue
        if place > last_cut + step and candidate > last_cut:
            yield candidate
            last_cut = candidate
        candidate = place
    if candidate > last_cut and (last_cut == start or end > last_cut + step):
        yield candidate


def _find_paragraphs(text: str, math: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    start = 0
    for match in PARAGRAPH_END.finditer(text):
        if match.end() < len(text) and not _is_inside(match.end(), math):
            yield start, match.end()
            start = match.end()
    if start < len(text):
        yield start, len(text)


def _is_inside(place: int, math: list[tuple[int, int]]) -> bool:
    index = bisect_left(math, (place,)) - 1
    return index >= 0 and place < math[index][1]


def _count(text: str, stretches: list[tuple[int, int]], count_tokens: CountTokens) -> list[Span]:
    # With the white space after it, which has tokens too; but white space alone is never a piece.
    strings = [text[start:end] for start, end in stretches]
    counts = count_tokens(strings)
    return [
        Span(start, end, tokens if string.strip() else 0)
        for (start, end), string, tokens in zip(stretches, strings, counts, strict=True)
    ]


def _pack(spans: list[Span], max_tokens: int) -> list[list[Span]]:
    groups: list[list[Span]] = []
    room = 0
    for span in spans:
        if not groups or span.tokens > room:
            groups.append([])
            room = max_tokens
        groups[-1].append(span)
        room -= span.tokens
    return groups


def _piece(text: str, start: int, end: int) -> str:
    """A piece without white space at its ends; a text that stayed whole stays as it is."""
    return text if (start, end) == (0, len(text)) else text[start:end].strip()
