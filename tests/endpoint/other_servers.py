"""What servers other than TGI say: of their models, by OpenAI's protocol, and the Hub of an Inference Endpoint."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tests.endpoint.scripted import CHAT, Answer, Request, Script, Step, scripted

# Fields as these servers write them; those that nobody here reads are left out.
VLLM = {"id": "writer", "object": "model", "owned_by": "vllm", "root": "org/writer-7b", "max_model_len": 32_768}
SGLANG = {
    "id": "org/writer-7b",
    "object": "model",
    "owned_by": "sglang",
    "root": "org/writer-7b",
    "max_model_len": 4096,
}
LLAMA_CPP = {
    "id": "/models/writer-7b.gguf",
    "object": "model",
    "owned_by": "llamacpp",
    "meta": {"n_vocab": 32_000, "n_ctx_train": 131_072},
}
ROUTED = {
    "id": "org/writer-7b",
    "object": "model",
    "owned_by": "org",
    "providers": [
        {"provider": "slow", "status": "live", "context_length": 65_536},
        {"provider": "fast", "status": "live", "context_length": 16_384},
        {"provider": "new", "status": "staging"},
    ],
}
NOT_FOUND = Answer(404, {"detail": "Not Found"})
COUNTED = Answer(200, {"count": 3, "max_model_len": 32_768, "tokens": [1, 2, 3]})


def models(*entries: dict[str, Any]) -> Answer:
    """The answer of `/v1/models`."""
    return Answer(200, {"object": "list", "data": list(entries)})


def described(state: str, url: str | None = "http://127.0.0.1:9", **status: Any) -> Answer:
    """What the Hub's API says of the Inference Endpoint `org/mine`."""
    times = {"createdAt": "2026-11-01T10:00:00.000Z", "updatedAt": "2026-11-01T10:00:00.000Z"}
    return Answer(
        200,
        {
            "name": "mine",
            "type": "protected",
            "healthRoute": "/health",
            "model": {"repository": "org/writer-7b", "framework": "custom", "revision": "c0ffee", "task": "text"},
            "status": {"state": state, **({"url": url} if url else {}), **times, **status},
        },
    )


@contextlib.contextmanager
def openai_server(
    *entries: dict[str, Any],
    chat: Step = Answer(200, CHAT),  # noqa: B008 - nothing changes it
    tokenize: Step = NOT_FOUND,
    gets: dict[str, Step] | None = None,
) -> Iterator[Script]:
    """Serve these models; `gets` changes or adds to what is read."""
    steps = {"/v1/chat/completions": chat, "/tokenize": tokenize}

    async def answer(request: Request) -> Answer:
        step = steps.get(request.path, NOT_FOUND)
        if isinstance(step, Answer):
            return step
        assert callable(step)
        return await step(request)

    usual: dict[str, Step] = {"/info": NOT_FOUND, "/v1/models": models(*entries)}
    with scripted(answer, gets=usual | (gets or {})) as server:
        yield server


def asked(server: Script) -> list[str]:
    """Every request, as method and path."""
    return [f"{request.method} {request.path}" for request in server.requests]
