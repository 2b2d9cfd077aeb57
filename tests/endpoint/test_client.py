"""A request reaches the server as it was meant, and its reply comes back as a completion."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator

import pytest
from huggingface_hub import AsyncInferenceClient
from huggingface_hub.errors import HfHubHTTPError

from synth_builder.endpoint.client import Completion, RequestError, Sampling
from tests.endpoint.asking import SAMPLING, ask, ask_many, connect, run
from tests.endpoint.scripted import CHAT, GENERATED, Answer, Script, scripted
from tests.offline.serving import CONFIG, Address, serving
from tests.tgi_contract import check_request, check_response


@pytest.fixture(scope="module")
def embedded() -> Iterator[Address]:
    with serving(lambda prompt, seed: f"{seed}: {prompt}") as address:
        yield address


# --- the two routes ---------------------------------------------------------------------------------------------------


def body_of(server: Script) -> dict[str, object]:
    (request,) = server.requests
    assert isinstance(request.body, dict)
    return request.body


def test_a_chat_request_carries_our_sampling_and_asks_for_the_model() -> None:
    with scripted() as server:
        completion = ask(server.url, model="tgi")
    assert server.requests[0].path == "/v1/chat/completions"
    check_request("/v1/chat/completions", body_of(server))
    assert body_of(server) == {
        "model": "tgi",
        "messages": [{"role": "user", "content": "Is it so?"}],
        "stream": False,
        "max_tokens": 100,
        "temperature": 0.7,
        "top_p": 0.95,
        "seed": 7,
    }
    check_response("/v1/chat/completions", 200, CHAT)
    assert completion == Completion("Yes.", "stop", 5, 2, "org/model")


@pytest.mark.parametrize("model", ["org/model:provider", "/models/chat.gguf", "a name with spaces"])
def test_a_model_is_asked_for_by_the_name_under_which_it_is_served(model: str) -> None:
    with scripted() as server:
        ask(server.url, model=model)
    assert body_of(server)["model"] == model


def test_a_path_of_the_address_stays_in_front() -> None:
    with scripted(Answer(200, CHAT), Answer(200, GENERATED)) as server:
        ask(f"{server.url}/gateway/a")
        ask(f"{server.url}/gateway/a", route="generate")
    assert [request.path for request in server.requests] == [
        "/gateway/a/v1/chat/completions",
        "/gateway/a/generate",
    ]


@pytest.mark.parametrize("top_p", [None, 0.95])
def test_a_greedy_chat_request_states_temperature_0_and_no_top_p(top_p: float | None) -> None:
    with scripted() as server:
        ask(server.url, sampling=Sampling(0.0, top_p, 10, 0))
    check_request("/v1/chat/completions", body_of(server))
    assert body_of(server)["temperature"] == 0.0
    assert "top_p" not in body_of(server)


@pytest.mark.parametrize("greedy", [False, True])
def test_a_generate_request_goes_to_generate_and_asks_for_the_new_text_alone(greedy: bool) -> None:
    with scripted(Answer(200, GENERATED, {"x-prompt-tokens": "41"})) as server:
        completion = ask(server.url, sampling=Sampling(0.0, None, 10, 3) if greedy else SAMPLING, route="generate")
    assert server.requests[0].path == "/generate"
    check_request("/generate", body_of(server))
    assert body_of(server)["inputs"] == "Is it so?"
    sent = body_of(server)["parameters"]
    assert isinstance(sent, dict)
    parameters = {name: value for name, value in sent.items() if value is not None}
    assert parameters.pop("decoder_input_details", False) is False
    how = {"do_sample": False, "max_new_tokens": 10, "seed": 3}
    drawn = {"do_sample": True, "temperature": 0.7, "top_p": 0.95, "max_new_tokens": 100, "seed": 7}
    sampled = {"details": True, "return_full_text": False, **(how if greedy else drawn)}
    assert {name: value for name, value in parameters.items() if value not in ([], ())} == sampled
    check_response("/generate", 200, GENERATED)
    assert completion == Completion("Yes.", "eos_token", 41, 2, "")


def test_the_embedded_server_answers_on_both_routes(embedded: Address) -> None:
    chat = ask(embedded.url, "one two")
    generated = ask(embedded.url, "one two", route="generate")
    assert chat.text == generated.text == "7: one two"
    assert chat.model == CONFIG.model_id
    assert chat.prompt_tokens == generated.prompt_tokens == 2
    assert chat.completion_tokens == generated.completion_tokens > 0


def test_each_generate_request_gets_its_own_prompt_length(embedded: Address) -> None:
    prompts = ["word " * words for words in range(1, 41)]
    completions = ask_many([connect(embedded.url, route="generate")], prompts)
    assert [completion.prompt_tokens for completion in completions] == [
        len(embedded.send("POST /tokenize", {"inputs": prompt}).body)  # type: ignore[arg-type]
        for prompt in prompts
    ]


def test_a_prompt_length_that_the_server_does_not_state_is_0_and_not_the_one_before() -> None:
    with scripted(Answer(200, GENERATED, {"x-prompt-tokens": "41"}), Answer(200, GENERATED)) as server:
        connection = connect(server.url, route="generate")

        async def ask_twice() -> list[int]:
            return [(await connection.ask(prompt, SAMPLING)).prompt_tokens for prompt in ("one", "two")]

        assert run([connection], ask_twice) == [41, 0]


@pytest.mark.parametrize("words", [16_300, 20_000])
def test_the_embedded_servers_word_for_a_long_prompt_is_understood(embedded: Address, words: int) -> None:
    with pytest.raises(RequestError) as caught:
        ask(embedded.url, "word " * words)
    assert caught.value.kind == "too_long"


# --- replies of all kinds of servers ----------------------------------------------------------------------------------


def chat(finish_reason: object = "stop", **message: object) -> dict[str, object]:
    """A reply in few words, as the smallest of servers say it."""
    choice = {"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", **message}}
    return {"object": "chat.completion", "choices": [choice]}


def answer(body: dict[str, object]) -> Completion:
    with scripted(Answer(200, body)) as server:
        return ask(server.url)


@pytest.mark.parametrize("route", ["chat", "generate"])
def test_a_lone_surrogate_in_a_reply_becomes_a_question_mark_wherever_it_stands(route: str) -> None:
    half = "\ud83d!"
    details = {**GENERATED["details"], "finish_reason": half}  # type: ignore[dict-item]
    body = {
        "chat": {**chat(half, content=half), "model": half},
        "generate": {"generated_text": half, "details": details},
    }
    with scripted(Answer(200, body[route])) as server:
        completion = ask(server.url, route=route)
    assert (completion.text, completion.finish_reason) == ("?!", "?!")
    assert completion.model == ("?!" if route == "chat" else "")


@pytest.mark.parametrize("told", [7, True, 0.5, ["stop"], {"type": "stop"}])
def test_a_model_and_an_end_that_are_no_text_are_not_told(told: object) -> None:
    assert answer({**chat(told, content="Yes."), "model": told}) == Completion("Yes.", "", 0, 0, "")


NO_COUNTS: list[object] = [-1, 2**31, 10**30, 1e30, -0.5, math.nan, math.inf, True, "7", [7], {}]


@pytest.mark.parametrize(("told", "count"), [*((told, 0) for told in NO_COUNTS), (2**31 - 1, 2**31 - 1), (7.0, 7)])
def test_what_cannot_be_a_count_of_tokens_is_0(told: object, count: int) -> None:
    completion = answer({**chat(content="Yes."), "usage": {"prompt_tokens": told, "completion_tokens": told}})
    assert completion == Completion("Yes.", "stop", count, count, "")
    assert {type(number) for number in completion[2:4]} == {int}
    details = {**GENERATED["details"], "generated_tokens": told}  # type: ignore[dict-item]
    with scripted(Answer(200, {**GENERATED, "details": details})) as server:
        assert ask(server.url, route="generate").completion_tokens == count


@pytest.mark.parametrize("digits", ["9" * 30, "9" * 5000])
def test_a_prompt_length_beyond_all_measure_is_not_told(digits: str) -> None:
    with scripted(Answer(200, GENERATED, {"x-prompt-tokens": digits})) as server:
        assert ask(server.url, route="generate").prompt_tokens == 0


USAGES_WITHOUT_COUNTS: list[object] = [None, {}, {"prompt_tokens": None}, [7], 7, "7"]


@pytest.mark.parametrize("usage", [{}, *({"usage": usage} for usage in USAGES_WITHOUT_COUNTS)])
def test_tokens_that_the_server_does_not_count_are_0(usage: dict[str, object]) -> None:
    assert answer({**chat(content="Yes."), **usage}) == Completion("Yes.", "stop", 0, 0, "")


def test_one_count_without_the_other_is_kept() -> None:
    body = {**chat(content="Yes."), "usage": {"completion_tokens": 3}}
    assert answer(body) == Completion("Yes.", "stop", 0, 3, "")


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_reasoning_beside_the_content_is_no_part_of_the_text(field: str) -> None:
    assert answer(chat(content="Yes.", **{field: "Let me see."})).text == "Yes."


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
@pytest.mark.parametrize("content", [None, ""])
def test_reasoning_up_to_the_token_limit_is_a_reply_that_was_cut(field: str, content: str | None) -> None:
    completion = answer(chat("length", content=content, **{field: "Let me see"}))
    assert (completion.text, completion.finish_reason) == ("", "length")


@pytest.mark.parametrize(
    "message", [{}, {"content": None}, {"content": ""}, {"content": None, "reasoning_content": None}]
)
def test_a_reply_without_text_is_an_empty_text(message: dict[str, object]) -> None:
    assert answer(chat(**message)).text == ""


@pytest.mark.parametrize(
    "finish_reason", ["stop", "length", "content_filter", "tool_calls", "stop_sequence", "a new one"]
)
def test_the_servers_word_for_the_end_is_kept(finish_reason: str) -> None:
    assert answer(chat(finish_reason, content="Yes.")).finish_reason == finish_reason


def test_an_end_without_a_word_is_an_empty_word() -> None:
    assert answer(chat(None, content="Yes.")).finish_reason == ""


def test_fields_that_nobody_expects_change_nothing() -> None:
    body = chat(content="Yes.", tool_calls=[], refusal=None, annotations=[], audio=None, function_call=None)
    extra = {
        "model": "served",
        "system_fingerprint": None,
        "service_tier": None,
        "timings": {"prompt_ms": 1.5},
        "kv_transfer_params": None,
        "prompt_logprobs": None,
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}},
    }
    assert answer({**body, **extra}) == Completion("Yes.", "stop", 5, 2, "served")


# --- other clients ----------------------------------------------------------------------------------------------------


def test_other_clients_of_the_process_are_left_as_they_are() -> None:
    async def ask_by_hand(url: str) -> None:
        async with AsyncInferenceClient(base_url=url) as client:
            await client.chat_completion([{"role": "user", "content": "?"}])

    with scripted(Answer(200, CHAT), Answer(500)) as server:
        ask(server.url)
        with pytest.raises(HfHubHTTPError):
            asyncio.run(ask_by_hand(server.url))
    assert len(server.requests) == 2
