"""A small deterministic tokenizer, by which the offline server counts, cuts and shows text as tokens."""

from __future__ import annotations

import re
import zlib
from itertools import islice
from typing import NamedTuple

VOCABULARY_SIZE = 50_000

# About the pieces that a subword vocabulary has: part of a word, up to three digits, or one mark, each with the space
# before it; a line break; a run of other white space. No piece looks ahead, so the pieces of a text that was cut
# between two pieces are the pieces of the whole text up to there.
_PIECE = re.compile(r" ?(?:[^\W\d_]{1,6}|\d{1,3}|[^\w\s]|[\w])|\n|[^\S\n]{1,6}")


class Token(NamedTuple):
    """One piece of a text.

    Attributes:
        id: A number below `VOCABULARY_SIZE` that depends on `text` alone.
        text: The piece itself.
        start: Offset of its first character.
        stop: Offset behind its last character.
    """

    id: int
    text: str
    start: int
    stop: int


def tokenize(text: str) -> list[Token]:
    """Splits a text into tokens; joined, their texts are the text again."""
    return [
        Token(token_id(match.group()), match.group(), match.start(), match.end()) for match in _PIECE.finditer(text)
    ]


def token_id(piece: str) -> int:
    """Returns the number of a piece, the same in every process."""
    # surrogatepass: JSON can carry half of a surrogate pair, which is no reason to fail.
    return zlib.crc32(piece.encode("utf-8", "surrogatepass")) % VOCABULARY_SIZE


def count(text: str) -> int:
    """Returns the number of tokens of a text, without building them."""
    return len(_PIECE.findall(text))


def cut(text: str, max_tokens: int) -> tuple[str, bool]:
    """Keeps the first tokens of a text.

    Args:
        text: The text.
        max_tokens: How many tokens to keep at most.

    Returns:
        The kept text, and whether anything was cut off.
    """
    if len(text) <= max_tokens:  # no token is empty
        return text, False
    first_too_many = next(islice(_PIECE.finditer(text), max_tokens, None), None)
    if first_too_many is None:
        return text, False
    return text[: first_too_many.start()], True
