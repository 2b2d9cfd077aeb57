"""What becomes of a push when something goes wrong: the old release or the new one is visible, whole, and no third."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import pytest

from synth_builder.hub.patience import MOVED
from tests.hub import HubServer
from tests.hub.faults import What
from tests.processes import wait_until
from tests.publish.pushing import Machine, Running, make_rows, read_whole, write_release
from tests.publish.trials import FAULTS, WAYS, Trial, kill_often, list_sent_twice, strike

# Requests of a push on top of a release. The benchmark strikes each of them with each fault.
REQUESTS = ("whoami", "/revision/main", "/refs", "/tree/", "README.md", "/preupload/", "validate-yaml", "/tag/")
UPLOADS = {
    "machine": ("/xet-write-token/", "/xorb", "/shards"),
    "machine_without_xet": ("/batch", "/large/", "/verify"),
}


@pytest.mark.parametrize("path", REQUESTS)
def test_a_fault_that_passes_is_mended_at_any_request(
    hub: HubServer, machine: Machine, tmp_path: Path, path: str
) -> None:
    what = Random(path).choice([what for what in FAULTS if what not in MOVED])
    struck = strike(hub, machine, tmp_path / "trial", what, path=path)
    assert struck.request
    assert (struck.error, struck.wrong) == ("", "")


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_at_the_commit_ends_in_one_commit_without_the_users_help(
    hub: HubServer, machine: Machine, tmp_path: Path, what: What
) -> None:
    struck = strike(hub, machine, tmp_path / "trial", what, path="/commit/main")
    assert struck.request
    assert (struck.error, struck.wrong) == ("", "")


@pytest.mark.parametrize(("client", "path"), [(client, path) for client in UPLOADS for path in UPLOADS[client]])
def test_a_fault_in_an_upload_ends_in_the_new_release(
    hub: HubServer, request: pytest.FixtureRequest, tmp_path: Path, client: str, path: str
) -> None:
    what: What = "cut before" if client == "machine" else 408
    struck = strike(hub, request.getfixturevalue(client), tmp_path / "trial", what, path=path)
    assert struck.request
    assert (struck.error, struck.wrong) == ("", "")


def test_a_push_that_is_killed_leaves_a_whole_release_and_can_be_repeated(
    hub: HubServer, machine: Machine, tmp_path: Path
) -> None:
    assert kill_often(hub, machine, tmp_path, kills=4, seed=2) == [""] * 4


def count_put_bytes(hub: HubServer) -> int:
    """How much content was sent, since requests were forgotten."""
    return sum(record.bytes_in for record in hub.requests if record.method == "PUT")


@pytest.mark.parametrize("client", UPLOADS)
def test_what_was_sent_before_an_upload_failed_for_long_is_not_sent_again(
    hub: HubServer, request: pytest.FixtureRequest, tmp_path: Path, client: str
) -> None:
    machine: Machine = request.getfixturevalue(client)
    folder = write_release(tmp_path / "many", {"level1": make_rows(1, 130, client)}, rows_per_shard=1)
    hub.fail(425, path="/preupload/", nth=2, times=1000)  # which huggingface_hub itself does not ask again after
    error = machine.push(folder, "org/portions").error
    assert error.startswith("Uploading 137 files to org/portions, 64 are done failed: HTTP 425.")
    before = count_put_bytes(hub)
    hub.heal()
    shutil.rmtree(machine.home, ignore_errors=True)  # the Hub's memory counts, and not the client's
    assert machine.push(folder, "org/portions").get()["version"] == "v1.0.0"
    assert list_sent_twice(hub.requests) == []
    # Xet could send the same content under another address. The rest is about as much as was sent before.
    assert 0 < count_put_bytes(hub) - before < 1.5 * before
    assert read_whole(hub.repo("dataset", "org/portions")) == "Tiny 130"


def hold_upload(hub: HubServer, machine: Machine, trial: Trial) -> Running:
    """Begin to push, as far as the first request of the upload; it goes on when the Hub is healed."""
    hub.fail(425, path="/preupload/", times=100_000)  # which huggingface_hub itself does not ask again after
    running = machine.start("push", trial.new, trial.repo, patience={"attempts": 100_000})
    wait_until(lambda: any(record.fault for record in hub.requests) or not running.is_at_work())
    return running


def test_a_folder_that_is_written_anew_during_its_push_is_not_released(
    hub: HubServer, machine: Machine, tmp_path: Path
) -> None:
    trial = Trial(hub, machine, tmp_path / "swapped")
    other = write_release(tmp_path / "other", {"level1": make_rows(1, 7, "Other")}, title="Other")
    running = hold_upload(hub, machine, trial)
    trial.new.rename(tmp_path / "before")
    other.rename(trial.new)
    hub.heal()
    failed = running.wait()
    assert failed.error.startswith(f"The folder {trial.new} was written anew during the push: level1/train-00000-of-0")
    assert "Run the same command again" in failed.error
    assert read_whole(trial.view) == "Old 6"
    assert trial.finish(failed) == ""
    assert read_whole(trial.view) == "Other 7"


def test_a_folder_that_is_gone_during_its_push_is_told_as_such(
    hub: HubServer, machine: Machine, tmp_path: Path
) -> None:
    trial = Trial(hub, machine, tmp_path / "gone")
    running = hold_upload(hub, machine, trial)
    trial.new.rename(tmp_path / "elsewhere")
    hub.heal()
    assert f"The folder {trial.new} was written anew during the push" in running.wait().error


def test_small_files_are_pushed_as_they_were_checked(hub: HubServer, machine: Machine, tmp_path: Path) -> None:
    trial = Trial(hub, machine, tmp_path / "edited")
    running = hold_upload(hub, machine, trial)
    (trial.new / "recipe.yaml").write_text("of another run")
    (trial.new / "pictures" / "levels.png").write_text("of another run")
    hub.heal()
    assert running.wait().get()["version"] == "v2.0.0"
    assert read_whole(trial.view) == "New 5"


def test_a_push_that_fails_for_long_says_so_and_goes_on_where_it_stopped(
    hub: HubServer, machine: Machine, tmp_path: Path
) -> None:
    trial = Trial(hub, machine, tmp_path / "long")
    hub.fail(503, path="/commit/main", times=1000)
    failed = machine.push(trial.new, trial.repo, patience={"attempts": 3})
    assert failed.error.startswith(f"The commit to {trial.repo} failed: HTTP 503.")
    assert "Run the same command again" in failed.error
    assert read_whole(trial.view) == "Old 6"
    hub.heal()
    assert trial.finish(failed) == ""


@pytest.mark.parametrize(
    ("header", "value", "told"),
    [
        ("Retry-After", "0", 0),
        ("RateLimit", '"api";r=0;t=0', 1),
    ],
)
def test_the_hub_is_given_the_time_it_asks_for(
    hub: HubServer, machine: Machine, tmp_path: Path, header: str, value: str, told: int
) -> None:
    trial = Trial(hub, machine, tmp_path / f"{header}{len(value)}")
    hub.fail(429, path="/commit/main", headers={header: value})
    ours = {"first_seconds": 60, "longest_seconds": 60}
    said = machine.push(trial.new, trial.repo, patience=ours).said
    assert f"The commit to {trial.repo}: HTTP 429; trying again in {told} s." in said


def test_a_wait_of_an_hour_is_the_users_to_decide(hub: HubServer, machine: Machine, tmp_path: Path) -> None:
    trial = Trial(hub, machine, tmp_path / "hour")
    hub.fail(429, path="/commit/main", headers={"Retry-After": "3600"}, message="128 commits an hour")
    error = trial.push().error
    assert "the Hub asks to wait for 60 minutes" in error
    assert "128 commits an hour" in error
    assert read_whole(trial.view) == "Old 6"


def test_a_commit_whose_answer_was_lost_is_known_again_under_another_one(
    hub: HubServer, machine: Machine, machine_without_xet: Machine, tmp_path: Path
) -> None:
    trial = Trial(hub, machine, tmp_path / "lost")
    hub.fail("cut after", path="/commit/main")
    slow = machine.start("push", trial.new, trial.repo, patience={"first_seconds": 4, "longest_seconds": 4})
    while not any(record.fault for record in hub.requests):
        assert slow.is_at_work()
    third = write_release(tmp_path / "third", {"level1": make_rows(1, 9)}, title="Third")
    assert machine_without_xet.push(third, trial.repo).get()["version"] == "v2.1.0"
    assert slow.wait().get()["version"] == "v2.0.0"
    assert [read_whole(trial.view, tag) for tag in sorted(trial.view.tags)] == ["Old 6", "New 5", "Third 9"]
    assert len(trial.view.commits()) == 4
    assert read_whole(trial.view) == "Third 9"


def test_a_commit_whose_last_answer_was_lost_is_looked_for_before_the_push_gives_up(
    hub: HubServer, machine: Machine, tmp_path: Path
) -> None:
    trial = Trial(hub, machine, tmp_path / "last")
    hub.fail("cut after", path="/commit/main")
    pushed = machine.push(trial.new, trial.repo, patience={"attempts": 1})
    assert pushed.get()["commit"] == trial.view.tags["v2.0.0"] == trial.view.head
    assert trial.finish(pushed) == ""


@pytest.mark.parametrize("attempts", [1, 2])
def test_where_a_commit_can_no_longer_be_looked_for_the_release_may_be_there(
    hub: HubServer, machine: Machine, tmp_path: Path, attempts: int
) -> None:
    trial = Trial(hub, machine, tmp_path / "unseen")
    hub.fail("cut after", path="/commit/main")
    hub.fail(503, path=f"{trial.repo}/revision/main", nth=2, times=1000)
    failed = machine.push(trial.new, trial.repo, patience={"attempts": attempts})
    assert failed.error.startswith(f"{trial.repo} may have v2.0.0 already, as the commit of it ended in ")
    assert f": Reading {trial.repo} failed: HTTP 503." in failed.error
    assert failed.error.endswith("Run the same command again: it goes on where it stopped.")
    hub.heal()
    assert trial.finish(failed) == ""


def test_a_run_whose_graph_fails_says_that_its_corpus_is_released(
    hub: HubServer, machine: Machine, tmp_path: Path
) -> None:
    trial = Trial(hub, machine, tmp_path / "half", WAYS["run"])
    hub.fail(503, path="-concepts/commit/main", times=1000)
    failed = machine.call("push_run", trial.new, trial.repo, patience={"attempts": 2})
    assert failed.error.startswith(f"The corpus is released as v1.0.0 in {trial.repo}, and its graph is not finished: ")
    assert f"The commit to {trial.repo}-concepts failed: HTTP 503." in failed.error
    assert failed.error.endswith("Run the same command again: it goes on where it stopped.")
    hub.heal()
    assert trial.finish(failed) == ""


def test_a_commit_to_a_branch_whose_answer_was_lost_is_known_again(
    hub: HubServer, machine: Machine, tmp_path: Path
) -> None:
    trial = Trial(hub, machine, tmp_path / "branch")
    hub.fail("cut after", path="/commit/")
    done = machine.push(trial.new, trial.repo, revision="next").get()
    assert "recipe.yaml" in done["changed"]
    assert done["commit"] == trial.view.branches["next"]
    assert len(trial.view.commits("next")) == 3


def test_a_tag_that_cannot_be_made_is_told_as_the_last_step_that_is_missing(
    hub: HubServer, machine: Machine, tmp_path: Path
) -> None:
    trial = Trial(hub, machine, tmp_path / "tag")
    hub.fail(503, path="/tag/", times=1000)
    for _ in range(2):
        failed = machine.push(trial.new, trial.repo, patience={"attempts": 3})
        assert failed.error.startswith(f"The release v2.0.0 is on main of {trial.repo} as commit {trial.view.head[:8]}")
        assert "without its tag: Tagging v2.0.0 failed: HTTP 503." in failed.error
        assert failed.error.endswith("Run the same command again: it makes the tag.")
    hub.heal()
    assert trial.finish(failed) == ""


def test_a_proposal_is_not_made_twice_as_long_as_it_is_open(
    hub: HubServer, machine: Machine, stranger: Machine, tmp_path: Path
) -> None:
    trial = Trial(hub, machine, tmp_path / "proposed")
    hub.fail("cut after", path="/commit/main")
    hub.fail(503, path="/discussions", nth=2)
    failed = machine.push(trial.new, trial.repo, create_pr=True, patience={"attempts": 1}).error
    assert f"{trial.repo} may have v2.0.0 already" in failed
    hub.fail("cut after", path="/commit/main")
    assert stranger.push(trial.new, trial.repo, create_pr=True).get()["pull_request"].endswith("/discussions/2")
    again = machine.push(trial.new, trial.repo, create_pr=True, date="2031-01-01").get()
    assert again["pull_request"].endswith("/discussions/1")
    assert again["commit"] == trial.view.repository.pulls[1]
    other = write_release(tmp_path / "other", {"level1": make_rows(1, 4)}, title="Other")
    assert machine.push(other, trial.repo, create_pr=True).get()["pull_request"].endswith("/discussions/3")
    trial.view.repository.closed_pulls.add(1)
    assert machine.push(trial.new, trial.repo, create_pr=True).get()["pull_request"].endswith("/discussions/4")
    assert len(trial.view.repository.pulls) == 4


def test_eight_pushes_at_once_all_land_and_lose_nothing(hub: HubServer, machine: Machine, tmp_path: Path) -> None:
    folders = []
    for number, levels in enumerate(((1,), (2,), (3,), (1, 2), (1, 3), (2, 3), (1, 2, 3), (1, 2)), start=1):
        configs = {f"level{level}": make_rows(level, number) for level in levels}
        folders.append(write_release(tmp_path / str(number), configs, title=f"Push{number} of {len(levels)}"))
    pushes = [machine.start("push", folder, "org/busy") for folder in folders]
    versions = [push.wait().get()["version"] for push in pushes]
    view = hub.repo("dataset", "org/busy")
    assert sorted(versions) == sorted(view.tags)
    assert len(set(versions)) == 8
    assert len(view.commits()) == 9
    for number, version in enumerate(versions, start=1):
        name, _, rows = read_whole(view, version).rpartition(" ")
        assert (name[:5], int(rows)) == (f"Push{number}", number * int(name[-1]))


def test_of_eight_pushes_at_once_with_versions_of_their_own_the_late_ones_say_why_not(
    hub: HubServer, machine: Machine, tmp_path: Path
) -> None:
    pushes = {}
    for number in range(1, 9):
        folder = write_release(tmp_path / str(number), {"level1": make_rows(1, number)}, title=f"Push{number}")
        pushes[f"v1.{number}.0"] = machine.start("push", folder, "org/asked-for", version=f"v1.{number}.0")
    outcomes = {version: push.wait() for version, push in pushes.items()}
    view = hub.repo("dataset", "org/asked-for")
    landed = {version for version, outcome in outcomes.items() if not outcome.error}
    assert landed == set(view.tags)
    assert "v1.8.0" in landed
    for version, outcome in outcomes.items():
        if version in landed:
            assert read_whole(view, version) == f"Push{version[3]} {version[3]}"
        else:
            assert f"Version {version} goes back" in outcome.error
