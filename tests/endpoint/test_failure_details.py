"""A failure says what the server said, and waits as long as the server asks for."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from synth_builder.endpoint import client
from synth_builder.endpoint.failures import told_wait_seconds
from tests.endpoint.asking import ask, fail
from tests.endpoint.scripted import CHAT, Answer, scripted


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "`top_p` is wrong", "error_type": "validation"}, "`top_p` is wrong (validation)"),
        ({"error": {"message": "No such", "type": "x", "code": "not_found"}}, "No such (not_found)"),
        ({"error": {"message": "No such", "type": "NotFoundError", "code": 404}}, "No such (NotFoundError)"),
        ({"error": {"message": "No", "type": None, "code": "404"}}, "No"),
        ({"object": "error", "message": "No.", "type": "BadRequestError", "code": 400}, "No. (BadRequestError)"),
        ({"detail": "Not Found"}, "Not Found"),
        (
            {"detail": [{"type": "missing", "loc": ["body", "messages", 0], "msg": "Field required", "input": {}}]},
            "body.messages.0: Field required",
        ),
        ({"error": ["first", "second"]}, "first; second"),
        ({"detail": '{"error": {"message": "inner"}}'}, "inner"),
        ({"message": "Too bad", "request_id": "17"}, "Too bad"),
        ("Failed to parse\n  the body", "Failed to parse the body"),
        ("<!DOCTYPE html><head><title>\n 400 Bad\n Request </title>", "400 Bad Request"),
        ("<html><h1>Oh</h1></html>", "a page of HTML"),
        ("", "Bad Request"),
        ({"unknown": 1}, '{"unknown": 1}'),
        ([], "[]"),
        ("[" * 100_000, "[" * (500 - len("HTTP 400: "))),
        ("x" * 1000, "x" * (500 - len("HTTP 400: "))),
    ],
)
def test_a_failure_says_the_servers_message_and_no_more(body: object, said: str) -> None:
    with scripted(Answer(400, body)) as server:
        assert fail(server).detail == f"HTTP 400: {said}"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "Upstream is away", "code": 502}}, "Upstream is away"),
        ("<html><title>Welcome to nginx!</title></html>", "Welcome to nginx!"),
        ({**CHAT, "choices": []}, "ValueError: the reply has no `choices`"),
    ],
)
def test_an_answer_without_a_reply_says_what_it_holds_instead(body: object, said: str) -> None:
    with scripted(Answer(200, body)) as server:
        assert fail(server).detail == f"HTTP 200: no reply in the answer: {said}"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(422, {"error": "cannot read \ud83d of it"}), "HTTP 422: cannot read ? of it"),
        (Answer(200, {"error": "\ud83d"}), "HTTP 200: no reply in the answer: ?"),
    ],
)
def test_half_a_surrogate_pair_in_a_message_becomes_a_question_mark(answer: Answer, said: str) -> None:
    with scripted(answer) as server:
        assert fail(server, tries=1).detail == said


# --- waits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "1000"},
        {"retry-after": "9" * 400},
        {"retry-after": formatdate(time.time() + 1000, usegmt=True)},
        {"ratelimit": '"api";r=0;t=1000', "ratelimit-policy": '"fixed window";"api";q=500;w=300'},
    ],
    ids=["seconds", "beyond all measure", "date", "ratelimit"],
)
def test_the_wait_that_the_server_asks_for_is_kept_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    monkeypatch.setattr(client, "_LONGEST_TOLD_WAIT_SECONDS", 0.2)
    with scripted(Answer(429, "", headers), Answer(200, CHAT)) as server:
        started = time.monotonic()
        assert ask(server.url).text == "Yes."
        assert 0.2 <= time.monotonic() - started < 5.0
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {},
        *({"retry-after": told} for told in ("soon", "²", "-1", "nan", "1e9", "Wed, 21 Oct 2015 07:28:00 GMT")),
        {"ratelimit": '"api";r=17;t=1000'},
        {"ratelimit": "none"},
    ],
)
def test_what_asks_for_no_wait_is_passed_over(headers: dict[str, str]) -> None:
    with scripted(Answer(429, "", headers), Answer(200, CHAT)) as server:
        started = time.monotonic()
        assert ask(server.url).text == "Yes."
        assert time.monotonic() - started < 2.0


def test_a_wait_is_read_in_seconds() -> None:
    assert told_wait_seconds(503, {"retry-after": "2"}) == 2.0
    assert told_wait_seconds(503, {"retry-after": "1.5"}) == 1.5
    assert told_wait_seconds(503, {"retry-after": "soon"}) == 0.0
    assert 50.0 < told_wait_seconds(503, {"retry-after": formatdate(time.time() + 60, usegmt=True)}) <= 60.0
    assert 50.0 < told_wait_seconds(503, {"retry-after": time.asctime(time.gmtime(time.time() + 60))}) <= 60.0
    assert told_wait_seconds(503, {"retry-after": formatdate(time.time() - 60, usegmt=True)}) == 0.0
    assert told_wait_seconds(429, {"ratelimit": '"api";r=0;t=2'}) == 2.0
    assert told_wait_seconds(429, {"ratelimit": '"api"; r=0; t=2'}) == 2.0
    # The Hub states its limit on every answer: it is no reason for another failure than 429.
    assert told_wait_seconds(503, {"ratelimit": '"api";r=0;t=2'}) == 0.0


def test_without_a_word_of_the_server_waits_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_FIRST_WAIT_SECONDS", 0.05)
    monkeypatch.setattr("random.uniform", lambda low, high: high)
    with scripted(Answer(503)) as server:
        started = time.monotonic()
        fail(server, tries=3)
        assert 0.1 + 0.2 <= time.monotonic() - started < 5.0
