"""A request becomes a completion, or a RequestError of a kind, after as many attempts as its failure deserves."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from synth_builder.endpoint import client
from synth_builder.endpoint.client import Completion, Connection, RequestError, Sampling
from synth_builder.run.journal import Failure, Journal
from tests.endpoint.scripted import (
    CHAT,
    CUT,
    CUT_INSIDE,
    GENERATED,
    HANG,
    Answer,
    Request,
    Script,
    Step,
    error,
    scripted,
)
from tests.offline.serving import CONFIG, Address, serving
from tests.tgi_contract import check_request, check_response

SAMPLING = Sampling(0.7, 0.95, 100, 7)
TOKEN = "hf_NotForAnyFileOrText"
OVERLOADED = error(429, "Model is overloaded", "overloaded")
TRIES = 4


@pytest.fixture(autouse=True)
def _no_waits_and_no_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(client, "_FIRST_WAIT_SECONDS", 0.0)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "no-token"))


def connect(
    url: str,
    *,
    route: str = "chat",
    max_concurrency: int = 8,
    timeout_seconds: float = 20.0,
    tries: int = TRIES,
    send_token: bool = True,
) -> Connection:
    return Connection(
        url,
        route=route,
        max_concurrency=max_concurrency,
        timeout_seconds=timeout_seconds,
        tries=tries,
        send_token=send_token,
    )


def ask(
    url: str,
    prompt: str = "Is it so?",
    sampling: Sampling = SAMPLING,
    *,
    route: str = "chat",
    timeout_seconds: float = 20.0,
    tries: int = TRIES,
) -> Completion:
    async def run() -> Completion:
        connection = connect(url, route=route, timeout_seconds=timeout_seconds, tries=tries)
        try:
            return await connection.ask(prompt, sampling)
        finally:
            await connection.close()

    return asyncio.run(run())


def fail(server: Script, *, route: str = "chat", timeout_seconds: float = 20.0, tries: int = TRIES) -> RequestError:
    with pytest.raises(RequestError) as caught:
        ask(server.url, route=route, timeout_seconds=timeout_seconds, tries=tries)
    return caught.value


@pytest.fixture(scope="module")
def embedded() -> Iterator[Address]:
    with serving(lambda prompt, seed: f"{seed}: {prompt}") as address:
        yield address


# --- the two routes ---------------------------------------------------------------------------------------------------


def test_a_chat_request_carries_our_sampling_and_asks_for_the_true_model() -> None:
    with scripted() as server:
        completion = ask(server.url)
    (request,) = server.requests
    check_request("/v1/chat/completions", request.body)
    assert request.path == "/v1/chat/completions"
    assert request.body == {
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


def test_a_greedy_chat_request_states_temperature_0_and_no_top_p() -> None:
    with scripted() as server:
        ask(server.url, sampling=Sampling(0.0, None, 10, 0))
    check_request("/v1/chat/completions", server.requests[0].body)
    assert isinstance(server.requests[0].body, dict)
    assert server.requests[0].body["temperature"] == 0.0
    assert "top_p" not in server.requests[0].body


@pytest.mark.parametrize("greedy", [False, True])
def test_a_generate_request_goes_to_generate_and_asks_for_the_new_text_alone(greedy: bool) -> None:
    with scripted(Answer(200, GENERATED, {"x-prompt-tokens": "41"})) as server:
        completion = ask(server.url, sampling=Sampling(0.0, None, 10, 3) if greedy else SAMPLING, route="generate")
    (request,) = server.requests
    check_request("/generate", request.body)
    assert request.path == "/generate"
    assert isinstance(request.body, dict)
    assert request.body["inputs"] == "Is it so?"
    parameters = {name: value for name, value in request.body["parameters"].items() if value is not None}
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
    async def run() -> list[int]:
        connection = connect(embedded.url, route="generate")
        prompts = ["word " * words for words in range(1, 41)]
        completions = await asyncio.gather(*(connection.ask(prompt, SAMPLING) for prompt in prompts))
        await connection.close()
        return [completion.prompt_tokens for completion in completions]

    assert asyncio.run(run()) == [
        len(embedded.send("POST /tokenize", {"inputs": "word " * words}).body)  # type: ignore[arg-type]
        for words in range(1, 41)
    ]


def test_a_prompt_length_that_the_server_does_not_state_is_0_and_not_the_one_before() -> None:
    async def run(url: str) -> list[int]:
        connection = connect(url, route="generate")
        completions = [await connection.ask(prompt, SAMPLING) for prompt in ("one", "two")]
        await connection.close()
        return [completion.prompt_tokens for completion in completions]

    with scripted(Answer(200, GENERATED, {"x-prompt-tokens": "41"}), Answer(200, GENERATED)) as server:
        assert asyncio.run(run(server.url)) == [41, 0]


def test_a_lone_surrogate_in_a_reply_becomes_a_question_mark() -> None:
    content = json.dumps(CHAT).replace("Yes.", "\\ud800!")
    with scripted(Answer(200, content, {"content-type": "application/json"})) as server:
        assert ask(server.url).text == "?!"


# --- failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ["chat", "generate"])
@pytest.mark.parametrize(
    "step",
    [
        OVERLOADED,
        error(500, "Incomplete generation", "incomplete_generation"),
        Answer(502, "<html>Bad gateway</html>"),
        error(503, "unhealthy", "healthcheck"),
        Answer(504),
        CUT,
        CUT_INSIDE,
    ],
)
def test_a_passing_failure_is_tried_again_until_the_tries_are_used_up(step: Step, route: str) -> None:
    with scripted(step) as server:
        assert fail(server, route=route).kind == "transient"
    assert len(server.requests) == TRIES


def test_a_request_that_succeeds_at_the_last_attempt_is_a_success() -> None:
    with scripted(OVERLOADED, CUT, Answer(503), Answer(200, CHAT)) as server:
        assert ask(server.url).text == "Yes."
    assert len(server.requests) == TRIES


def test_nobody_listening_is_a_passing_failure() -> None:
    with scripted() as server:
        pass
    assert fail(server).kind == "transient"


def test_retry_after_is_waited_for() -> None:
    with scripted(Answer(429, "", {"retry-after": "1"}), Answer(200, CHAT)) as server:
        started = time.monotonic()
        ask(server.url)
    assert time.monotonic() - started >= 1.0


@pytest.mark.parametrize("told", ["soon", "²", "-1", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_retry_after_that_is_no_number_of_seconds_is_passed_over(told: str) -> None:
    with scripted(Answer(429, "", {"retry-after": told}), Answer(200, CHAT)) as server:
        assert ask(server.url).text == "Yes."


def test_a_retry_after_beyond_all_measure_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_LONGEST_TOLD_WAIT_SECONDS", 0.01)
    with scripted(Answer(429, "", {"retry-after": "9" * 400}), Answer(200, CHAT)) as server:
        assert ask(server.url).text == "Yes."


@pytest.mark.parametrize(("tries", "attempts"), [(6, 3), (2, 2)])
@pytest.mark.parametrize("route", ["chat", "generate"])
def test_a_failed_generation_gets_three_attempts_at_most(route: str, tries: int, attempts: int) -> None:
    with scripted(error(424, "Request failed during generation: out of memory", "generation")) as server:
        assert fail(server, route=route, tries=tries).kind == "transient"
    assert len(server.requests) == attempts


@pytest.mark.parametrize("route", ["chat", "generate"])
@pytest.mark.parametrize(
    "text",
    [
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2000. "
        "Given: 1990 `inputs` tokens and 100 `max_new_tokens`",
        "Input validation error: `inputs` must have less than 1000 tokens. Given: 1990",
    ],
)
def test_tgis_word_for_a_long_prompt_is_too_long_at_once(text: str, route: str) -> None:
    with scripted(error(422, text, "validation")) as server:
        failure = fail(server, route=route)
    assert failure.kind == "too_long"
    assert text in failure.detail
    assert len(server.requests) == 1


@pytest.mark.parametrize("words", [16_300, 20_000])
def test_the_embedded_servers_word_for_a_long_prompt_is_understood(embedded: Address, words: int) -> None:
    with pytest.raises(RequestError) as caught:
        ask(embedded.url, "word " * words)
    assert caught.value.kind == "too_long"


def test_a_body_beyond_the_payload_limit_is_too_long_at_once() -> None:
    with scripted(Answer(413, "Failed to buffer the request body: length limit exceeded")) as server:
        assert fail(server).kind == "too_long"
    assert len(server.requests) == 1


@pytest.mark.parametrize("route", ["chat", "generate"])
@pytest.mark.parametrize(
    "step",
    [
        error(422, "Input validation error: `top_p` must be > 0.0 and < 1.0", "validation"),
        error(422, "Template error: template not found", "template_error"),
        Answer(400, "Failed to parse the request body as JSON"),
    ],
)
def test_a_refused_request_is_invalid_at_once(step: Answer, route: str) -> None:
    with scripted(step) as server:
        failure = fail(server, route=route)
    assert failure.kind == "invalid"
    assert f"HTTP {step.status}" in failure.detail
    assert len(server.requests) == 1


@pytest.mark.parametrize("route", ["chat", "generate"])
@pytest.mark.parametrize("step", [Answer(401), Answer(403), Answer(404, "404: Not Found"), Answer(409)])
def test_what_speaks_of_token_or_address_fails_at_once_and_is_sent_again_by_the_next_run(
    step: Answer, route: str
) -> None:
    with scripted(step) as server:
        failure = fail(server, route=route)
    assert failure.kind == "transient"
    assert f"HTTP {step.status}" in failure.detail
    assert len(server.requests) == 1


@pytest.mark.parametrize("route", ["chat", "generate"])
@pytest.mark.parametrize(
    "body",
    [
        "<html>Welcome</html>",
        "",
        b"\xff\xfe\x00",
        {},
        [],
        "null",
        {**CHAT, "choices": []},
        {**CHAT, "choices": [{"index": 0}]},
        {**CHAT, "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": 5}}]},
        {**CHAT, "usage": None},
        {"generated_text": "no details"},
    ],
)
def test_an_answer_that_is_no_reply_is_tried_three_times(body: object, route: str) -> None:
    with scripted(Answer(200, body, {"content-type": "application/json"} if isinstance(body, str) else {})) as server:
        failure = fail(server, route=route)
    assert failure.kind == "transient"
    assert failure.detail
    assert len(server.requests) == 3


def test_a_reply_without_text_is_an_empty_text() -> None:
    message = {"role": "assistant", "content": None}
    with scripted(
        Answer(200, {**CHAT, "choices": [{"index": 0, "finish_reason": "stop", "message": message}]})
    ) as server:
        assert ask(server.url).text == ""


def test_an_attempt_at_a_server_that_hangs_ends_at_the_time_limit() -> None:
    with scripted(HANG) as server:
        started = time.monotonic()
        failure = fail(server, timeout_seconds=0.1, tries=2)
        assert 0.2 <= time.monotonic() - started < 2.0
    assert failure.kind == "transient"
    assert "time limit" in failure.detail
    assert len(server.requests) == 2


def test_the_time_limit_is_for_the_whole_answer_however_it_drips() -> None:
    async def drip(_: Request) -> Answer:
        await asyncio.sleep(0.3)
        return Answer(200, CHAT)

    with scripted(drip) as server:
        assert fail(server, timeout_seconds=0.1, tries=1).kind == "transient"
        assert ask(server.url, timeout_seconds=5.0).text == "Yes."


# --- many at once -----------------------------------------------------------------------------------------------------


def ask_many(connections: list[Connection], requests: int) -> list[str]:
    """Ask `requests` questions, of each connection in turn."""

    async def run() -> list[str]:
        asked = (connections[n % len(connections)].ask(f"{n}", SAMPLING) for n in range(requests))
        completions = await asyncio.gather(*asked)
        for connection in connections:
            await connection.close()
        return [completion.text for completion in completions]

    return asyncio.run(run())


async def echo(request: Request) -> Answer:
    assert isinstance(request.body, dict)
    await asyncio.sleep(0.01)
    message = {"role": "assistant", "content": request.body["messages"][0]["content"]}
    return Answer(200, {**CHAT, "choices": [{"index": 0, "finish_reason": "stop", "message": message}]})


def test_300_requests_over_40_slots_keep_to_the_slots_and_get_their_own_answers() -> None:
    with scripted(echo) as server:
        texts = ask_many([connect(server.url, max_concurrency=40)], 300)
    assert texts == [str(n) for n in range(300)]
    assert server.most_in_flight == 40
    assert len(server.requests) == 300


def test_more_than_100_requests_are_in_flight_where_there_are_slots() -> None:
    arrived = asyncio.Event()

    async def wait_for_150(_: Request) -> Answer:
        if server.in_flight == 150:
            arrived.set()
        await arrived.wait()
        return Answer(200, CHAT)

    with scripted(wait_for_150) as server:
        ask_many([connect(server.url, max_concurrency=150)], 150)
    assert server.most_in_flight == 150


def test_a_connection_made_later_changes_nothing_for_the_first() -> None:
    arrived = asyncio.Event()

    async def wait_for_50(_: Request) -> Answer:
        if wide.in_flight == 50:
            arrived.set()
        await arrived.wait()
        return Answer(200, CHAT)

    with scripted(wait_for_50) as wide, scripted() as narrow:
        ask_many([connect(wide.url, max_concurrency=50), connect(narrow.url, max_concurrency=1)], 100)
    assert (wide.most_in_flight, narrow.most_in_flight) == (50, 1)


# --- tokens and the offline switch ------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ["chat", "generate"])
def test_the_token_goes_where_it_is_wanted_and_nowhere_else(monkeypatch: pytest.MonkeyPatch, route: str) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    reply = Answer(200, CHAT if route == "chat" else GENERATED)
    with scripted(reply) as named, scripted(reply) as embedded:
        # The other connection is made between: neither takes over what is the other's.
        first = connect(embedded.url, send_token=False, route=route)
        second = connect(named.url, send_token=True, route=route)
        third = connect(embedded.url, send_token=False, route=route)
        ask_many([first, second, third], 6)
    assert [request.headers.get("authorization") for request in named.requests] == [f"Bearer {TOKEN}"] * 2
    assert [request.headers.get("authorization") for request in embedded.requests] == [None] * 4
    assert TOKEN not in json.dumps([request.headers for request in embedded.requests])


@pytest.mark.parametrize("status", [200, 401, 422, 500])
@pytest.mark.parametrize("route", ["chat", "generate"])
def test_the_token_gets_into_no_text_even_if_the_server_repeats_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int, route: str
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)

    async def repeat_headers(request: Request) -> Answer:
        return Answer(status, {"error": str(request.headers), "error_type": "validation"})

    with scripted(repeat_headers) as server:
        failure = fail(server, route=route)
        connection = connect(server.url, route=route)
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    for text in (str(failure), repr(failure), failure.detail, repr(connection)):
        assert TOKEN not in text
    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.put("key", "level1", Failure(failure.kind, failure.detail))
        # Bodies are packed in the file, so look at what comes out as well as at the bytes.
        assert TOKEN not in str(journal.get("key"))
        for path in tmp_path.iterdir():
            assert TOKEN.encode() not in path.read_bytes()


ASK = """
import asyncio, sys
from synth_builder.endpoint.client import Connection, Sampling
from synth_builder.endpoint.preflight import check_endpoint

async def ask():
    connection = Connection(sys.argv[1], route="chat", max_concurrency=1, timeout_seconds=20.0, tries=1)
    print((await connection.ask("?", Sampling(0.0, None, 1, 0))).text)
    await connection.close()

print(check_endpoint(sys.argv[1]).model_id)
asyncio.run(ask())
"""


def test_a_named_endpoint_works_offline_and_gets_the_token_of_the_token_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN + "\n")
    settings = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PYTHONWARNINGS": "always"}
    with scripted() as server:
        done = subprocess.run(
            [sys.executable, "-c", ASK, server.url],
            env={name: value for name, value in settings.items() if not name.startswith(("HF_TOKEN", "HUGGING"))},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.stdout == "org/model\nYes.\n", done.stderr
    assert "ResourceWarning" not in done.stderr
    assert "Unclosed" not in done.stderr
    assert [request.headers.get("authorization") for request in server.posted] == [f"Bearer {TOKEN}"] * 2
