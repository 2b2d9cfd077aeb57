"""Whether a request can be served: TGI's checks, in its order and its words, and what is left for the teacher to do."""

from __future__ import annotations

import random
from dataclasses import dataclass

from synth_builder.offline.protocol import ServerConfig, invalid
from synth_builder.offline.requests import Parameters, Request
from synth_builder.offline.tokens import count, tokenize


@dataclass(frozen=True)
class Work:
    """A valid request for one prompt, ready for the teacher.

    Attributes:
        prompt: What the teacher reads, after truncation.
        prompt_tokens: How many tokens that has.
        max_new_tokens: The longest reply.
        stop: A reply ends behind the first of these.
        seeds: One for each reply to write; None for a greedy one.
        logprobs: Whether the tokens of the replies are asked for, with their log-probabilities.
        top_n_tokens: How many of the most probable tokens are asked for at each place of a reply.
        prefill: Whether the log-probabilities of the prompt are asked for.
    """

    prompt: str
    prompt_tokens: int
    max_new_tokens: int
    stop: tuple[str, ...] = ()
    seeds: tuple[int | None, ...] = (None,)
    logprobs: bool = False
    top_n_tokens: int = 0
    prefill: bool = False


def validate(request: Request, config: ServerConfig) -> tuple[Work, ...]:
    """Checks a request.

    Args:
        request: What was asked.
        config: The limits.

    Returns:
        What the teacher is to do for each prompt.

    Raises:
        ProtocolError: 422 for the first thing that is wrong.
    """
    asked = request.parameters
    _check_sequences(request, config)
    _check_sampling(asked)
    if asked.max_new_tokens == 0:
        raise invalid("`max_new_tokens` must be strictly positive")
    if len(asked.stop) > config.max_stop_sequences:
        raise invalid(f"`stop` supports up to {config.max_stop_sequences} stop sequences. Given: {len(asked.stop)}")
    if (asked.best_of or 1) > 1 and asked.seed is not None:
        raise invalid("`seed` must not be set when `best_of` > 1")
    if (asked.top_n_tokens or 0) > config.max_top_n_tokens:
        raise invalid(f"`top_n_tokens` must be >= 0 and <= {config.max_top_n_tokens}. Given: {asked.top_n_tokens}")
    works = tuple(_fit(prompt, request, config) for prompt in request.prompts)
    if request.unsupported:
        raise invalid(request.unsupported)
    return works


def _check_sequences(request: Request, config: ServerConfig) -> None:
    best_of = request.parameters.best_of
    if request.stream:
        if best_of not in (None, 1):
            raise invalid("`best_of` != 1 is not supported when streaming tokens")
        if request.parameters.decoder_input_details:
            raise invalid("`decoder_input_details` == true is not supported when streaming tokens")
    if best_of is not None and best_of > 1:
        if config.max_best_of == 1:
            raise invalid("`best_of` != 1 is not allowed for this endpoint")
        if best_of > config.max_best_of:
            raise invalid(f"`best_of` must be > 0 and <= {config.max_best_of}. Given: {best_of}")
        if not request.parameters.samples:
            raise invalid("you must use sampling when `best_of` is > 1")


def _check_sampling(asked: Parameters) -> None:
    if asked.temperature is not None and asked.temperature <= 0:
        raise invalid("`temperature` must be strictly positive")
    if asked.repetition_penalty is not None and asked.repetition_penalty <= 0:
        raise invalid("`repetition_penalty` must be strictly positive")
    if asked.frequency_penalty is not None and not -2 <= asked.frequency_penalty <= 2:
        raise invalid("`frequency_penalty` must be >= -2.0 and <= 2.0")
    # TGI refuses 1.0, although its own description of the interface allows it.
    if asked.top_p is not None and not 0 < asked.top_p < 1:
        raise invalid("`top_p` must be > 0.0 and < 1.0")
    if asked.typical_p is not None and not 0 < asked.typical_p < 1:
        raise invalid("`typical_p` must be > 0.0 and < 1.0")
    if asked.top_k is not None and asked.top_k <= 0:
        raise invalid("`top_k` must be strictly positive")


def _fit(prompt: str, request: Request, config: ServerConfig) -> Work:
    asked = request.parameters
    if not prompt:
        raise invalid("`inputs` cannot be empty")
    prompt, prompt_tokens = _truncate(prompt, asked.truncate, config)
    max_new_tokens = asked.max_new_tokens
    if max_new_tokens is None:
        max_new_tokens = max(config.max_total_tokens - prompt_tokens, 0)
    if prompt_tokens + max_new_tokens > config.max_total_tokens:
        raise invalid(
            f"`inputs` tokens + `max_new_tokens` must be <= {config.max_total_tokens}. "
            f"Given: {prompt_tokens} `inputs` tokens and {max_new_tokens} `max_new_tokens`"
        )
    if prompt_tokens > config.max_input_tokens:
        raise invalid(f"`inputs` must have less than {config.max_input_tokens} tokens. Given: {prompt_tokens}")
    return Work(
        prompt,
        prompt_tokens,
        max_new_tokens,
        asked.stop,
        _seeds(asked),
        logprobs=request.logprobs or request.stream,
        top_n_tokens=asked.top_n_tokens or 0,
        prefill=asked.decoder_input_details and config.enable_prefill_logprobs,
    )


def _truncate(prompt: str, truncate: int | None, config: ServerConfig) -> tuple[str, int]:
    tokens = count(prompt)
    if truncate is None:
        return prompt, tokens
    if not 0 < truncate <= config.max_input_tokens:
        limit = config.max_input_tokens
        raise invalid(f"`truncate` must be strictly positive and less than {limit}. Given: {truncate}")
    if tokens <= truncate:
        return prompt, tokens
    return prompt[tokenize(prompt)[-truncate].start :], truncate  # TGI keeps the end


def _seeds(asked: Parameters) -> tuple[int | None, ...]:
    if not asked.samples:
        return (None,)
    if asked.seed is not None:
        return (asked.seed,)
    return tuple(random.getrandbits(64) for _ in range(asked.best_of or 1))
