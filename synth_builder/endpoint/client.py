"""Ask one server once: a request, its reply or what stood in its place, within a total time limit."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import orjson
from huggingface_hub.constants import HUGGINGFACE_HEADER_X_BILL_TO

from synth_builder import __version__
from synth_builder.endpoint.failures import (
    NO_ANSWER,
    NOT_SENT,
    REASONING_ALONE,
    NoReplyError,
    clean_text,
    find_message,
    hide_token,
    told_wait_seconds,
)
from synth_builder.endpoint.http1 import Answer, TransportError
from synth_builder.endpoint.transport import open_transport

_FIRST_WAIT_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 30.0
_LONGEST_TOLD_WAIT_SECONDS = 300.0  # what a server asks for beyond it is not waited for in full
_MOST_TOKENS = 2**31 - 1

_T = TypeVar("_T")


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


class Chat(NamedTuple):
    """A conversation whose next message is asked for; a prompt that is a plain text is one message of the user.

    Attributes:
        messages: `role` and `content` of each.
        stop: Texts that end the reply. None of them is in it, whatever the server does.
    """

    messages: tuple[Mapping[str, str], ...]
    stop: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All that is said, as it is sent where there are no roles."""
        return "\n\n".join(message["content"] for message in self.messages)

    def cut(self, reply: str) -> str:
        """The reply up to the first text that ends it."""
        return reply[: min((at for stop in self.stop if (at := reply.find(stop)) >= 0), default=None)]


class Completion(NamedTuple):
    """What came back.

    Attributes:
        text: The reply without its reasoning.
        finish_reason: Why it ended, in the server's word.
        prompt_tokens: Tokens that the server counted in the prompt; 0 where it does not say.
        completion_tokens: Tokens that it wrote, reasoning included; 0 where it does not say.
        model: The model that the server says has written it; empty where it does not say.
        server: Software and version of the server, where whoever asked has put it down.
    """

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    model: str
    server: str = ""


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
        headers = {"Content-Type": "application/json", "User-Agent": f"synth-builder/{__version__}"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if bill_to:
            headers[HUGGINGFACE_HEADER_X_BILL_TO] = bill_to
        self._transport = open_transport(url, headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def ask(self, prompt: str | Chat, sampling: Sampling) -> Completion:
        """Send `prompt` and wait for the whole reply.

        Raises:
            NoReplyError: There is no reply.
        """
        chat = prompt if isinstance(prompt, Chat) else Chat(({"role": "user", "content": prompt},))
        if self._route == "generate":
            reply = await self._send("/generate", _generate_body(chat, sampling), _read_generated)
        else:
            reply = await self._send("/v1/chat/completions", self._chat_body(chat, sampling), _read_chat)
        return reply._replace(text=chat.cut(reply.text)) if chat.stop else reply

    async def score(self, text: str) -> list[TokenLogprob]:
        """Log-probabilities of a text under the model, by TGI's `/generate`.

        Args:
            text: Sent as it is, with no chat template. The server's tokenizer adds its special tokens, if it has any.

        Returns:
            The text's tokens as the server splits it, in order; none where it gives no log-probabilities of prompts.

        Raises:
            NoReplyError: There is no answer.
        """
        parameters = {
            "details": True,
            "decoder_input_details": True,
            "return_full_text": False,
            "max_new_tokens": 1,  # TGI writes at least one
        }
        return await self._send("/generate", {"inputs": text, "parameters": parameters}, _read_prefill)

    def _chat_body(self, chat: Chat, sampling: Sampling) -> dict[str, object]:
        body: dict[str, object] = {
            "model": self._model,
            "messages": chat.messages,
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "seed": sampling.seed,
            "stream": False,
        }
        # TGI samples wherever it is given a top_p, also at temperature 0.
        if sampling.top_p is not None and sampling.temperature:
            body["top_p"] = sampling.top_p
        if chat.stop:
            body["stop"] = chat.stop
        return body

    async def _send(self, path: str, body: dict[str, object], read: Callable[[Answer], _T]) -> _T:
        """Whatever a server can do ends in our one class of error, without the token in it."""
        try:
            answer = await self._post(path, body)
            try:
                return read(answer)
            except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:  # of another shape
                message = find_message(answer.text) or f"{type(error).__name__}: {error}"
                raise NoReplyError(answer.status, f"no reply in the answer: {message}") from None
        except NoReplyError as failure:
            message = hide_token(failure.message, self._token)
            raise NoReplyError(failure.status, message, failure.wait_seconds) from None

    async def _post(self, path: str, body: dict[str, object]) -> Answer:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                answer = await self._transport.post(path, orjson.dumps(body))
        except TimeoutError:
            raise NoReplyError(NO_ANSWER, "TimeoutError: no whole reply within the time limit") from None
        except TransportError as error:
            raise NoReplyError(NO_ANSWER, str(error)) from None
        except (TypeError, ValueError) as error:  # such as half a surrogate pair, or a line break in the token
            raise NoReplyError(NOT_SENT, f"{type(error).__name__}: {error}") from None
        if not 200 <= answer.status < 300:
            message = find_message(answer.text) or answer.text or answer.reason
            raise NoReplyError(answer.status, message, told_wait_seconds(answer.status, answer.headers))
        return answer


def _generate_body(chat: Chat, sampling: Sampling) -> dict[str, object]:
    parameters: dict[str, object] = {
        "details": True,
        "return_full_text": False,
        "max_new_tokens": sampling.max_tokens,
        "do_sample": sampling.temperature != 0,
        "seed": sampling.seed,
    }
    if sampling.temperature:
        parameters["temperature"] = sampling.temperature
        if sampling.top_p is not None:
            parameters["top_p"] = sampling.top_p
    if chat.stop:
        parameters["stop"] = chat.stop
    return {"inputs": chat.text, "parameters": parameters}


def _read_chat(answer: Answer) -> Completion:
    reply = _read_json(answer.body)
    if not reply.get("choices"):
        raise ValueError("the reply has no `choices`")
    choice = reply["choices"][0]
    message, usage, finish_reason = choice["message"], reply.get("usage"), _word(choice.get("finish_reason"))
    counts = usage if isinstance(usage, dict) else {}
    text = message.get("content") or ""
    reasoning = message.get("reasoning") or message.get("reasoning_content")
    # Reasoning up to the token limit is a reply that was cut. One that ended by itself has its content misplaced.
    if reasoning and not text and finish_reason != "length":
        raise NoReplyError(200, f"{REASONING_ALONE} (finish_reason {finish_reason}): see --reasoning-parser")
    return Completion(
        clean_text(text),
        finish_reason,
        _count(counts.get("prompt_tokens")),
        _count(counts.get("completion_tokens")),
        _word(reply.get("model")),
    )


def _read_generated(answer: Answer) -> Completion:
    reply = _read_json(answer.body)
    details = _details(reply)
    told = answer.headers.get("x-prompt-tokens", "")
    prompt_tokens = _count(float(told) if told.isdecimal() else 0)
    text, finish_reason = clean_text(reply["generated_text"]), _word(details["finish_reason"])
    return Completion(text, finish_reason, prompt_tokens, _count(details["generated_tokens"]), "")


def _read_prefill(answer: Answer) -> list[TokenLogprob]:
    prefill = _details(_read_json(answer.body)).get("prefill") or []
    return [TokenLogprob(token["id"], clean_text(token["text"]), token.get("logprob")) for token in prefill]


def _read_json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:  # stricter than servers: it knows no NaN and no half of a surrogate pair
        return json.loads(body)


def _details(reply: Any) -> Any:
    if reply.get("details") is None:
        raise ValueError("the reply has no `details`")
    return reply["details"]


def _word(told: object) -> str:
    """What a server says in a field for a text; empty where it says nothing, or no text."""
    return clean_text(told) if isinstance(told, str) else ""


def _count(told: object) -> int:
    """What a server says in a field for a number of tokens; 0 where it says nothing, or what cannot be one."""
    if not isinstance(told, int | float) or isinstance(told, bool) or not 0 <= told <= _MOST_TOKENS:
        return 0
    return int(told)


def back_off_seconds(failure: NoReplyError, failures: int) -> float:
    """Exponential back-off with full jitter; what the server asks for is the least, up to a limit."""
    wait = random.uniform(0, min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2**failures))
    return max(wait, min(failure.wait_seconds, _LONGEST_TOLD_WAIT_SECONDS))
