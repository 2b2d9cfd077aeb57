"""A server as it is looked at before work begins: one request at a time, each failure an error for people."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import httpx2
from huggingface_hub.constants import HUGGINGFACE_HEADER_X_BILL_TO

from synth_builder.endpoint.address import can_be_sent, gets_saved_token
from synth_builder.endpoint.failures import NoReplyError, find_message, hide_token, told_wait_seconds
from synth_builder.endpoint.transport import is_loopback
from synth_builder.errors import SynthBuilderError

_CONNECT_SECONDS = 10.0
_ANSWER_SECONDS = 60.0
_FIRST_WAIT_SECONDS = 0.5  # between attempts, and twice as long after each further one
_LONGEST_TOLD_WAIT_SECONDS = 30.0  # what a server asks for beyond it is not waited for in full
_SHOWN_CHARACTERS = 200


class NoAnswerError(SynthBuilderError):
    """No answer came, or not all of it."""


class NoAnswerInTimeError(NoAnswerError):
    """No answer came within the time limit."""


class NotReadyError(SynthBuilderError):
    """The server says that it is not ready."""


class Server:
    """A context manager over one connection to a server.

    Args:
        url: Its root, without `/v1`.
        token: Its key; None: none is sent.
        api_key_env: Variable that the key is from, to be named in errors.
        bill_to: Organisation that pays for Inference Providers.

    Raises:
        SynthBuilderError: The key or `bill_to` cannot be sent.
    """

    def __init__(self, url: str, *, token: str | None = None, api_key_env: str = "", bill_to: str = "") -> None:
        self.url = url
        self._token = token
        self._api_key_env = api_key_env
        for name, value in (("key", token), ("`bill_to`", bill_to)):
            if value and not can_be_sent(value):
                raise SynthBuilderError(
                    f"The {name} of the endpoint {url} cannot be sent.",
                    cause="It holds a blank, a line break, or a sign that is not ASCII.",
                    todo="Write it as its owner does.",
                )
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if bill_to:
            headers[HUGGINGFACE_HEADER_X_BILL_TO] = bill_to
        self._client = httpx2.Client(
            base_url=url,
            headers=headers,
            trust_env=not is_loopback(httpx2.URL(url).host),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str) -> httpx2.Response:
        """Read `path`; raises NoAnswerError where no server answers."""
        return self._send("GET", path, None, _ANSWER_SECONDS)

    def post(self, path: str, body: object, *, tries: int, seconds: float | None = None) -> httpx2.Response:
        """Send `body` as JSON to `path`, again where a failure may pass, by the table of failures.

        Args:
            path: A route.
            body: What is sent.
            tries: Most attempts; one that is out of time is the last.
            seconds: How long one answer may take; None: the usual limit.

        Returns:
            The last answer, whatever its status.

        Raises:
            NoAnswerError: No answer came.
        """
        attempt, wait = 1, _FIRST_WAIT_SECONDS
        while True:
            told = 0.0
            try:
                response = self._send("POST", path, body, _ANSWER_SECONDS if seconds is None else seconds)
            except NoAnswerError as error:
                if attempt >= tries or isinstance(error, NoAnswerInTimeError):
                    raise
            else:
                failure = NoReplyError(response.status_code, self.find_message(response))
                if response.is_success or attempt >= min(tries, failure.rule.attempts):
                    return response
                told = min(told_wait_seconds(response.status_code, response.headers), _LONGEST_TOLD_WAIT_SECONDS)
            time.sleep(max(wait, told))
            attempt, wait = attempt + 1, wait * 2

    def _send(self, method: str, path: str, body: object, seconds: float) -> httpx2.Response:
        limits = httpx2.Timeout(seconds, connect=_CONNECT_SECONDS)
        try:
            return self._client.request(method, path, json=body, timeout=limits)
        except httpx2.TimeoutException:
            raise NoAnswerInTimeError(
                f"The endpoint {self.url} did not answer {method} {path} in time.",
                cause="The server is loading its model, is overloaded, or a firewall drops the connection.",
                todo="Wait until its log says that it is ready, then run the same command again.",
            ) from None
        except httpx2.RequestError as error:
            raise self._no_answer(f"{method} {path}", error) from None

    def _no_answer(self, request: str, error: httpx2.RequestError) -> NoAnswerError:
        said = f"{type(error).__name__}: {hide_token(str(error), self._token)}"
        reasons = list(_reasons(error))
        what = f"No server can be reached at {self.url} ({said})."
        if any(isinstance(reason, socket.gaierror) for reason in reasons):
            cause = "The name of the host cannot be resolved: it is misspelt, or there is no network."
            todo = "Check the address and the network."
        elif any(isinstance(reason, ssl.SSLError) for reason in reasons):
            cause = "What listens there does not speak https, or its certificate is not trusted."
            todo = "Write http:// if the server has no certificate, else the name that its certificate is for."
        elif isinstance(error, httpx2.ConnectError):
            cause = "Nothing listens there: a wrong host or port, or the server is still loading its model."
            todo = (
                "Start a server (docs/tgi.md shows how) and wait until its log says that it is ready; "
                "`run --endpoint offline` tries without one."
            )
        else:
            what = f"The endpoint {self.url} cut the connection at {request} ({said})."
            cause = "The server has crashed or is being restarted, or it speaks https alone, or not HTTP."
            todo = "Look at the server's log, and whether the address has to begin with https://."
        return NoAnswerError(what, cause=cause, todo=todo)

    def say(self, response: httpx2.Response) -> str:
        """Status and message of an answer; the token is not in it, even if the server repeats it."""
        return f"HTTP {response.status_code}: {self.find_message(response)}"

    def find_message(self, response: httpx2.Response) -> str:
        """What an answer says, without the token."""
        message = find_message(response.text) or " ".join(response.text.split())
        return hide_token(message, self._token)[:_SHOWN_CHARACTERS]

    def refuse_unready(self, response: httpx2.Response) -> None:
        """Raise NotReadyError on 503."""
        if response.status_code == 503:
            request = response.request
            raise NotReadyError(
                f"The endpoint {self.url} says that it is not healthy: {request.method} {request.url.path} gave "
                f"{self.say(response)}",
                cause="The model is still loading, or its shard has crashed.",
                todo="Look at the server's log; run the same command again when it is ready.",
            )

    def refuse_unauthorised(self, response: httpx2.Response) -> None:
        """Raise SynthBuilderError on 401 and 403; it names the variable to set."""
        if response.status_code not in (401, 403):
            return
        if self._api_key_env:
            cause = f"The variable {self._api_key_env} does not hold the key that the server expects."
            todo = f"Set {self._api_key_env} to the server's key."
        elif self._token or gets_saved_token(self.url):
            cause = "The saved Hugging Face token may not use it." if self._token else "No Hugging Face token is saved."
            todo = "Run `hf auth login`, or set HF_TOKEN to a token that may use it."
        else:
            cause = "The server expects a key and got none: the saved Hugging Face token goes to its own hosts alone."
            todo = f"Put the key in a variable, and name that variable as {say_field('api_key_env')}."
        raise SynthBuilderError(
            f"The endpoint {self.url} refuses the token (HTTP {response.status_code}).", cause=cause, todo=todo
        )


def read_json(response: httpx2.Response) -> Any:
    """The body of a 200; None for any other answer, and for one that is no JSON."""
    try:
        return response.json() if response.status_code == 200 else None
    except ValueError:
        return None


def say_field(name: str) -> str:
    """Where a field of an endpoint is set, in words that are true for a recipe and for both commands."""
    option = name.replace("_", "-")
    return f"`{name}` of the endpoint (`run --set endpoints.NAME.{name}=...`, `probe --{option} ...`)"


def _reasons(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
