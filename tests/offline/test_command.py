"""The command serves on loopback alone, says where, and stops when it is told to."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from synth_builder.errors import SynthBuilderError
from synth_builder.offline.command import check_loopback, hash_teacher, run_offline_server
from synth_builder.offline.faults import FaultSettings

# The real command with a teacher of one line, which never answers the prompt `hang`.
PROGRAM = """
import sys, threading, types
teacher = types.ModuleType("synth_builder.offline.teacher")
teacher.reply = lambda prompt, seed: threading.Event().wait() if prompt == "hang" else prompt[::-1]
sys.modules[teacher.__name__] = teacher
from synth_builder.offline import command
command.SHUTDOWN_SECONDS = 0.2
command.run_offline_server("127.0.0.1", 0, until_stdin_closes=True, max_input_tokens=7)
"""


QUESTION = "Find the greatest common divisor of $84$ and $36$."

COMMAND_LINE = (sys.executable, "-m", "synth_builder", "offline-tgi", "--port", "0", "--until-stdin-closes")


@contextlib.contextmanager
def running(*command: str, environment: Mapping[str, str] | None = None) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Starts a command, the one above unless another is given; gives the process and its port."""
    with subprocess.Popen(
        command or [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            match = re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)\n", line)
            assert match, line
            yield process, int(match.group(1))
        finally:
            process.kill()


def post(port: int, prompt: str) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = f'{{"inputs": "{prompt}"}}'
    connection.request("POST", "/generate", body=body, headers={"Content-Type": "application/json"})
    return connection


def test_it_says_where_it_listens_and_answers_there() -> None:
    with running() as (_, port), contextlib.closing(post(port, "abc")) as connection:
        assert connection.getresponse().read() == b'{"generated_text": "cba"}'
        connection.request("GET", "/info")
        assert b'"max_input_tokens": 7' in connection.getresponse().read()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(number: signal.Signals) -> None:
    with running() as (process, _):
        process.send_signal(number)
        assert process.wait(30) == 0


def test_the_end_of_stdin_ends_it_in_order() -> None:
    with running() as (process, _):
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0


def test_the_end_of_stdin_ends_it_even_while_the_teacher_hangs() -> None:
    with running() as (process, port), contextlib.closing(post(port, "hang")):
        # A second connection is answered only after the first request is on its way to the teacher.
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as other:
            other.request("GET", "/health")
            assert other.getresponse().status == 200
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_loopback_hosts_are_taken(host: str) -> None:
    check_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", ""])
def test_other_hosts_are_refused_with_the_reason(host: str) -> None:
    with pytest.raises(SynthBuilderError) as caught:
        run_offline_server(host, 0, until_stdin_closes=False)
    assert caught.value.what == f"The offline server does not listen on {host!r}."
    assert "rule-based stand-in" in caught.value.cause
    assert "text-generation-inference" in caught.value.todo


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        program = PROGRAM.replace('"127.0.0.1", 0', f'"127.0.0.1", {port}')
        ended = subprocess.run(
            [sys.executable, "-c", program], stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
    assert ended.returncode == 1
    assert f"The offline server cannot listen on 127.0.0.1:{port}." in ended.stderr
    assert "Use port 0 to get a free port" in ended.stderr


def ask(port: int, key: str) -> tuple[int, str]:
    """Asks the question; returns the status and the text of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    parameters = {"decoder_input_details": True}
    body = json.dumps({"inputs": f"\\boxed{{}}\n<question>\n{QUESTION}\n</question>", "parameters": parameters})
    with contextlib.closing(connection):
        connection.request("POST", "/generate", body=body, headers=headers)
        response = connection.getresponse()
        return response.status, response.read().decode()


def test_key_faults_delay_and_ledger_of_the_command_line_reach_the_server(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    options = ("--fault", "off_by_one=1", "--fault", "hang=0", "--fault-seed", "5", "--delay", "0.05,0.05")
    command = (*COMMAND_LINE, *options, "--ledger", str(path), "--enable-prefill-logprobs")
    with running(*command, environment={"OFFLINE_TGI_API_KEY": "secret-7f"}) as (process, port):
        assert ask(port, "another")[0] == 401
        status, text = ask(port, "secret-7f")
        assert status == 200
        answer = json.loads(text)
        assert len(answer["details"]["prefill"]) > 10
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", "/info")
            info = json.loads(connection.getresponse().read())
        assert ask(port, "secret-7f") == (status, text)
        process.kill()  # with no chance to write anything more
        process.wait()
    written = path.read_text()
    assert written.endswith("\n")
    lines = [json.loads(line) for line in written.splitlines()]
    wrong = answer["generated_text"].rpartition("{")[2].partition("}")[0]
    assert wrong in ("11", "13")
    assert "12" not in (wrong, lines[0]["answer"])
    expected = {"fault": "off_by_one", "delay_seconds": 0.05, "truth": "12", "answer": wrong, "right": False}
    for attempt, line in enumerate(lines, start=1):
        assert {name: line[name] for name in expected} == expected
        assert line["attempt"] == attempt
    assert len(lines) == 2
    assert "secret" not in written
    assert info["model_sha"] != hash_teacher()
    signature = FaultSettings({"off_by_one": 1.0}, 5).reply_signature
    assert info["model_sha"] == hash_teacher(reply_faults=signature)


def test_an_empty_key_lets_everybody_in() -> None:
    with running(*COMMAND_LINE, "--api-key", "", environment={"OFFLINE_TGI_API_KEY": "secret"}) as (_, port):
        assert ask(port, "")[0] == 200


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--fault", "off_by_two=0.1"), ("There is no fault 'off_by_two'.", "Known are: status_429, ", "refusal.")),
        (("--fault", "hang=2"), ("The rate of hang is 2.", "from 0 to 1")),
        (("--delay", "soon"), ("'soon' is no delay.", "--delay 0.5,4")),
        (("--ledger", "/missing/folder/x"), ("The ledger /missing/folder/x cannot be written.", "--ledger")),
    ],
)
def test_wrong_options_are_shown_without_a_traceback(options: tuple[str, ...], words: tuple[str, ...]) -> None:
    ended = subprocess.run([*COMMAND_LINE, *options], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    for word in words:
        assert word in ended.stderr


def test_the_model_sha_follows_what_changes_replies_and_nothing_else(tmp_path: Path) -> None:
    def sha(faults: list[str], seed: int = 0, delay: str | None = None) -> str:
        return hash_teacher(tmp_path, reply_faults=FaultSettings.parse(faults, seed, delay).reply_signature)

    plain = hash_teacher(tmp_path)
    assert sha(["hang=0.5", "status_503=0.5", "refusal=0"], 7, "1,2") == plain
    with_faults = [sha(["refusal=0.1"]), sha(["refusal=0.2"]), sha(["refusal=0.1"], 7), sha(["empty_reply=0.1"])]
    assert len({plain, *with_faults}) == 5
    assert sha(["refusal=0.1", "hang=0.5"], 0, "1") == with_faults[0]


def test_the_model_sha_follows_the_teachers_files(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text("A = 1\n")
    first = hash_teacher(tmp_path)
    assert re.fullmatch(r"[0-9a-f]{40}", first)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "rules.pyc").write_text("compiled")
    assert hash_teacher(tmp_path) == first
    (tmp_path / "rules.py").write_text("A = 2\n")
    assert hash_teacher(tmp_path) != first
    (tmp_path / "rules.py").rename(tmp_path / "laws.py")
    (tmp_path / "laws.py").write_text("A = 1\n")
    assert hash_teacher(tmp_path) != first
