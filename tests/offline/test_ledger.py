"""The ledger has one whole line for every request, and says what is right by a truth of its own."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from synth_builder.errors import SynthBuilderError
from synth_builder.offline.ledger import Entry, Ledger

TRUTHS = {"What is $2 + 3$?": "5", "What is $1 + 1$?": "2"}


def open_ledger(path: Path) -> Ledger:
    return Ledger(path, truth_of=TRUTHS.get, same_value=lambda a, b: a == b if a.isdigit() and b.isdigit() else None)


def lines_of(path: Path) -> list[dict[str, object]]:
    text = path.read_text(encoding="utf-8")
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def entry(question: str = "What is $2 + 3$?", reply: str | None = "It is $\\boxed{5}$.") -> Entry:
    prompt = f"Solve it.\n\n<question>\n{question}\n</question>\n"
    return Entry("/generate", f'["{question}"]', prompt, status=200, reply=reply)


def test_a_line_says_all_that_is_known(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.jsonl")
    content = '{"inputs": "What is $2 + 3$?", "seed": 7}'
    ledger.write(
        Entry(
            route="/v1/chat/completions",
            content=content,
            prompt="Solve it.\n\n<question>\nWhat is $2 + 3$?\n</question>",
            stream=True,
            attempt=2,
            fault="off_by_one",
            delay_seconds=0.5,
            status=200,
            prompt_tokens=12,
            generated_tokens=9,
            reply="$2 + 3 = 6$.\n\nThe answer is $\\boxed{6}$.",
        )
    )
    assert (tmp_path / "ledger.jsonl").read_text() == (
        '{"request": 1, "route": "/v1/chat/completions", '
        f'"content": "{hashlib.sha256(content.encode()).hexdigest()[:16]}", "attempt": 2, "stream": true, '
        '"fault": "off_by_one", "delay_seconds": 0.5, "status": 200, "error": "", "prompt_tokens": 12, '
        '"generated_tokens": 9, '
        '"question": "What is $2 + 3$?", "truth": "5", "answer": "6", "right": false}\n'
    )
    text = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")
    table = text.partition("| field | meaning |")[2].partition("\n\n")[0]
    (line,) = lines_of(tmp_path / "ledger.jsonl")
    assert re.findall(r"`(\w+)`(?=[^|]*\|.*\|$)", table, re.MULTILINE) == list(line)


@pytest.mark.parametrize(
    ("question", "reply", "truth", "answer", "right"),
    [
        ("What is $2 + 3$?", "$\\boxed{4}$, no: $\\boxed{5}$", "5", "5", True),
        ("What is $2 + 3$?", "$\\boxed{\\frac{10}{2}}$", "5", "\\frac{10}{2}", None),
        ("What is $2 + 3$?", "CANNOT SOLVE: no.", "5", None, None),
        ("What is $2 + 3$?", "", "5", None, None),
        ("What is love?", "$\\boxed{5}$", None, "5", None),
    ],
)
def test_an_answer_is_judged_where_truth_and_answer_are_known(
    tmp_path: Path, question: str, reply: str, truth: str | None, answer: str | None, right: bool | None
) -> None:
    open_ledger(tmp_path / "ledger.jsonl").write(entry(question, reply))
    (line,) = lines_of(tmp_path / "ledger.jsonl")
    expected = {"question": question, "truth": truth, "answer": answer, "right": right}
    assert {name: line[name] for name in expected} == expected


def test_only_a_reply_to_a_question_is_judged(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.jsonl")
    ledger.write(entry(reply=None))
    ledger.write(
        Entry(
            "/generate",
            "[]",
            "Read this: <question>\nWhat is $2 + 3$?\n</question> Write a harder one.",
            reply="\\boxed{5}",
        )
    )
    for line in lines_of(tmp_path / "ledger.jsonl"):
        assert not line.keys() & {"question", "truth", "answer", "right"}


def test_a_question_that_closes_its_own_tag_is_read_to_its_end(tmp_path: Path) -> None:
    question = "Say </question>\n<question>\nWhy?"
    open_ledger(tmp_path / "ledger.jsonl").write(entry(question))
    assert lines_of(tmp_path / "ledger.jsonl")[0]["question"] == question


LONG_PROMPTS = {
    "<question>" * 100_000: None,
    "<question>Why?</question>" * 40_000 + "Write a harder one.": None,
    "</question>" * 100_000: None,
    "Read it. " * 100_000 + "<question>Why?</question>": "Why?",
}


@pytest.mark.parametrize(("prompt", "question"), LONG_PROMPTS.items(), ids=range(len(LONG_PROMPTS)))
def test_a_long_prompt_is_read_in_linear_time(tmp_path: Path, prompt: str, question: str | None) -> None:
    # A search that starts anew at every tag does not come to an end here.
    open_ledger(tmp_path / "ledger.jsonl").write(Entry("/generate", "[]", prompt, reply=""))
    assert lines_of(tmp_path / "ledger.jsonl")[0].get("question") == question


def test_a_question_or_an_answer_that_cannot_be_worked_out_has_its_line(tmp_path: Path) -> None:
    def truth_of(question: str) -> str | None:
        return {"known": "5"}[question]

    def same_value(truth: str, answer: str) -> bool | None:
        raise RecursionError

    ledger = Ledger(tmp_path / "ledger.jsonl", truth_of=truth_of, same_value=same_value)
    for question in ("unknown", "known"):
        ledger.write(entry(question))
    judged = [[line[name] for name in ("question", "truth", "right")] for line in lines_of(tmp_path / "ledger.jsonl")]
    assert judged == [["unknown", None, None], ["known", "5", None]]


def test_a_truth_is_worked_out_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def truth_of(question: str) -> str | None:
        asked.append(question)
        return None

    ledger = Ledger(tmp_path / "ledger.jsonl", truth_of=truth_of, same_value=lambda a, b: None)
    for question in ("a", "b", "a", "a"):
        ledger.write(entry(question))
    assert asked == ["a", "b"]


def test_a_ledger_is_continued_and_each_line_can_be_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    for number in (1, 2, 3):
        ledger = open_ledger(path)
        ledger.write(entry())
        assert [line["request"] for line in lines_of(path)] == list(range(1, number + 1))


def test_lines_of_many_threads_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = open_ledger(path)
    # Far above the size of any buffer between the ledger and the file.
    reply = "$\\boxed{" + "9" * 100_000 + "}$"

    def write() -> None:
        for _ in range(25):
            ledger.write(entry(reply=reply))

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = lines_of(path)
    assert [line["request"] for line in lines] == list(range(1, 201))
    assert {line["answer"] for line in lines} == {"9" * 100_000}


KILLED = """
import os, sys
from pathlib import Path
from synth_builder.offline.ledger import Entry, Ledger
ledger = Ledger(Path(sys.argv[1]), truth_of=lambda question: None, same_value=lambda a, b: None)
for _ in range(3):
    ledger.write(Entry("/generate", "x" * 50_000, "prompt"))
os.kill(os.getpid(), 9)
"""


def test_lines_outlive_a_process_that_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ended = subprocess.run([sys.executable, "-c", KILLED, path])
    assert ended.returncode == -9
    assert [line["request"] for line in lines_of(path)] == [1, 2, 3]


LIMITED = """
import resource, sys
from pathlib import Path
from synth_builder.offline.ledger import Entry, Ledger
ledger = Ledger(Path(sys.argv[1]), truth_of=lambda question: None, same_value=lambda a, b: None)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
for _ in range(9):
    ledger.write(Entry("/generate", "x", "prompt"))
"""


def test_a_full_disk_costs_whole_lines_and_one_message(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ended = subprocess.run([sys.executable, "-c", LIMITED, path], capture_output=True, text=True, check=True)
    assert [line["request"] for line in lines_of(path)] == [1, 2, 3, 4]
    assert ended.stderr.startswith(f"The ledger {path} cannot be written, lines are missing: ")
    assert ended.stderr.count("\n") == 1


def test_text_that_is_no_unicode_is_written_all_the_same(tmp_path: Path) -> None:
    broken = "\ud800"
    open_ledger(tmp_path / "ledger.jsonl").write(entry(broken, f"$\\boxed{{{broken}}}$"))
    assert lines_of(tmp_path / "ledger.jsonl")[0]["answer"] == broken


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "ledger.jsonl"
    with pytest.raises(SynthBuilderError) as caught:
        open_ledger(path)
    assert caught.value.what == f"The ledger {path} cannot be written."
    assert os.strerror(2) in caught.value.cause
    assert "--ledger" in caught.value.todo
