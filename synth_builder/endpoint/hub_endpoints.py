"""Inference Endpoints: where one of them is, what it serves, and waiting until it runs."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import httpx2
from huggingface_hub import InferenceEndpoint, get_inference_endpoint, is_offline_mode
from huggingface_hub.errors import HfHubHTTPError

from synth_builder.errors import SynthBuilderError

_T = TypeVar("_T")

_WAIT_SECONDS = 1800.0
_FIRST_ANSWER_SECONDS = 20.0  # the wait for an API that has not answered yet
_LOOKUP_SECONDS = 30.0
_ASK_EVERY_SECONDS = 5.0
_WAKE_SECONDS = 10.0
_STARTING = frozenset({"pending", "initializing", "updating", "scaledToZero"})


def wait_for_inference_endpoint(name: str, token: str | None, say: Callable[[str], None]) -> InferenceEndpoint:
    """Find an Inference Endpoint, and wait while it starts.

    One that is scaled to zero is woken by a request, as any request would. Once the Hub's API has told of it, failures
    of the API that may pass are waited out, too.

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
    deadline = time.monotonic() + _WAIT_SECONDS
    patience = min(deadline, time.monotonic() + _FIRST_ANSWER_SECONDS)
    told = ""
    while True:
        try:
            endpoint = _fetch(name, token)
        except _PassingError:
            if time.monotonic() >= patience:
                raise
        else:
            patience = deadline
            if endpoint.status == "running" and endpoint.url:
                return endpoint
            if endpoint.status not in _STARTING | {"running"}:
                raise _not_to_be_waited_for(endpoint)
            if endpoint.status != told:
                told = endpoint.status
                say(f"Inference Endpoint {name} is {told}; waiting for at most {_WAIT_SECONDS / 60:g} minutes.")
                if told == "scaledToZero":
                    _wake(endpoint, token)
            if time.monotonic() >= deadline:
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


class _PassingError(SynthBuilderError):
    """A look-up that may succeed later."""


def _fetch(name: str, token: str) -> InferenceEndpoint:
    namespace, _, short = name.rpartition("/")
    try:
        return _within(_LOOKUP_SECONDS, lambda: get_inference_endpoint(short, namespace=namespace or None, token=token))
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status in (401, 403):
            raise _unseen(name, f"HTTP {status}") from None
        kind = _PassingError if status in (408, 429) or status >= 500 else SynthBuilderError
        raise kind(
            f"Inference Endpoint {name} cannot be looked up: HTTP {status}.",
            cause="There is none of this name in the namespace." if status == 404 else "The Hub's API fails.",
            todo="Write inference-endpoint:NAMESPACE/NAME as its page does."
            if status == 404
            else "Run the same command again later.",
        ) from None
    except TimeoutError:
        raise _unreached(_PassingError, name, "no answer in time") from None
    except httpx2.HTTPError as error:
        raise _unreached(_PassingError, name, f"{type(error).__name__}: {error}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise _unreached(SynthBuilderError, name, f"{type(error).__name__}: {error}") from None


def _within(seconds: float, call: Callable[[], _T]) -> _T:
    """What `call` returns, or TimeoutError: huggingface_hub waits for ever, so it does that in a thread left behind."""
    outcome: Future[_T] = Future()

    def run() -> None:
        try:
            outcome.set_result(call())
        except Exception as error:  # raised again where the outcome is read
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return outcome.result(seconds)


def _unreached(kind: type[SynthBuilderError], name: str, said: str) -> SynthBuilderError:
    return kind(
        f"Inference Endpoint {name} cannot be looked up: {said}",
        cause="No network, or something else than the Hub's API answers.",
        todo="Check the network and run the same command again.",
    )


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
