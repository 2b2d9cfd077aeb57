"""A server as it is looked at before work begins: one request at a time, each failure an error for people."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx2
from huggingface_hub.constants import HUGGINGFACE_HEADER_X_BILL_TO

from synth_builder.endpoint.address import gets_saved_token
from synth_builder.endpoint.transport import is_loopback
from synth_builder.errors import SynthBuilderError

_CONNECT_SECONDS = 10.0
_ANSWER_SECONDS = 60.0
_SHOWN_CHARACTERS = 200


class Server:
    """A context manager over one connection to a server.

    Args:
        url: Its root, without `/v1`.
        token: Its key; None: none is sent.
        api_key_env: Variable that the key is from, to be named in errors.
        bill_to: Organisation that pays for Inference Providers.
    """

    def __init__(self, url: str, *, token: str | None = None, api_key_env: str = "", bill_to: str = "") -> None:
        self.url = url
        self._token = token
        self._api_key_env = api_key_env
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if bill_to:
            headers[HUGGINGFACE_HEADER_X_BILL_TO] = bill_to
        self._client = httpx2.Client(
            base_url=url,
            headers=headers,
            timeout=httpx2.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
            trust_env=not is_loopback(httpx2.URL(url).host),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str) -> httpx2.Response:
        """Read `path`; raises SynthBuilderError where no server answers or it is not ready."""
        return self._send("GET", path, None)

    def post(self, path: str, body: object) -> httpx2.Response:
        """Send `body` as JSON to `path`; raises as `get`."""
        return self._send("POST", path, body)

    def _send(self, method: str, path: str, body: object) -> httpx2.Response:
        try:
            response = self._client.request(method, path, json=body)
        except httpx2.TimeoutException:
            raise SynthBuilderError(
                f"The endpoint {self.url} did not answer {method} {path} in time.",
                cause="The server is loading its model, is overloaded, or a firewall drops the connection.",
                todo="Wait until its log says that it is ready, then run the same command again.",
            ) from None
        except httpx2.RequestError as error:
            raise SynthBuilderError(
                f"No server can be reached at {self.url} ({type(error).__name__}: {error}).",
                cause="Nothing listens there: a wrong host or port, or the server is still loading its model.",
                todo="Start a server (docs/tgi.md shows how) and wait until its log says that it is ready, "
                "or use `--endpoint offline` to try without one.",
            ) from None
        if response.status_code == 503:
            raise SynthBuilderError(
                f"The endpoint {self.url} says that it is not healthy: {method} {path} gave {self.say(response)}",
                cause="The model is still loading, or its shard has crashed.",
                todo="Look at the server's log; run the same command again when it is ready.",
            )
        return response

    def say(self, response: httpx2.Response) -> str:
        """Status and begin of an answer; the token is not in it, even if the server repeats it."""
        text = response.text.replace(self._token, "***") if self._token else response.text
        return f"HTTP {response.status_code}: {' '.join(text.split())[:_SHOWN_CHARACTERS]}"

    def refuse_unauthorised(self, response: httpx2.Response) -> None:
        """Raise SynthBuilderError on 401 and 403; it names the variable to set."""
        if response.status_code not in (401, 403):
            return
        if self._api_key_env:
            cause = f"The variable {self._api_key_env} does not hold the key that the server expects."
            todo = f"Set {self._api_key_env} to the server's key."
        elif gets_saved_token(self.url):
            cause = "The saved Hugging Face token may not use it." if self._token else "No Hugging Face token is saved."
            todo = "Run `hf auth login`, or set HF_TOKEN to a token that may use it."
        else:
            cause = "The server expects a key and got none: the saved Hugging Face token goes to its own hosts alone."
            todo = "Put the key in a variable and name that variable: `api_key_env` of the endpoint, or --api-key-env."
        raise SynthBuilderError(
            f"The endpoint {self.url} refuses the token (HTTP {response.status_code}).", cause=cause, todo=todo
        )


def read_json(response: httpx2.Response) -> Any:
    """The body of a 200; None for any other answer, and for one that is no JSON."""
    try:
        return response.json() if response.status_code == 200 else None
    except ValueError:
        return None
