"""Every kind of address leads to a server; what a run started ends with it, and what it assumes is said."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import constants

from synth_builder.endpoint import hub_endpoints, transformers_server
from synth_builder.errors import SynthBuilderError
from synth_builder.offline.teacher import reply
from synth_builder.recipe import EndpointSettings, Recipe, check_recipe
from synth_builder.run import reach
from synth_builder.run.ask import AskedServer, Endpoint
from synth_builder.run.folder import RunFolder
from synth_builder.run.pipeline import run_recipe
from synth_builder.run.prepare import connect
from synth_builder.run.reach import probe
from synth_builder.run.split import Room, room_for_documents
from synth_builder.stages import answer, extract_concepts, level1, level2, level3
from synth_builder.stages.stage import Stage
from tests.endpoint.other_servers import COUNTED, ROUTED, VLLM, described, models, openai_server
from tests.endpoint.scripted import INFO, Answer, Request, Step, scripted
from tests.offline.serving import serving
from tests.processes import children_of, needs_proc

STAGES = [module.STAGE for module in (extract_concepts, level1, level2, level3, answer)]
KEY = "a-key-for-no-file-or-text"


def recipe(solver: dict[str, object] | None = None, **teacher: object) -> Recipe:
    endpoints = {"teacher": teacher} | ({"solver": solver} if solver else {})
    stages = {"answer": {"endpoint": "solver"}} if solver else {}
    return check_recipe({"name": "r", "endpoints": endpoints, "stages": stages}, "test")


def connected(recipe: Recipe, stages: list[Stage] = STAGES) -> dict[str, Endpoint]:
    """Connect and end at once whatever was started."""
    with contextlib.ExitStack() as stack:
        return connect(recipe, stages, stack, {})


def server_of(endpoint: Endpoint) -> AskedServer:
    (server,) = endpoint.servers
    return server


# --- started with the run ---------------------------------------------------------------------------------------------


def test_the_embedded_server_is_started_once_for_all_and_ended() -> None:
    with contextlib.ExitStack() as stack:
        endpoints = connect(recipe({"url": "offline"}, url="offline", route="generate"), STAGES, stack, {})
        assert server_of(endpoints["teacher"]).url == server_of(endpoints["solver"]).url
        assert endpoints["teacher"].identity.rule_based
        assert server_of(endpoints["teacher"]).token is None
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(server_of(endpoints["teacher"]).url)


def test_a_server_is_started_for_the_stages_that_are_asked_alone() -> None:
    asked = connected(recipe({"url": "http://127.0.0.1:9"}, url="offline"), STAGES[:-1])
    assert list(asked) == ["teacher"]


@needs_proc
def test_an_endpoint_that_cannot_be_used_ends_the_servers_of_the_others_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transformers_server, "_refuse_missing_packages", lambda: None)
    before = set(children_of(os.getpid()))
    with pytest.raises(SynthBuilderError, match="nowhere' is neither a folder nor a model"):
        run_recipe(recipe({"url": "transformers:./nowhere"}, url="offline"), tmp_path / "run")
    assert set(children_of(os.getpid())) <= before
    assert list(tmp_path.iterdir()) == []


def test_a_missing_key_is_told_before_a_server_is_started_or_a_model_downloaded() -> None:
    keyed: dict[str, object] = {"url": "http://127.0.0.1:9", "api_key_env": "NO_SUCH_KEY"}
    with pytest.raises(SynthBuilderError, match="NO_SUCH_KEY"):
        connected(recipe(keyed, url="transformers:./nowhere"))
    with pytest.raises(SynthBuilderError, match="NO_SUCH_KEY"):
        connected(recipe({**keyed, "url": "inference-endpoint:org/mine"}, url="transformers:./nowhere"))


def test_endpoints_are_kept_in_the_order_of_the_stages_that_ask() -> None:
    with scripted() as server:
        assert list(connected(recipe({"url": server.url}, url="offline"))) == ["teacher", "solver"]


# --- needs of stages --------------------------------------------------------------------------------------------------

SCORING = Stage("answer", 1, "", {}, answer.STAGE.run, answer.STAGE.blank, needs=frozenset({"prompt_logprobs"}))


def test_a_stage_whose_need_is_not_met_is_refused_before_its_first_request() -> None:
    with pytest.raises(SynthBuilderError) as caught:
        connected(recipe(url="offline"), [*STAGES[:-1], SCORING])
    assert "does not offer prompt_logprobs, which stage answer needs" in caught.value.what
    assert "--enable-prefill-logprobs" in caught.value.todo


def test_a_need_is_asked_of_the_endpoint_of_its_stage_alone() -> None:
    async def score(request: Request) -> Answer:
        prefill = [{"id": 1, "text": "1", "logprob": -1.0}]
        details = {"finish_reason": "length", "prefill": prefill}
        choice = {"message": {"role": "assistant", "content": "2"}, "finish_reason": "length"}
        return Answer(200, {"generated_text": "2", "details": details, "choices": [choice]})

    with scripted() as writer, scripted(score) as solver:
        connected(recipe({"url": solver.url}, url=writer.url), [*STAGES[:-1], SCORING])
    assert [request.path for request in writer.posted] == ["/v1/chat/completions"]
    assert [request.path for request in solver.posted] == ["/v1/chat/completions", "/generate"]


# --- servers of others ------------------------------------------------------------------------------------------------


def test_a_named_server_gets_its_key_and_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    monkeypatch.setenv("HF_TOKEN", "hf_SavedOnThisMachine")
    with openai_server(VLLM) as keyed, scripted() as open_to_all:
        endpoints = connected(
            recipe({"url": open_to_all.url}, url=f"{keyed.url}/v1", api_key_env="MY_KEY", model="writer", bill_to="us")
        )
    assert {request.headers.get("authorization") for request in keyed.requests} == {f"Bearer {KEY}"}
    assert {request.headers.get("authorization") for request in open_to_all.requests} == {None}
    assert {request.headers.get("x-hf-bill-to") for request in keyed.requests} == {"us"}
    assert server_of(endpoints["teacher"]).url == keyed.url
    assert endpoints["teacher"].identity.served_as == "writer"
    assert KEY not in repr(endpoints)


def test_what_is_assumed_of_a_server_is_said_on_screen(capsys: pytest.CaptureFixture[str]) -> None:
    with openai_server({"id": "m"}) as server:
        endpoints = connected(recipe(url=server.url))
    assert endpoints["teacher"].max_total_tokens == 8192
    said = capsys.readouterr().err
    assert "Endpoint teacher: the server does not say its model's window; 8192 tokens are assumed." in said
    assert "2 UTF-8 bytes are taken for one" in said
    with openai_server(VLLM, tokenize=COUNTED) as server:
        connected(recipe(url=server.url))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("model", "window", "provider"),
    [
        ("org/writer-7b:slow", 65_536, "slow"),
        ("org/writer-7b:fast", 16_384, "fast"),
        ("org/writer-7b:new", None, "new"),
        # The smallest of all, as any of them may answer.
        ("org/writer-7b:fastest", 16_384, "fastest"),
        ("org/writer-7b", 16_384, "as the Hub chooses"),
    ],
)
def test_a_model_of_inference_providers_is_asked_for_by_its_provider(
    monkeypatch: pytest.MonkeyPatch, model: str, window: int | None, provider: str
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    with openai_server(ROUTED, {"id": "org/other"}) as server:
        monkeypatch.setattr(reach, "ROUTER", server.url)
        endpoint = connected(recipe(url=f"hub:{model}", api_key_env="MY_KEY", bill_to="us"))["teacher"]
    identity = endpoint.identity
    assert (identity.model_id, identity.model_sha, identity.served_as) == ("org/writer-7b", "unknown", model)
    assert (identity.max_total_tokens, endpoint.max_concurrency) == (window, 32)
    assert identity.server == f"Hub Inference Providers ({provider})"
    assert {request.headers.get("x-hf-bill-to") for request in server.requests} == {"us"}
    assert {request.headers.get("authorization") for request in server.requests} == {f"Bearer {KEY}"}
    assert isinstance(server.posted[-1].body, dict)
    assert server.posted[-1].body["model"] == model


def test_providers_that_cannot_be_reached_are_named_as_they_were_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted() as gone:
        pass
    monkeypatch.setattr(reach, "ROUTER", gone.url)
    with pytest.raises(SynthBuilderError, match=f"^hub:org/writer-7b cannot be reached: .*{gone.url}") as caught:
        connected(recipe(url="hub:org/writer-7b"))
    assert "network" in caught.value.cause
    assert "Check the network" in caught.value.todo


def test_a_model_that_no_provider_has_is_an_error_with_the_nearest_names(monkeypatch: pytest.MonkeyPatch) -> None:
    with openai_server(ROUTED, *({"id": f"org/m{n}"} for n in range(200))) as server:
        monkeypatch.setattr(reach, "ROUTER", server.url)
        with pytest.raises(SynthBuilderError, match="It serves: org/writer-7b, ") as caught:
            connected(recipe(url="hub:org/writer-7"))
    assert caught.value.what.endswith("and 181 more.")


@pytest.mark.parametrize(
    ("gets", "sha"),
    [
        ({"/info": Answer(200, INFO | {"model_id": "/repository", "model_sha": None})}, "c0ffee"),
        ({"/info": Answer(200, INFO | {"model_id": "/repository"})}, "abc123"),
        ({"/info": Answer(404), "/v1/models": models({"id": "/repository"})}, "c0ffee"),
    ],
)
def test_an_inference_endpoint_is_known_by_its_model_and_revision(
    monkeypatch: pytest.MonkeyPatch, gets: dict[str, Step], sha: str
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    monkeypatch.setattr(hub_endpoints, "_ASK_EVERY_SECONDS", 0.0)
    with scripted(gets=gets) as server, scripted() as api:
        monkeypatch.setattr(constants, "INFERENCE_ENDPOINTS_ENDPOINT", api.url)
        api.gets["/endpoint/org/mine"] = described("running", f"{server.url}/")
        endpoint = connected(recipe(url="inference-endpoint:org/mine", api_key_env="MY_KEY"))["teacher"]
    assert (server_of(endpoint).url, endpoint.identity.model_id, endpoint.identity.model_sha) == (
        server.url,
        "org/writer-7b",
        sha,
    )
    assert {request.headers.get("authorization") for request in server.requests} == {f"Bearer {KEY}"}


def test_a_window_without_room_says_how_many_tokens_it_lacks() -> None:
    def room(window: int) -> Room:
        info = Answer(200, INFO | {"max_input_tokens": window, "max_total_tokens": window})
        with scripted(gets={"/info": info}) as server:
            asked = recipe(url=server.url)
            return room_for_documents(asked, connected(asked))

    with pytest.raises(SynthBuilderError) as caught:
        room(2000)
    lacking = re.search(r"has no room: it lacks ([0-9]+) tokens for a question in stage answer", caught.value.what)
    assert lacking
    with pytest.raises(SynthBuilderError, match="it lacks 1 tokens"):
        room(2000 + int(lacking[1]) - 1)
    assert room(2000 + int(lacking[1])).tokens > 0


# --- the command ------------------------------------------------------------------------------------------------------


def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "synth_builder", *arguments],
        env={**os.environ, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_probe_prints_a_table_or_json() -> None:
    with openai_server(VLLM, tokenize=COUNTED) as server:
        table = call("probe", f"{server.url}/v1")
        as_json = call("probe", server.url, "--json", "--model", "writer", "--protocol", "openai")
    assert table.returncode == as_json.returncode == 0, table.stderr + as_json.stderr
    for words in ("org/writer-7b", "OpenAI-compatible (vllm)", "32768", "not stated", "prompt_logprobs", "HTTP 404"):
        assert words in table.stdout
    content = json.loads(as_json.stdout)
    assert (content["model_id"], content["max_concurrent_requests"]) == ("org/writer-7b", None)
    assert content["capabilities"]["chat"] == {"offered": True, "said": "", "status": 200}
    assert not content["capabilities"]["prompt_logprobs"]["offered"]


def test_probe_says_who_pays_and_what_a_busy_server_leaves_open() -> None:
    async def answer(request: Request) -> Answer:
        return Answer(429, "no room") if request.path == "/tokenize" else Answer(404, "no")

    with scripted(answer) as server:
        done = call("probe", server.url, "--bill-to", "my-organisation")
    assert done.returncode == 0, done.stderr
    assert {request.headers.get("x-hf-bill-to") for request in server.requests} == {"my-organisation"}
    (line,) = (line for line in done.stdout.splitlines() if "tokenize" in line)
    assert "cannot be told" in line
    assert "busy: HTTP 429: no room" in line


def test_probe_of_the_embedded_server_starts_and_ends_it() -> None:
    identity, findings = probe(EndpointSettings(url="offline"))
    assert identity.rule_based
    assert findings["chat"].offered
    assert findings["logprobs"].offered
    assert not findings["prompt_logprobs"].offered


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["http://host/v1/v1"], "url: /v1 stands twice"),
        (["host"], "begins with http:// or https://"),
        (["127.0.0.1:8080"], "did you mean http://127.0.0.1:8080?"),
        (["http://127.0.0.1:9", "--protocol", "tgl"], "protocol: Input should be 'auto', 'tgi' or 'openai'"),
        (["http://127.0.0.1:9", "--api-key-env", "NO_SUCH_KEY"], "NO_SUCH_KEY, which `api_key_env` names"),
        (["http://127.0.0.1:9"], "No server can be reached"),
        (["hub:org/model", "--model", "other"], "this address says both"),
    ],
)
def test_a_mistake_is_an_error_for_people(arguments: list[str], words: str) -> None:
    done = call("probe", *arguments)
    assert done.returncode == 1
    assert words in done.stderr
    assert "What to do:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("kind", ["tgi", "openai"])
def test_a_named_server_works_under_hf_hub_offline(kind: str) -> None:
    with scripted() if kind == "tgi" else openai_server(VLLM) as server:
        done = call("probe", server.url, "--json", "--api-key-env", "MY_KEY", HF_HUB_OFFLINE="1", MY_KEY=KEY)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["protocol"] == kind
    assert {request.headers.get("authorization") for request in server.requests} == {f"Bearer {KEY}"}
    assert KEY not in done.stdout + done.stderr


def test_a_named_server_is_asked_by_a_whole_run_under_hf_hub_offline(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with serving(reply) as server:
        arguments = ("--endpoint", server.url, "--limit", "3", "--until", "extract_concepts", "--out", str(out))
        done = call("run", "demo", *arguments, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path / "home"))
    assert done.returncode == 0, done.stderr
    assert "Stopped after extract_concepts" in done.stdout
    book = RunFolder(out).read_books()[-1]
    assert (book.stage, book.sent, book.carried) == ("extract_concepts", 3, 3)


@pytest.mark.parametrize("address", ["hub:org/model", "inference-endpoint:org/mine"])
def test_what_stands_at_the_hub_is_refused_under_hf_hub_offline(address: str) -> None:
    done = call("probe", address, HF_HUB_OFFLINE="1", HF_TOKEN="hf_any")
    assert done.returncode == 1
    assert f"{address} is reached over the Hub, but HF_HUB_OFFLINE is set" in done.stderr
    assert "Unset HF_HUB_OFFLINE" in done.stderr
