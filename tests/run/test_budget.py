"""A budget ends a run in order, is never exceeded, and the same command goes on from there."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from synth_builder.run.control import Budget, BudgetSpentError, Control
from synth_builder.run.pipeline import run_recipe
from tests.endpoint.scripted import Answer, Request, Script
from tests.run.taught import asked, digests, prompt_of, recipe, say, stage_of, teach, teaching

SLOTS = 4
CHANGES = (
    f"endpoints.teacher.max_concurrency={SLOTS}",
    "endpoints.teacher.price.prompt=2",
    "endpoints.teacher.price.completion=10",
)


class Till:
    """A step that teaches, and keeps count of what it has written."""

    def __init__(self) -> None:
        self.tokens = 0
        self.cost = 0.0
        self.minutes = 0.0

    async def __call__(self, request: Request) -> Answer:
        answer = await teach(request)
        if stage_of(request):
            assert isinstance(answer.body, dict)
            read, written = (answer.body["usage"][name] for name in ("prompt_tokens", "completion_tokens"))
            self.tokens += read + written
            self.cost += (2 * read + 10 * written) / 1e6
            self.minutes += 1
        return answer


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, int]]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with teaching() as server:
        run_recipe(recipe(folder, server.url), folder / "run")
        return digests(folder / "run"), asked(server)


def commands(tmp_path: Path, server: Script, control: Callable[[], Control]) -> Iterator[bool]:
    """Run until the corpus is complete, a command at a time; each says whether it was the last."""
    while True:
        try:
            run_recipe(recipe(tmp_path, server.url, *CHANGES), tmp_path / "run", control=control())
        except BudgetSpentError:
            yield False
        else:
            yield True
            return


@pytest.mark.parametrize(
    ("budget", "spent"),
    [
        (Budget(requests=25), lambda server, till: sum(asked(server).values())),
        (Budget(tokens=16_000), lambda server, till: till.tokens),
        (Budget(cost=0.05), lambda server, till: till.cost),
        (Budget(hours=25 / 60), lambda server, till: till.minutes / 60),
    ],
    ids=["requests", "tokens", "cost", "hours"],
)
def test_no_command_spends_more_and_together_they_end_as_one_does(
    tmp_path: Path,
    undisturbed: tuple[dict[str, str], dict[str, int]],
    budget: Budget,
    spent: Callable[[Script, Till], float],
) -> None:
    written, sent = undisturbed
    till = Till()
    with teaching(till) as server:
        # A minute a request, and those in flight when the time is up are still waited for.
        most = next(limit for limit in vars(budget).values() if limit) + (SLOTS / 60 if budget.hours else 0)
        before, ends = 0.0, []
        for is_last in commands(tmp_path, server, lambda: Control(budget, clock=lambda: till.minutes * 60)):
            assert 0 < spent(server, till) - before <= most or is_last
            before = spent(server, till)
            ends.append(is_last)
        assert asked(server) == sent
    assert len(ends) > 1
    assert digests(tmp_path / "run") == written


def test_a_server_that_counts_no_tokens_cannot_exceed_a_budget_of_tokens(tmp_path: Path) -> None:
    async def step(request: Request) -> Answer:
        answer = await teach(request)
        assert isinstance(answer.body, dict)
        return say(answer.body["choices"][0]["message"]["content"])

    with teaching(step) as server, pytest.raises(BudgetSpentError, match="--max-tokens 20,000"):
        run_recipe(recipe(tmp_path, server.url), tmp_path / "run", control=Control(Budget(tokens=20_000)))
    most = [len(prompt_of(request).encode()) + 1000 for request in server.posted if stage_of(request)]
    assert most
    assert sum(most) <= 20_000


def run(tmp_path: Path, server: Script, *arguments: str) -> subprocess.CompletedProcess[str]:
    recipe(tmp_path, server.url)
    where = ["run", str(tmp_path / "small.yaml"), "--endpoint", server.url, "--out", str(tmp_path / "run")]
    command = [sys.executable, "-m", "synth_builder", *where, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_replies_that_never_came_count_with_the_most_that_they_can_have_been(tmp_path: Path) -> None:
    async def step(request: Request) -> Answer:
        if stage_of(request):
            await asyncio.sleep(5)  # the server writes, and is given up before it has ended
        return await teach(request)

    most, of_one_reply = 10_000, 1_000
    with teaching(step) as server:
        slow = recipe(tmp_path, server.url, *CHANGES, "endpoints.teacher.timeout_seconds=0.2")
        with pytest.raises(BudgetSpentError):
            run_recipe(slow, tmp_path / "run", control=Control(Budget(tokens=most)))
        assert 0 < sum(asked(server).values()) < most / of_one_reply


def test_the_command_ends_with_status_3_and_says_why(tmp_path: Path) -> None:
    with teaching() as server:
        ran = run(tmp_path, server, "--max-requests", "5")
        assert sum(asked(server).values()) == 5
    assert ran.returncode == 3
    assert "Stopped: The run has stopped: another request could exceed --max-requests 5." in ran.stderr
    assert "the same command goes on from here" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_budget_of_money_without_prices_is_refused_before_any_request(tmp_path: Path) -> None:
    with teaching() as server:
        ran = run(tmp_path, server, "--max-cost", "5")
        assert server.requests == []
    assert ran.returncode == 1
    assert "--max-cost has no effect: no endpoint of the recipe has a price." in ran.stderr
