"""The contract lets through what TGI takes and gives, and nothing else."""

from __future__ import annotations

import pytest

from tests.tgi_contract import CORRECTIONS, check_request, check_response, check_stream

HEAD = {"id": "", "created": 1, "model": "m", "system_fingerprint": "3.3.6-native"}
TOKEN = {"id": 5, "text": "x", "logprob": -0.5, "special": False}
GENERATED = {"index": 1, "token": TOKEN, "generated_text": None, "details": None}
CHOICE = {"index": 0, "delta": {"role": "assistant", "content": "x"}, "logprobs": None, "finish_reason": None}
CHUNK = {"object": "chat.completion.chunk", **HEAD, "choices": [CHOICE], "usage": None}
COMPLETION = {"index": 0, "text": "x", "logprobs": None, "finish_reason": ""}
COMPLETION_CHUNK = {"object": "text_completion", **HEAD, "choices": [COMPLETION]}
USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
ERROR = {"error": "Model is overloaded", "error_type": "overloaded"}
OPENAI_ERROR = {"error": {"message": "Model is overloaded", "http_status_code": 429}}

CHAT = {"model": "tgi", "messages": [{"role": "user", "content": "Hi"}], "stream": False}


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("/generate", {"inputs": "x", "parameters": {"seed": 0, "top_p": 0.99, "temperature": None}}),
        ("POST /", {"inputs": "x", "stream": False}),
        ("/tokenize", {"inputs": "x"}),
        ("/v1/chat/completions", CHAT | {"temperature": 0, "top_p": 0.5, "max_tokens": None, "seed": 3}),
        ("/v1/chat/completions", CHAT | {"response_format": {"type": "json_object", "value": {}}}),
        ("/v1/completions", {"prompt": "x", "temperature": 0}),
        ("/v1/completions", {"prompt": ["x", "y"], "max_tokens": 3, "stream": True}),
        ("/chat_tokenize", CHAT),
    ],
)
def test_takes_what_tgi_takes(route: str, body: object) -> None:
    check_request(route, body)


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("/generate", {}),
        ("/generate", {"inputs": "x", "parameters": {"top_p": 1.0}}),
        ("/generate", {"inputs": "x", "parameters": {"max_new_tokens": 0}}),
        ("/generate", {"inputs": "x", "parameters": {"max_tokens": 5}}),
        ("/v1/chat/completions", CHAT | {"top_p": 1.0}),
        ("/v1/chat/completions", CHAT | {"max_new_tokens": 5}),
        ("/v1/chat/completions", CHAT | {"messages": [{"content": "no role"}]}),
        ("/v1/chat/completions", CHAT | {"messages": []}),
        ("/v1/completions", {"prompt": []}),
        ("/v1/completions", {"prompt": ["x"] * 5}),
        ("/v1/completions", {"prompt": "x", "suffix": "y"}),
        ("/v1/completions", {"prompt": "x", "logprobs": 1}),
        ("/no/such/route", {}),
    ],
)
def test_refuses_what_tgi_refuses_or_ignores(route: str, body: object) -> None:
    with pytest.raises(AssertionError):
        check_request(route, body)


@pytest.mark.parametrize(
    ("route", "status", "body"),
    [
        ("/health", 200, ""),
        ("GET /", 200, ""),
        ("POST /", 200, [{"generated_text": "x"}]),
        ("/generate", 422, {"error": "Input validation error: ...", "error_type": "validation"}),
        ("/generate", 422, "Failed to deserialize the JSON body into the target type: missing field `inputs`"),
        ("/v1/chat/completions", 429, ERROR),
        ("/v1/completions", 422, {"error": "Suffix is ...", "error_type": "suffix not supported"}),
        ("/generate", 401, ""),
        ("/metrics", 200, "tgi_request_count 0\n"),
    ],
)
def test_takes_answers_of_tgi(route: str, status: int, body: object) -> None:
    check_response(route, status, body)


@pytest.mark.parametrize(
    ("route", "status", "body"),
    [
        ("POST /", 200, {"generated_text": "not in a list"}),
        ("/generate", 200, {"text": "x"}),
        ("/generate", 422, {"detail": "another server's error"}),
        ("/generate", 429, {"error": "Model is overloaded", "error_type": "validation"}),
        ("/generate", 400, "Bad request"),
        ("/info", 200, {"model_id": "m"}),
        ("/generate", 200, {"generated_text": "x", "details": None, "seed": 1}),
        ("/generate", 401, "Unauthorized"),
        ("/v1/completions", 200, {"object": "text_completion", **HEAD, "choices": [COMPLETION]}),
        ("/v1/models", 200, {"id": "m", "object": "model", "created": 0, "owned_by": "m"}),
    ],
)
def test_refuses_answers_that_tgi_never_gives(route: str, status: int, body: object) -> None:
    with pytest.raises(AssertionError):
        check_response(route, status, body)


@pytest.mark.parametrize(
    ("route", "events"),
    [
        ("/generate_stream", [GENERATED, GENERATED | {"index": 2, "generated_text": "xx"}]),
        ("/generate_stream", [GENERATED | {"top_tokens": [TOKEN]}, ERROR]),
        ("POST /", [GENERATED]),
        ("/v1/chat/completions", [CHUNK, CHUNK | {"choices": [], "usage": USAGE}, "[DONE]"]),
        ("/v1/chat/completions", [OPENAI_ERROR, "[DONE]"]),
        ("/v1/completions", [COMPLETION_CHUNK, COMPLETION_CHUNK | {"usage": USAGE}, "[DONE]"]),
    ],
)
def test_takes_streams_of_tgi(route: str, events: list[object]) -> None:
    check_stream(route, events)


@pytest.mark.parametrize(
    ("route", "events"),
    [
        ("/generate_stream", []),
        ("/generate_stream", [GENERATED, "[DONE]"]),
        ("/generate_stream", [GENERATED | {"index": 0}]),
        ("/generate_stream", [ERROR, GENERATED]),
        ("/generate_stream", [OPENAI_ERROR]),
        ("/v1/chat/completions", [CHUNK]),
        ("/v1/chat/completions", [CHUNK | {"object": "chat.completion"}, "[DONE]"]),
        ("/v1/chat/completions", [CHUNK | {"choices": [CHOICE | {"finish_reason": "eos_token"}]}, "[DONE]"]),
        ("/v1/chat/completions", [ERROR, "[DONE]"]),
        ("/v1/completions", [COMPLETION_CHUNK | {"usage": None}, "[DONE]"]),
        ("/generate", [GENERATED]),
    ],
)
def test_refuses_streams_that_tgi_never_gives(route: str, events: list[object]) -> None:
    with pytest.raises(AssertionError):
        check_stream(route, events)


def test_every_correction_says_why() -> None:
    assert all(correction.reason for correction in CORRECTIONS)
