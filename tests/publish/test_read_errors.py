"""What cannot be read at the Hub is told as what it is: no address is shown, and no other version is taken for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from synth_builder.graph.build import build_graph
from synth_builder.graph.concept_graph import DocumentConcepts
from synth_builder.graph.hub_dataset import to_tables
from synth_builder.graph.walk import sample_combinations
from synth_builder.hub.release import write_concepts_release
from tests.hub import HubServer
from tests.hub.faults import What
from tests.publish.pushing import QUIET, Machine, make_rows, write_release, write_run
from tests.release.parts import make_origin

GRAPH = "org/told-concepts"


@pytest.fixture(scope="module")
def reader(shared_hub: HubServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine where Xet waits a hundredth of a second, and not three, before it asks again."""
    environment = shared_hub.environment(token=shared_hub.token, HF_XET_CLIENT_RETRY_BASE_DELAY="10ms")
    with Machine({**environment, **QUIET}, tmp_path_factory.mktemp("reader")) as machine:
        yield machine


@pytest.fixture
def graphs(hub: HubServer, machine: Machine, tmp_path: Path) -> dict[str, list[str]]:
    """Walks on the graph in `GRAPH`, by its version."""
    walks = {}
    for version, topics in (("v1.0.0", ("sets", "logic")), ("v1.1.0", ("sets", "logic", "sums"))):
        graph = build_graph([DocumentConcepts("d1", topics, ("union", "counting"))])
        write_concepts_release(tmp_path / version, to_tables(graph), make_origin([]))
        machine.push(tmp_path / version, GRAPH).get()
        walks[version] = [repr(walk) for walk in sample_combinations(graph, seed=5)]
    assert walks["v1.0.0"] != walks["v1.1.0"]
    return walks


def test_a_graph_is_of_the_version_that_was_asked_for_or_it_is_told_why_not(
    hub: HubServer, reader: Machine, graphs: dict[str, list[str]]
) -> None:
    def load_both(nth: int, times: int = 1) -> str:
        """Load a version, and then the one before while requests fail; returns what the user is told."""
        shutil.rmtree(reader.home, ignore_errors=True)
        assert reader.call("walk", GRAPH, "v1.1.0").get() == graphs["v1.1.0"]
        hub.forget_requests()
        hub.fail(503, nth=nth, times=times, headers={"Retry-After": "0"})
        loaded = reader.call("walk", GRAPH, "v1.0.0")
        hub.heal()
        assert loaded.error or loaded.get() == graphs["v1.0.0"]
        return loaded.error

    assert load_both(nth=1000) == ""
    asked = [record.path for record in hub.requests]
    assert [path for path in asked if "v1.0.0" in path] == [f"/api/datasets/{GRAPH}/revision/v1.0.0"]
    told = [load_both(nth=1, times=1000), *(load_both(nth) for nth in range(1, len(asked) + 1))]
    words = f"The concept graph {GRAPH} at revision v1.0.0 cannot be loaded: the Hub fails (HTTP 503)."
    assert told[0].splitlines()[0] == words
    assert all(error == "" or error.splitlines()[0] == words for error in told)


def test_without_a_connection_each_version_comes_from_the_cache(
    hub: HubServer, reader: Machine, graphs: dict[str, list[str]], tmp_path: Path
) -> None:
    for version in graphs:
        reader.call("walk", GRAPH, version).get()
    environment = hub.environment(home=reader.home, HF_HUB_OFFLINE="1")
    with Machine({**environment, **QUIET}, tmp_path / "offline") as offline:
        for version, walks in graphs.items():
            assert offline.call("walk", GRAPH, version).get() == walks
        error = offline.call("walk", GRAPH, "v9.0.0").error
    assert "at revision v9.0.0 cannot be loaded: HF_HUB_OFFLINE is set, and it is not on this disk." in error


def test_a_part_of_a_graph_in_the_cache_is_not_taken_for_the_whole(
    hub: HubServer, reader: Machine, graphs: dict[str, list[str]]
) -> None:
    reader.call("load", GRAPH, "nodes", revision="v1.0.0").get()
    hub.fail(503, path="/tree/", times=1000, headers={"Retry-After": "0"})
    error = reader.call("walk", GRAPH, "v1.0.0").error
    assert f"{GRAPH} at revision v1.0.0 is no concept graph, or not the whole of one: there is no edges/" in error


def read_all(user: Machine, folder: Path) -> list[str]:
    """What is told by each of the ways to read a release, where nothing is in the cache."""
    shutil.rmtree(user.home, ignore_errors=True)
    return [
        user.call("walk", GRAPH, "v1.0.0").error,
        user.call("fetch", GRAPH, folder / "run").error,
        user.call("synth-builder", "diff", GRAPH, "v1.0.0", "v1.1.0").get()["err"],
    ]


@pytest.mark.usefixtures("graphs")
@pytest.mark.parametrize("user", ["reader", "machine_without_xet"])
def test_no_signed_address_is_told(hub: HubServer, request: pytest.FixtureRequest, tmp_path: Path, user: str) -> None:
    fault = hub.fail(403, path="signature=", times=1000)
    for told in read_all(request.getfixturevalue(user), tmp_path):
        assert "the Hub refuses (HTTP 403)." in told
        assert "signature" not in told
        assert "http://" not in told
    assert fault.struck >= 3
    ran = ("synth-builder", "run", "demo", "--documents", GRAPH, "--out", str(tmp_path / "other"))
    told = request.getfixturevalue(user).call(*ran).get()["err"]
    assert f"Cannot load the dataset '{GRAPH}' from the Hub" in told
    assert "signature" not in told


@pytest.mark.usefixtures("graphs")
def test_a_failure_of_the_hub_is_told_from_a_missing_connection(
    hub: HubServer, reader: Machine, tmp_path: Path
) -> None:
    faults: list[tuple[What, str]] = [
        (503, "the Hub fails (HTTP 503)."),
        ("cut before", "there is no connection to the Hub ("),
    ]
    for what, words in faults:
        hub.fail(what, path="/revision/", times=1000)
        assert all(words in told for told in read_all(reader, tmp_path))
        hub.heal()


def test_a_graph_that_is_hidden_does_not_let_its_concepts_be_paid_for_again(
    hub: HubServer, machine: Machine, stranger: Machine, tmp_path: Path
) -> None:
    run = write_run(tmp_path / "run", {"level1": make_rows(1, 3)})
    machine.call("push_run", run, "org/half-seen").get()
    graph = hub.repo("dataset", "org/half-seen-concepts").repository
    graph.private = True
    error = stranger.call("fetch", "org/half-seen", tmp_path / "known").error
    assert "The corpus has a concept graph, and org/half-seen-concepts cannot be looked up" in error
    assert "log in as somebody who may read it" in error
    graph.private, graph.gated = False, "manual"
    error = stranger.call("fetch", "org/half-seen", tmp_path / "known").error
    assert "The release org/half-seen-concepts at revision main cannot be fetched: it is gated." in error
    # The way out that the error names.
    stranger.call("download", "org/half-seen", tmp_path / "alone").get()
    assert stranger.call("fetch", tmp_path / "alone", tmp_path / "known").get()["concepts"] is None
    # What is in the cache is the same graph, whoever may see it now.
    graph.gated = False
    fetched = stranger.call("fetch", "org/half-seen", tmp_path / "known").get()
    assert fetched["concepts"]
    graph.private = True
    assert stranger.call("fetch", "org/half-seen", tmp_path / "known").get() == fetched


def test_a_push_tells_a_file_that_is_missing_at_the_hub_as_such(
    hub: HubServer, machine: Machine, tmp_path: Path
) -> None:
    for number in (1, 2):
        write_release(tmp_path / str(number), {"level1": make_rows(1, number, "Missing")})
    machine.push(tmp_path / "1", "org/holed").get()
    shard = "level1/train-00000-of-00001.parquet"
    machine.call("delete_file", "org/holed", shard).get()
    commit = hub.repo("dataset", "org/holed").head
    pushed = machine.push(tmp_path / "2", "org/holed")
    assert pushed.get()["version"] == "v1.1.0"
    assert f"The changelog will not tell how many rows are new: org/holed at {commit} has no {shard}." in pushed.said
