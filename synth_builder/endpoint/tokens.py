"""Count tokens by the server that will read them, or by a stated rule where it counts none."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2

from synth_builder.endpoint.identity import ServerIdentity
from synth_builder.endpoint.server import Server, read_json
from synth_builder.errors import SynthBuilderError

BYTES_PER_TOKEN = 2  # where the server counts none


def count_tokens(server: Server, identity: ServerIdentity, texts: Sequence[str]) -> list[int]:
    """Tokens of each text in order: by `/tokenize`, or two UTF-8 bytes for one where the server has none.

    Raises:
        SynthBuilderError: The server did not count a text.
    """
    if not identity.can_count:
        return [-(-len(text.encode()) // BYTES_PER_TOKEN) for text in texts]

    def count(text: str) -> int:
        response = ask_tokens(server, identity, text)
        tokens = read_count(read_json(response))
        if tokens is None:
            raise SynthBuilderError(
                f"The endpoint {server.url} cannot count tokens: POST /tokenize gave {server.say(response)}",
                cause="A text beyond the server's payload limit, or no TGI server.",
                todo="Raise --payload-limit of the server, or split such documents beforehand.",
            )
        return tokens

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(count, texts))


def ask_tokens(server: Server, identity: ServerIdentity, text: str) -> httpx2.Response:
    """Send `text` to `/tokenize`: TGI reads `inputs`, vLLM and SGLang `prompt`, llama.cpp `content`."""
    if identity.protocol == "tgi":
        return server.post("/tokenize", {"inputs": text})
    return server.post("/tokenize", {"model": identity.served_as, "prompt": text, "content": text})


def read_count(body: Any) -> int | None:
    """Tokens by an answer of `/tokenize`: TGI's list, or `count` or `tokens`; None where it holds none of them."""
    if isinstance(body, dict):
        if isinstance(body.get("count"), int):
            return int(body["count"])
        body = body.get("tokens")
    return len(body) if isinstance(body, list) else None
