"""Every route, status and limit of the offline server, by raw HTTP on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import cast

import pytest

from synth_builder.offline.tokens import count
from tests.offline.serving import CONFIG, Address, Answer, serving
from tests.tgi_contract import check_request, check_response


def echo(prompt: str, seed: int) -> str:
    return f"seed {seed}: {prompt}"


@pytest.fixture(scope="module")
def server() -> Iterator[Address]:
    with serving(echo) as address:
        yield address


def chat(text: str, **fields: object) -> dict[str, object]:
    body = {"model": "tgi", "messages": [{"role": "user", "content": text}]} | fields
    check_request("/v1/chat/completions", body)
    return body


def ask(server: Address, route: str, body: object = None) -> Answer:
    answer = server.send(route, body)
    check_response(route, answer.status, answer.body)
    return answer


@pytest.mark.parametrize("route", ["GET /", "GET /ping", "GET /health"])
def test_health_is_an_empty_200(server: Address, route: str) -> None:
    assert ask(server, route).status == 200


def test_info_names_the_teacher_and_the_limits(server: Address) -> None:
    info = cast("dict[str, object]", ask(server, "GET /info").body)
    assert info["model_id"] == "synth-builder/rule-based-teacher"
    assert info["model_sha"] == CONFIG.model_sha
    assert (info["max_concurrent_requests"], info["max_input_tokens"], info["max_total_tokens"]) == (128, 16383, 16384)
    assert (info["version"], info["docker_label"]) == ("3.3.6", "offline")


def test_models_is_a_list_of_the_one_model(server: Address) -> None:
    body = cast("dict[str, list[dict[str, object]]]", ask(server, "GET /v1/models").body)
    assert [model["id"] for model in body["data"]] == [CONFIG.model_id]


def test_tokenize_gives_pieces_with_their_offsets(server: Address) -> None:
    tokens = cast("list[dict[str, object]]", ask(server, "POST /tokenize", {"inputs": "Find x."}).body)
    assert [(token["text"], token["start"], token["stop"]) for token in tokens] == [
        ("Find", 0, 4),
        (" x", 4, 6),
        (".", 6, 7),
    ]


def test_generate_answers_with_the_text_alone(server: Address) -> None:
    answer = ask(server, "POST /generate", {"inputs": "Hi", "parameters": {"seed": 3}})
    assert answer.body == {"generated_text": "seed 3: Hi"}


def test_details_come_when_they_are_asked_for(server: Address) -> None:
    parameters = {"details": True, "seed": 3, "max_new_tokens": 2}
    answer = ask(server, "POST /generate", {"inputs": "Hi", "parameters": parameters})
    assert answer.body == {
        "generated_text": "seed 3",
        "details": {"finish_reason": "length", "generated_tokens": 2, "seed": 3, "prefill": [], "tokens": []},
    }


def test_a_stop_sequence_ends_the_text_and_stays_in_it(server: Address) -> None:
    parameters = {"details": True, "stop": [" two"]}
    answer = ask(server, "POST /generate", {"inputs": "one two three", "parameters": parameters})
    body = cast("dict[str, object]", answer.body)
    assert body["generated_text"] == "seed 0: one two"
    assert cast("dict[str, object]", body["details"])["finish_reason"] == "stop_sequence"


def test_the_root_route_answers_a_list_of_one_with_the_prompt_before_the_text(server: Address) -> None:
    assert ask(server, "POST /", {"inputs": "Hi"}).body == [{"generated_text": "Hiseed 0: Hi"}]
    short = {"inputs": "Hi", "parameters": {"return_full_text": False}}
    assert ask(server, "POST /", short).body == [{"generated_text": "seed 0: Hi"}]


def test_a_chat_is_answered_as_tgi_does(server: Address) -> None:
    body = cast("dict[str, object]", ask(server, "POST /v1/chat/completions", chat("Hi there", seed=5)).body)
    assert body.pop("created")
    assert body == {
        "object": "chat.completion",
        "id": "",
        "model": CONFIG.model_id,
        "system_fingerprint": "3.3.6-offline",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "seed 5: Hi there"},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 2, "completion_tokens": 5, "total_tokens": 7},
    }


def test_a_chat_is_cut_at_max_tokens(server: Address) -> None:
    body = cast("dict[str, object]", ask(server, "POST /v1/chat/completions", chat("Hi", max_tokens=3)).body)
    choice = cast("list[dict[str, object]]", body["choices"])[0]
    assert choice["message"] == {"role": "assistant", "content": "seed 0:"}
    assert choice["finish_reason"] == "length"
    assert body["usage"] == {"prompt_tokens": 1, "completion_tokens": 3, "total_tokens": 4}


@pytest.mark.parametrize(("asked", "answered"), [(None, CONFIG.model_id), ("tgi", CONFIG.model_id), ("mine", "mine")])
def test_only_tgi_and_no_model_give_the_true_model_id(server: Address, asked: str | None, answered: str) -> None:
    body = ask(server, "POST /v1/chat/completions", chat("Hi", model=asked)).body
    assert cast("dict[str, object]", body)["model"] == answered


def test_an_absent_seed_is_seed_0(server: Address) -> None:
    with_seed = cast("dict[str, object]", ask(server, "POST /v1/chat/completions", chat("Hi", seed=0)).body)
    without = cast("dict[str, object]", ask(server, "POST /v1/chat/completions", chat("Hi")).body)
    assert with_seed["choices"] == without["choices"]


def test_headers_report_the_cost(server: Address) -> None:
    headers = ask(server, "POST /generate", {"inputs": "Hi there"}).headers
    assert headers["x-compute-type"] == "cpu"
    assert headers["x-compute-characters"] == "8"
    assert headers["x-prompt-tokens"] == "2"
    assert headers["x-generated-tokens"] == str(count("seed 0: Hi there"))
    assert float(headers["x-compute-time"]) >= 0
    milliseconds = ("total", "validation", "queue", "inference")
    assert all(headers[f"x-{name}-time"].isdigit() for name in milliseconds)
    assert headers["x-time-per-token"].isdigit()


@pytest.mark.parametrize("route", ["POST /", "POST /generate", "POST /tokenize", "POST /v1/chat/completions"])
def test_a_body_that_cannot_be_read_is_answered_as_plain_text(server: Address, route: str) -> None:
    for raw, kind, status in [
        (b"{", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
        (b"{}", "application/json", 422),
        (b" " * 2_000_001, "application/json", 413),
    ]:
        answer = server.send(route, raw=raw, kind=kind)
        assert answer.status == status
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        check_response(route, status, answer.body)


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("POST /", {"inputs": ""}),
        ("POST /", {"inputs": "x", "stream": True}),
        ("POST /generate", {"inputs": "x", "parameters": {"top_p": 1.0}}),
        ("POST /v1/chat/completions", {"messages": [{"role": "user", "content": "x"}], "stream": True}),
        ("POST /v1/chat/completions", {"messages": [{"role": "user", "content": "x" * 100_000}]}),
    ],
)
def test_an_invalid_request_is_a_422_of_type_validation(server: Address, route: str, body: object) -> None:
    answer = ask(server, route, body)
    assert answer.status == 422
    assert cast("dict[str, str]", answer.body)["error"].startswith("Input validation error: ")


def test_unknown_routes_and_methods_are_refused(server: Address) -> None:
    assert server.send("GET /nowhere").status == 404
    assert server.send("GET /generate").status == 405


def test_a_teacher_that_fails_is_a_424_and_the_server_lives_on() -> None:
    def fail_on_demand(prompt: str, seed: int) -> str:
        if prompt == "fail":
            raise ValueError("no rule for this")
        return "fine"

    with serving(fail_on_demand) as server:
        answer = ask(server, "POST /generate", {"inputs": "fail"})
        assert answer.status == 424
        assert answer.body == {
            "error": "Request failed during generation: ValueError: no rule for this",
            "error_type": "generation",
        }
        assert ask(server, "POST /generate", {"inputs": "work"}).body == {"generated_text": "fine"}


def test_an_empty_reply_is_an_answer_of_no_tokens() -> None:
    with serving(lambda prompt, seed: "") as server:
        body = cast("dict[str, object]", ask(server, "POST /v1/chat/completions", chat("Hi")).body)
    assert body["usage"] == {"prompt_tokens": 1, "completion_tokens": 0, "total_tokens": 1}


def test_a_busy_server_refuses_what_is_above_its_limit_at_once_and_stays_healthy() -> None:
    released = threading.Event()

    def wait_for_release(prompt: str, seed: int) -> str:
        assert released.wait(60)
        return "done"

    with serving(wait_for_release, replace(CONFIG, max_concurrent_requests=3)) as server, ThreadPoolExecutor(5) as pool:
        try:
            sent = [pool.submit(ask, server, "POST /v1/chat/completions", chat("Hi")) for _ in range(5)]
            refused: list[Answer] = []
            pending = set(sent)
            # Nothing is answered but what is refused until the teacher is released.
            while len(refused) < 2:
                finished, pending = wait(pending, return_when=FIRST_COMPLETED, timeout=30)
                assert finished
                refused += [future.result() for future in finished]
            assert ask(server, "GET /health").status == 200
            assert ask(server, "POST /tokenize", {"inputs": "Hi"}).status == 200
            assert [answer.status for answer in refused] == [429, 429]
            assert refused[0].body == {"error": "Model is overloaded", "error_type": "overloaded"}
            assert "retry-after" not in refused[0].headers
        finally:
            released.set()
        assert [future.result().status for future in pending] == [200, 200, 200]
        assert ask(server, "POST /generate", {"inputs": "room again"}).status == 200


def test_the_same_prompt_and_seed_give_the_same_answer_whatever_the_order(server: Address) -> None:
    def text_of(seed: int) -> object:
        return ask(server, "POST /generate", {"inputs": "Hi", "parameters": {"seed": seed}}).body

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(text_of, range(40))) == [text_of(seed) for seed in reversed(range(40))][::-1]
