"""The command serves on loopback alone, says where, and stops when it is told to."""

from __future__ import annotations

import contextlib
import http.client
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from synth_builder.errors import SynthBuilderError
from synth_builder.offline.command import check_loopback, hash_teacher, run_offline_server

# The real command with a teacher of one line, which never answers the prompt `hang`.
PROGRAM = """
import sys, threading, types
teacher = types.ModuleType("synth_builder.offline.teacher")
teacher.reply = lambda prompt, seed: threading.Event().wait() if prompt == "hang" else prompt[::-1]
sys.modules[teacher.__name__] = teacher
from synth_builder.offline import command
command.SHUTDOWN_SECONDS = 0.2
command.run_offline_server("127.0.0.1", 0, until_stdin_closes=True, max_input_tokens=7)
"""


@contextlib.contextmanager
def running() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Starts the command; gives the process and its port."""
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            match = re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)\n", line)
            assert match, line
            yield process, int(match.group(1))
        finally:
            process.kill()


def post(port: int, prompt: str) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = f'{{"inputs": "{prompt}"}}'
    connection.request("POST", "/generate", body=body, headers={"Content-Type": "application/json"})
    return connection


def test_it_says_where_it_listens_and_answers_there() -> None:
    with running() as (_, port), contextlib.closing(post(port, "abc")) as connection:
        assert connection.getresponse().read() == b'{"generated_text": "cba"}'
        connection.request("GET", "/info")
        assert b'"max_input_tokens": 7' in connection.getresponse().read()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(number: signal.Signals) -> None:
    with running() as (process, _):
        process.send_signal(number)
        assert process.wait(30) == 0


def test_the_end_of_stdin_ends_it_in_order() -> None:
    with running() as (process, _):
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0


def test_the_end_of_stdin_ends_it_even_while_the_teacher_hangs() -> None:
    with running() as (process, port), contextlib.closing(post(port, "hang")):
        # A second connection is answered only after the first request is on its way to the teacher.
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as other:
            other.request("GET", "/health")
            assert other.getresponse().status == 200
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_loopback_hosts_are_taken(host: str) -> None:
    check_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", ""])
def test_other_hosts_are_refused_with_the_reason(host: str) -> None:
    with pytest.raises(SynthBuilderError) as caught:
        run_offline_server(host, 0, until_stdin_closes=False)
    assert caught.value.what == f"The offline server does not listen on {host!r}."
    assert "rule-based stand-in" in caught.value.cause
    assert "text-generation-inference" in caught.value.todo


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        program = PROGRAM.replace('"127.0.0.1", 0', f'"127.0.0.1", {port}')
        ended = subprocess.run(
            [sys.executable, "-c", program], stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
    assert ended.returncode == 1
    assert f"The offline server cannot listen on 127.0.0.1:{port}." in ended.stderr
    assert "Use port 0 to get a free port" in ended.stderr


def test_the_model_sha_follows_the_teachers_files(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text("A = 1\n")
    first = hash_teacher(tmp_path)
    assert re.fullmatch(r"[0-9a-f]{40}", first)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "rules.pyc").write_text("compiled")
    assert hash_teacher(tmp_path) == first
    (tmp_path / "rules.py").write_text("A = 2\n")
    assert hash_teacher(tmp_path) != first
    (tmp_path / "rules.py").rename(tmp_path / "laws.py")
    (tmp_path / "laws.py").write_text("A = 1\n")
    assert hash_teacher(tmp_path) != first
