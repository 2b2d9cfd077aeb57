"""An Inference Endpoint is found by its name, waited for while it starts, and refused where waiting is in vain."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from huggingface_hub import constants

from synth_builder.endpoint import hub_endpoints
from synth_builder.endpoint.hub_endpoints import wait_for_inference_endpoint
from synth_builder.errors import SynthBuilderError
from tests.endpoint.other_servers import described
from tests.endpoint.scripted import HANG, Answer, Request, Script, scripted

TOKEN = "hf_NotForAnyFileOrText"


class Api:
    """The Hub's API, which gives one answer after the other; `HANG` is none."""

    def __init__(self, script: Script, answers: list[Answer | str]) -> None:
        self.script = script
        self.answers = answers

    async def answer(self, _: Request) -> Answer:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, str):
            await asyncio.Event().wait()
        assert isinstance(answer, Answer)
        return answer


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with scripted() as script:
        served = Api(script, [described("running")])
        script.gets["/endpoint/org/mine"] = served.answer
        monkeypatch.setattr(constants, "INFERENCE_ENDPOINTS_ENDPOINT", script.url)
        monkeypatch.setattr(hub_endpoints, "_ASK_EVERY_SECONDS", 0.0)
        monkeypatch.setattr(hub_endpoints, "_FIRST_ANSWER_SECONDS", 0.0)
        yield served


def refuse(lines: list[str] | None = None) -> SynthBuilderError:
    with pytest.raises(SynthBuilderError) as caught:
        wait_for_inference_endpoint("org/mine", TOKEN, ([] if lines is None else lines).append)
    assert "org/mine" in caught.value.what
    assert caught.value.todo
    assert TOKEN not in str(caught.value)
    return caught.value


def test_one_that_runs_is_used_at_once(api: Api) -> None:
    lines: list[str] = []
    endpoint = wait_for_inference_endpoint("org/mine", TOKEN, lines.append)
    assert (endpoint.url, endpoint.repository, endpoint.revision) == ("http://127.0.0.1:9", "org/writer-7b", "c0ffee")
    assert [request.headers["authorization"] for request in api.script.requests] == [f"Bearer {TOKEN}"]
    assert lines == []


@pytest.mark.parametrize("state", ["pending", "initializing", "updating"])
def test_one_that_starts_is_waited_for_with_a_line_on_screen(api: Api, state: str) -> None:
    api.answers = [described(state, url=None), described(state), described("running", url=None), described("running")]
    lines: list[str] = []
    wait_for_inference_endpoint("org/mine", TOKEN, lines.append)
    assert len(api.script.requests) == 4
    assert lines[0] == f"Inference Endpoint org/mine is {state}; waiting for at most 30 minutes."
    assert len(lines) == 2  # one for each state


def test_one_that_sleeps_is_woken_by_one_request(api: Api) -> None:
    with scripted(gets={"/": Answer(503, "starting")}) as asleep:
        states = ("scaledToZero", "scaledToZero", "initializing", "running")
        api.answers = [described(state, asleep.url) for state in states]
        lines: list[str] = []
        assert wait_for_inference_endpoint("org/mine", TOKEN, lines.append).url == asleep.url
    assert [(request.path, request.headers["authorization"]) for request in asleep.requests] == [
        ("/", f"Bearer {TOKEN}")
    ]
    assert "scaledToZero" in lines[0]


def test_waiting_has_an_end(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_endpoints, "_WAIT_SECONDS", 0.2)
    monkeypatch.setattr(hub_endpoints, "_ASK_EVERY_SECONDS", 0.15)
    api.answers = [described("initializing")]
    failure = refuse()
    assert "does not run after" in failure.what
    assert "initializing" in failure.what
    assert len(api.script.requests) > 1


PASSING = [Answer(408), Answer(429), Answer(500), Answer(503), HANG]


@pytest.mark.parametrize("passing", PASSING, ids=str)
def test_a_failure_that_may_pass_does_not_end_the_wait(
    api: Api, monkeypatch: pytest.MonkeyPatch, passing: Answer | str
) -> None:
    monkeypatch.setattr(hub_endpoints, "_LOOKUP_SECONDS", 0.3)
    api.answers = [described("initializing"), passing, passing, described("running")]
    assert wait_for_inference_endpoint("org/mine", TOKEN, print).status == "running"
    assert len(api.script.requests) == 4


def test_a_failure_before_the_first_answer_is_waited_out_for_a_while(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.answers = [Answer(503), Answer(503), described("running")]
    assert "HTTP 503" in refuse().what
    monkeypatch.setattr(hub_endpoints, "_FIRST_ANSWER_SECONDS", 60.0)
    assert wait_for_inference_endpoint("org/mine", TOKEN, print).status == "running"


def test_a_look_up_has_an_end(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_endpoints, "_LOOKUP_SECONDS", 0.1)
    api.answers = [HANG]
    failure = refuse()
    assert "no answer in time" in failure.what
    assert "network" in failure.todo


@pytest.mark.parametrize("answer", [Answer(401), Answer(404)], ids=str)
def test_a_failure_that_does_not_pass_ends_the_wait(api: Api, answer: Answer) -> None:
    api.answers = [described("initializing"), answer, described("running")]
    assert f"HTTP {answer.status}" in refuse().what


def test_one_that_is_paused_is_to_be_resumed(api: Api) -> None:
    api.answers = [described("paused", url=None)]
    failure = refuse()
    assert "is paused" in failure.what
    assert "hf endpoints resume mine --namespace org" in failure.todo
    assert len(api.script.requests) == 1


@pytest.mark.parametrize("state", ["failed", "updateFailed", "unheardOf"])
def test_one_that_has_failed_says_why(api: Api, state: str) -> None:
    api.answers = [described(state, message="out of memory")]
    lines: list[str] = []
    assert f"is {state}: out of memory" in refuse(lines).what
    assert lines == []


@pytest.mark.parametrize(
    ("answer", "words", "todo"),
    [
        (Answer(401, {"error": "Unauthorized"}), "HTTP 401", "hf auth login"),
        (Answer(403, {"error": "Forbidden"}), "HTTP 403", "hf auth login"),
        (Answer(404, {"error": "Not found"}), "HTTP 404", "NAMESPACE/NAME"),
        (Answer(500, {"error": "?"}), "HTTP 500", "again later"),
        (Answer(200, {"name": "mine"}), "cannot be looked up", "again"),
        (Answer(200, "<html>"), "cannot be looked up", "again"),
    ],
)
def test_one_that_cannot_be_found(api: Api, answer: Answer, words: str, todo: str) -> None:
    api.answers = [answer]
    failure = refuse()
    assert words in failure.what
    assert todo in failure.todo


def test_an_api_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted() as gone:
        pass
    monkeypatch.setattr(constants, "INFERENCE_ENDPOINTS_ENDPOINT", gone.url)
    monkeypatch.setattr(hub_endpoints, "_FIRST_ANSWER_SECONDS", 0.0)
    assert "cannot be looked up: ConnectError" in refuse().what


def test_a_name_alone_is_looked_up_for_the_owner_of_the_token(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.script.gets["/api/whoami-v2"] = Answer(200, {"type": "user", "name": "org", "auth": {}})
    monkeypatch.setattr("huggingface_hub.hf_api.api.endpoint", api.script.url)
    assert wait_for_inference_endpoint("mine", TOKEN, print).namespace == "org"


def test_without_a_token_nothing_is_asked(api: Api) -> None:
    with pytest.raises(SynthBuilderError, match="no token is saved") as caught:
        wait_for_inference_endpoint("org/mine", None, print)
    assert "hf auth login" in caught.value.todo
    assert not api.script.requests
