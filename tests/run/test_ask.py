"""A teacher asks the endpoint once for each content, and goes by the journal ever after."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import jinja2
import pytest

from synth_builder.endpoint import client
from synth_builder.endpoint.client import Completion, RequestError
from synth_builder.endpoint.preflight import ServerIdentity
from synth_builder.recipe import EndpointSettings, StageSettings
from synth_builder.run.ask import Endpoint, StageTeacher, request_seed
from synth_builder.run.journal import Failure, Journal
from synth_builder.run.prompts import Prompt
from synth_builder.stages import level1
from synth_builder.stages.stage import Reply
from tests.endpoint.scripted import CHAT, Answer, Request, Script, Step, error, scripted

IDENTITY = ServerIdentity("org/model", "abc123", "text-generation-inference 3.3.6 (native)", 128, 1000, 2000, False)
TOKEN = "hf_NotForAnyFileOrText"
LENGTH = Answer(200, {**CHAT, "choices": [{**CHAT["choices"][0], "finish_reason": "length"}]})  # type: ignore[index]


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_FIRST_WAIT_SECONDS", 0.0)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "journal.sqlite") as opened:
        yield opened


def prompt(text: str) -> Prompt:
    template = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False).from_string(text)
    return Prompt(template, hashlib.sha256(text.encode()).hexdigest()[:16])


def teacher(
    server: Script,
    journal: Journal,
    *,
    settings: StageSettings = StageSettings(),  # noqa: B008 - frozen
    endpoint: EndpointSettings | None = None,
    identity: ServerIdentity = IDENTITY,
    text: str = "Ask about {{ text }}.",
    seed: int = 1,
    on_finish: Callable[[bool, Completion | Failure], None] = lambda kept, result: None,
) -> StageTeacher:
    named = endpoint or EndpointSettings(url=server.url, tries=2)
    return StageTeacher(
        level1.STAGE, settings, prompt(text), Endpoint(server.url, named, identity), journal, seed, on_finish
    )


def ask(asked: StageTeacher, origin: str = "doc", sample: int = 0, text: str = "sets") -> Reply:
    """Ask in a new event loop, as every map has its own."""
    try:
        return asyncio.new_event_loop().run_until_complete(asked.ask(origin, sample, {"text": text}))
    finally:
        asked.endpoint.close_connections()


def test_the_prompt_is_rendered_and_the_reply_says_what_made_it(journal: Journal) -> None:
    with scripted() as server:
        reply = ask(teacher(server, journal))
    body = server.requests[0].body
    assert isinstance(body, dict)
    assert body["messages"] == [{"role": "user", "content": "Ask about sets."}]
    assert (body["temperature"], body["top_p"], body["max_tokens"]) == (0.7, 0.95, 2048)
    assert body["seed"] == request_seed(1, "level1", "doc", 0)
    assert (reply.text, reply.truncated, reply.prompt_tokens, reply.completion_tokens) == ("Yes.", False, 5, 2)
    key = reply.generator.pop("journal_key")
    assert journal.get(key) == Completion("Yes.", "stop", 5, 2, "org/model")
    assert reply.generator == {
        "stage": "level1",
        "model_id": "org/model",
        "model_sha": "abc123",
        "server": "text-generation-inference 3.3.6 (native)",
        "prompt_sha": prompt("Ask about {{ text }}.").sha,
        "parameters": f'{{"max_tokens":2048,"seed":{body["seed"]},"temperature":0.7,"top_p":0.95}}',
    }


def test_a_reply_cut_at_the_token_limit_is_known_as_such(journal: Journal) -> None:
    with scripted(LENGTH) as server:
        assert ask(teacher(server, journal)).truncated
        assert ask(teacher(server, journal)).truncated
    assert len(server.requests) == 1


def test_the_same_content_is_sent_once_whatever_the_address_and_the_limits(journal: Journal) -> None:
    finished: list[bool] = []
    with scripted() as server, scripted() as other:
        first = ask(teacher(server, journal, on_finish=lambda kept, result: finished.append(kept)))
        elsewhere = EndpointSettings(url=other.url, max_concurrency=1, timeout_seconds=5.0, tries=1)
        second = teacher(other, journal, endpoint=elsewhere, on_finish=lambda kept, result: finished.append(kept))
        assert ask(second) == first
    assert (len(server.requests), len(other.requests)) == (1, 0)
    assert finished == [False, True]


@pytest.mark.parametrize(
    "change",
    [
        lambda server, journal: ask(teacher(server, journal, text="Tell about {{ text }}.")),
        lambda server, journal: ask(teacher(server, journal, seed=2)),
        lambda server, journal: ask(teacher(server, journal, settings=StageSettings(temperature=0.8))),
        lambda server, journal: ask(teacher(server, journal, settings=StageSettings(top_p=None))),
        lambda server, journal: ask(teacher(server, journal, settings=StageSettings(max_tokens=9))),
        lambda server, journal: ask(teacher(server, journal, identity=IDENTITY._replace(model_id="org/other"))),
        lambda server, journal: ask(teacher(server, journal, identity=IDENTITY._replace(model_sha="def456"))),
        lambda server, journal: ask(teacher(server, journal), text="groups"),
        lambda server, journal: ask(teacher(server, journal), sample=1),
        lambda server, journal: ask(teacher(server, journal), origin="other"),
    ],
    ids=["prompt", "seed", "temperature", "top_p", "max_tokens", "model", "sha", "variables", "sample", "origin"],
)
def test_a_change_that_can_change_the_reply_is_sent_again(
    journal: Journal, change: Callable[[Script, Journal], Reply]
) -> None:
    with scripted() as server:
        ask(teacher(server, journal))
        change(server, journal)
        change(server, journal)
    assert len(server.requests) == 2


def fail(asked: StageTeacher) -> RequestError:
    with pytest.raises(RequestError) as caught:
        ask(asked)
    return caught.value


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (
            error(422, "Input validation error: `inputs` must have less than 9 tokens. Given: 10", "validation"),
            "too_long",
        ),
        (error(422, "Template error: template not found", "template_error"), "invalid"),
    ],
)
def test_a_failure_for_good_is_not_sent_again(journal: Journal, step: Step, kind: str) -> None:
    with scripted(step) as server:
        first, second = fail(teacher(server, journal)), fail(teacher(server, journal))
    assert (first.kind, first.detail) == (second.kind, second.detail)
    assert first.kind == kind
    assert len(server.requests) == 1
    assert journal.count() == {"level1": {kind: 1}}


def test_a_failure_for_a_passing_reason_is_sent_again_and_its_success_kept(journal: Journal) -> None:
    busy = error(429, "Model is overloaded", "overloaded")
    with scripted(busy, busy, Answer(200, CHAT)) as server:
        assert fail(teacher(server, journal)).kind == "transient"
        assert journal.count() == {"level1": {"transient": 1}}
        assert ask(teacher(server, journal)).text == "Yes."
        assert ask(teacher(server, journal)).text == "Yes."
    assert len(server.requests) == 3
    assert journal.count() == {"level1": {"reply": 1}}


def test_the_recipes_wish_for_concurrency_never_exceeds_what_the_server_states() -> None:
    def slots(wanted: int | None, limit: int) -> int:
        settings = EndpointSettings(url="http://host", max_concurrency=wanted)
        return Endpoint("http://host", settings, IDENTITY._replace(max_concurrent_requests=limit)).max_concurrency

    assert [slots(None, 128), slots(None, 1), slots(7, 128), slots(500, 128)] == [96, 1, 7, 128]


@pytest.mark.parametrize(("url", "sent"), [("", f"Bearer {TOKEN}"), ("offline", None)])
def test_the_token_goes_to_a_named_endpoint_only_and_into_no_journal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, sent: str | None
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)

    async def repeat_headers(request: Request) -> Answer:
        return Answer(422, {"error": json.dumps(request.headers), "error_type": "validation"})

    with Journal(tmp_path / "journal.sqlite") as journal, scripted(repeat_headers) as server:
        asked = teacher(server, journal, endpoint=EndpointSettings(url=url or server.url))
        failure = fail(asked)
        texts = [str(failure), repr(failure), repr(asked), repr(asked.endpoint)]
        (row,) = journal._db.execute("SELECT key FROM requests").fetchall()
        texts.append(repr(journal.get(row[0])))
    assert server.requests[0].headers.get("authorization") == sent
    assert not [text for text in texts if TOKEN in text]
    assert not [path for path in tmp_path.iterdir() if TOKEN.encode() in path.read_bytes()]


def test_every_loop_is_closed_with_its_connection_even_if_the_journal_knew_all(journal: Journal) -> None:
    with warnings.catch_warnings(record=True) as caught, scripted() as server:
        warnings.simplefilter("always")
        for _ in range(2):
            ask(teacher(server, journal))
            gc.collect()
    assert [str(each.message) for each in caught if issubclass(each.category, ResourceWarning)] == []
    assert len(server.requests) == 1
