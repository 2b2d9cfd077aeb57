"""Count tokens by the server that will read them, or by a stated rule where it counts none."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from synth_builder.endpoint.identity import ServerIdentity
from synth_builder.endpoint.server import Server, read_json
from synth_builder.errors import SynthBuilderError

BYTES_PER_TOKEN = 2  # where the server counts none
TOKENIZE = "/tokenize"

_AT_ONCE = 8
_TRIES = 6


def count_tokens(server: Server, identity: ServerIdentity, texts: Sequence[str]) -> list[int]:
    """Tokens of each text in order: by `/tokenize`, or two UTF-8 bytes for one where the server has none.

    Raises:
        SynthBuilderError: The server did not count a text, after as many tries as the failure deserves.
    """
    if not identity.can_count:
        return [-(-len(text.encode()) // BYTES_PER_TOKEN) for text in texts]

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return list(threads.map(lambda text: _count(server, identity, text), texts))


def _count(server: Server, identity: ServerIdentity, text: str) -> int:
    response = server.post(TOKENIZE, write_request(identity, text), tries=_TRIES)
    tokens = read_count(read_json(response))
    if tokens is not None:
        return tokens
    status = response.status_code
    if status == 413:
        cause = "The text is beyond the server's payload limit."
        todo = "Raise --payload-limit of the server, or split such documents beforehand."
    elif status in (408, 429) or status >= 500:
        cause = f"The server is too busy or fails; {_TRIES} attempts have not helped."
        todo = "Run the same command again when it is ready and has less to do."
    elif status in (401, 403):
        cause = "The server, or a gateway before it, does not let the key use this route."
        todo = "Allow /tokenize for the key."
    else:
        cause = "The server does not count this text, or its answer is none of a server that counts."
        todo = "Look at the server's log."
    raise SynthBuilderError(
        f"The endpoint {server.url} cannot count tokens: POST {TOKENIZE} gave {server.say(response)}",
        cause=cause,
        todo=todo,
    )


def write_request(identity: ServerIdentity, text: str) -> dict[str, object]:
    """What `/tokenize` is asked: TGI reads `inputs`, vLLM and SGLang `prompt`, llama.cpp `content`."""
    if identity.protocol == "tgi":
        return {"inputs": text}
    return {"model": identity.served_as, "prompt": text, "content": text}


def read_count(body: Any) -> int | None:
    """Tokens by an answer of `/tokenize`: TGI's list, or `count` or `tokens`; None where it holds none of them."""
    if isinstance(body, dict):
        if isinstance(body.get("count"), int):
            return int(body["count"])
        body = body.get("tokens")
    return len(body) if isinstance(body, list) else None
