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

from synth_builder.child_process import wait_for_end_of_parent
from synth_builder.errors import SynthBuilderError
from synth_builder.offline.faults import Faults, FaultSettings
from synth_builder.offline.ledger import Ledger
from synth_builder.offline.protocol import ServerConfig
from synth_builder.offline.server import Reply, create_application

TEACHER_FOLDER = Path(__file__).parent / "teacher"

# What decides when a reply fault strikes, and what it makes of a reply.
FAULT_FILES = tuple(Path(__file__).parent / name for name in ("faults.py", "slips.py", "spoil.py"))

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
    api_key: str | None = None,
    enable_prefill_logprobs: bool = False,
    faults: FaultSettings | None = None,
    ledger_path: Path | None = None,
) -> None:
    """Serves the rule-based teacher; prints `listening on http://HOST:PORT` once it answers.

    Args:
        host: A loopback address or `localhost`.
        port: The port, or 0 for any free one.
        until_stdin_closes: Stop when standard input ends, that is, when the parent process is gone.
        max_concurrent_requests: Requests above this number are answered with 429.
        max_input_tokens: The longest prompt.
        max_total_tokens: The longest prompt and reply together.
        api_key: What the routes that cost something ask for; None lets everybody in.
        enable_prefill_logprobs: Whether the log-probabilities of a prompt can be asked for.
        faults: What goes wrong on purpose; None for nothing.
        ledger_path: Where to write a line for every generation request; None for nowhere.

    Raises:
        SynthBuilderError: When the host is not loopback, the port is taken or the ledger cannot be written.
    """
    check_loopback(host)
    # Imported here so that the server's own code stays ignorant of any teacher.
    from synth_builder.offline.teacher import reply

    settings = faults or FaultSettings()
    ledger = None
    if ledger_path is not None:
        from synth_builder.offline.truth import same_value, truth_of

        ledger = Ledger(ledger_path, truth_of=truth_of, same_value=same_value)
    config = ServerConfig(
        model_sha=hash_teacher(reply_faults=settings.reply_signature),
        max_concurrent_requests=max_concurrent_requests,
        max_input_tokens=max_input_tokens,
        max_total_tokens=max_total_tokens,
        api_key=api_key,
        enable_prefill_logprobs=enable_prefill_logprobs,
    )
    # The ledger counts attempts by them; without any of the three, no request pays for it.
    wanted = Faults(settings) if settings.rates or settings.delay or ledger else None
    serve_until_stopped(reply, config, host, port, until_stdin_closes=until_stdin_closes, faults=wanted, ledger=ledger)


def serve_until_stopped(
    reply: Reply,
    config: ServerConfig,
    host: str,
    port: int,
    *,
    until_stdin_closes: bool,
    faults: Faults | None = None,
    ledger: Ledger | None = None,
) -> None:
    """Serves any teacher until SIGINT, SIGTERM or, if wanted, the end of standard input."""
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)

    async def serve() -> None:
        await _serve(
            await create_application(reply, config, faults=faults, ledger=ledger), host, port, until_stdin_closes
        )

    asyncio.run(serve())


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


def hash_teacher(folder: Path = TEACHER_FOLDER, *, reply_faults: str = "") -> str:
    """Returns 40 hex digits that change with all that the replies depend on.

    Args:
        folder: The teacher's files; the package's version counts as well.
        reply_faults: `FaultSettings.reply_signature`.
    """
    digest = hashlib.sha256()
    try:
        digest.update(importlib.metadata.version("synth-builder").encode())
    except importlib.metadata.PackageNotFoundError:
        digest.update(b"not installed")
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            content = file.read_bytes()
            digest.update(f"\n{file.relative_to(folder).as_posix()} {len(content)}\n".encode() + content)
    if reply_faults:
        digest.update(reply_faults.encode() + b"".join(file.read_bytes() for file in FAULT_FILES))
    return digest.hexdigest()[:40]


async def _serve(application: web.Application, host: str, port: int, until_stdin_closes: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    runner = web.AppRunner(
        application, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS / 2, handler_cancellation=True
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
            threading.Thread(target=_stop_with_parent, args=(loop, stop), daemon=True).start()
        await stop.wait()
    except OSError as error:
        raise SynthBuilderError(
            f"The offline server cannot listen on {host}:{port}.",
            cause=str(error),
            todo="Use port 0 to get a free port, or stop the program that has this one.",
        ) from error
    finally:
        await runner.cleanup()


def _stop_with_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    wait_for_end_of_parent()
    try:
        loop.call_soon_threadsafe(stop.set)
    except RuntimeError:  # the loop is closed: the process is ending already
        return
    # Nobody is left to kill a process whose teacher never returns, so it ends itself.
    time.sleep(SHUTDOWN_SECONDS)
    os._exit(1)
