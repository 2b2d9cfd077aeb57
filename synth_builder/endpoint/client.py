"""Ask one server once: a request, its reply or what stood in its place, within a total time limit."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from contextvars import ContextVar
from typing import NamedTuple, TypeVar

import httpx2
from huggingface_hub import AsyncInferenceClient
from huggingface_hub.constants import HUGGINGFACE_HEADER_X_BILL_TO

from synth_builder.endpoint.failures import (
    NO_ANSWER,
    NOT_SENT,
    REASONING_ALONE,
    NoReplyError,
    find_message,
    hide_token,
    told_wait_seconds,
)
from synth_builder.endpoint.transport import AiohttpTransport

_FIRST_WAIT_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 30.0
_LONGEST_TOLD_WAIT_SECONDS = 300.0  # what a server asks for beyond it is not waited for in full

_T = TypeVar("_T")

# The answer as it came: huggingface_hub hands on neither its headers nor the text that it could not read.
_answer: ContextVar[httpx2.Response | None] = ContextVar("_answer", default=None)


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
    """What came back.

    Attributes:
        text: The reply without its reasoning.
        finish_reason: Why it ended, in the server's word.
        prompt_tokens: Tokens that the server counted in the prompt; 0 where it does not say.
        completion_tokens: Tokens that it wrote, reasoning included; 0 where it does not say.
        model: The model that the server says has written it; empty where it does not say.
    """

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    model: str


class TokenLogprob(NamedTuple):
    """A token of a scored text.

    Attributes:
        id: Its number in the model's vocabulary.
        text: The token itself.
        logprob: Natural logarithm of its probability given all tokens before it; None for the first.
    """

    id: int
    text: str
    logprob: float | None


class RequestError(Exception):
    """A request that has no reply, after all tries.

    Attributes:
        kind: `too_long` (beyond the model's window), `invalid` (refused by the server as wrong), `unsupported` (the
            server has that switched off) or `transient` (a passing reason, tries used up).
        detail: What the server or the connection said, at most 500 characters; the token is not in it.
    """

    def __init__(self, kind: str, detail: str) -> None:
        self.kind = kind
        self.detail = detail
        super().__init__(f"{kind}: {detail}")


class Connection:
    """One server as used from one running event loop. It keeps no count: that is for `Pool`.

    Replies are not streamed: a reply counts only when it is whole, and within a stream an error has no status.

    Args:
        url: Address of the server, without `/v1` and without a trailing slash.
        route: `chat` (any server with chat completions) or `generate` (TGI).
        model: Model to ask for on the `chat` route, by the name under which it is served.
        timeout_seconds: Time for the whole of an answer, however it drips.
        token: Sent as authorisation. None sends none, even where a token is saved on this machine.
        bill_to: Organisation that pays, for Hub Inference Providers.
    """

    def __init__(
        self,
        url: str,
        *,
        route: str,
        model: str,
        timeout_seconds: float,
        token: str | None = None,
        bill_to: str = "",
    ) -> None:
        self.url = url
        self._route = route
        self._model = model
        self._timeout_seconds = timeout_seconds
        self._token = token
        # huggingface_hub adds a saved token to every request; an empty header takes its place and is not sent.
        authorization = f"Bearer {token}" if token else ""
        headers = {"authorization": authorization, HUGGINGFACE_HEADER_X_BILL_TO: bill_to}
        self._client = _Client(base_url=url, headers=headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()  # type: ignore[no-untyped-call]

    async def ask(self, prompt: str, sampling: Sampling) -> Completion:
        """Send `prompt` as one user message and wait for the whole reply.

        Raises:
            NoReplyError: There is no reply.
        """
        send = self._generate if self._route == "generate" else self._chat
        return await self._limit(send(prompt, sampling))

    async def score(self, text: str) -> list[TokenLogprob]:
        """Log-probabilities of a text under the model, by TGI's `/generate`.

        Args:
            text: Sent as it is, with no chat template. The server's tokenizer adds its special tokens, if it has any.

        Returns:
            The text's tokens as the server splits it, in order; none where it gives no log-probabilities of prompts.

        Raises:
            NoReplyError: There is no answer.
        """
        return await self._limit(self._score(text))

    async def _limit(self, answer: Awaitable[_T]) -> _T:
        _answer.set(None)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await answer
        except Exception as error:  # whatever a server or a client library can do ends in one of our classes
            failure = _no_reply(error)
            message = hide_token(failure.message, self._token)
            raise NoReplyError(failure.status, message, failure.wait_seconds) from None  # `error` may hold the token

    async def _chat(self, prompt: str, sampling: Sampling) -> Completion:
        reply = await self._client.chat_completion(
            [{"role": "user", "content": prompt}],
            model=self._model,
            max_tokens=sampling.max_tokens,
            temperature=sampling.temperature,
            # TGI samples wherever it is given a top_p, also at temperature 0.
            top_p=sampling.top_p if sampling.temperature else None,
            seed=sampling.seed,
        )
        if not reply.choices:
            raise ValueError("the reply has no `choices`")
        choice, usage = reply.choices[0], reply.usage
        text = choice.message.content or ""
        reasoning = choice.message.get("reasoning") or choice.message.get("reasoning_content")
        # Reasoning up to the token limit is a reply that was cut. One that ended by itself has its content misplaced.
        if reasoning and not text and choice.finish_reason != "length":
            raise NoReplyError(200, f"{REASONING_ALONE} (finish_reason {choice.finish_reason}): see --reasoning-parser")
        return Completion(
            _clean_text(text),
            choice.finish_reason or "",
            int(usage.prompt_tokens or 0) if usage else 0,
            int(usage.completion_tokens or 0) if usage else 0,
            reply.model or "",
        )

    async def _generate(self, prompt: str, sampling: Sampling) -> Completion:
        greedy = sampling.temperature == 0
        reply = await self._client.text_generation(
            prompt,
            model=f"{self.url}/generate",
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
            _told_prompt_tokens(),
            reply.details.generated_tokens,
            "",
        )

    async def _score(self, text: str) -> list[TokenLogprob]:
        reply = await self._client.text_generation(
            text,
            model=f"{self.url}/generate",
            details=True,
            decoder_input_details=True,
            return_full_text=False,
            max_new_tokens=1,  # TGI writes at least one
        )
        if reply.details is None:
            raise ValueError("the reply has no `details`")
        return [TokenLogprob(token.id, token.text, token.logprob) for token in reply.details.prefill or []]


class _Client(AsyncInferenceClient):
    """Sends over our transport; huggingface_hub's own setting for that would change every client of the process."""

    async def _get_async_client(self) -> httpx2.AsyncClient:
        if self._async_client is None:
            client = httpx2.AsyncClient(
                transport=AiohttpTransport(), timeout=None, trust_env=False, event_hooks={"response": [_note]}
            )
            self._async_client = await self.exit_stack.enter_async_context(client)
        return self._async_client


async def _note(response: httpx2.Response) -> None:
    """Keep the answer, and end the attempt here if it is an error: huggingface_hub loses the status of some."""
    await response.aread()
    _answer.set(response)  # the hook runs in the task of the request, so its note reaches no other
    if not response.is_success:
        message = find_message(response.text) or response.text or response.reason_phrase
        raise NoReplyError(response.status_code, message, told_wait_seconds(response.status_code, response.headers))


def _no_reply(error: Exception) -> NoReplyError:
    if isinstance(error, NoReplyError):
        return error
    if isinstance(error, (TimeoutError, httpx2.RequestError)):
        return NoReplyError(
            NO_ANSWER, f"{type(error).__name__}: {str(error) or 'no whole reply within the time limit'}"
        )
    what = f"{type(error).__name__}: {error}"
    if (answer := _answer.get()) is None:
        return NoReplyError(NOT_SENT, what)
    return NoReplyError(200, f"no reply in the answer: {find_message(answer.text) or what}")


def _told_prompt_tokens() -> int:
    answer = _answer.get()
    told = answer.headers.get("x-prompt-tokens", "") if answer else ""
    return int(told) if told.isdecimal() else 0


def back_off_seconds(failure: NoReplyError, failures: int) -> float:
    """Exponential back-off with full jitter; what the server asks for is the least, up to a limit."""
    wait = random.uniform(0, min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2**failures))
    return max(wait, min(failure.wait_seconds, _LONGEST_TOLD_WAIT_SECONDS))


def _clean_text(text: str) -> str:
    """Replace lone surrogates, which JSON can carry and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")
