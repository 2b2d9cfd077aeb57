"""The offline server as a child process that never outlives its parent."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import tempfile
import threading
from types import TracebackType
from typing import IO, Self

from synth_builder.errors import SynthBuilderError

COMMAND = (sys.executable, "-m", "synth_builder", "offline-tgi", "--port", "0", "--until-stdin-closes")
ANNOUNCEMENT = "listening on "
STOP_SECONDS = 5.0
STDERR_TAIL_CHARACTERS = 2000


class OfflineServer:
    """A context manager that starts the offline server on a free port of 127.0.0.1 and ends it.

    The child also ends by itself when this process dies in whatever way: it watches its standard input, whose other
    end only this process holds.

    Args:
        command: The program to start. It prints `listening on URL` and serves until its standard input ends.
        start_timeout_seconds: How long the program may take until it prints that.
    """

    def __init__(self, command: tuple[str, ...] = COMMAND, *, start_timeout_seconds: float = 60.0) -> None:
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
            line = lines.get(timeout=self._start_timeout_seconds)
        except queue.Empty:
            raise self._start_error(f"said nothing within {self._start_timeout_seconds:g} seconds") from None
        if not line:
            raise self._start_error(f"ended with exit status {process.wait()} instead of starting")
        if not line.startswith(ANNOUNCEMENT):
            raise self._start_error(f"said {line.strip()!r} instead of its address")
        return line.removeprefix(ANNOUNCEMENT).strip()

    def _start_error(self, what: str) -> SynthBuilderError:
        assert self._stderr is not None
        self._stderr.seek(0)
        tail = self._stderr.read()[-STDERR_TAIL_CHARACTERS:].strip()
        return SynthBuilderError(
            f"The offline server {what}.",
            cause=f"The end of what it wrote to stderr:\n{tail}" if tail else "It wrote nothing to stderr.",
            todo=f"Start it by hand to see more: {' '.join(self._command)}",
        )

    def _stop(self) -> None:
        if self._process is not None:
            _end(self._process)
        if self._stderr is not None:
            self._stderr.close()
        self._process = self._stderr = None
        self._url = ""


def _forward_lines(stdout: IO[str], lines: queue.SimpleQueue[str]) -> None:
    """Passes lines on until the end, which is an empty one, so that the child never waits for a reader."""
    with contextlib.suppress(ValueError):  # closed while it was read
        for line in stdout:
            lines.put(line)
    lines.put("")


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
