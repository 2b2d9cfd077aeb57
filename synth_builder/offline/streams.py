"""Events of the answers that are streams, one a token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain, zip_longest

from synth_builder.offline.answers import (
    answered_model,
    chat_logprobs,
    full_text,
    openai_finish_reason,
    openai_head,
    token_body,
    usage,
)
from synth_builder.offline.generation import Finished
from synth_builder.offline.protocol import JsonObject, ProtocolError, ServerConfig

KEEP_ALIVE = b":\n\n"
"""A comment, which clients pass over."""

DONE = b"data: [DONE]\n\n"
"""The last event of the OpenAI routes."""


def encode_event(body: JsonObject) -> bytes:
    """Returns a server-sent event."""
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def generate_events(finished: Finished, config: ServerConfig) -> Iterator[JsonObject]:
    """Yields the events of `/generate_stream`; the last one carries the whole text."""
    generation = finished.generations[0][0]
    for index, token in enumerate(generation.tokens, start=1):
        event: JsonObject = {"index": index, "token": token_body(token)}
        if generation.top_tokens:
            event["top_tokens"] = [token_body(top) for top in generation.top_tokens[index - 1]]
        is_last = index == len(generation.tokens)
        event["generated_text"] = full_text(finished.request, generation) if is_last else None
        event["details"] = _stream_details(finished) if is_last and finished.request.parameters.details else None
        yield event


def _stream_details(finished: Finished) -> JsonObject:
    generation = finished.generations[0][0]
    return {
        "finish_reason": generation.finish_reason,
        "generated_tokens": generation.token_count,
        "seed": generation.seed,
        "input_length": finished.works[0].prompt_tokens,
    }


def chat_events(finished: Finished, config: ServerConfig) -> Iterator[JsonObject]:
    """Yields the chunks of a chat; the token that ends the sequence has no content."""
    request, generation = finished.request, finished.generations[0][0]
    head = openai_head("chat.completion.chunk", answered_model(request, config), finished, config)
    for place, token in enumerate(generation.tokens):
        choice = {
            "index": 0,
            "delta": {"role": "assistant", "content": "" if token.special else token.text},
            "logprobs": chat_logprobs(generation, [place]) if request.logprobs else None,
            "finish_reason": openai_finish_reason(generation) if place == len(generation.tokens) - 1 else None,
        }
        yield {**head, "choices": [choice], "usage": None}
    if request.include_usage:
        yield {**head, "choices": [], "usage": usage(finished)}


def completions_events(finished: Finished, config: ServerConfig) -> Iterator[JsonObject]:
    """Yields the chunks of completions, a token of each prompt in turn.

    As in TGI, the token that ends a sequence is shown with its text, and the last chunk of a prompt has TGI's own word
    for the reason and the usage of this prompt.
    """
    streams = (_completion_events(index, finished, config) for index in range(len(finished.works)))
    return (event for event in chain.from_iterable(zip_longest(*streams)) if event is not None)


def _completion_events(index: int, finished: Finished, config: ServerConfig) -> Iterator[JsonObject]:
    head = openai_head("text_completion", config.model_id, finished, config)
    generation = finished.generations[index][0]
    *first, last = generation.tokens
    for token in first:
        yield {**head, "choices": [{"index": index, "text": token.text, "logprobs": None, "finish_reason": ""}]}
    choice = {"index": index, "text": last.text, "logprobs": None, "finish_reason": generation.finish_reason}
    alone = finished._replace(works=(finished.works[index],), generations=(finished.generations[index],))
    yield {**head, "choices": [choice], "usage": usage(alone)}


def generate_error_event(error: ProtocolError) -> JsonObject:
    """Returns the event for an error on TGI's own routes."""
    return error.body()


def openai_error_event(error: ProtocolError) -> JsonObject:
    """Returns the event for an error on the OpenAI routes."""
    return {"error": {"message": error.error, "http_status_code": error.status}}
