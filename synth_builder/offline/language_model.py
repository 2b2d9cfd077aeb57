"""A small real language model, so that the log-probabilities of the offline server are measured and not made up.

An interpolated trigram model over the ids of `tokens.py` with Witten-Bell smoothing (method C of Bell, Cleary and
Witten, "Text Compression", 1990; in this form in Chen and Goodman, "An Empirical Study of Smoothing Techniques for
Language Modeling", report TR-10-98, Harvard University, 1998):

    p(w | h) = (c(h, w) + t(h) p(w | h')) / (c(h) + t(h))

c(h, w) says how often w followed the context h, c(h) how often anything did, and t(h) how many different tokens did; h'
is h without its first token. Below the empty context stands the uniform distribution over all ids. There is no
parameter to choose, and the probabilities after any context add up to 1.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import islice
from math import log
from typing import NamedTuple

from synth_builder.offline.tokens import VOCABULARY_SIZE, tokenize

END_ID = VOCABULARY_SIZE
"""The id of the end of a text, beside the `VOCABULARY_SIZE` ids of pieces."""

_END_TEXT = "</s>"
_ALL_IDS = range(END_ID + 1)
_UNIFORM = 1 / len(_ALL_IDS)

# The tokens before, at most two; what `before` lacks at the start of a text is filled up with ends, as if another text
# had ended there.
_Context = tuple[int, ...]
_TEXT_START = (END_ID, END_ID)


class _Successors(NamedTuple):
    """What was seen after one context.

    Attributes:
        probabilities: p(w | h) of each token seen there, best first, ties by id.
        rest: What p(w | h') is multiplied by for every other token.
    """

    probabilities: dict[int, float]
    rest: float


class LanguageModel:
    """Probabilities of a token after the two tokens before it.

    Ids are 0 to `END_ID`; those never seen in training have probabilities above 0, too. Trained on the package's sample
    documents (168 kB, 55,600 tokens), a model takes 0.3 s to make and 14 MB to keep.
    """

    def __init__(self, counts: Mapping[_Context, Mapping[int, int]], text_of: Mapping[int, str]) -> None:
        self._text_of = text_of
        self._successors: dict[_Context, _Successors] = {}
        for context in sorted(counts, key=len):  # the longer contexts build on the shorter ones
            followers = counts[context]
            # Whatever follows a context follows the shorter one, too.
            shorter = self._successors[context[1:]].probabilities if context else dict.fromkeys(followers, _UNIFORM)
            whole = sum(followers.values()) + len(followers)
            rest = len(followers) / whole
            probabilities = {token: count / whole + rest * shorter[token] for token, count in followers.items()}
            self._successors[context] = _Successors(dict(_best_first(probabilities)), rest)

    @classmethod
    def train(cls, texts: Iterable[str]) -> LanguageModel:
        """Counts what follows what in texts.

        Args:
            texts: Whole documents, of which the model learns the starts and the ends, too.

        Returns:
            The model; the same texts give the same numbers in every process.
        """
        pieces: Counter[tuple[int, str]] = Counter()
        counts: defaultdict[_Context, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
        for text in texts:
            tokens = tokenize(text)
            pieces.update((token.id, token.text) for token in tokens)
            ids = [*_TEXT_START, *(token.id for token in tokens), END_ID]
            for first, second, third in zip(ids, ids[1:], ids[2:], strict=False):
                for context in ((), (second,), (first, second)):
                    counts[context][third] += 1
        # Of the pieces that share an id, the most frequent is written last and stays.
        text_of = dict(piece for piece, _ in reversed(pieces.most_common()))
        return cls(counts, {**text_of, END_ID: _END_TEXT})

    def logprob(self, token_id: int, before: Sequence[int]) -> float:
        """Returns the natural logarithm of a token's probability.

        Args:
            token_id: An id from 0 to `END_ID`.
            before: The ids before it from the start of the text on, or the last two of them.
        """
        return log(self._probability(token_id, _context(before)))

    def logprobs(self, token_ids: Sequence[int], before: Sequence[int] = ()) -> list[float]:
        """Returns the natural logarithm of each token's probability after `before` and the tokens ahead of it.

        Args:
            token_ids: Ids from 0 to `END_ID`, one after the other.
            before: The ids before all of them, as in `logprob`.

        Returns:
            As many numbers as `token_ids`; 4,000 take about 5 ms.
        """
        ids = [*_context(before), *token_ids]
        return [
            log(self._probability(third, (first, second)))
            for first, second, third in zip(ids, ids[1:], ids[2:], strict=False)
        ]

    def top(self, before: Sequence[int], count: int) -> list[tuple[int, float]]:
        """Returns the most probable tokens.

        Args:
            before: The ids before, as in `logprob`.
            count: How many to return, at most all there are.

        Returns:
            Pairs of id and natural logarithm of the probability, best first, ties by id.
        """
        context = _context(before)
        # A token has its probability from the longest context that has seen it, and those ahead of it there are more
        # probable here, too (or as probable, with smaller ids): so the first `count` of each context hold the best.
        candidates = set(islice(_ALL_IDS, count))
        for start in range(len(context) + 1):
            if successors := self._successors.get(context[start:]):
                candidates.update(islice(successors.probabilities, count))
        ranked = _best_first({token: self._probability(token, context) for token in candidates})
        return [(token, log(probability)) for token, probability in ranked[:count]]

    def text_of(self, token_id: int) -> str:
        """Returns the text of a token: of several with this id the most frequent, "" where training has seen none."""
        return self._text_of.get(token_id, "")

    def _probability(self, token: int, context: _Context) -> float:
        scale = 1.0
        for start in range(len(context) + 1):
            if successors := self._successors.get(context[start:]):
                probability = successors.probabilities.get(token)
                if probability is not None:
                    return scale * probability
                scale *= successors.rest
        return scale * _UNIFORM


@cache
def sample_language_model() -> LanguageModel:
    """Returns the model of the package's sample documents, trained at the first call."""
    folder = resources.files("synth_builder") / "sample_documents"
    documents = sorted((item for item in folder.iterdir() if item.name.endswith(".md")), key=lambda item: item.name)
    return LanguageModel.train(document.read_text(encoding="utf-8") for document in documents)


def _context(before: Sequence[int]) -> _Context:
    return (*_TEXT_START, *before[-2:])[-2:]


def _best_first(probabilities: Mapping[int, float]) -> list[tuple[int, float]]:
    return sorted(probabilities.items(), key=lambda item: (-item[1], item[0]))
