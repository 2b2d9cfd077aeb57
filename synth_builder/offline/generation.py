"""Replies: where the teacher's text ends, which tokens it has, and how probable a language model finds them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import NamedTuple

from synth_builder.offline.language_model import END_ID, LanguageModel
from synth_builder.offline.requests import Request
from synth_builder.offline.tokens import Token, count, cut, tokenize
from synth_builder.offline.validation import Work

Reply = Callable[[str, int], str]
"""A teacher: from the text of a prompt and a seed to the text of the reply, the same in every process."""


class ScoredToken(NamedTuple):
    """A token of a prompt or a reply.

    Attributes:
        id: Its number, at most `END_ID`.
        text: Its text.
        logprob: Natural logarithm of its probability after the tokens before it; None for the first of a prompt.
        special: Whether it ends the sequence, and so is no part of the text.
    """

    id: int
    text: str
    logprob: float | None
    special: bool


@dataclass(frozen=True)
class Generation:
    """What the server made of one reply of the teacher.

    Attributes:
        text: The reply up to where it ends.
        token_count: Its tokens; the one that ends the sequence counts, too, as in TGI.
        finish_reason: `length`, `eos_token` or `stop_sequence`.
        seed: What it was drawn with; None for a greedy one.
        ends: Whether its last token is the one that ends the sequence.
        tokens: Its tokens; empty unless they were asked for.
        top_tokens: For each token the most probable ones in its place; empty unless they were asked for.
        prefill: The tokens of the prompt; empty unless they were asked for.
    """

    text: str
    token_count: int
    finish_reason: str
    seed: int | None
    ends: bool
    tokens: tuple[ScoredToken, ...] = ()
    top_tokens: tuple[tuple[ScoredToken, ...], ...] = ()
    prefill: tuple[ScoredToken, ...] = ()


class Finished(NamedTuple):
    """A request with all that was made of it.

    Attributes:
        request: What was asked.
        works: One for each prompt.
        generations: For each prompt its replies, the best first.
        created: Time of the answer in seconds since 1970.
    """

    request: Request
    works: tuple[Work, ...]
    generations: tuple[tuple[Generation, ...], ...]
    created: int


def generate(work: Work, reply: Reply, language_model: Callable[[], LanguageModel]) -> tuple[Generation, ...]:
    """Has the teacher write the replies that a prompt asks for.

    The log-probabilities are those of the language model for the teacher's text after the prompt. The teacher follows
    rules and has none: they say how probable the text is, not how the teacher came to it.

    Args:
        work: The prompt, and how to answer it.
        reply: The teacher; for a greedy reply it gets the seed 0.
        language_model: Gives the model; called only when log-probabilities are needed.

    Returns:
        The replies; of several, the one with the highest mean log-probability of a token comes first.
    """
    generations = [finish(reply(work.prompt, seed or 0), work, seed) for seed in work.seeds]
    if work.logprobs or len(generations) > 1:
        generations = [_score(generation, work, language_model()) for generation in generations]
    if len(generations) > 1:
        best = max(generations, key=lambda generation: fmean(token.logprob or 0.0 for token in generation.tokens))
        generations.remove(best)
        generations.insert(0, best)
    return tuple(generations)


def finish(reply: str, work: Work, seed: int | None = None) -> Generation:
    """Ends a reply at the first stop sequence, which is kept as TGI does, or at the token limit.

    TGI looks at the limit first: a reply whose last token, of whatever kind, is the last one allowed ends by `length`.
    """
    stops = [reply.index(stop) + len(stop) for stop in work.stop if stop and stop in reply]
    text, was_cut = cut(reply[: min(stops)] if stops else reply, work.max_new_tokens)
    token_count = count(text)
    ends = not was_cut and not stops and token_count < work.max_new_tokens
    token_count += ends
    reason = "length" if token_count >= work.max_new_tokens else "stop_sequence" if stops else "eos_token"
    return Generation(text, token_count, reason, seed, ends)


def _score(generation: Generation, work: Work, model: LanguageModel) -> Generation:
    prompt, reply = tokenize(work.prompt), tokenize(generation.text)
    before = [token.id for token in prompt]
    ids, texts = [token.id for token in reply], [token.text for token in reply]
    if generation.ends:
        ids.append(END_ID)
        texts.append(model.text_of(END_ID))
    return replace(
        generation,
        tokens=tuple(map(_scored, ids, texts, model.logprobs(ids, before))),
        top_tokens=_top_tokens(before[-2:], ids, work.top_n_tokens, model) if work.top_n_tokens else (),
        prefill=_prefill(prompt, model) if work.prefill else (),
    )


def _prefill(prompt: Sequence[Token], model: LanguageModel) -> tuple[ScoredToken, ...]:
    logprobs = [None, *model.logprobs([token.id for token in prompt])[1:]]
    return tuple(
        ScoredToken(token.id, token.text, logprob, special=False)
        for token, logprob in zip(prompt, logprobs, strict=True)
    )


def _top_tokens(
    before: list[int], ids: list[int], top_n_tokens: int, model: LanguageModel
) -> tuple[tuple[ScoredToken, ...], ...]:
    context = before + ids
    return tuple(
        tuple(_scored(top, model.text_of(top), logprob) for top, logprob in model.top(context[:place], top_n_tokens))
        for place in range(len(before), len(context))
    )


def _scored(token_id: int, text: str, logprob: float) -> ScoredToken:
    return ScoredToken(token_id, text, logprob, special=token_id == END_ID)
