"""What does the journal cost a request, a disk and a start? 200,000 rows of 2 kB, then one more time to a million.

The text is English prose of the sample documents, cut anew for every row, so that it compresses as replies do. Calls
are timed in blocks of 1,000: the median holds on a machine with other work, the mean has the waits for the disk.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from synth_builder.endpoint.client import Completion
from synth_builder.run.journal import Journal

ROWS, MOST_ROWS, BLOCK, REPLY_BYTES = 200_000, 1_000_000, 1_000, 2_000
# In a process of its own: the memory of one start.
OPEN = """
import json, resource, sys, time
from pathlib import Path
from synth_builder.run.journal import Journal
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.perf_counter()
Journal(Path(sys.argv[1])).close()
seconds = time.perf_counter() - started
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps({"seconds": round(seconds, 2), "grown_mb": round(grown / 1024, 1)}))
"""


def keys_of(rows: range) -> list[str]:
    """Keys as `RequestKey.digest` makes them."""
    return [hashlib.sha256(str(number).encode()).hexdigest() for number in rows]


def texts() -> str:
    """All sample documents."""
    folder = files("synth_builder") / "sample_documents"
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.iterdir(), key=lambda path: path.name))


def time_blocks(work: Callable[[int], object], rows: range) -> dict[str, float]:
    """Microseconds of wall and processor for one call, over blocks of calls."""
    walls, processor = [], time.process_time()
    for first in range(rows.start, rows.stop, BLOCK):
        started = time.perf_counter()
        for number in range(first, first + BLOCK):
            work(number)
        walls.append((time.perf_counter() - started) / BLOCK * 1e6)
    return {
        "median_us": round(statistics.median(walls), 1),
        "mean_us": round(statistics.mean(walls), 1),
        "worst_block_us": round(max(walls), 1),
        "cpu_us": round((time.process_time() - processor) / len(rows) * 1e6, 1),
        "per_second": round(1e6 / statistics.mean(walls)),
    }


def time_open(path: Path) -> dict[str, float]:
    """Seconds to open and check a journal, and by how much the process grows."""
    ran = subprocess.run([sys.executable, "-c", OPEN, path], capture_output=True, text=True, check=True)
    return dict(json.loads(ran.stdout))


def main() -> None:
    """Print one JSON line."""
    prose, keys = texts(), keys_of(range(MOST_ROWS))

    def reply(number: int) -> Completion:
        start = number * 997 % (len(prose) - REPLY_BYTES)
        return Completion(prose[start : start + REPLY_BYTES], "stop", 900, 500, "model")

    with tempfile.TemporaryDirectory(prefix="bench-journal-") as folder:
        path = Path(folder) / "journal.sqlite"
        with Journal(path) as journal:
            put = time_blocks(lambda number: journal.put(keys[number], "answer", reply(number)), range(ROWS))
            get = time_blocks(lambda number: journal.get(keys[number]), range(ROWS))
        bytes_per_row = round(path.stat().st_size / ROWS)
        opened = {ROWS: time_open(path)}
        with Journal(path) as journal:
            more = time_blocks(
                lambda number: journal.put(keys[number], "answer", reply(number)), range(ROWS, MOST_ROWS)
            )
            started = time.perf_counter()
            journal.stats()
            stats_seconds = round(time.perf_counter() - started, 2)
        opened[MOST_ROWS] = time_open(path)
    line = {
        "benchmark": "journal",
        "rows": ROWS,
        "put": put,
        "get": get,
        "put_to_a_million": more,
        "bytes_per_row": bytes_per_row,
        "open": opened,
        "stats_seconds": stats_seconds,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
