"""A child serves inside the block, ends with its parent however that ends, and tells why when it does not start."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from subprocess import PIPE

import pytest

from synth_builder import child_process
from synth_builder.child_process import ChildServer
from synth_builder.errors import SynthBuilderError
from tests.processes import is_alive, needs_proc, wait_until

SERVE = """
import sys
print("listening on http://127.0.0.1:1", flush=True)
sys.stdin.read()
"""
# Deaf to SIGTERM and to the end of its standard input.
DEAF = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(f"listening on {os.getpid()}", flush=True)
time.sleep(600)
"""
WITH_DEAF_CHILD = f"""
import subprocess, sys
subprocess.Popen([sys.executable, "-c", {DEAF!r}])
sys.stdin.read()
"""
BOUND = f"""
import os, subprocess, sys, time
from synth_builder.child_process import end_with_parent
end_with_parent()
subprocess.Popen([sys.executable, "-c", {DEAF!r}])
time.sleep(600)
"""
PARENT = """
import sys
from synth_builder.child_process import ChildServer
with ChildServer("The server", (sys.executable, "-c", sys.argv[1]), start_timeout_seconds=60) as server:
    print(server.process_id, server.url, flush=True)
    sys.stdin.read()
"""


def server_of(program: str, *, start_timeout_seconds: float = 60.0) -> ChildServer:
    return ChildServer("The server", (sys.executable, "-c", program), start_timeout_seconds=start_timeout_seconds)


@needs_proc
def test_it_runs_inside_the_block_alone() -> None:
    with server_of(SERVE) as server:
        assert server.url == "http://127.0.0.1:1"
        child = server.process_id
        assert child is not None
        assert is_alive(child)
    assert not is_alive(child)
    assert (server.url, server.process_id) == ("", None)


@needs_proc
def test_it_ends_when_the_block_raises() -> None:
    server = server_of(SERVE)
    child = None

    def fail_inside() -> None:
        nonlocal child
        with server:
            child = server.process_id
            raise KeyError

    with pytest.raises(KeyError):
        fail_inside()
    assert child is not None
    assert not is_alive(child)


@contextlib.contextmanager
def parent_of(program: str) -> Iterator[tuple[subprocess.Popen[bytes], int, str]]:
    """A process that runs the program as its server, with the server's process id and what it says as its address."""
    command = [sys.executable, "-c", PARENT, program]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdout is not None
        child, url = parent.stdout.readline().decode().split()
        yield parent, int(child), url


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_its_parent(number: signal.Signals) -> None:
    with parent_of(SERVE) as (parent, child, _):
        assert is_alive(child)
        parent.send_signal(number)
        wait_until(lambda: not is_alive(child))


@needs_proc
def test_a_bound_child_ends_with_its_parent_though_a_fork_of_that_holds_the_pipe() -> None:
    forking = PARENT.replace("print(", "fork = os.fork(); fork or time.sleep(600); print(fork, ", 1)
    command = [sys.executable, "-c", f"import os, time\n{forking}", BOUND]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdout is not None
        fork, child, grandchild = (int(word) for word in parent.stdout.readline().split())
        try:
            parent.kill()
            wait_until(lambda: not is_alive(child))
            wait_until(lambda: not is_alive(grandchild))
            assert is_alive(fork)
        finally:
            os.kill(fork, signal.SIGKILL)


@needs_proc
def test_a_bound_child_takes_along_what_it_has_started() -> None:
    with parent_of(BOUND) as (parent, child, grandchild):
        assert is_alive(int(grandchild))
        parent.kill()
        wait_until(lambda: not is_alive(child))
        wait_until(lambda: not is_alive(int(grandchild)))


@needs_proc
def test_a_bound_child_spares_the_group_of_who_started_it_by_hand() -> None:
    program = (
        "import sys; from subprocess import *; print(run([sys.executable, '-c', sys.argv[1]], input=b'').returncode)"
    )
    bound = "import time; from synth_builder.child_process import *; end_with_parent(); time.sleep(600)"
    ran = subprocess.run([sys.executable, "-c", program, bound], stdout=PIPE, check=True, start_new_session=True)
    assert ran.stdout == b"1\n"


@needs_proc
def test_what_the_child_has_started_ends_too_however_deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    with server_of(WITH_DEAF_CHILD) as server:
        child, grandchild = server.process_id, int(server.url)
        assert child != grandchild
        assert is_alive(grandchild)
    wait_until(lambda: not is_alive(grandchild), 5.0)

    monkeypatch.setattr(child_process, "STOP_SECONDS", 0.1)
    with server_of(DEAF) as server:
        child = int(server.url)
        started = time.monotonic()
    assert not is_alive(child)
    assert time.monotonic() - started < 5


def test_a_slow_start_is_said_on_screen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with server_of(SERVE):
        pass
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(child_process, "NOTICE_SECONDS", 0.1)
    with server_of(f"import time\ntime.sleep(0.5)\n{SERVE}", start_timeout_seconds=120):
        pass
    assert capsys.readouterr().err == "The server is still starting; it may take up to 2 minutes.\n"


@pytest.mark.parametrize(
    ("program", "what", "cause"),
    [
        ("import sys; sys.exit('no such rule')", "ended with exit status 1 instead of starting", "no such rule"),
        ("print('hello')", "said 'hello' instead of its address", "It wrote nothing to stderr."),
        ("import sys; sys.exit('x' * 3000 + 'y' * 1990)", "ended with", "\n" + "x" * 9 + "y" * 1990),
    ],
)
def test_a_failed_start_shows_what_the_child_wrote(program: str, what: str, cause: str) -> None:
    with pytest.raises(SynthBuilderError) as caught, server_of(program):
        pass
    assert caught.value.what.startswith(f"The server {what}")
    assert cause in caught.value.cause
    assert "Start it by hand" in caught.value.todo


def test_a_silent_child_is_given_up_and_ended() -> None:
    server = server_of("import sys; sys.stdin.read()", start_timeout_seconds=0.2)
    with pytest.raises(SynthBuilderError, match=r"said nothing within 0\.2 seconds"), server:
        pass
    assert server.process_id is None
