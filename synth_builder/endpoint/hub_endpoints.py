"""Inference Endpoints: where one of them is, what it serves, and waiting until it runs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import httpx2
from huggingface_hub import InferenceEndpoint, get_inference_endpoint, is_offline_mode
from huggingface_hub.errors import HfHubHTTPError

from synth_builder.errors import SynthBuilderError

_WAIT_SECONDS = 1800.0
_ASK_EVERY_SECONDS = 5.0
_WAKE_SECONDS = 10.0
_STARTING = frozenset({"pending", "initializing", "updating", "scaledToZero"})


def wait_for_inference_endpoint(name: str, token: str | None, say: Callable[[str], None]) -> InferenceEndpoint:
    """Find an Inference Endpoint, and wait while it starts.

    One that is scaled to zero is woken by a request, as any request would.

    Args:
        name: `NAME` or `NAMESPACE/NAME`.
        token: A Hugging Face token that may see it.
        say: Shows a line to the user when there is something to wait for.

    Raises:
        SynthBuilderError: It cannot be found, is paused or has failed, or does not run within half an hour.
    """
    refuse_offline(f"inference-endpoint:{name}")
    if not token:
        raise _unseen(name, "no token is saved")
    started, told = time.monotonic(), ""
    while True:
        endpoint = _fetch(name, token)
        if endpoint.status == "running" and endpoint.url:
            return endpoint
        if endpoint.status not in _STARTING | {"running"}:
            raise _not_to_be_waited_for(endpoint)
        if endpoint.status == "scaledToZero" and endpoint.status != told:
            _wake(endpoint, token)
        if endpoint.status != told:
            told = endpoint.status
            say(f"Inference Endpoint {name} is {told}; waiting for at most {_WAIT_SECONDS / 60:g} minutes.")
        if time.monotonic() - started > _WAIT_SECONDS:
            raise SynthBuilderError(
                f"Inference Endpoint {name} does not run after {_WAIT_SECONDS / 60:g} minutes: it is {told}.",
                cause="The model is large, or no machine of its kind is free.",
                todo="Look at its page, and run the same command again when it runs.",
            )
        time.sleep(_ASK_EVERY_SECONDS)


def refuse_offline(address: str) -> None:
    """Raise SynthBuilderError under HF_HUB_OFFLINE=1: what stands at the Hub cannot be reached then."""
    if is_offline_mode():
        raise SynthBuilderError(
            f"{address} is reached over the Hub, but HF_HUB_OFFLINE is set.",
            todo="Unset HF_HUB_OFFLINE, or name a server by its own address, which works offline.",
        )


def _fetch(name: str, token: str) -> InferenceEndpoint:
    namespace, _, short = name.rpartition("/")
    try:
        return get_inference_endpoint(short, namespace=namespace or None, token=token)
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status in (401, 403):
            raise _unseen(name, f"HTTP {status}") from None
        raise SynthBuilderError(
            f"Inference Endpoint {name} cannot be looked up: HTTP {status}.",
            cause="There is none of this name in the namespace." if status == 404 else "The Hub's API fails.",
            todo="Write inference-endpoint:NAMESPACE/NAME as its page does."
            if status == 404
            else "Run the same command again later.",
        ) from None
    except (httpx2.HTTPError, KeyError, TypeError, ValueError) as error:
        raise SynthBuilderError(
            f"Inference Endpoint {name} cannot be looked up: {type(error).__name__}: {error}",
            cause="No network, or something else than the Hub's API answers.",
            todo="Check the network and run the same command again.",
        ) from None


def _unseen(name: str, said: str) -> SynthBuilderError:
    return SynthBuilderError(
        f"Inference Endpoint {name} cannot be looked up: {said}.",
        cause="Only a token of its namespace may see it.",
        todo="Run `hf auth login`, or set HF_TOKEN to a token that may see it.",
    )


def _wake(endpoint: InferenceEndpoint, token: str) -> None:
    if endpoint.url:
        with contextlib.suppress(httpx2.HTTPError):  # whatever the answer, it has been asked
            httpx2.get(endpoint.url, headers={"Authorization": f"Bearer {token}"}, timeout=_WAKE_SECONDS)


def _not_to_be_waited_for(endpoint: InferenceEndpoint) -> SynthBuilderError:
    name = f"{endpoint.namespace}/{endpoint.name}"
    if endpoint.status == "paused":
        return SynthBuilderError(
            f"Inference Endpoint {name} is paused.",
            todo=f"Resume it: hf endpoints resume {endpoint.name} --namespace {endpoint.namespace}",
        )
    message = endpoint.raw["status"].get("message") or "no reason given"
    return SynthBuilderError(
        f"Inference Endpoint {name} is {endpoint.status}: {message}",
        todo="Look at its log on its page, mend it there, and run the same command again.",
    )
