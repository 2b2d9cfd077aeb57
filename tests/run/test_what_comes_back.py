"""The table of docs/tgi.md, line by line: how often a server is asked, and what the books say in the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import pytest

from synth_builder.endpoint import client
from synth_builder.endpoint.preflight import ServerIdentity
from synth_builder.offline.faults import ALL_FAULTS, TRANSPORT_FAULTS, Delay, Faults, FaultSettings
from synth_builder.offline.ledger import Ledger
from synth_builder.offline.teacher import reply
from synth_builder.recipe import EndpointSettings, StageSettings
from synth_builder.row import Row
from synth_builder.run.ask import StageTeacher
from synth_builder.run.control import StoppedError
from synth_builder.run.execute import run_row
from synth_builder.run.journal import Journal
from synth_builder.run.meter import StageMeter
from synth_builder.run.prompts import load_prompt
from synth_builder.stages import answer, extract_concepts, level1
from synth_builder.stages.stage import Outcome, Stage
from tests.endpoint.scripted import CHAT, CUT_INSIDE, Answer, Step, error, scripted
from tests.offline.serving import serving
from tests.run.taught import endpoint_at

TRIES = 5
TIMEOUT_SECONDS = 0.3
SLIPS = ("arithmetic_slip", "dropped_sign", "off_by_one", "systematic_error")
STAGES: dict[str, Stage] = {"concepts": extract_concepts.STAGE, "questions": level1.STAGE, "answers": answer.STAGE}
# The stages whose replies a fault can change; any other fault fits every reply.
FITTING = dict.fromkeys(SLIPS, ("answers",)) | {"wrong_numbering": ("concepts", "questions")}
DOWN = {*TRANSPORT_FAULTS, "nobody"}
PAGE = Path(__file__).parents[2] / "docs" / "tgi.md"
DOCUMENT: Row = {
    "id": "doc",
    "text": sorted((resources.files("synth_builder") / "sample_documents").iterdir(), key=str)[0].read_text("utf-8"),
    "title": "",
    "source": "here",
    "license": "CC0-1.0",
}


class Server(NamedTuple):
    """Where to ask, and what was done to each request so far, "" for nothing; None where nobody is there to count."""

    url: str
    struck: Callable[[], list[str]] | None


class Line(NamedTuple):
    """One line of the table; the outcome by column."""

    comes_back: str
    attempts: str
    outcomes: dict[str, str]


def read_table() -> Iterator[Line]:
    text = PAGE.read_text(encoding="utf-8").partition("| what comes back | attempts |")[2]
    for line in text.partition("\n\n")[0].splitlines()[2:]:
        comes_back, attempts, *outcomes = (cell.strip() for cell in line.strip("|").split("|"))
        yield Line(comes_back, attempts, dict(zip(STAGES, outcomes, strict=True)))


def answering(step: Step) -> Callable[[Path], AbstractContextManager[Server]]:
    @contextlib.contextmanager
    def serve(folder: Path) -> Iterator[Server]:
        with scripted(step) as script:
            yield Server(script.url, lambda: [""] * len(script.requests))

    return serve


def misbehaving(fault: str = "", delay: Delay | None = None) -> Callable[[Path], AbstractContextManager[Server]]:
    """The rule-based teacher behind the embedded server; its ledger counts, also who has gone away meanwhile."""

    @contextlib.contextmanager
    def serve(folder: Path) -> Iterator[Server]:
        path = folder / "ledger.jsonl"
        ledger = Ledger(path, truth_of=lambda question: None, same_value=lambda a, b: None)
        faults = Faults(FaultSettings({fault: 1.0} if fault else {}, delay=delay))
        with serving(reply, faults=faults, ledger=ledger) as address:
            yield Server(address.url, lambda: [json.loads(line)["fault"] for line in path.read_text().splitlines()])

    return serve


@contextlib.contextmanager
def nobody(folder: Path) -> Iterator[Server]:
    with scripted() as script:
        pass
    yield Server(script.url, None)


def reasoning() -> Step:
    message = {"role": "assistant", "content": None, "reasoning_content": "Let me think."}
    return Answer(200, {**CHAT, "choices": [{"index": 0, "finish_reason": "stop", "message": message}]})


def faults(*names: str) -> dict[str, Callable[[Path], AbstractContextManager[Server]]]:
    return {name: misbehaving(name) for name in names}


def statuses(*numbers: int) -> dict[str, Callable[[Path], AbstractContextManager[Server]]]:
    return {str(number): answering(Answer(number, {"error": "no"})) for number in numbers}


TOO_LONG = error(422, "Input validation error: `inputs` must have less than 1000 tokens. Given: 1990", "validation")

# By the beginning of the table's lines, in their order.
SERVERS = {
    "a whole reply": {"plain": misbehaving()},
    "408, 500, 502": {**statuses(408, 500, 502, 503, 504, 529, 599), **faults("status_500", "status_503")},
    "429": {**statuses(429), **faults("status_429")},
    "a connection refused or cut": {
        "nobody": nobody,
        "inside": answering(CUT_INSIDE),
        **faults("cut_before_work", "cut_after_work"),
    },
    "nothing within": faults("hang"),
    "424": {**statuses(424), **faults("status_424")},
    "200 without a reply": {"page": answering(Answer(200, "<html>Welcome</html>"))},
    "200 with reasoning": {"reasoning": answering(reasoning())},
    "401, 402": {
        **statuses(401, 402, 403, 404, 405, 409, 451),
        "400": answering(Answer(400, {"error": {"message": "no provider", "code": "model_not_supported"}})),
    },
    "413": {
        "413": answering(Answer(413, "too long")),
        "422": answering(TOO_LONG),
        "400": answering(Answer(400, {"error": {"message": "exceeds the available context size (8192 tokens)"}})),
    },
    "400, 415, 422": statuses(400, 415, 422),
    "an answer after a long time": {"slow": misbehaving(delay=Delay(0.05, 0.05))},
    "a reply with text around": faults("prose_around"),
    "a reply with wrong numbers": faults("wrong_numbering"),
    "a reply whose tags are cut": faults("cut_tags"),
    "an empty reply": faults("empty_reply"),
    "a reply in another language": faults("other_language"),
    "a refusal": faults("refusal"),
    "a wrong answer": faults(*SLIPS),
}


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_FIRST_WAIT_SECONDS", 0.0)


def run_stage(stage: Stage, row: Row, server: Server, folder: Path) -> Outcome:
    """Run a stage on one row, as the engine does, with the stage's own prompt."""
    timeout = TIMEOUT_SECONDS if "hang" in folder.name else 20.0
    settings = EndpointSettings(url=server.url, tries=TRIES, timeout_seconds=timeout, patience_seconds=0.1)
    identity = ServerIdentity(
        "org/model", "abc123", "text-generation-inference 3.3.6 (native)", 128, 9000, 16000, False
    )
    endpoint = endpoint_at(server.url, settings, identity)
    with Journal(folder / "journal.sqlite") as journal:
        prompt = load_prompt("math", stage.prompt)
        teacher = StageTeacher(stage, StageSettings(), prompt, endpoint, journal, 1, StageMeter("stage", 1))
        try:
            return asyncio.new_event_loop().run_until_complete(run_row(stage, row, 0, teacher))
        finally:
            endpoint.close_connections()


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    """A row for each stage, made by the stages before it."""
    folder = tmp_path_factory.mktemp("inputs")
    rows = {"concepts": DOCUMENT}
    with misbehaving()(folder) as server:
        concepts = run_stage(extract_concepts.STAGE, DOCUMENT, server, folder).rows[0]
        rows["questions"] = {**DOCUMENT, **concepts}
        rows["answers"] = run_stage(level1.STAGE, rows["questions"], server, folder).rows[0]
    return rows


@pytest.fixture(scope="module")
def right_answer(inputs: dict[str, Row], tmp_path_factory: pytest.TempPathFactory) -> object:
    """The answer that is kept where nothing goes wrong."""
    folder = tmp_path_factory.mktemp("right")
    with misbehaving()(folder) as server:
        return run_stage(answer.STAGE, inputs["answers"], server, folder).rows[0]["answer"]


def test_the_table_and_these_tests_have_the_same_lines() -> None:
    lines = [line.comes_back for line in read_table()]
    assert len(lines) == len(SERVERS)
    assert all(line.startswith(beginning) for line, beginning in zip(lines, SERVERS, strict=True))


def test_every_fault_stands_in_the_table() -> None:
    named = " ".join(line.comes_back for line in read_table())
    assert all(f"`{fault}`" in named for fault in ALL_FAULTS)


@pytest.mark.parametrize("column", STAGES)
@pytest.mark.parametrize(
    ("line", "name"),
    [
        pytest.param(line, name, id=f"{beginning}-{name}")
        for line, (beginning, servers) in zip(read_table(), SERVERS.items(), strict=True)
        for name in servers
    ],
)
def test_a_line_of_the_table(
    line: Line, name: str, column: str, inputs: dict[str, Row], right_answer: object, tmp_path: Path
) -> None:
    servers = next(found for beginning, found in SERVERS.items() if line.comes_back.startswith(beginning))
    folder = tmp_path / name
    folder.mkdir()
    with servers[name](folder) as server:
        if name in DOWN:  # the server answers nothing else, either
            with pytest.raises(StoppedError):
                run_stage(STAGES[column], inputs[column], server, folder)
            assert not server.struck or set(server.struck()) == {name}
            return
        outcome = run_stage(STAGES[column], inputs[column], server, folder)
    if server.struck:
        attempts = TRIES if line.attempts == "`tries`" else int(line.attempts)
        acts = name in ALL_FAULTS and column in FITTING.get(name, STAGES)
        assert server.struck() == [name if acts else ""] * attempts
    expected = line.outcomes[column]
    if "kept" in expected:
        assert (outcome.status, outcome.reason) == ("carried", "")
        assert outcome.rows
        if column == "answers":
            assert (outcome.rows[0]["answer"] == right_answer) == (name not in SLIPS)
    else:
        assert (outcome.status, f"`{outcome.reason}`") == ("filtered" if "refused" in expected else "failed", expected)
