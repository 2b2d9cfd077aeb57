"""Every call of huggingface_hub's own clients, unmodified, works with the offline server as with a TGI server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient, set_async_client_factory
from huggingface_hub.errors import (
    GenerationError,
    HfHubHTTPError,
    IncompleteGenerationError,
    OverloadedError,
    UnknownError,
    ValidationError,
)
from huggingface_hub.utils._http import default_async_client_factory

from synth_builder.offline.faults import Faults, FaultSettings
from synth_builder.offline.language_model import sample_language_model
from synth_builder.offline.tokens import tokenize
from tests.offline.serving import CONFIG, Address, echo, serving

MESSAGES = [{"role": "user", "content": "Hi"}]
PIECES = [token.text for token in tokenize("seed 7: Hi")]

T = TypeVar("T")


@pytest.fixture(scope="module")
def server() -> Iterator[Address]:
    with serving(echo, replace(CONFIG, enable_prefill_logprobs=True)) as address:
        yield address


@pytest.fixture(autouse=True)
def _unmodified_clients() -> None:
    """The factory is one for the whole process, and other tests set it."""
    set_async_client_factory(default_async_client_factory)


def run_async(url: str, call: Callable[[AsyncInferenceClient], Awaitable[T]]) -> T:
    async def run() -> T:
        async with AsyncInferenceClient(model=url, timeout=60) as client:
            return await call(client)

    return asyncio.run(run())


async def gather(stream: AsyncIterator[T]) -> list[T]:
    return [item async for item in stream]


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest, server: Address) -> Callable[..., Any]:
    """Calls a method of either client by its name; a stream becomes a list."""

    def call_sync(method: str, *arguments: Any, **named: Any) -> Any:
        client = InferenceClient(model=server.url)  # which closes its streams when it is gone
        result = getattr(client, method)(*arguments, **named)
        return list(result) if named.get("stream") else result

    def call_async(method: str, *arguments: Any, **named: Any) -> Any:
        async def run(client: AsyncInferenceClient) -> Any:
            result = await getattr(client, method)(*arguments, **named)
            return await gather(result) if named.get("stream") else result

        return run_async(server.url, run)

    return call_sync if request.param == "sync" else call_async


def logprobs_of(text: str, before: str) -> list[Any]:
    """The log-probabilities of a text by the language model itself."""
    ids, context = ([token.id for token in tokenize(each)] for each in (text, before))
    return [pytest.approx(each, abs=1e-4) for each in sample_language_model().logprobs(ids, context)]


def test_chat_completion_gives_the_teachers_text_and_the_true_model(call: Callable[..., Any]) -> None:
    answer = call("chat_completion", MESSAGES, model="tgi", seed=7, max_tokens=20)
    assert answer.choices[0].message.content == "seed 7: Hi"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].logprobs is None
    assert (answer.model, answer.system_fingerprint) == (CONFIG.model_id, "3.3.6-offline")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (1, 5)


def test_chat_completion_shows_log_probabilities(call: Callable[..., Any]) -> None:
    answer = call("chat_completion", MESSAGES, seed=7, max_tokens=4, logprobs=True, top_logprobs=2)
    content = answer.choices[0].logprobs.content
    assert [token.token for token in content] == PIECES[:4]
    assert [token.logprob for token in content] == logprobs_of("".join(PIECES[:4]), before="Hi")
    assert [len(token.top_logprobs) for token in content] == [2] * 4


def test_chat_completion_streams_with_usage_and_log_probabilities(call: Callable[..., Any]) -> None:
    options = {"include_usage": True}
    *chunks, last = call("chat_completion", MESSAGES, seed=7, stream=True, stream_options=options, logprobs=True)
    assert [chunk.choices[0].delta.content for chunk in chunks] == [*PIECES, ""]
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * len(PIECES) + ["stop"]
    shown = [chunk.choices[0].logprobs.content[0].logprob for chunk in chunks[:-1]]
    assert shown == logprobs_of("seed 7: Hi", before="Hi")
    assert (last.choices, last.usage.prompt_tokens, last.usage.completion_tokens) == ([], 1, 5)


def test_text_generation_gives_the_text(call: Callable[..., Any]) -> None:
    assert call("text_generation", "Hi", do_sample=True, seed=7, return_full_text=False) == "seed 7: Hi"
    assert call("text_generation", "Hi", seed=7, stop=["0:"]) == "Hiseed 0:"


def test_text_generation_gives_details(call: Callable[..., Any]) -> None:
    output = call("text_generation", "Hi", details=True, max_new_tokens=2, return_full_text=False, top_n_tokens=3)
    assert output.generated_text == "seed 0"
    details = output.details
    assert (details.finish_reason, details.generated_tokens, details.seed) == ("length", 2, None)
    assert [token.logprob for token in details.tokens] == logprobs_of("seed 0", before="Hi")
    assert [len(tops) for tops in details.top_tokens] == [3, 3]
    assert details.prefill == []


def test_text_generation_scores_the_prompt(call: Callable[..., Any]) -> None:
    prompt = "Find the area of the triangle."
    output = call("text_generation", prompt, details=True, decoder_input_details=True, max_new_tokens=1)
    assert "".join(token.text for token in output.details.prefill) == prompt
    logprobs = [token.logprob for token in output.details.prefill]
    assert logprobs == [None, *logprobs_of(prompt, before="")[1:]]


def test_text_generation_gives_the_better_of_two(call: Callable[..., Any]) -> None:
    output = call("text_generation", "Hi", details=True, do_sample=True, best_of=2, return_full_text=False)
    (other,) = output.details.best_of_sequences
    assert output.generated_text == f"seed {output.details.seed}: Hi"
    assert other.generated_text == f"seed {other.seed}: Hi"


def test_text_generation_streams_texts(call: Callable[..., Any]) -> None:
    texts = call("text_generation", "Hi", stream=True, do_sample=True, seed=7)
    assert texts == [*PIECES, "</s>"]


def test_text_generation_streams_details(call: Callable[..., Any]) -> None:
    events = call("text_generation", "Hi", stream=True, details=True, do_sample=True, seed=7, top_n_tokens=1)
    assert [event.token.special for event in events] == [False] * len(PIECES) + [True]
    assert [event.token.logprob for event in events[:-1]] == logprobs_of("seed 7: Hi", before="Hi")
    assert [len(event.top_tokens) for event in events] == [1] * len(events)
    last = events[-1]
    assert last.generated_text == "Hiseed 7: Hi"
    assert (last.details.finish_reason, last.details.generated_tokens) == ("eos_token", 5)
    assert (last.details.seed, last.details.input_length) == (7, 1)


def test_the_server_tells_of_itself(server: Address) -> None:
    client = InferenceClient(model=server.url, provider="hf-inference")
    assert client.get_endpoint_info()["model_id"] == CONFIG.model_id
    assert client.health_check() is True

    async def ask() -> tuple[dict[str, Any], bool]:
        async with AsyncInferenceClient(model=server.url, provider="hf-inference") as client:
            return await client.get_endpoint_info(), await client.health_check()

    info, healthy = asyncio.run(ask())
    assert (info["model_sha"], healthy) == (CONFIG.model_sha, True)


@pytest.mark.parametrize("stream", [False, True])
def test_an_invalid_request_is_a_validation_error(call: Callable[..., Any], stream: bool) -> None:
    with pytest.raises(ValidationError, match=r"`top_p` must be > 0\.0 and < 1\.0"):
        call("text_generation", "Hi", top_p=1.0, stream=stream)


def test_an_invalid_chat_is_an_http_error_with_tgis_words(call: Callable[..., Any]) -> None:
    with pytest.raises(HfHubHTTPError, match="`max_new_tokens` must be strictly positive") as caught:
        call("chat_completion", MESSAGES, max_tokens=0)
    assert caught.value.response.status_code == 422
    with pytest.raises(UnknownError, match=r"`max_new_tokens` must be strictly positive.*'http_status_code': 422"):
        call("chat_completion", MESSAGES, max_tokens=0, stream=True)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("status", "error"),
    [(424, GenerationError), (429, OverloadedError), (500, IncompleteGenerationError), (503, UnknownError)],
)
def test_each_failure_is_the_clients_own_class(status: int, error: type[Exception], stream: bool) -> None:
    faults = Faults(FaultSettings({f"status_{status}": 1.0}))
    with serving(echo, faults=faults) as server:
        client = InferenceClient(model=server.url)
        with pytest.raises(error):
            list(client.text_generation("Hi", stream=stream))
        if not stream:
            with pytest.raises(HfHubHTTPError) as caught:
                client.chat_completion(MESSAGES)
            assert caught.value.response.status_code == status


def test_a_request_above_the_limit_is_an_overloaded_error() -> None:
    begun, released = threading.Event(), threading.Event()

    def wait_for_release(prompt: str, seed: int) -> str:
        begun.set()
        assert released.wait(60)
        return "done"

    async def ask(client: AsyncInferenceClient) -> str:
        first = asyncio.create_task(client.text_generation("Hi"))
        assert await asyncio.to_thread(begun.wait, 30)
        with pytest.raises(OverloadedError, match="Model is overloaded"):
            await client.text_generation("Hi", return_full_text=False)
        released.set()
        return str(await first)

    with serving(wait_for_release, replace(CONFIG, max_concurrent_requests=1)) as server:
        assert run_async(server.url, ask) == "Hidone"


@pytest.mark.parametrize("key", ["right", "wrong"])
def test_the_key_is_sent_as_the_clients_token(key: str) -> None:
    with serving(echo, replace(CONFIG, api_key="right")) as server:
        client = InferenceClient(base_url=server.url, api_key=key)
        if key == "right":
            assert client.chat_completion(MESSAGES, seed=7).choices[0].message.content == "seed 7: Hi"
        else:
            with pytest.raises(HfHubHTTPError) as caught:
                client.chat_completion(MESSAGES)
            assert caught.value.response.status_code == 401


def test_200_chats_at_once_all_get_their_own_answer() -> None:
    async def ask_all(client: AsyncInferenceClient) -> list[str | None]:
        async def ask(number: int) -> str | None:
            messages = [{"role": "user", "content": f"question {number}"}]
            answer = await client.chat_completion(messages, model="tgi", seed=number)
            content: str | None = answer.choices[0].message.content
            return content

        return await asyncio.gather(*(ask(number) for number in range(200)))

    with serving(echo) as server:
        texts = run_async(server.url, ask_all)
    assert texts == [f"seed {number}: question {number}" for number in range(200)]
