"""huggingface_hub's own clients, unmodified, talk to the offline server as to a TGI server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient
from huggingface_hub.errors import HfHubHTTPError, ValidationError

from tests.offline.serving import CONFIG, Address, serving


def echo(prompt: str, seed: int) -> str:
    return f"seed {seed}: {prompt}"


@pytest.fixture(scope="module")
def server() -> Iterator[Address]:
    with serving(echo) as address:
        yield address


def test_chat_completion_gives_the_teachers_text_and_the_true_model(server: Address) -> None:
    client = InferenceClient(base_url=server.url)
    answer = client.chat_completion([{"role": "user", "content": "Hi"}], model="tgi", seed=7, max_tokens=20)
    assert answer.choices[0].message.content == "seed 7: Hi"
    assert answer.choices[0].finish_reason == "stop"
    assert (answer.model, answer.system_fingerprint) == (CONFIG.model_id, "3.3.6-offline")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (1, 4)


def test_text_generation_gives_text_and_details(server: Address) -> None:
    client = InferenceClient(model=server.url)
    assert client.text_generation("Hi", seed=7, return_full_text=False) == "seed 7: Hi"
    output = client.text_generation("Hi", details=True, max_new_tokens=2, return_full_text=False)
    assert output.generated_text == "seed 0"
    assert output.details is not None
    assert (output.details.finish_reason, output.details.generated_tokens) == ("length", 2)


def test_errors_arrive_as_the_clients_own_classes(server: Address) -> None:
    client = InferenceClient(model=server.url)
    with pytest.raises(ValidationError, match=r"`top_p` must be > 0\.0 and < 1\.0"):
        client.text_generation("Hi", top_p=1.0)
    with pytest.raises(HfHubHTTPError, match="`max_new_tokens` must be strictly positive") as caught:
        client.chat_completion([{"role": "user", "content": "Hi"}], max_tokens=0)
    assert caught.value.response.status_code == 422


def test_200_chats_at_once_all_get_their_own_answer() -> None:
    async def ask_all(url: str) -> list[str | None]:
        async with AsyncInferenceClient(base_url=url, timeout=60) as client:

            async def ask(number: int) -> str | None:
                messages = [{"role": "user", "content": f"question {number}"}]
                answer = await client.chat_completion(messages, model="tgi", seed=number)
                content: str | None = answer.choices[0].message.content
                return content

            return await asyncio.gather(*(ask(number) for number in range(200)))

    with serving(echo) as server:
        texts = asyncio.run(ask_all(server.url))
    assert texts == [f"seed {number}: question {number}" for number in range(200)]
