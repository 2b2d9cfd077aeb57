"""A stream whose reader may go away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from synth_builder.screen import lasting

PROGRAM = """
import sys
from synth_builder.screen import lasting
sys.stderr = lasting(sys.stderr)
sys.stdin.read()
for _ in range(1000):
    sys.stderr.write("A line, and after some of them no buffer holds another.\\n")
sys.stdout.write("the end")
"""


def test_everything_else_is_as_it_was(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w", encoding="utf-16") as file:
        stream = lasting(file)
        assert stream.write("written\n") == 8
        stream.flush()
        assert (tmp_path / "log").read_text("utf-16") == "written\n"
        assert (stream.encoding, stream.isatty(), stream.fileno()) == ("utf-16", False, file.fileno())


def test_no_stream_is_a_stream_to_nowhere() -> None:
    stream = lasting(None)
    assert stream.write("nothing") == 7
    stream.close()


@pytest.mark.parametrize("options", [[], ["-u"]], ids=["buffered", "unbuffered"])
def test_a_process_whose_reader_is_gone_ends_well(options: list[str]) -> None:
    with subprocess.Popen(
        [sys.executable, *options, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        process.stderr.close()
        process.stderr = None
        assert process.communicate(timeout=60)[0] == "the end"
    assert process.returncode == 0


def test_a_full_pipe_that_does_not_wait_loses_lines_and_no_more() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    with open(read, "rb") as reader, open(write, "w") as writer:
        stream = lasting(writer)
        for _ in range(10_000):
            stream.write("more than fits\n")
        stream.flush()
        assert reader.read1(1 << 20).startswith(b"more than fits\n")
        stream.write("heard again\n")
        stream.flush()
        assert b"heard again" in reader.read1(1 << 20)
