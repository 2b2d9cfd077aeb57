"""A real model over a real server: transformers' own `serve`, asked by the client and by whole runs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx2
import pytest

from synth_builder.endpoint.client import Completion, Connection, Sampling
from synth_builder.endpoint.pool import Pool
from synth_builder.endpoint.slots import Room
from synth_builder.endpoint.transformers_server import TransformersServer
from synth_builder.errors import SynthBuilderError
from synth_builder.run.folder import RunFolder
from tests.processes import children_of, is_alive, needs_proc, wait_until
from tests.torch.tiny_model import make_tiny_model

pytestmark = pytest.mark.torch

GREEDY = Sampling(temperature=0, top_p=None, max_tokens=8, seed=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a tiny model, in an environment where nothing was ever downloaded."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"HF_HOME": str(home / "hf"), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}.items():
            patch.setenv(name, value)
        make_tiny_model(home / "model", positions=4096)
        yield home / "model"


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[TransformersServer]:
    with TransformersServer(str(folder)) as server:
        yield server


def ask(server: TransformersServer, samplings: Sequence[Sampling], *, at_once: int = 1) -> list[Completion]:
    async def ask_all() -> list[Completion]:
        connection = Connection(server.url, route="chat", model=server.model, timeout_seconds=60)
        pool = Pool([(connection, Room(at_once))], tries=1, patience_seconds=1)
        try:
            return await asyncio.gather(*(pool.ask("What is 6 times 7?", each) for each in samplings))
        finally:
            await pool.close()

    return asyncio.run(ask_all())


def test_it_says_who_it_is(server: TransformersServer, folder: Path) -> None:
    assert (server.model, server.name, server.max_total_tokens) == (str(folder), folder.name, 4096)
    for path in ("/health", "/v1/models"):
        assert httpx2.get(server.url + path).status_code == 200


def test_it_samples_as_each_request_says(server: TransformersServer, folder: Path) -> None:
    assert "do_sample" not in (folder / "generation_config.json").read_text()
    samplings = [GREEDY, *(Sampling(1.0, 0.95, 8, seed) for seed in (1, 2, 1)), GREEDY]
    greedy, one, two, one_again, greedy_again = ask(server, samplings)
    assert greedy == greedy_again
    assert one == one_again
    assert len({greedy.text, one.text, two.text}) == 3
    assert greedy.model.startswith(str(folder))
    assert greedy.prompt_tokens > 10
    assert (greedy.finish_reason, greedy.completion_tokens) == ("length", 8)


def test_requests_in_flight_at_once_keep_their_own_settings(server: TransformersServer) -> None:
    samplings = [GREEDY._replace(temperature=i % 2, max_tokens=4 + i % 3, seed=i) for i in range(12)]
    replies = ask(server, samplings, at_once=4)
    assert all(
        reply.completion_tokens <= sampling.max_tokens for reply, sampling in zip(replies, samplings, strict=True)
    )
    assert len({reply.text for reply in replies[0::6]}) == 1  # temperature 0, 4 tokens
    assert len({reply.text for reply in replies[1::2]}) > 3


def test_a_model_without_weights_is_told_with_what_transformers_says(folder: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(folder, bare, ignore=shutil.ignore_patterns("*.safetensors"))
    with pytest.raises(SynthBuilderError) as caught, TransformersServer(str(bare)):
        pass
    assert caught.value.what == f"The transformers server of {bare} ended with exit status 1 instead of starting."
    assert "model.safetensors" in caught.value.cause


@contextlib.contextmanager
def running(model: object, out: Path, *, max_tokens: int) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A run of three documents in a process of its own, with the process id of the server that it has started."""
    settings = [
        f"--set=stages.{stage}.max_tokens={max_tokens}"
        for stage in ("extract_concepts", "level1", "level2", "level3", "answer")
    ]
    command = [sys.executable, "-m", "synth_builder", "run", "demo", "--limit=3", f"--endpoint=transformers:{model}"]
    with subprocess.Popen(
        [*command, *settings, f"--out={out}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as run:
        wait_until(lambda: children_of(run.pid))
        (server,) = children_of(run.pid)
        yield run, server


@needs_proc
def test_garbage_out_is_a_clean_run_with_failures_in_the_books(folder: Path, tmp_path: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    cached = Path(os.environ["HF_HOME"]) / "hub" / "models--org--tiny"
    shutil.copytree(folder, cached / "snapshots" / commit)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(commit)
    with running("org/tiny", tmp_path / "run", max_tokens=16) as (run, server):
        said, _ = run.communicate(timeout=120)
        assert not is_alive(server)
    assert run.returncode == 1, said
    assert "Error: No question was answered, so there is no corpus to release." in said
    assert "Traceback" not in said
    left = RunFolder(tmp_path / "run")
    books = {book.stage: book.check() for book in left.read_books()}
    assert (books["extract_concepts"].failed, books["level1"].failed) == ({"invalid": 3}, {"invalid": 3})
    assert 0 < books["level1"].completion_tokens <= 3 * 16
    state = left.read_state()
    assert state is not None
    identity = state["endpoints"]["teacher"]
    assert (identity["model_id"], identity["model_sha"]) == ("org/tiny", commit)
    assert not left.release.exists()


@needs_proc
@pytest.mark.parametrize(
    ("number", "answering", "status"),
    [(signal.SIGKILL, False, -signal.SIGKILL), (signal.SIGKILL, True, -signal.SIGKILL), (signal.SIGINT, True, 130)],
)
def test_ending_a_run_ends_its_server(
    folder: Path, tmp_path: Path, number: signal.Signals, answering: bool, status: int
) -> None:
    out = tmp_path / "run"
    with running(folder, out, max_tokens=1000) as (run, server):
        if answering:
            wait_until((out / "journal.sqlite").exists, 120.0)
        os.killpg(run.pid, number)  # as a terminal does
        assert run.wait(30) == status
        wait_until(lambda: not is_alive(server))
