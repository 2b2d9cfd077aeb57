"""The offline server as a child process."""

from __future__ import annotations

import sys

from synth_builder.child_process import ChildServer

# No key, whatever the environment says: nobody but this process asks.
COMMAND = (
    *(sys.executable, "-m", "synth_builder", "offline-tgi"),
    *("--port", "0", "--api-key", "", "--until-stdin-closes"),
)


class OfflineServer(ChildServer):
    """The offline server on a free port of 127.0.0.1, for as long as the block runs.

    Args:
        command: The program to start.
        start_timeout_seconds: How long the program may take until it answers.
    """

    def __init__(self, command: tuple[str, ...] = COMMAND, *, start_timeout_seconds: float = 60.0) -> None:
        super().__init__("The offline server", command, start_timeout_seconds=start_timeout_seconds)
