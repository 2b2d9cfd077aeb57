"""A server with a key lets nobody without it use what costs something, and never shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.offline.serving import CONFIG, Address, chat, echo, serving
from tests.tgi_contract import check_response

KEY = "a-Secret-key"
CONFIG_WITH_KEY = replace(CONFIG, api_key=KEY)
COSTLY_ROUTES = (
    *("POST /", "POST /generate", "POST /generate_stream"),
    *("POST /v1/chat/completions", "POST /v1/completions", "POST /tokenize"),
)
OPEN_ROUTES = (
    "GET /",
    "GET /ping",
    "GET /health",
    "GET /info",
    "GET /v1/models",
    "GET /metrics",
    "POST /chat_tokenize",
)


@pytest.fixture(scope="module")
def server() -> Iterator[Address]:
    with serving(echo, CONFIG_WITH_KEY) as address:
        yield address


@pytest.mark.parametrize("authorization", [None, "", KEY, "Bearer", "Bearer wrong", f"Basic {KEY}", "Bearer \xe9"])
@pytest.mark.parametrize("route", COSTLY_ROUTES)
def test_without_the_key_a_costly_route_is_a_bare_401(server: Address, route: str, authorization: str | None) -> None:
    answer = server.send(route, raw=b"not even read", authorization=authorization)
    check_response(route, answer.status, answer.body)
    assert (answer.status, answer.body) == (401, "")


@pytest.mark.parametrize("authorization", [f"Bearer {KEY}", f"bearer {KEY.upper()}"])
@pytest.mark.parametrize("route", COSTLY_ROUTES)
def test_with_the_key_a_costly_route_answers(server: Address, route: str, authorization: str) -> None:
    body = chat("Hi") | {"inputs": "Hi", "prompt": "Hi"}
    assert server.send(route, body, authorization=authorization).status == 200


@pytest.mark.parametrize("route", OPEN_ROUTES)
def test_the_other_routes_need_no_key(server: Address, route: str) -> None:
    server.ask(route, chat("Hi") if route.startswith("POST") else None)


def test_the_key_is_never_shown(server: Address) -> None:
    shown = [repr(CONFIG_WITH_KEY), str(server.ask("GET /info")), str(server.send("POST /", authorization=KEY[1:]))]
    assert not any(KEY in text for text in shown)
