"""A server as a child process that never outlives its parent."""

from __future__ import annotations

import contextlib
import os
import queue
import select
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import IO, Self

from synth_builder.errors import SynthBuilderError

ANNOUNCEMENT = "listening on "
NOTICE_SECONDS = 5.0
PARENT_SECONDS = 1.0
STOP_SECONDS = 5.0
STDERR_TAIL_CHARACTERS = 2000


class ChildServer:
    """A context manager that starts a server as a child process and ends it, with every process that it started.

    The program prints `listening on URL` once it answers, and serves until its standard input ends or its parent is
    gone (`wait_for_end_of_parent`), so it also ends by itself when this process dies in whatever way.

    Args:
        name: What the server is called at the beginning of a sentence.
        command: The program to start.
        start_timeout_seconds: How long the program may take until it answers. After some seconds of waiting a line on
            stderr says so.
    """

    def __init__(self, name: str, command: Sequence[str], *, start_timeout_seconds: float) -> None:
        self._name = name
        self._command = command
        self._start_timeout_seconds = start_timeout_seconds
        self._process: subprocess.Popen[str] | None = None
        self._stderr: IO[str] | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """Address of the server, without a slash at the end; empty unless it runs."""
        return self._url

    @property
    def process_id(self) -> int | None:
        """Process id of the server, or None unless it runs."""
        return None if self._process is None else self._process.pid

    def __enter__(self) -> Self:
        # A file, as a pipe that nobody reads would stop a child that writes much.
        self._stderr = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                text=True,
                # Ctrl-C goes to the parent alone, which may want to finish its requests in flight.
                start_new_session=True,
            )
            self._url = self._wait_for_url(self._process)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def _wait_for_url(self, process: subprocess.Popen[str]) -> str:
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=_forward_lines, args=(process.stdout, lines), daemon=True).start()
        try:
            line = self._first(lines)
        except queue.Empty:
            raise self._start_error(f"said nothing within {self._start_timeout_seconds:g} seconds") from None
        if not line:
            raise self._start_error(f"ended with exit status {process.wait()} instead of starting")
        if not line.startswith(ANNOUNCEMENT):
            raise self._start_error(f"said {line.strip()!r} instead of its address")
        return line.removeprefix(ANNOUNCEMENT).strip()

    def _first(self, lines: queue.SimpleQueue[str]) -> str:
        limit = self._start_timeout_seconds
        if limit > NOTICE_SECONDS:
            with contextlib.suppress(queue.Empty):
                return lines.get(timeout=NOTICE_SECONDS)
            sys.stderr.write(f"{self._name} is still starting; it may take up to {limit / 60:g} minutes.\n")
            limit -= NOTICE_SECONDS
        return lines.get(timeout=limit)

    def _start_error(self, what: str) -> SynthBuilderError:
        assert self._stderr is not None
        self._stderr.seek(0)
        tail = self._stderr.read()[-STDERR_TAIL_CHARACTERS:].strip()
        return SynthBuilderError(
            f"{self._name} {what}.",
            cause=f"The end of what it wrote to stderr:\n{tail}" if tail else "It wrote nothing to stderr.",
            todo=f"Start it by hand to see more: {shlex.join(self._command)}",
        )

    def _stop(self) -> None:
        if self._process is not None:
            _end(self._process)
        if self._stderr is not None:
            self._stderr.close()
        self._process = self._stderr = None
        self._url = ""


def end_with_parent() -> None:
    """Let this process and all that it starts be killed with its parent: the child's half of the bond.

    For a program that has nothing to put in order first.
    """
    threading.Thread(target=_kill_group_with_parent, daemon=True).start()


def wait_for_end_of_parent() -> None:
    """Return when standard input ends or the process that started this one is gone.

    The second counts, too, as a child that the parent has forked off may live on and hold the other end of the pipe.
    """
    parent = os.getppid()
    while os.getppid() == parent:
        # The descriptor, as a thread that waits in sys.stdin's buffer can keep the interpreter from ending.
        readable, _, _ = select.select([0], [], [], PARENT_SECONDS)
        if readable and not os.read(0, 1024):
            return


def _kill_group_with_parent() -> None:
    wait_for_end_of_parent()
    if os.getpgrp() == os.getpid():  # else the group is that of whoever started this by hand
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _forward_lines(stdout: IO[str], lines: queue.SimpleQueue[str]) -> None:
    """Passes lines on until the end, which is an empty one, so that the child never waits for a reader."""
    with contextlib.suppress(ValueError):  # closed while it was read
        for line in stdout:
            lines.put(line)
    lines.put("")


def _end(process: subprocess.Popen[str]) -> None:
    _signal_group(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    _signal_group(process, signal.SIGKILL)  # whatever of the group has not obeyed
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # gone; macOS refuses where all have ended
        os.killpg(process.pid, number)
