"""The command that serves the rule-based teacher on loopback until it is told to stop."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.metadata
import ipaddress
import os
import signal
import sys
import threading
import time
from pathlib import Path

from aiohttp import web

from synth_builder.errors import SynthBuilderError
from synth_builder.offline.protocol import ServerConfig
from synth_builder.offline.server import Reply, create_application

TEACHER_FOLDER = Path(__file__).parent / "teacher"

# A teacher that is in the middle of a reply gets this long before the process ends all the same.
SHUTDOWN_SECONDS = 2.0

# How long the teacher's thread may keep the interpreter while requests wait to be read or answered. With Python's own
# 5 ms a teacher of 2 ms a reply gave 320 replies a second on two cores, with this one 430.
SWITCH_INTERVAL_SECONDS = 0.0002


def run_offline_server(
    host: str,
    port: int,
    *,
    until_stdin_closes: bool,
    max_concurrent_requests: int = 128,
    max_input_tokens: int = 16_383,
    max_total_tokens: int = 16_384,
) -> None:
    """Serves the rule-based teacher; prints `listening on http://HOST:PORT` once it answers.

    Args:
        host: A loopback address or `localhost`.
        port: The port, or 0 for any free one.
        until_stdin_closes: Stop when standard input ends, that is, when the parent process is gone.
        max_concurrent_requests: Requests above this number are answered with 429.
        max_input_tokens: The longest prompt.
        max_total_tokens: The longest prompt and reply together.

    Raises:
        SynthBuilderError: When the host is not loopback or the port is taken.
    """
    check_loopback(host)
    # Imported here so that the server's own code stays ignorant of any teacher.
    from synth_builder.offline.teacher import reply

    config = ServerConfig(
        model_sha=hash_teacher(),
        max_concurrent_requests=max_concurrent_requests,
        max_input_tokens=max_input_tokens,
        max_total_tokens=max_total_tokens,
    )
    serve_until_stopped(reply, config, host, port, until_stdin_closes=until_stdin_closes)


def serve_until_stopped(reply: Reply, config: ServerConfig, host: str, port: int, *, until_stdin_closes: bool) -> None:
    """Serves any teacher until SIGINT, SIGTERM or, if wanted, the end of standard input."""
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    asyncio.run(_serve(reply, config, host, port, until_stdin_closes))


def check_loopback(host: str) -> None:
    """Raises a `SynthBuilderError` unless the host can be reached from this machine alone."""
    if host == "localhost":
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass  # another name, of which nobody knows where it leads
    raise SynthBuilderError(
        f"The offline server does not listen on {host!r}.",
        cause="It is a rule-based stand-in for demonstrations and tests, without any protection for a network.",
        todo="Use 127.0.0.1, ::1 or localhost; to serve other machines, start text-generation-inference.",
    )


def hash_teacher(folder: Path = TEACHER_FOLDER) -> str:
    """Returns 40 hex digits that change with the teacher's files or the package's version."""
    digest = hashlib.sha256()
    try:
        digest.update(importlib.metadata.version("synth-builder").encode())
    except importlib.metadata.PackageNotFoundError:
        digest.update(b"not installed")
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            content = file.read_bytes()
            digest.update(f"\n{file.relative_to(folder).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:40]


async def _serve(reply: Reply, config: ServerConfig, host: str, port: int, until_stdin_closes: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    runner = web.AppRunner(
        await create_application(reply, config), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS / 2
    )
    await runner.setup()
    try:
        # The backlog holds a burst of connections, which must be answered with 429 and not be dropped by the kernel.
        await web.TCPSite(runner, host, port, backlog=1024).start()
        bound_port = runner.addresses[0][1]
        shown_host = f"[{host}]" if ":" in host else host
        sys.stdout.write(f"listening on http://{shown_host}:{bound_port}\n")
        sys.stdout.flush()
        if until_stdin_closes:
            threading.Thread(target=_stop_at_end_of_stdin, args=(loop, stop), daemon=True).start()
        await stop.wait()
    except OSError as error:
        raise SynthBuilderError(
            f"The offline server cannot listen on {host}:{port}.",
            cause=str(error),
            todo="Use port 0 to get a free port, or stop the program that has this one.",
        ) from error
    finally:
        await runner.cleanup()


def _stop_at_end_of_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # os.read, as a thread that waits in sys.stdin's buffer can keep the interpreter from ending.
    while os.read(0, 1024):
        pass
    try:
        loop.call_soon_threadsafe(stop.set)
    except RuntimeError:  # the loop is closed: the process is ending already
        return
    # Nobody is left to kill a process whose teacher never returns, so it ends itself.
    time.sleep(SHUTDOWN_SECONDS)
    os._exit(1)
