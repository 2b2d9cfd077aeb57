"""The token goes where it is meant to go, and nowhere else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from synth_builder.run.journal import Failure, Journal
from tests.endpoint.asking import TOKEN, ask, ask_many, connect, fail
from tests.endpoint.scripted import CHAT, GENERATED, Answer, Request, scripted

SAVED = "hf_SavedOnThisMachine"


@pytest.fixture(autouse=True)
def _saved_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", SAVED)


@pytest.mark.parametrize("route", ["chat", "generate"])
def test_the_token_goes_where_it_is_wanted_and_a_saved_one_nowhere(route: str) -> None:
    reply = Answer(200, CHAT if route == "chat" else GENERATED)
    with scripted(reply) as named, scripted(reply) as other:
        # The connection with a token is made between: none takes over what is another's.
        first = connect(other.url, route=route)
        second = connect(named.url, token=TOKEN, route=route)
        third = connect(other.url, token="", route=route)
        ask_many([first, second, third], ["?"] * 6)
    assert [request.headers.get("authorization") for request in named.requests] == [f"Bearer {TOKEN}"] * 2
    assert [request.headers.get("authorization") for request in other.requests] == [None] * 4
    headers = json.dumps([request.headers for request in [*named.requests, *other.requests]])
    assert SAVED not in headers
    assert headers.count(TOKEN) == 2


@pytest.mark.parametrize("route", ["chat", "generate"])
def test_who_pays_is_said_where_it_is_asked_for(route: str, recwarn: pytest.WarningsRecorder) -> None:
    with scripted(Answer(200, CHAT if route == "chat" else GENERATED)) as server:
        ask(server.url, route=route, token="a key of another kind", bill_to="my-organisation")
        ask(server.url, route=route)
    assert [request.headers.get("x-hf-bill-to") for request in server.requests] == ["my-organisation", None]
    assert not recwarn.list


@pytest.mark.parametrize("status", [200, 401, 422, 500])
@pytest.mark.parametrize("shape", ["error", "text", "unknown"])
@pytest.mark.parametrize("route", ["chat", "generate"])
def test_the_token_gets_into_no_text_even_if_the_server_repeats_it(
    tmp_path: Path, status: int, shape: str, route: str
) -> None:
    async def repeat_headers(request: Request) -> Answer:
        text = f"{request.headers['authorization']} is wrong"
        return Answer(status, {"error": {"error": text}, "text": text, "unknown": {"headers": text}}[shape])

    with scripted(repeat_headers) as server:
        failure = fail(server, route=route, token=TOKEN)
        connection = connect(server.url, route=route, token=TOKEN)
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert "is wrong" in failure.detail or (status, shape) == (200, "unknown")
    for text in (str(failure), repr(failure), failure.detail, repr(connection)):
        assert TOKEN not in text
    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.put("key", "level1", Failure(failure.kind, failure.detail))
        # Bodies are packed in the file, so look at what comes out as well as at the bytes.
        assert TOKEN not in str(journal.get("key"))
        for path in tmp_path.iterdir():
            assert TOKEN.encode() not in path.read_bytes()


@pytest.mark.parametrize("escape", [("/", "\\/"), ("+", "\\u002B"), ("k", "\\u006b")], ids=["slash", "plus", "letter"])
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("name", ["error", "unknown"])
@pytest.mark.parametrize("status", [200, 401, 500])
def test_a_token_that_json_escapes_gets_into_no_text(
    escape: tuple[str, str], nested: bool, name: str, status: int
) -> None:
    token = "gw/key+1/2=="

    async def repeat_headers(request: Request) -> Answer:
        body = json.dumps({name: {"message": f"x {request.headers['authorization']} is wrong"}}).replace(*escape)
        # A gateway hands on what the server behind it says.
        return Answer(status, json.dumps({name: body}) if nested else body)

    with scripted(repeat_headers) as server:
        failure = fail(server, token=token)
    assert server.requests[0].headers["authorization"] == f"Bearer {token}"
    assert "key" not in failure.detail
    assert "2==" not in failure.detail
    assert "x Bearer ***" in failure.detail or (status, name) == (200, "unknown")


def test_a_token_is_not_left_in_part_where_the_text_is_cut() -> None:
    async def repeat_headers(request: Request) -> Answer:
        return Answer(400, "x" * (490 - len("HTTP 400: ")) + request.headers["authorization"].removeprefix("Bearer "))

    with scripted(repeat_headers) as server:
        assert fail(server, token=TOKEN).detail.endswith("x***")


ASK = """
import asyncio, sys
from synth_builder.endpoint.client import Connection, Sampling

async def ask():
    connection = Connection(sys.argv[1], route="chat", model="tgi", timeout_seconds=20.0, token=sys.argv[2])
    print((await connection.ask("?", Sampling(0.0, None, 1, 0))).text)
    await connection.close()

asyncio.run(ask())
"""


def test_a_named_endpoint_works_offline_and_leaves_nothing_open() -> None:
    with scripted() as server:
        done = subprocess.run(
            [sys.executable, "-c", ASK, server.url, TOKEN],
            env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "always"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.stdout == "Yes.\n", done.stderr
    assert "ResourceWarning" not in done.stderr
    assert "Unclosed" not in done.stderr
    assert [request.headers.get("authorization") for request in server.posted] == [f"Bearer {TOKEN}"]
