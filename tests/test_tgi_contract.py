"""The contract lets through what TGI takes and gives, and nothing else."""

from __future__ import annotations

import pytest

from tests.tgi_contract import CORRECTIONS, check_request, check_response

CHAT = {"model": "tgi", "messages": [{"role": "user", "content": "Hi"}], "stream": False}


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("/generate", {"inputs": "x", "parameters": {"seed": 0, "top_p": 0.99, "temperature": None}}),
        ("POST /", {"inputs": "x", "stream": False}),
        ("/tokenize", {"inputs": "x"}),
        ("/v1/chat/completions", CHAT | {"temperature": 0, "top_p": 0.5, "max_tokens": None, "seed": 3}),
        ("/v1/chat/completions", CHAT | {"response_format": {"type": "json_object", "value": {}}}),
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
        ("/v1/chat/completions", 429, {"error": "Model is overloaded", "error_type": "overloaded"}),
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
        ("/v1/models", 200, {"id": "m", "object": "model", "created": 0, "owned_by": "m"}),
    ],
)
def test_refuses_answers_that_tgi_never_gives(route: str, status: int, body: object) -> None:
    with pytest.raises(AssertionError):
        check_response(route, status, body)


def test_every_correction_says_why() -> None:
    assert all(correction.reason for correction in CORRECTIONS)
