"""Look at an endpoint before work begins: is it up, what does it serve, does it write one token."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import httpx2
from huggingface_hub import get_token

from synth_builder.endpoint.client import TGI_MODEL, text_without_token
from synth_builder.endpoint.transport import is_loopback
from synth_builder.errors import SynthBuilderError

_CONNECT_SECONDS = 10.0
_ANSWER_SECONDS = 60.0
_START_HINT = "Start a TGI server (docs/tgi.md shows how), or use `--endpoint offline` to try without one."


class ServerIdentity(NamedTuple):
    """Who answers, as the server itself says.

    Attributes:
        model_id: Model as the server names it.
        model_sha: Its revision, or `unknown`.
        server: Server software and version.
        max_concurrent_requests: Requests above which the server answers 429.
        max_input_tokens: Longest prompt.
        max_total_tokens: Longest prompt and reply together.
        rule_based: A rule-based teacher writes, no language model.
    """

    model_id: str
    model_sha: str
    server: str
    max_concurrent_requests: int
    max_input_tokens: int
    max_total_tokens: int
    rule_based: bool


def check_endpoint(url: str, *, route: str = "chat", send_token: bool = True) -> ServerIdentity:
    """Ask `/health`, `/info` and for one token.

    Args:
        url: Address of a TGI server.
        route: The route that stages will use, `chat` or `generate`.
        send_token: Send the token saved in the usual places of huggingface_hub, if there is one.

    Raises:
        SynthBuilderError: The server cannot be used; the error says what to do.
    """
    with _client(url, send_token) as client:
        _check_health(client, url)
        identity = _read_info(client, url)
        _write_one_token(client, url, route)
    return identity


def count_tokens(url: str, texts: Sequence[str], *, send_token: bool = True) -> list[int]:
    """Tokens of each text by the server's own `/tokenize`, in order."""
    with _client(url, send_token) as client, ThreadPoolExecutor(8) as threads:

        def count(text: str) -> int:
            response = _send(client, url, "POST", "/tokenize", json={"inputs": text})
            tokens = _json_list(response)
            if tokens is None:
                raise SynthBuilderError(
                    f"The endpoint {url} cannot count tokens: POST /tokenize gave HTTP {response.status_code}: "
                    f"{text_without_token(response)[:200]}",
                    cause="A text beyond the server's payload limit, or no TGI server.",
                    todo="Raise --payload-limit of the server, or split such documents beforehand.",
                )
            return len(tokens)

        return list(threads.map(count, texts))


def _json_list(response: httpx2.Response) -> list[Any] | None:
    try:
        body = response.json() if response.status_code == 200 else None
    except ValueError:
        return None
    return body if isinstance(body, list) else None


def _client(url: str, send_token: bool) -> httpx2.Client:
    token = get_token() if send_token else None
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx2.Client(
        base_url=url,
        headers=headers,
        timeout=httpx2.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
        trust_env=not is_loopback(httpx2.URL(url).host),
    )


def _send(client: httpx2.Client, url: str, method: str, path: str, json: object = None) -> httpx2.Response:
    try:
        return client.request(method, path, json=json)
    except httpx2.TimeoutException:
        raise SynthBuilderError(
            f"The endpoint {url} did not answer {method} {path} in time.",
            cause="The server is loading its model, is overloaded, or a firewall drops the connection.",
            todo="Wait until its log says that it is ready, then run the same command again.",
        ) from None
    except httpx2.RequestError as error:
        raise SynthBuilderError(
            f"No server can be reached at {url} ({type(error).__name__}: {error}).",
            cause="Nothing listens there: a wrong host or port, or the server has not started yet.",
            todo=_START_HINT,
        ) from None


def _check_health(client: httpx2.Client, url: str) -> None:
    status = _send(client, url, "GET", "/health").status_code
    if status == 503:
        raise SynthBuilderError(
            f"The endpoint {url} says that it is not healthy (GET /health gave 503).",
            cause="The model is still loading, or its shard has crashed.",
            todo="Look at the server's log; run the same command again when it is ready.",
        )


def _read_info(client: httpx2.Client, url: str) -> ServerIdentity:
    response = _send(client, url, "GET", "/info")
    _refuse_unauthorised(response, url)
    try:
        response.raise_for_status()
        return _identity(response.json())
    except (httpx2.HTTPStatusError, ValueError, KeyError, TypeError):
        raise SynthBuilderError(
            f"The endpoint {url} is no TGI server: GET /info gave HTTP {response.status_code} "
            f"without a model_id and its limits.",
            cause="Another kind of server, or an address with a path such as /v1 in it.",
            todo=f"Give the address that has /info directly below it. {_START_HINT}",
        ) from None


def _identity(info: Any) -> ServerIdentity:
    if not isinstance(info, dict):
        raise TypeError("no JSON object")
    label = info.get("docker_label") or "native"
    return ServerIdentity(
        model_id=str(info["model_id"]),
        model_sha=info.get("model_sha") or "unknown",
        server=f"text-generation-inference {info.get('version', 'unknown')} ({label})",
        max_concurrent_requests=int(info.get("max_concurrent_requests", 128)),
        max_input_tokens=int(info.get("max_input_tokens") or info["max_total_tokens"]),
        max_total_tokens=int(info["max_total_tokens"]),
        rule_based=label == "offline",
    )


def _write_one_token(client: httpx2.Client, url: str, route: str) -> None:
    prompt = "1 + 1 ="
    body: dict[str, object]
    if route == "generate":
        path, body = "/generate", {"inputs": prompt, "parameters": {"max_new_tokens": 1}}
    else:
        messages = [{"role": "user", "content": prompt}]
        path, body = "/v1/chat/completions", {"model": TGI_MODEL, "messages": messages, "max_tokens": 1}
    response = _send(client, url, "POST", path, json=body)
    _refuse_unauthorised(response, url)
    if response.status_code in (200, 429):  # busy is alive
        return
    raise SynthBuilderError(
        f"The endpoint {url} cannot write one token: HTTP {response.status_code}: {text_without_token(response)[:200]}",
        cause="The model has no chat template (HTTP 422), or generation fails on the server.",
        todo="Set `route: generate` for a model without a template, else look at the server's log.",
    )


def _refuse_unauthorised(response: httpx2.Response, url: str) -> None:
    if response.status_code in (401, 403):
        raise SynthBuilderError(
            f"The endpoint {url} refuses the token (HTTP {response.status_code}).",
            cause="No token is set, or it is not the server's --api-key.",
            todo="Run `hf auth login`, or set HF_TOKEN to the key that the server expects.",
        )
