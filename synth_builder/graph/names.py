"""Give every spelling of a concept one name, so that one concept is one node of the graph."""

from __future__ import annotations

import re
import unicodedata

_UNIFIED_CHARACTERS = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u0060\u00b4", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", "")  # zero-width characters and soft hyphens
)
# "1. ", "1.2. ", "3) ", "(4) ", "- ", "* " at the head of a list item. A number with no closing mark stays: it may
# belong to the name ("2 by 2 matrices", "2-adic numbers", "1.5 power law").
_LIST_NUMBERING = re.compile(r"^(?:\(\d+\)|\d+(?:\.\d+)*[.)]|[-*•·])\s+")
# An exclamation mark stays: in mathematics it is a factorial.
_TRAILING_PUNCTUATION = ".,;:?\u2026 "
_SURROUNDING_MARKS = ('"', "'", "**")  # ** is Markdown's bold


def normalise(name: str) -> str:
    """Return the one form of a topic's or key concept's name that all its spellings share.

    Unicode NFKC, casefold, one kind of apostrophe, quotation mark and dash, single spaces; list numbering at the
    head, punctuation at the tail and quotation marks around the whole are taken away. The paper describes no merging
    of names (SynthLLM, section 3.2), so this merges only what is plainly one spelling: no stemming, no synonyms.

    Args:
        name: A name as a model wrote it.

    Returns:
        The normalised name, which may be empty; normalising it again changes nothing.
    """
    previous = None
    while name != previous:  # taking one thing away may lay another bare: '1. "Prime numbers."'
        previous = name
        name = _normalise_once(name)
    return name


def _normalise_once(name: str) -> str:
    # Marks are unified before NFKC, too: it would take the acute accent apart into a space and a combining mark.
    name = unicodedata.normalize("NFKC", name.translate(_UNIFIED_CHARACTERS))
    name = unicodedata.normalize("NFKC", name.casefold())
    name = " ".join(name.split())
    name = _LIST_NUMBERING.sub("", name)
    name = name.rstrip(_TRAILING_PUNCTUATION)
    return _strip_surrounding_marks(name)


def _strip_surrounding_marks(name: str) -> str:
    """Remove one pair of marks around the whole name, and only there: 'sine' and 'cosine' keeps its quotes."""
    for mark in _SURROUNDING_MARKS:
        inner = name[len(mark) : -len(mark)]
        if inner and name.startswith(mark) and name.endswith(mark) and not _has_loose_mark(inner, mark):
            return inner.strip()
    return name


def _has_loose_mark(text: str, mark: str) -> bool:
    """Tell whether a mark stands anywhere but between two letters (an apostrophe, as in "euler's", is not loose)."""
    return re.search(rf"(?<!\w){re.escape(mark)}|{re.escape(mark)}(?!\w)", text) is not None
