"""An endpoint with several servers of one model: all are asked, and one that dies stops nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import yaml

from synth_builder.endpoint import health
from synth_builder.errors import SynthBuilderError
from synth_builder.recipe import Recipe, check_recipe
from synth_builder.recipe_file import load_recipe
from synth_builder.run.pipeline import RunResult, run_recipe
from tests.endpoint.scripted import Answer, Request, Script, Step, is_probe
from tests.run.taught import asked, digests, recipe, teach, teaching


def lasting(posts: int) -> Step:
    """Teach for so many requests; then refuse all, those that ask whether it is alive included."""
    left = posts

    async def answer(request: Request) -> Answer:
        nonlocal left
        left -= not is_probe(request)
        return await teach(request) if left >= 0 else Answer(503, "dead")

    return answer


def falling_silent(posts: int) -> Step:
    """Teach for so many requests; then take all others and never answer them."""
    left = posts

    async def answer(request: Request) -> Answer:
        nonlocal left
        left -= not is_probe(request)
        if left < 0:
            await asyncio.Event().wait()
        return await teach(request)

    return answer


def run(tmp_path: Path, name: str, *servers: Script, changes: tuple[str, ...] = ()) -> RunResult:
    folder = tmp_path / name
    folder.mkdir(exist_ok=True)
    return run_recipe(recipe(folder, ",".join(server.url for server in servers), *changes), folder / "run")


def alone(tmp_path: Path) -> tuple[dict[str, int], dict[str, str]]:
    """What one server is asked, and what comes of it."""
    with teaching() as server:
        run(tmp_path, "alone", server)
        return asked(server), digests(tmp_path / "alone" / "run")


def together(*servers: Script) -> dict[str, int]:
    counts: dict[str, int] = {}
    for server in servers:
        for stage, count in asked(server).items():
            counts[stage] = counts.get(stage, 0) + count
    return counts


def test_all_servers_are_asked_each_request_goes_to_one_and_the_rows_are_those_of_one(tmp_path: Path) -> None:
    wanted, rows = alone(tmp_path)
    with teaching() as one, teaching() as two:
        run(tmp_path, "two", one, two)
        assert together(one, two) == wanted
        assert min(sum(asked(one).values()), sum(asked(two).values())) > sum(wanted.values()) // 4
    assert digests(tmp_path / "two" / "run") == rows


def test_one_that_dies_stops_nothing_and_costs_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_FIRST_WAIT_SECONDS", 0.02)
    _, rows = alone(tmp_path)
    with teaching() as well, teaching(lasting(10)) as dying:
        dying.probe = None  # it refuses those, too
        result = run(tmp_path, "dying", dying, well)
        assert sum(asked(well).values()) > sum(asked(dying).values())
    assert [book.failed for book in result.books if book.failed] == []
    assert digests(tmp_path / "dying" / "run") == rows


def test_one_that_takes_requests_and_answers_none_stops_nothing_and_costs_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_PROBE_SECONDS", 0.2)
    _, rows = alone(tmp_path)
    with teaching() as well, teaching(falling_silent(10)) as silent:
        silent.probe = None  # those, too
        result = run(tmp_path, "silent", silent, well, changes=("endpoints.teacher.timeout_seconds=1",))
        assert silent.in_flight == 0
        assert sum(asked(silent).values()) > 10
    assert [book.failed for book in result.books if book.failed] == []
    assert digests(tmp_path / "silent" / "run") == rows


def test_one_that_is_down_at_the_start_is_told_and_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, rows = alone(tmp_path)
    with teaching() as gone:
        pass
    with teaching() as server:
        run(tmp_path, "half", gone, server)
    assert digests(tmp_path / "half" / "run") == rows
    said = " ".join(capsys.readouterr().err.split())
    assert gone.url in said
    assert "Going on with 1 of 2 servers." in said


def test_servers_of_different_models_are_refused_before_anything_is_asked(tmp_path: Path) -> None:
    with teaching(model_sha="a" * 40) as one, teaching(model_sha="b" * 40) as two:
        with pytest.raises(SynthBuilderError, match=f"different models.*{'a' * 40}.*{one.url}.*{'b' * 40}.*{two.url}"):
            run(tmp_path, "mixed", one, two)
        assert together(one, two) == {}


def listed(url: object) -> Recipe:
    return check_recipe({"name": "r", "endpoints": {"teacher": {"url": url}}}, "test")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (["http://a", "http://a/v1"], "twice"),
        (["http://a", "offline"], "only http and inference-endpoint"),
        (["http://a", 5], "write an address"),
        ([], "write an address"),
        (["http://a", "a:80"], "http://a:80"),
    ],
)
def test_a_list_that_cannot_be_meant_is_refused(url: object, why: str) -> None:
    with pytest.raises(SynthBuilderError, match=why):
        listed(url)


def test_a_list_of_one_is_that_one_and_commas_part_addresses_on_the_command_line() -> None:
    assert listed(["http://a/"]).endpoints["teacher"].url == "http://a"
    given = load_recipe("demo", endpoints=("http://a,https://b/v1",))
    assert given.endpoints["teacher"].urls == ("http://a", "https://b/v1")
    assert check_recipe(yaml.safe_load(given.to_yaml()), "written out").endpoints == given.endpoints
