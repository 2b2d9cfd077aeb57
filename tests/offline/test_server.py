"""Every route, status and limit of the offline server, by raw HTTP on loopback; streams have a file of their own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace

import pytest

from synth_builder.offline.tokens import count
from tests.offline.serving import CONFIG, Address, Answer, chat, echo, serving
from tests.tgi_contract import check_response

POST_ROUTES = (
    *("POST /", "POST /generate", "POST /generate_stream", "POST /v1/chat/completions", "POST /v1/completions"),
    *("POST /tokenize", "POST /chat_tokenize"),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Address]:
    with serving(echo) as address:
        yield address


@pytest.mark.parametrize("route", ["GET /", "GET /ping", "GET /health"])
def test_health_is_an_empty_200(server: Address, route: str) -> None:
    assert server.ask(route) == ""


def test_info_names_the_teacher_and_the_limits(server: Address) -> None:
    info = server.ask("GET /info")
    assert info["model_id"] == "synth-builder/rule-based-teacher"
    assert info["model_sha"] == CONFIG.model_sha
    assert (info["max_concurrent_requests"], info["max_input_tokens"], info["max_total_tokens"]) == (128, 16383, 16384)
    assert (info["max_best_of"], info["version"], info["docker_label"]) == (2, "3.3.6", "offline")


def test_models_is_a_list_of_the_one_model(server: Address) -> None:
    assert [model["id"] for model in server.ask("GET /v1/models")["data"]] == [CONFIG.model_id]


def test_tokenize_gives_pieces_with_their_offsets(server: Address) -> None:
    tokens = server.ask("POST /tokenize", {"inputs": "Find x."})
    assert [(token["text"], token["start"], token["stop"]) for token in tokens] == [
        ("Find", 0, 4),
        (" x", 4, 6),
        (".", 6, 7),
    ]


def test_chat_tokenize_shows_the_text_that_the_teacher_reads(server: Address) -> None:
    messages = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}]
    body = server.ask("POST /chat_tokenize", {"messages": messages})
    assert body["templated_text"] == "Be kind.\n\nHi"
    assert body["tokenize_response"] == server.ask("POST /tokenize", {"inputs": "Be kind.\n\nHi"})


def test_generate_answers_with_the_text_alone(server: Address) -> None:
    asked = {"inputs": "Hi", "parameters": {"do_sample": True, "seed": 3}}
    assert server.ask("POST /generate", asked) == {"generated_text": "seed 3: Hi"}


def test_a_greedy_reply_has_no_seed_and_does_not_depend_on_it(server: Address) -> None:
    body = server.ask("POST /generate", {"inputs": "Hi", "parameters": {"seed": 3, "details": True}})
    assert (body["generated_text"], body["details"]["seed"]) == ("seed 0: Hi", None)


def test_a_sampled_reply_without_a_seed_gets_a_drawn_one(server: Address) -> None:
    body = server.ask("POST /generate", {"inputs": "Hi", "parameters": {"temperature": 0.7, "details": True}})
    seed = body["details"]["seed"]
    assert seed
    assert body["generated_text"] == f"seed {seed}: Hi"


def test_a_stop_sequence_ends_the_text_and_stays_in_it(server: Address) -> None:
    asked = {"inputs": "one two three", "parameters": {"details": True, "stop": [" two"]}}
    body = server.ask("POST /generate", asked)
    assert body["generated_text"] == "seed 0: one two"
    assert (body["details"]["finish_reason"], body["details"]["generated_tokens"]) == ("stop_sequence", 5)


def test_the_root_route_answers_a_list_of_one_with_the_prompt_before_the_text(server: Address) -> None:
    assert server.ask("POST /", {"inputs": "Hi"}) == [{"generated_text": "Hiseed 0: Hi"}]
    short = {"inputs": "Hi", "parameters": {"return_full_text": False}}
    assert server.ask("POST /", short) == [{"generated_text": "seed 0: Hi"}]


def test_a_chat_is_answered_as_tgi_does(server: Address) -> None:
    body = server.ask("POST /v1/chat/completions", chat("Hi there", seed=5))
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
        "usage": {"prompt_tokens": 2, "completion_tokens": 6, "total_tokens": 8},
    }


def test_a_chat_is_cut_at_max_tokens(server: Address) -> None:
    body = server.ask("POST /v1/chat/completions", chat("Hi", max_tokens=3, temperature=0))
    assert body["choices"][0]["message"] == {"role": "assistant", "content": "seed 0:"}
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"] == {"prompt_tokens": 1, "completion_tokens": 3, "total_tokens": 4}


@pytest.mark.parametrize(("asked", "answered"), [(None, CONFIG.model_id), ("tgi", CONFIG.model_id), ("mine", "mine")])
def test_only_tgi_and_no_model_give_the_true_model_id(server: Address, asked: str | None, answered: str) -> None:
    assert server.ask("POST /v1/chat/completions", chat("Hi", model=asked))["model"] == answered


def test_completions_answer_each_prompt(server: Address) -> None:
    asked = {"prompt": ["one", "two three"], "max_tokens": 4, "temperature": 0, "model": "mine"}
    body = server.ask("POST /v1/completions", asked)
    assert body.pop("created")
    assert body == {
        "object": "text_completion",
        "id": "",
        "model": CONFIG.model_id,
        "system_fingerprint": "3.3.6-offline",
        "choices": [
            {"index": 0, "text": "seed 0: one", "logprobs": None, "finish_reason": "length"},
            {"index": 1, "text": "seed 0: two", "logprobs": None, "finish_reason": "length"},
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 8, "total_tokens": 11},
    }


def test_a_completion_of_one_prompt_ends_with_stop(server: Address) -> None:
    (choice,) = server.ask("POST /v1/completions", {"prompt": "one", "seed": 2})["choices"]
    assert (choice["text"], choice["finish_reason"]) == ("seed 2: one", "stop")


def test_headers_report_the_cost(server: Address) -> None:
    headers = server.send("POST /generate", {"inputs": "Hi there"}).headers
    assert headers["x-compute-type"] == "cpu"
    assert headers["x-compute-characters"] == "8"
    assert headers["x-prompt-tokens"] == "2"
    assert headers["x-generated-tokens"] == str(count("seed 0: Hi there") + 1)
    assert float(headers["x-compute-time"]) >= 0
    milliseconds = ("total", "validation", "queue", "inference")
    assert all(headers[f"x-{name}-time"].isdigit() for name in milliseconds)
    assert headers["x-time-per-token"].isdigit()


@pytest.mark.parametrize("route", POST_ROUTES)
def test_a_body_that_cannot_be_read_is_answered_as_plain_text(server: Address, route: str) -> None:
    for raw, kind, status in [
        (b"{", "application/json", 400),
        (rb'{"inputs": "\ud800"}', "application/json", 400),
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
        ("POST /", {"inputs": "x", "parameters": {"grammar": {"type": "regex", "value": "a"}}}),
        ("POST /generate", {"inputs": "x", "parameters": {"top_p": 1.0}}),
        ("POST /v1/completions", {"prompt": ["x", ""]}),
        ("POST /v1/chat/completions", chat("x" * 100_000)),
    ],
)
def test_an_invalid_request_is_a_422_of_type_validation(server: Address, route: str, body: object) -> None:
    status, error = server.refuse(route, body)
    assert (status, error["error_type"]) == (422, "validation")
    assert error["error"].startswith("Input validation error: ")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("fields", "error_type"),
    [({"suffix": "y"}, "suffix not supported"), ({"prompt": ["x"] * 5}, "batch size exceeded")],
)
def test_completions_that_tgi_does_not_read_are_refused_before_any_stream(
    server: Address, fields: dict[str, object], error_type: str, stream: bool
) -> None:
    status, error = server.refuse("POST /v1/completions", {"prompt": "x", "stream": stream} | fields)
    assert (status, error["error_type"]) == (422, error_type)


def test_unknown_routes_and_methods_are_refused(server: Address) -> None:
    assert server.send("GET /nowhere").status == 404
    assert server.send("GET /generate").status == 405


def test_a_teacher_that_fails_is_a_424_and_the_server_lives_on() -> None:
    def fail_on_demand(prompt: str, seed: int) -> str:
        if prompt == "fail":
            raise ValueError("no rule for this")
        return "fine"

    with serving(fail_on_demand) as server:
        status, error = server.refuse("POST /generate", {"inputs": "fail"})
        assert status == 424
        assert error == {
            "error": "Request failed during generation: ValueError: no rule for this",
            "error_type": "generation",
        }
        assert server.ask("POST /generate", {"inputs": "work"}) == {"generated_text": "fine"}


def test_an_empty_reply_is_an_answer_of_one_token() -> None:
    with serving(lambda prompt, seed: "") as server:
        body = server.ask("POST /v1/chat/completions", chat("Hi"))
    assert body["usage"] == {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}


def test_a_busy_server_refuses_what_is_above_its_limit_at_once_and_stays_healthy() -> None:
    released = threading.Event()

    def wait_for_release(prompt: str, seed: int) -> str:
        assert released.wait(60)
        return "done"

    with serving(wait_for_release, replace(CONFIG, max_concurrent_requests=3)) as server, ThreadPoolExecutor(5) as pool:
        try:
            sent = [pool.submit(server.send, "POST /v1/chat/completions", chat("Hi")) for _ in range(5)]
            refused: list[Answer] = []
            pending = set(sent)
            # Nothing is answered but what is refused until the teacher is released.
            while len(refused) < 2:
                finished, pending = wait(pending, return_when=FIRST_COMPLETED, timeout=30)
                assert finished
                refused += [future.result() for future in finished]
            assert server.ask("GET /health") == ""
            assert server.ask("POST /tokenize", {"inputs": "Hi"})
            assert [answer.status for answer in refused] == [429, 429]
            assert refused[0].body == {"error": "Model is overloaded", "error_type": "overloaded"}
            assert "retry-after" not in refused[0].headers
        finally:
            released.set()
        assert [future.result().status for future in pending] == [200, 200, 200]
        assert server.ask("POST /generate", {"inputs": "room again"})


def test_each_prompt_of_completions_takes_a_slot() -> None:
    with serving(echo, replace(CONFIG, max_concurrent_requests=2)) as server:
        assert server.refuse("POST /v1/completions", {"prompt": ["a", "b", "c"]})[0] == 429
        assert server.ask("POST /v1/completions", {"prompt": ["a", "b"]})
        assert server.ask("POST /v1/completions", {"prompt": ["a", "b"]})


def test_the_same_prompt_and_seed_give_the_same_answer_whatever_the_order(server: Address) -> None:
    def text_of(seed: int) -> object:
        return server.ask("POST /generate", {"inputs": "Hi", "parameters": {"do_sample": True, "seed": seed}})

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(text_of, range(40))) == [text_of(seed) for seed in reversed(range(40))][::-1]
