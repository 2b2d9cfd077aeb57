"""Each event of every stream, the errors within them, and what becomes of a stream that nobody reads."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from synth_builder.offline import server as server_module
from synth_builder.offline.tokens import tokenize
from tests.offline.serving import CONFIG, Address, chat, echo, serving
from tests.offline.test_log_probabilities import best_tokens, scored, short

TEXT = "seed 0: Hi there"
PIECES = [token.text for token in tokenize(TEXT)]
TGI_STREAMS = [("POST /generate_stream", {"inputs": "Hi there"}), ("POST /", {"inputs": "Hi there", "stream": True})]


@pytest.fixture(scope="module")
def server() -> Iterator[Address]:
    with serving(echo) as address:
        yield address


@pytest.mark.parametrize(("route", "body"), TGI_STREAMS)
def test_tgi_streams_a_token_an_event_and_the_text_with_the_last(
    server: Address, route: str, body: dict[str, object]
) -> None:
    events = server.stream(route, body)
    assert [event["index"] for event in events] == list(range(1, len(PIECES) + 2))
    assert [event["token"] for event in events] == scored(TEXT, "Hi there", ends=True)
    full = TEXT if route == "POST /generate_stream" else f"Hi there{TEXT}"
    assert [event["generated_text"] for event in events] == [None] * len(PIECES) + [full]
    assert all(event["details"] is None for event in events)


def test_the_last_event_has_the_details_on_demand(server: Address) -> None:
    parameters = {"details": True, "max_new_tokens": 2, "do_sample": True, "seed": 4}
    events = server.stream("POST /generate_stream", {"inputs": "Hi there", "parameters": parameters})
    assert [event["details"] for event in events] == [
        None,
        {"finish_reason": "length", "generated_tokens": 2, "seed": 4, "input_length": 2},
    ]
    assert events[-1]["generated_text"] == "seed 4"


def test_top_tokens_are_in_the_event_of_their_place(server: Address) -> None:
    asked = {"inputs": "Hi there", "parameters": {"top_n_tokens": 2}}
    events = server.stream("POST /generate_stream", asked)
    assert [event["top_tokens"] for event in events] == best_tokens(TEXT, "Hi there", 2)


def test_a_chat_is_streamed_in_chunks(server: Address) -> None:
    *events, done = server.stream("POST /v1/chat/completions", chat("Hi there", temperature=0, stream=True))
    assert done == "[DONE]"
    assert [event["choices"][0]["delta"]["content"] for event in events] == [*PIECES, ""]
    assert [event["choices"][0]["finish_reason"] for event in events] == [None] * len(PIECES) + ["stop"]
    assert {(event["model"], event["usage"], event["choices"][0]["logprobs"]) for event in events} == {
        (CONFIG.model_id, None, None)
    }


def test_a_chat_that_is_cut_has_the_reason_with_its_last_piece(server: Address) -> None:
    asked = chat("Hi there", temperature=0, stream=True, max_tokens=2, model="mine")
    *events, _ = server.stream("POST /v1/chat/completions", asked)
    assert [event["choices"][0]["delta"]["content"] for event in events] == PIECES[:2]
    assert [event["choices"][0]["finish_reason"] for event in events] == [None, "length"]
    assert {event["model"] for event in events} == {"mine"}


def test_a_chat_ends_with_its_usage_on_demand(server: Address) -> None:
    asked = chat("Hi there", temperature=0, stream=True, stream_options={"include_usage": True})
    *events, last, _ = server.stream("POST /v1/chat/completions", asked)
    assert all(event["usage"] is None for event in events)
    assert last["choices"] == []
    assert last["usage"] == {"prompt_tokens": 2, "completion_tokens": 6, "total_tokens": 8}


def test_a_streamed_chat_shows_log_probabilities_on_demand(server: Address) -> None:
    asked = chat("Hi there", temperature=0, stream=True, logprobs=True, top_logprobs=2)
    *events, _ = server.stream("POST /v1/chat/completions", asked)
    tokens, tops = scored(TEXT, "Hi there", ends=True), best_tokens(TEXT, "Hi there", 2)
    assert [event["choices"][0]["logprobs"]["content"] for event in events] == [
        [{**short(token), "top_logprobs": [short(top) for top in each]}]
        for token, each in zip(tokens, tops, strict=True)
    ]


def test_completions_are_streamed_in_turn(server: Address) -> None:
    asked = {"prompt": ["Hi there", "x"], "temperature": 0, "stream": True}
    *events, done = server.stream("POST /v1/completions", asked)
    assert done == "[DONE]"
    indices = [event["choices"][0]["index"] for event in events]
    assert indices == [0, 1] * 5 + [0]
    for index, text, prompt_tokens in [(0, TEXT, 2), (1, "seed 0: x", 1)]:
        own = [event for event in events if event["choices"][0]["index"] == index]
        pieces = [token.text for token in tokenize(text)]
        assert [event["choices"][0]["text"] for event in own] == [*pieces, "</s>"]
        assert [event["choices"][0]["finish_reason"] for event in own] == [""] * len(pieces) + ["eos_token"]
        tokens = len(pieces) + 1
        usage = {"prompt_tokens": prompt_tokens, "completion_tokens": tokens, "total_tokens": prompt_tokens + tokens}
        assert [event.get("usage") for event in own] == [None] * len(pieces) + [usage]


def test_a_stream_has_the_headers_that_are_known_at_its_start(server: Address) -> None:
    headers = server.send("POST /generate_stream", {"inputs": "Hi there"}).headers
    assert headers["x-compute-characters"] == "8"
    assert (headers["x-compute-type"], headers["x-accel-buffering"]) == ("cpu", "no")
    assert headers["cache-control"] == "no-cache"
    assert "x-total-time" not in headers


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"top_p": 1.0}, "`top_p` must be > 0.0 and < 1.0"),
        ({"best_of": 2, "do_sample": True}, "`best_of` != 1 is not supported when streaming tokens"),
        ({"decoder_input_details": True}, "`decoder_input_details` == true is not supported when streaming tokens"),
    ],
)
@pytest.mark.parametrize(("route", "body"), TGI_STREAMS)
def test_an_error_of_tgi_is_the_only_event(
    server: Address, route: str, body: dict[str, object], parameters: dict[str, object], problem: str
) -> None:
    events = server.stream(route, body | {"parameters": parameters})
    assert events == [{"error": f"Input validation error: {problem}", "error_type": "validation"}]


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("POST /v1/chat/completions", chat("x", stream=True, top_p=1.0)),
        ("POST /v1/completions", {"prompt": ["x", "y"], "stream": True, "top_p": 1.0}),
    ],
)
def test_an_error_of_an_openai_route_comes_before_the_end(server: Address, route: str, body: object) -> None:
    message = "Input validation error: `top_p` must be > 0.0 and < 1.0"
    assert server.stream(route, body) == [{"error": {"message": message, "http_status_code": 422}}, "[DONE]"]


def test_a_teacher_that_fails_is_an_event() -> None:
    def fail(prompt: str, seed: int) -> str:
        raise ValueError("no rule for this")

    message = "Request failed during generation: ValueError: no rule for this"
    with serving(fail) as server:
        assert server.stream("POST /generate_stream", {"inputs": "x"}) == [
            {"error": message, "error_type": "generation"}
        ]
        events = server.stream("POST /v1/chat/completions", chat("x", stream=True))
    assert events == [{"error": {"message": message, "http_status_code": 424}}, "[DONE]"]


@contextlib.contextmanager
def open_stream(server: Address, prompt: str) -> Iterator[http.client.HTTPResponse]:
    """Asks for a stream; the headers are read, the events are not."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    with contextlib.closing(connection):
        body = json.dumps({"inputs": prompt})
        connection.request("POST", "/generate_stream", body=body, headers={"Content-Type": "application/json"})
        yield connection.getresponse()


def test_a_stream_answers_before_the_teacher_does_and_holds_its_slot_until_it_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_module, "KEEP_ALIVE_SECONDS", 0.02)
    released = threading.Event()

    def wait_for_release(prompt: str, seed: int) -> str:
        assert released.wait(60)
        return prompt

    overloaded = [{"error": "Model is overloaded", "error_type": "overloaded"}]
    with serving(wait_for_release, replace(CONFIG, max_concurrent_requests=1)) as server:
        try:
            with open_stream(server, "Hi") as response:
                assert response.status == 200
                assert response.readline() == b":\n"  # alive, though the teacher has not answered
                assert server.stream("POST /generate_stream", {"inputs": "x"}) == overloaded
                assert server.refuse("POST /generate", {"inputs": "x"})[0] == 429
                released.set()
                assert b'"generated_text": "Hi"' in response.read()
        finally:
            released.set()
        assert server.ask("POST /generate", {"inputs": "room again"})


@pytest.mark.parametrize("route", ["/generate", "/generate_stream"])
def test_a_client_that_goes_away_gives_its_slot_back(route: str) -> None:
    asked, released = threading.Event(), threading.Event()

    def wait_for_release(prompt: str, seed: int) -> str:
        asked.set()
        assert released.wait(60)
        return prompt

    with serving(wait_for_release, replace(CONFIG, max_concurrent_requests=1)) as server, ThreadPoolExecutor(1) as pool:
        try:
            connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
            with contextlib.closing(connection):
                body = json.dumps({"inputs": "Hi"})
                connection.request("POST", route, body=body, headers={"Content-Type": "application/json"})
                assert asked.wait(30)
                assert server.refuse("POST /generate", {"inputs": "x"})[0] == 429
            # The teacher is still at it, so the next request can only wait, which it does not before there is a slot.
            deadline = time.monotonic() + 30
            waiting = pool.submit(server.send, "POST /generate", {"inputs": "next"})
            while waiting.done() or "tgi_queue_size 1" not in server.ask("GET /metrics"):
                assert time.monotonic() < deadline
                if waiting.done():
                    waiting = pool.submit(server.send, "POST /generate", {"inputs": "next"})
        finally:
            released.set()
        assert waiting.result(30).body == {"generated_text": "next"}


def test_a_client_that_leaves_a_stream_gives_its_slot_back_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    with serving(lambda prompt, seed: "word " * 8_000, replace(CONFIG, max_concurrent_requests=1)) as server:
        with open_stream(server, "Hi") as response:
            assert response.readline().startswith(b"data: ")
        deadline = time.monotonic() + 30
        while server.send("POST /generate", {"inputs": "x"}).status != 200:
            assert time.monotonic() < deadline
    assert not caplog.records
