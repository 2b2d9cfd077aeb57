"""Who answers at an endpoint, as the server itself says: `/info` of TGI, else `/v1/models` of everybody else."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import httpx2

from synth_builder.endpoint.failures import clean_text
from synth_builder.endpoint.server import NoAnswerInTimeError, NotReadyError, Server, read_json, say_field
from synth_builder.errors import SynthBuilderError

# TGI answers with its true model id only when it is asked for under this name.
_TGI_MODEL = "tgi"
_RULE_BASED_MODEL = "synth-builder/rule-based-teacher"
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_WINDOW_FIELDS = ("max_model_len", "context_length", "context_window")
_LISTED_MODELS = 20


class ServerIdentity(NamedTuple):
    """Who answers, as the server itself says.

    Attributes:
        model_id: Model as the server names it.
        model_sha: Its revision, or `unknown`.
        server: Server software and version.
        max_concurrent_requests: Requests above which the server answers 429; None: not stated.
        max_input_tokens: Longest prompt; None: not stated.
        max_total_tokens: Longest prompt and reply together; None: not stated.
        rule_based: A rule-based teacher writes, no language model.
        protocol: `tgi` or `openai`.
        served_as: Name to send as `model`.
        can_count: `/tokenize` answers.
    """

    model_id: str
    model_sha: str
    server: str
    max_concurrent_requests: int | None
    max_input_tokens: int | None
    max_total_tokens: int | None
    rule_based: bool
    protocol: str = "tgi"
    served_as: str = _TGI_MODEL
    can_count: bool = True


def read_identity(server: Server, *, protocol: str = "auto", model: str = "") -> ServerIdentity:
    """Ask `/health`, `/info` and, where that is not TGI's, `/v1/models`.

    What `/health` says counts only where the others do not tell who answers: not every server has it.

    Args:
        server: Who is asked.
        protocol: `auto`, or which of the two to ask: `tgi`, `openai`.
        model: Name of the model to ask for; empty: the one that is served. With `openai` a server without /v1/models is
            taken at this name.

    Raises:
        SynthBuilderError: The server is of neither kind, is not ready, refuses the token, or does not serve the model.
    """
    unhealthy, answers = _ask_health(server), []
    if protocol != "openai":
        answers.append(server.get("/info"))
        info = read_json(answers[-1])
        if isinstance(info, dict) and "model_id" in info and _count(info.get("max_total_tokens")):
            return _tgi_identity(server, info, model)
    if protocol != "tgi":
        answers.append(server.get("/v1/models"))
        served = _served_models(read_json(answers[-1]))
        if served is not None:
            return _openai_identity(server, served, model)
    for answer in reversed(answers):  # a gateway may refuse /info only because it does not know it
        server.refuse_unauthorised(answer)
        server.refuse_unready(answer)
    if unhealthy:
        raise unhealthy
    if protocol == "openai" and model:
        return _openai_identity(server, {model: {}}, model)
    raise _no_known_server(server, answers)


def _ask_health(server: Server) -> SynthBuilderError | None:
    try:
        server.refuse_unready(server.get("/health"))
    except (NotReadyError, NoAnswerInTimeError) as error:
        return error
    return None


def _tgi_identity(server: Server, info: Mapping[str, Any], model: str) -> ServerIdentity:
    model_id = clean_text(str(info["model_id"]))
    if model not in ("", model_id):
        raise _not_served(server, model, [model_id])
    window = _count(info["max_total_tokens"])
    return ServerIdentity(
        model_id=model_id,
        model_sha=clean_text(str(info.get("model_sha") or "unknown")),
        server=clean_text(
            f"text-generation-inference {info.get('version', 'unknown')} ({info.get('docker_label') or 'native'})"
        ),
        max_concurrent_requests=_count(info.get("max_concurrent_requests")),
        max_input_tokens=_count(info.get("max_input_tokens")) or window,
        max_total_tokens=window,
        rule_based=model_id == _RULE_BASED_MODEL,
    )


def _served_models(body: Any) -> dict[str, dict[str, Any]] | None:
    data = body.get("data") if isinstance(body, dict) else body
    if not isinstance(data, list):
        return None
    return {each["id"]: each for each in data if isinstance(each, dict) and isinstance(each.get("id"), str)}


def _openai_identity(server: Server, served: Mapping[str, dict[str, Any]], model: str) -> ServerIdentity:
    if not served:
        raise SynthBuilderError(
            f"The endpoint {server.url} serves no model.", todo="Start the server with a model, or load one into it."
        )
    if not model and len(served) > 1:
        raise SynthBuilderError(
            f"The endpoint {server.url} serves several models: {_list(served)}.",
            cause="None of them is named.",
            todo=f"Name one as {say_field('model')}.",
        )
    name = model or next(iter(served))
    # Inference Providers list ORG/MODEL, and take ORG/MODEL:PROVIDER.
    listed = name if name in served else name.rpartition(":")[0]
    if listed not in served or (listed != name and not served[listed].get("providers")):
        raise _not_served(server, name, served)
    entry, root = served[listed], served[listed].get("root")
    window = _window(entry, name.removeprefix(f"{listed}:"))
    return ServerIdentity(
        # vLLM serves a model under any name and tells the true one apart, which may be a path.
        model_id=root if isinstance(root, str) and _HUB_ID.fullmatch(root) else listed,
        model_sha="unknown",
        server=clean_text(f"OpenAI-compatible ({entry.get('owned_by') or 'unknown'})"),
        max_concurrent_requests=None,
        max_input_tokens=window,
        max_total_tokens=window,
        rule_based=listed == _RULE_BASED_MODEL,
        protocol="openai",
        served_as=name,
        can_count=False,
    )


def _window(entry: Mapping[str, Any], provider: str) -> int | None:
    """Window of a model in tokens; where the Hub may choose between providers, the smallest of theirs."""
    for field in _WINDOW_FIELDS:
        if window := _count(entry.get(field)):
            return window
    meta = entry.get("meta")  # llama.cpp
    if isinstance(meta, dict):
        return _count(meta.get("n_ctx")) or _count(meta.get("n_ctx_train"))
    providers = entry.get("providers")
    offers = [each for each in providers if isinstance(each, dict)] if isinstance(providers, list) else []
    chosen = [each for each in offers if each.get("provider") == provider] or offers
    windows = [window for each in chosen if (window := _count(each.get("context_length")))]
    return min(windows, default=None)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _not_served(server: Server, model: str, served: Collection[str]) -> SynthBuilderError:
    nearest = difflib.get_close_matches(model, served, n=len(served), cutoff=0.0)
    return SynthBuilderError(
        f"The endpoint {server.url} does not serve the model {model}. It serves: {_list(nearest)}.",
        cause="Another server than was meant, or a name that it does not know the model by.",
        todo=f"Name one of these as {say_field('model')}, or start the server with the model.",
    )


def _list(names: Iterable[str]) -> str:
    shown = list(names)
    more = len(shown) - _LISTED_MODELS
    return ", ".join(shown[:_LISTED_MODELS]) + (f" and {more} more" if more > 0 else "")


def _no_known_server(server: Server, answers: list[httpx2.Response]) -> SynthBuilderError:
    seen = ", ".join(f"GET {answer.request.url.path} gave {_kind(answer)}" for answer in answers)
    return SynthBuilderError(
        f"At {server.url} is neither a TGI nor an OpenAI-compatible server: {seen}.",
        cause="Another program, a web page, or an address with a path too many or too few.",
        todo="Give the address that has /info or /v1 directly below it. A server without /v1/models needs "
        "`protocol: openai` and `model`.",
    )


def _kind(answer: httpx2.Response) -> str:
    kind = answer.headers.get("content-type", "").partition(";")[0]
    return f"HTTP {answer.status_code}" + (f" ({kind})" if kind else "")
