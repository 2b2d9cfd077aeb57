"""The journal gives back what finished, by content, and refuses what it cannot read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from synth_builder.endpoint.client import Completion, Sampling
from synth_builder.errors import SynthBuilderError
from synth_builder.run.journal import Failure, Journal, RequestKey

KEY = RequestKey("model", "sha", "chat", "prompt", Sampling(0.7, 0.95, 100, 1), 0, "level1", 1)
REPLY = Completion("Größe $x$\n" * 50, "stop", 12, 34, "model")


def test_a_reply_comes_back_as_it_was(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.sqlite") as journal:
        assert journal.get(KEY.digest()) is None
        journal.put(KEY.digest(), "level1", REPLY)
        journal.put("other", "level1", Failure("too_long", "HTTP 422"))
    with Journal(tmp_path / "j.sqlite") as journal:
        assert journal.get(KEY.digest()) == REPLY
        assert journal.get("other") == Failure("too_long", "HTTP 422")
        assert journal.count() == {"level1": {"reply": 1, "too_long": 1}}


@pytest.mark.parametrize(
    "change",
    [
        {"model_id": "other"},
        {"model_sha": "other"},
        {"route": "generate"},
        {"prompt": "other"},
        {"sampling": KEY.sampling._replace(temperature=0.0)},
        {"sampling": KEY.sampling._replace(top_p=None)},
        {"sampling": KEY.sampling._replace(max_tokens=101)},
        {"sampling": KEY.sampling._replace(seed=2)},
        {"sample": 1},
        {"stage": "level2"},
        {"stage_version": 2},
    ],
)
def test_every_part_of_the_key_changes_it(change: dict[str, object]) -> None:
    assert KEY._replace(**change).digest() != KEY.digest()  # type: ignore[arg-type]


def test_the_key_is_the_same_in_every_process() -> None:
    assert KEY.digest() == "3d5e35289bd0c385b28c760373f97504bdacbb3cda7df53c22f0ebaed500efad"


def test_a_killed_process_keeps_what_it_has_put(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    program = (
        "import sys, time; from pathlib import Path\n"
        "from synth_builder.run.journal import Failure, Journal\n"
        f"journal = Journal(Path({str(path)!r}))\n"
        "for i in range(50): journal.put(str(i), 'level1', Failure('invalid', str(i)))\n"
        "print('put', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "put\n"
        os.kill(process.pid, signal.SIGKILL)
    with Journal(path) as journal:
        assert journal.count() == {"level1": {"invalid": 50}}


def test_a_file_that_is_no_journal_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(SynthBuilderError, match=r"j\.sqlite cannot be read"):
        Journal(path)
    assert path.read_bytes() == b"not a database" * 100
