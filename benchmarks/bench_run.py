"""How long does a whole run take, and how much memory? The demo, and real documents where there are some.

Real documents are those of SYNTH_BUILDER_REAL_DATA; the goals are those of docs/speed.md.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOALS = {"demo": {"seconds": 60.0}, "real": {"seconds": 900.0, "gigabytes": 4.0}}


def measure(name: str, arguments: list[str]) -> dict[str, object]:
    """Run the command line in a fresh process and folder; give wall time, peak memory and rows by stage."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        command = [sys.executable, "-m", "synth_builder", "run", "demo", "--out", str(out), *arguments]
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds = time.perf_counter() - started
        books = json.loads((out / "books.json").read_text())
    # The largest of the processes: the run itself, or the embedded server that it started.
    gigabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    return {
        "run": name,
        "seconds": round(seconds, 1),
        "peak_gigabytes": round(gigabytes, 2),
        "goal": GOALS[name],
        "requests": sum(book["sent"] for book in books),
        "rows": {book["stage"]: book["rows"] for book in books},
        "stage_seconds": {book["stage"]: book["seconds"] for book in books},
    }


def main() -> None:
    """Print one JSON line."""
    runs = [measure("demo", [])]
    data = os.environ.get("SYNTH_BUILDER_REAL_DATA")
    if data:
        runs.append(measure("real", ["--documents", f"{data}/documents/math/documents.parquet"]))
    print(json.dumps({"benchmark": "run", "runs": runs}))


if __name__ == "__main__":
    main()
