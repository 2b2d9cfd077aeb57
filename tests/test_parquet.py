"""Parquet files are whole or not there, whatever ends their writer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Groups that take long to write, and three interrupts meanwhile.
PROGRAM = """
import os, signal, sys, threading, time
from pathlib import Path
import pyarrow as pa
from datasets import Features, Value
from synth_builder.parquet import write_tables

table = pa.table({"text": [os.urandom(10_000).hex() for _ in range(2_000)]})

def tables():
    yield table
    threading.Thread(target=interrupt, daemon=True).start()
    for _ in range(100):
        yield table

def interrupt():
    for _ in range(3):
        time.sleep(0.04)
        os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # which whoever starts the tests may have turned off
write_tables(Path(sys.argv[1]), tables(), Features({"text": Value("string")}))
"""


def test_interrupts_while_a_group_is_written_end_in_order_and_leave_no_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    done = subprocess.run([sys.executable, "-c", PROGRAM, path], capture_output=True, text=True, check=False)
    assert "KeyboardInterrupt" in done.stderr
    assert done.returncode in (1, 130, -2)  # and no crash of the library that writes
    assert not path.exists()
