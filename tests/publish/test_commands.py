"""The commands that publish, as a user gives them: from a run to the Hub, and from there to a larger run."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from synth_builder.hub.facts import read_facts
from synth_builder.parquet import read_rows
from synth_builder.run.journal import Journal
from tests.endpoint.scripted import Answer, Request
from tests.hub import HubServer
from tests.processes import wait_until
from tests.publish.pushing import Machine, make_rows, read_whole, write_release
from tests.run.taught import asked, prompt_of, stage_of, teach, teaching

REPO, GRAPH = "org/story", "org/story-concepts"


class Printed(NamedTuple):
    """What a command wrote on standard output and standard error."""

    out: str
    err: str


Call = Callable[..., Printed]


@pytest.fixture(scope="module")
def call(machine: Machine) -> Call:
    """Run a command of `synth-builder`, which ends with this status."""

    def run_command(*arguments: object, status: int = 0) -> Printed:
        done = machine.call("synth-builder", *arguments).get()
        assert done["status"] == status, done["err"]
        return Printed(done["out"], done["err"])

    return run_command


@pytest.fixture(scope="module")
def run(call: Call, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "small"
    call("run", "demo", "--limit", 3, "--set", "graph.max_combinations=4", "--out", folder)
    return folder


def ids_of(release: Path) -> set[str]:
    return {row["id"] for path in release.glob("level*/*.parquet") for row in read_rows(path, ["id"])}


def test_a_run_is_published_and_a_larger_one_goes_on_from_the_hub(
    call: Call, run: Path, shared_hub: HubServer, machine: Machine, tmp_path: Path
) -> None:
    told = call("push", REPO, "--run", run, "--dry-run").out
    assert f"{REPO} would get v1.0.0" in told
    assert "+ level1/train-00000-of-00001.parquet" in told
    assert ("dataset", REPO) not in shared_hub.state.repos

    told = call("push", REPO, "--run", run).out
    assert f'load_dataset("{REPO}", revision="v1.0.0")' in told
    assert set(shared_hub.repo("dataset", REPO).tags) == set(shared_hub.repo("dataset", GRAPH).tags) == {"v1.0.0"}
    assert f"{REPO} v1.0.0: nothing has changed" in call("push", REPO, "--run", run).out

    larger = tmp_path / "larger"
    told = call("run", "--from", f"{REPO}@v1.0.0", "--limit", 4, "--out", larger).err
    assert "3 of 3 documents of the release are here" in told
    assert "extract_concepts 4 rows from 4 inputs; requests: 0 kept from before, 1 sent" in told
    card = (larger / "release" / "README.md").read_text()
    assert f"The run went on from {REPO}@{shared_hub.repo('dataset', REPO).head}" in card
    call("push", REPO, "--run", larger, "--version", "v1.5.0")
    assert set(shared_hub.repo("dataset", REPO).tags) == {"v1.0.0", "v1.5.0"}

    # The graph has a newer release by now, and the run keeps to the one that it began with.
    told = call("run", "--from", f"{REPO}@v1.0.0", "--limit", 4, "--out", larger, "--until", "documents").err
    assert "3 of 3 documents of the release are here" in told

    before, after = read_facts(run / "release"), read_facts(larger / "release")
    rows = [facts.configs["level1"].rows for facts in (before, after)]
    told = call("diff", REPO, "v1.0.0", "v1.5.0").out
    line = next(line for line in told.splitlines() if line.startswith("level1"))
    assert line.split() == ["level1", *map(str, rows), str(rows[1] - rows[0]), "0", "0"]
    assert len(machine.call("load", REPO, "level1", revision="v1.0.0").get()) == rows[0]
    assert len(machine.call("load", REPO, "level1").get()) == rows[1]


def kept_by(run: Path) -> dict[str, dict[str, int]]:
    """Finished requests of a run by stage and kind."""
    if not (run / "journal.sqlite").exists():
        return {}
    with Journal(run / "journal.sqlite", read_only=True) as journal:
        return journal.count()


def test_a_run_that_goes_on_from_the_hub_is_killed_and_resumed(
    call: Call, run: Path, machine: Machine, tmp_path: Path
) -> None:
    machine.call("push_run", run, "org/killed").get()
    is_killed = False

    async def answer_one_question(request: Request) -> Answer:
        if not is_killed and asked(server).get("answer", 0) > 1:
            await asyncio.Event().wait()
        return await teach(request)

    with teaching(answer_one_question) as server:
        command = ("run", "--from", "org/killed@v1.0.0", "--limit", 4, "--endpoint", server.url, "--out", tmp_path)
        running = machine.start("synth-builder", *command)
        wait_until(lambda: "answer" in kept_by(tmp_path) or not running.is_at_work())
        running.kill()
        assert running.wait().killed
        is_killed = True
        call(*command)
    requests = {
        stage: [prompt_of(each) for each in server.posted if stage_of(each) == stage] for stage in asked(server)
    }
    for stage in ("extract_concepts", "level1", "level2"):
        assert len(requests[stage]) == 1
    assert requests["answer"].count(requests["answer"][0]) == 1  # it was answered; the others were on their way
    before, after = (ids_of(folder / "release") for folder in (run, tmp_path))
    assert before < after
    assert len(set(requests["answer"])) == len(after - before) < len(requests["answer"])


def test_a_run_and_evaluations_are_two_pushes(call: Call, run: Path, shared_hub: HubServer) -> None:
    told = call("push", "org/both", "--run", run, "--evaluations", run, status=1).err
    assert "are two pushes" in told
    assert ("dataset", "org/both") not in shared_hub.state.repos


def test_a_release_is_pushed_as_the_options_say(call: Call, shared_hub: HubServer, tmp_path: Path) -> None:
    first = write_release(tmp_path / "1", {"level1": make_rows(1, 3)})
    more = write_release(tmp_path / "2", {"level1": make_rows(1, 4)})
    call("push", "org/options", "--run", first, "--private", "--version", "v1.2.0")
    assert shared_hub.state.repos["dataset", "org/options"].private
    view = shared_hub.repo("dataset", "org/options")
    told = call("push", "org/options", "--run", more, "--create-pr", "--dry-run").out
    assert told.startswith("org/options would be offered v1.3.0: files ")
    told = call("push", "org/options", "--run", more, "--create-pr").out
    assert told.startswith("org/options is offered v1.3.0: files ")
    assert "discussions/1" in told
    told = call("push", "org/options", "--run", more, "--revision", "next").out
    assert told.startswith("org/options has v1.3.0 on the branch next: files ")
    assert told.endswith('  load_dataset("org/options", revision="next")\n')
    seen = [read_whole(view, revision) for revision in ("main", "v1.2.0", "refs/pr/1", "next")]
    assert seen == ["Tiny 3", "Tiny 3", "Tiny 4", "Tiny 4"]
    assert set(view.tags) == {"v1.2.0"}


def test_a_push_that_made_the_missing_tag_says_so(call: Call, shared_hub: HubServer, run: Path) -> None:
    command = "push", "org/untagged", "--run", run
    call(*command)
    repos = "org/untagged", "org/untagged-concepts"
    for repo in repos:
        del shared_hub.repo("dataset", repo).repository.tags["v1.0.0"]
    told = [f"{repo} v1.0.0 would get the tag that it lacks." for repo in repos]
    assert call(*command, "--dry-run").out.splitlines() == told
    told = [f"{repo} v1.0.0 has the tag now that it lacked." for repo in repos]
    assert call(*command).out.splitlines() == told
    told = [f"{repo} v1.0.0: nothing has changed." for repo in repos]
    assert call(*command).out.splitlines() == told


def test_a_card_that_was_deleted_comes_back_as_it_was_published(
    run: Path, shared_hub: HubServer, machine: Machine
) -> None:
    machine.push(run / "release", "org/card-deleted").get()
    hub = shared_hub.repo("dataset", "org/card-deleted")
    published = hub.files()
    for path in ("README.md", "reports/files.json"):
        machine.call("delete_file", "org/card-deleted", path).get()
    machine.push(run / "release", "org/card-deleted").get()
    assert hub.files() == published
    assert set(hub.tags) == {"v1.0.0"}


def test_a_release_folder_is_built_anew_and_one_that_was_edited_is_refused(
    call: Call, run: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    card = copy / "release" / "README.md"
    as_released = card.read_bytes()
    card.write_text("mine")
    assert "README.md" in call("push", "org/hand-edited", "--run", copy, status=1).err
    assert "README.md" in call("release", copy / "release", status=1).err
    assert "whole; rows: level1" in call("release", copy).out
    assert card.read_bytes() == as_released
    shutil.rmtree(copy / "parts")
    assert "part-00000.parquet is missing" in call("release", copy, status=1).err


def test_the_report_of_a_run_is_written_beside_it(call: Call, run: Path, tmp_path: Path) -> None:
    page = run / "report.html"
    before = page.read_bytes()
    page.unlink()
    assert str(page) in call("report", run).out
    assert page.read_bytes() == before
    assert "holds no run" in call("report", tmp_path, status=1).err


def test_make_push_names_the_run_and_the_version() -> None:
    def make(*arguments: str) -> str:
        return subprocess.run(["make", "-n", "push", *arguments], capture_output=True, text=True, check=False).stdout

    assert "synth-builder push org/x --run runs/demo" in make("REPO=org/x")
    told = make("REPO=org/x", "RUN=runs/mine", "VERSION=v2.0.0", "ARGS=--private")
    assert "synth-builder push org/x --run runs/mine --version v2.0.0 --private" in told
