"""What a server offers, found out by asking for it: one token each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import httpx2

from synth_builder.endpoint.identity import ServerIdentity
from synth_builder.endpoint.server import Server, read_json
from synth_builder.endpoint.tokens import ask_tokens, read_count

_PROMPT = "1 + 1 ="
_SCHEMA = {"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]}
_TGI_FORMAT = {"type": "json_object", "value": _SCHEMA}
_OPENAI_FORMAT = {"type": "json_schema", "json_schema": {"name": "sum", "schema": _SCHEMA, "strict": True}}


class Finding(NamedTuple):
    """What became of one question.

    Attributes:
        offered: The server has it.
        said: What the server said where it has not.
        status: HTTP status of its answer.
    """

    offered: bool
    said: str
    status: int


class Capability(NamedTuple):
    """Something that a server may offer.

    Attributes:
        ask: Sends the request that needs it.
        shows: Whether the body of a 200 shows it; may raise LookupError, TypeError or AttributeError where it does not.
        todo: How to get it.
    """

    ask: Callable[[Server, ServerIdentity], httpx2.Response]
    shows: Callable[[Any], bool]
    todo: str


def _chat(server: Server, identity: ServerIdentity, **more: object) -> httpx2.Response:
    messages = [{"role": "user", "content": _PROMPT}]
    return server.post(
        "/v1/chat/completions", {"model": identity.served_as, "messages": messages, "max_tokens": 1, **more}
    )


def _generate(server: Server, **more: object) -> httpx2.Response:
    return server.post("/generate", {"inputs": _PROMPT, "parameters": {"max_new_tokens": 1, **more}})


def _ask_grammar(server: Server, identity: ServerIdentity) -> httpx2.Response:
    return _chat(server, identity, response_format=_TGI_FORMAT if identity.protocol == "tgi" else _OPENAI_FORMAT)


CAPABILITIES: Mapping[str, Capability] = {
    "chat": Capability(
        _chat,
        lambda body: isinstance(body["choices"][0]["message"], dict),
        "Serve a model with a chat template, or set `route: generate` on a TGI server.",
    ),
    "generate": Capability(
        lambda server, identity: _generate(server),
        lambda body: isinstance(body["generated_text"], str),
        "Use a TGI server, which alone has /generate, or set `route: chat`.",
    ),
    "tokenize": Capability(
        lambda server, identity: ask_tokens(server, identity, _PROMPT),
        lambda body: read_count(body) is not None,
        "Use TGI, vLLM, SGLang or llama.cpp, which have /tokenize.",
    ),
    "logprobs": Capability(
        lambda server, identity: _chat(server, identity, logprobs=True, top_logprobs=1),
        lambda body: isinstance(body["choices"][0]["logprobs"]["content"][0]["logprob"], int | float),
        "Use TGI, vLLM or SGLang, which give log-probabilities of a reply.",
    ),
    "prompt_logprobs": Capability(
        lambda server, identity: _generate(server, details=True, decoder_input_details=True),
        lambda body: any(token.get("logprob") is not None for token in body["details"]["prefill"]),
        "Use a TGI server that was started with --enable-prefill-logprobs.",
    ),
    "json_grammar": Capability(
        _ask_grammar,
        # Free to choose, no model begins its answer to this prompt so.
        lambda body: body["choices"][0]["message"]["content"].lstrip().startswith("{"),
        "Use TGI, vLLM, SGLang or llama.cpp, which keep a reply to a JSON schema.",
    ),
}


class Capabilities(NamedTuple):
    """What a server offers.

    Attributes:
        identity: Who answers, with its limits.
        findings: One for each name of `CAPABILITIES`.
    """

    identity: ServerIdentity
    findings: dict[str, Finding]


def probe(server: Server, identity: ServerIdentity) -> Capabilities:
    """Ask for everything that a stage may need.

    Raises:
        SynthBuilderError: The server went away, or refuses the token.
    """
    return Capabilities(identity, {name: look_for(name, server, identity) for name in CAPABILITIES})


def look_for(name: str, server: Server, identity: ServerIdentity) -> Finding:
    """Ask for one capability; raises as `probe`."""
    capability = CAPABILITIES[name]
    response = capability.ask(server, identity)
    server.refuse_unauthorised(response)
    if response.status_code != 200:
        return Finding(False, server.say(response), response.status_code)
    try:
        offered = capability.shows(read_json(response))
    except (LookupError, TypeError, AttributeError):
        offered = False
    return Finding(offered, "" if offered else "HTTP 200, but without it", 200)
