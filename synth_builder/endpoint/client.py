"""Ask an endpoint: one request at a time slot, retried by the kind of its failure, within a total time limit."""

from __future__ import annotations

import asyncio
import random
from contextvars import ContextVar
from typing import NamedTuple

import httpx2
from huggingface_hub import AsyncInferenceClient, InferenceTimeoutError, set_async_client_factory
from huggingface_hub.errors import HfHubHTTPError

from synth_builder.endpoint.transport import AiohttpTransport

# TGI answers with its true model id only when it is asked for under this name.
TGI_MODEL = "tgi"

_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_REFUSED = frozenset({400, 415, 422})
_FEW_TRIES = 3  # 424: the generation itself failed; worth a few more tries, not all of them
_FIRST_WAIT_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 30.0
_LONGEST_TOLD_WAIT_SECONDS = 300.0  # a Retry-After beyond it is not waited for in full

# `/generate` states the prompt's length in a header alone, which huggingface_hub does not hand on.
_prompt_tokens: ContextVar[int] = ContextVar("_prompt_tokens", default=0)


class Sampling(NamedTuple):
    """Sampling parameters of one request.

    Attributes:
        temperature: 0 is greedy.
        top_p: None leaves it out.
        max_tokens: Most tokens of the reply.
        seed: Non-negative, below 2**31.
    """

    temperature: float
    top_p: float | None
    max_tokens: int
    seed: int


class Completion(NamedTuple):
    """What came back: the text, why it ended, what it took, and the model that the server says has written it."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    model: str


class RequestError(Exception):
    """A request that has no reply, for good.

    Attributes:
        kind: `too_long` (beyond the model's window), `invalid` (refused by the server as wrong) or `transient`
            (a passing reason, tries used up).
        detail: What the server or the connection said.
    """

    def __init__(self, kind: str, detail: str) -> None:
        self.kind = kind
        self.detail = detail
        super().__init__(f"{kind}: {detail}")


class Connection:
    """One endpoint as used from one running event loop.

    Args:
        url: Address of the server, without a trailing slash.
        route: `chat` or `generate`.
        max_concurrency: Requests in flight at once.
        timeout_seconds: Total time of one attempt.
        tries: Attempts at a request that fails for a passing reason.
        send_token: Send the token saved in the usual places of huggingface_hub, if there is one.
    """

    def __init__(
        self,
        url: str,
        *,
        route: str,
        max_concurrency: int,
        timeout_seconds: float,
        tries: int,
        send_token: bool = True,
    ) -> None:
        self._url = url
        self._route = route
        self._slots = asyncio.Semaphore(max_concurrency)
        self._timeout_seconds = timeout_seconds
        self._tries = tries
        # The factory is one for the whole process, so nothing of this connection may be in it.
        set_async_client_factory(_open_client)
        # huggingface_hub adds a saved token to every request; an empty header takes its place and is not sent.
        self._client = AsyncInferenceClient(base_url=url, headers=None if send_token else {"authorization": ""})

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()  # type: ignore[no-untyped-call]

    async def ask(self, prompt: str, sampling: Sampling) -> Completion:
        """Send `prompt` as one user message and wait for the whole reply.

        Raises:
            RequestError: There is no reply, after as many tries as the failure deserves.
        """
        async with self._slots:
            failures = 0
            while True:
                try:
                    async with asyncio.timeout(self._timeout_seconds):
                        return await self._send(prompt, sampling)
                except Exception as error:  # whatever a server or a client library can do ends in one of our classes
                    failures += 1
                    kind, tries = _classify(error, self._tries)
                    if failures >= tries:
                        raise RequestError(kind, _say(error)) from error
                    await asyncio.sleep(_wait_seconds(error, failures))

    async def _send(self, prompt: str, sampling: Sampling) -> Completion:
        if self._route == "generate":
            return await self._generate(prompt, sampling)
        reply = await self._client.chat_completion(
            [{"role": "user", "content": prompt}],
            model=TGI_MODEL,
            max_tokens=sampling.max_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            seed=sampling.seed,
        )
        if not reply.choices or not reply.usage:
            raise ValueError("the reply has no `choices` or no `usage`")
        choice = reply.choices[0]
        return Completion(
            _clean_text(choice.message.content or ""),
            choice.finish_reason,
            int(reply.usage.prompt_tokens),
            int(reply.usage.completion_tokens),
            str(reply.model),
        )

    async def _generate(self, prompt: str, sampling: Sampling) -> Completion:
        greedy = sampling.temperature == 0
        reply = await self._client.text_generation(
            prompt,
            model=f"{self._url}/generate",
            details=True,
            return_full_text=False,
            max_new_tokens=sampling.max_tokens,
            do_sample=not greedy,
            temperature=None if greedy else sampling.temperature,
            top_p=None if greedy else sampling.top_p,
            seed=sampling.seed,
        )
        if reply.details is None:
            raise ValueError("the reply has no `details`")
        return Completion(
            _clean_text(reply.generated_text),
            reply.details.finish_reason,
            _prompt_tokens.get(),
            reply.details.generated_tokens,
            "",
        )


def _open_client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=AiohttpTransport(),
        timeout=None,
        trust_env=False,
        event_hooks={"response": [_note_prompt_tokens]},
    )


async def _note_prompt_tokens(response: httpx2.Response) -> None:
    told = response.headers.get("x-prompt-tokens", "")
    # The hook runs in the task of the request, so its note reaches no other.
    _prompt_tokens.set(int(told) if told.isdecimal() else 0)


def _clean_text(text: str) -> str:
    """Replace lone surrogates, which JSON can carry and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _classify(error: Exception, tries: int) -> tuple[str, int]:
    """Class of the failure, and how many attempts it deserves in all."""
    if isinstance(error, (TimeoutError, InferenceTimeoutError, httpx2.TransportError)):
        return "transient", tries
    status = _status(error)
    # No status: an answer of 200 that is no reply, such as the page of a gateway whose server is away.
    if status in (424, None):
        return "transient", min(tries, _FEW_TRIES)
    if status in _PASSING:
        return "transient", tries
    if status == 413 or (status == 422 and _is_too_long(_say(error))):
        return "too_long", 1
    if status in _REFUSED:
        return "invalid", 1
    # 401, 404 and their like speak of the token or the address, not of the request: the next run may do better.
    return "transient", 1


def _response(error: Exception) -> httpx2.Response | None:
    # A text-generation error of huggingface_hub wraps the HTTP error that caused it.
    for each in (error, error.__cause__):
        if isinstance(each, HfHubHTTPError):
            return each.response
    return None


def _status(error: Exception) -> int | None:
    response = _response(error)
    return None if response is None else int(response.status_code)


def _is_too_long(detail: str) -> bool:
    return (
        "inputs` tokens" in detail or "`inputs` must have less than" in detail or "tokens + `max_new_tokens`" in detail
    )


def _wait_seconds(error: Exception, failures: int) -> float:
    """Exponential back-off with full jitter; a Retry-After in seconds is the least, up to a limit."""
    wait = random.uniform(0, min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2**failures))
    response = _response(error)
    told = "" if response is None else response.headers.get("retry-after", "")
    return max(wait, min(float(told), _LONGEST_TOLD_WAIT_SECONDS)) if told.isdecimal() else wait


def _say(error: Exception) -> str:
    """What the failure says, in at most 500 characters."""
    response = _response(error)
    if response is not None:
        return f"HTTP {response.status_code}: {text_without_token(response)}"[:500]
    return f"{type(error).__name__}: {str(error) or 'no whole reply within the time limit'}"[:500]


def text_without_token(response: httpx2.Response) -> str:
    """The answer's text; a server that repeats the request's headers in it does not get the token into our files."""
    token = response.request.headers.get("authorization", "").removeprefix("Bearer ")
    return response.text.replace(token, "***") if token else response.text
