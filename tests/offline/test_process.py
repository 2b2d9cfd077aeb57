"""The offline server as a child process serves its block alone and ends with the run that started it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from synth_builder.offline.process import OfflineServer
from tests.processes import children_of, is_alive, needs_proc, wait_until


def test_it_serves_inside_the_block_and_not_after_it() -> None:
    with OfflineServer() as server:
        match = re.fullmatch(r"http://127\.0\.0\.1:(\d+)", server.url)
        assert match, server.url
        with urllib.request.urlopen(f"{server.url}/health", timeout=30) as response:
            assert response.status == 200
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(match.group(1)))) != 0


def test_two_servers_do_not_meet() -> None:
    with OfflineServer() as one, OfflineServer() as other:
        assert one.url != other.url


@needs_proc
@pytest.mark.parametrize(
    ("number", "status"),
    [
        (signal.SIGKILL, -signal.SIGKILL),
        (signal.SIGTERM, 143),
        (signal.SIGHUP, 128 + signal.SIGHUP),
        (signal.SIGINT, 130),
    ],
)
def test_ending_a_run_ends_its_server(tmp_path: Path, number: signal.Signals, status: int) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-m", "synth_builder", "run", "demo", "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as run:
        wait_until((out / "journal.sqlite").exists)
        servers = children_of(run.pid)
        assert servers
        os.killpg(run.pid, number)  # as a terminal does
        assert run.wait(30) == status
    wait_until(lambda: not any(map(is_alive, servers)))
