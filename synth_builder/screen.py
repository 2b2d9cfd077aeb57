"""Standard output and error of a run that outlives their reader, as when `tee` is killed or a terminal is closed."""

from __future__ import annotations

import contextlib
import os
from typing import Any, TextIO, cast


def lasting(stream: TextIO | None) -> TextIO:
    """The same stream, but what cannot be written is dropped: a screen is worth no run.

    Args:
        stream: What it writes to. None, as `sys.stderr` is in a process that was started without one, is nowhere.
    """
    return cast(TextIO, _Lasting(stream or open(os.devnull, "w")))


class _Lasting:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
