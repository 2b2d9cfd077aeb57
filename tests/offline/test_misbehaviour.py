"""Faults of the server as a client sees them, in the order of its work, and what the ledger says of each request."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from synth_builder.offline.faults import Delay, Faults, FaultSettings
from synth_builder.offline.ledger import Ledger
from synth_builder.offline.tokens import count
from tests.offline.serving import CONFIG, chat, echo, serving

ROUTE = "POST /v1/chat/completions"
Lines = Callable[[], list[dict[str, Any]]]


class Teacher:
    """Counts how often it is asked."""

    calls = 0

    def __call__(self, prompt: str, seed: int) -> str:
        self.calls += 1
        return "done"


def always(fault: str, **settings: Any) -> Faults:
    return Faults(FaultSettings({fault: 1.0}, **settings))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    # Every question has the answer 4.
    return Ledger(tmp_path / "ledger.jsonl", truth_of=lambda question: "4", same_value=lambda a, b: a == b)


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]

    return read


@pytest.mark.parametrize(
    ("status", "error_type"),
    [(429, "overloaded"), (424, "generation"), (500, "incomplete_generation"), (503, "healthcheck")],
)
def test_a_status_fault_is_tgis_error_and_costs_no_work(
    status: int, error_type: str, ledger: Ledger, lines: Lines
) -> None:
    teacher = Teacher()
    with serving(teacher, faults=always(f"status_{status}"), ledger=ledger) as server:
        answered, error = server.refuse(ROUTE, chat("Hi"))
        events = server.stream(ROUTE, chat("Hi", stream=True))
        assert server.ask("POST /tokenize", {"inputs": "Hi"})
    assert (answered, error["error_type"], teacher.calls) == (status, error_type, 0)
    assert events == [{"error": {"message": error["error"], "http_status_code": status}}, "[DONE]"]
    told = [[line[name] for name in ("stream", "fault", "status", "error", "generated_tokens")] for line in lines()]
    fault = f"status_{status}"
    assert told == [[False, fault, status, error_type, 0], [True, fault, 200, error_type, 0]]


@pytest.mark.parametrize(("fault", "calls"), [("cut_before_work", 0), ("cut_after_work", 1)])
def test_a_cut_connection_gives_no_answer(fault: str, calls: int, ledger: Ledger, lines: Lines) -> None:
    teacher = Teacher()
    with serving(teacher, faults=always(fault), ledger=ledger) as server:
        with pytest.raises(http.client.RemoteDisconnected):
            server.send(ROUTE, chat("Hi"))
        assert server.ask("GET /health") == ""
        wait_for(lambda: len(lines()) == 1)
    assert teacher.calls == calls
    (line,) = lines()
    assert (line["fault"], line["status"]) == (fault, 0)
    assert line["generated_tokens"] == 2 * calls


def test_a_stream_is_cut_in_the_middle(ledger: Ledger, lines: Lines) -> None:
    with serving(echo, faults=always("cut_after_work"), ledger=ledger) as server:
        with pytest.raises(http.client.IncompleteRead) as caught:
            server.send("POST /generate_stream", {"inputs": "one two three four five"})
        wait_for(lambda: len(lines()) == 1)
    events = caught.value.partial.decode().strip().split("\n\n")
    assert len(events) == 9 // 2  # 3 tokens of `seed 0:`, 5 words and the end
    assert all(json.loads(event.removeprefix("data: "))["generated_text"] is None for event in events)
    assert (lines()[0]["fault"], lines()[0]["status"]) == ("cut_after_work", 200)


@pytest.mark.parametrize("stream", [False, True])
def test_a_request_that_hangs_ends_with_its_client(stream: bool, ledger: Ledger, lines: Lines) -> None:
    with serving(echo, faults=always("hang"), ledger=ledger) as server:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=0.2)
        body = json.dumps(chat("Hi", stream=stream))
        connection.request("POST", "/v1/chat/completions", body=body, headers={"Content-Type": "application/json"})
        with pytest.raises(TimeoutError):
            connection.getresponse()
        assert lines() == []
        connection.close()
        wait_for(lambda: len(lines()) == 1)
    assert (lines()[0]["fault"], lines()[0]["status"]) == ("hang", 0)


def test_a_delay_holds_the_slot_before_the_teacher_works(ledger: Ledger, lines: Lines) -> None:
    begun = threading.Event()

    def work(prompt: str, seed: int) -> str:
        begun.set()
        return "done"

    config = replace(CONFIG, max_concurrent_requests=1)
    slow = Faults(FaultSettings(delay=Delay(0.4, 0.4)))
    with serving(work, config, faults=slow, ledger=ledger) as server:
        started = time.monotonic()
        first = threading.Thread(target=server.ask, args=(ROUTE, chat("Hi")))
        first.start()
        while "tgi_request_count 1" not in server.ask("GET /metrics"):
            pass
        assert server.refuse(ROUTE, chat("Hi"))[0] == 429
        assert not begun.is_set()
        first.join()
        assert time.monotonic() - started >= 0.4
    assert sorted((line["delay_seconds"], line["status"]) for line in lines()) == [(0, 429), (0.4, 200)]


def test_a_reply_is_spoiled_the_same_way_each_time(ledger: Ledger, lines: Lines) -> None:
    def solve(prompt: str, seed: int) -> str:
        return r"The sum is \boxed{4}." if "question" in prompt else "no box"

    with serving(solve, faults=always("off_by_one", seed=3), ledger=ledger) as server:
        asked = chat("<question>What is 2 + 2?</question>", seed=1)
        replies = [server.ask(ROUTE, asked)["choices"][0]["message"]["content"] for _ in range(2)]
        unspoiled = server.ask(ROUTE, chat("Hi", seed=1))["choices"][0]["message"]["content"]
    assert replies[0] == replies[1] in (r"The sum is \boxed{3}.", r"The sum is \boxed{5}.")
    assert unspoiled == "no box"
    first, second, third = lines()
    assert (first["fault"], first["question"], first["truth"], first["right"]) == (
        *("off_by_one", "What is 2 + 2?", "4", False),
    )
    assert (first["attempt"], second["attempt"], third["attempt"]) == (1, 2, 1)
    assert first["content"] == second["content"] != third["content"]
    assert (third["fault"], third["status"]) == ("", 200)


def test_the_ledger_tells_of_every_generation_request_and_of_no_other(ledger: Ledger, lines: Lines) -> None:
    with serving(lambda prompt, seed: r"\boxed{4}", ledger=ledger) as server:
        question = "<question>What is 2 + 2?</question>"
        server.ask("POST /generate", {"inputs": question})
        server.stream("POST /generate_stream", {"inputs": question})
        server.ask("POST /v1/completions", {"prompt": [question, "Hi"]})
        server.refuse("POST /generate", {"inputs": ""})
        server.ask("POST /tokenize", {"inputs": question})
        server.send("POST /generate", raw=b"{")
    told = [(line["route"], line["stream"], line["status"], line.get("right")) for line in lines()]
    assert told == [
        ("/generate", False, 200, True),
        ("/generate_stream", True, 200, True),
        ("/v1/completions", False, 200, None),
        ("/generate", False, 422, None),
    ]
    assert [line["request"] for line in lines()] == [1, 2, 3, 4]
    first = lines()[0]
    assert (first["prompt_tokens"], first["generated_tokens"]) == (count(question), count(r"\boxed{4}") + 1)
    assert (first["attempt"], first["fault"], first["delay_seconds"]) == (1, "", 0)


@pytest.mark.parametrize(
    ("route", "body", "error"),
    [
        ("POST /v1/completions", {"prompt": "Hi", "suffix": "!", "stream": True}, "suffix not supported"),
        ("POST /v1/completions", {"prompt": ["Hi"] * 5}, "batch size exceeded"),
        (ROUTE, chat("Hi", tools=[{}], response_format={"type": "json_object", "value": {}}), "tool_error"),
    ],
)
def test_what_is_refused_while_it_is_read_has_its_line(
    route: str, body: dict[str, object], error: str, ledger: Ledger, lines: Lines
) -> None:
    with serving(echo, faults=always("hang"), ledger=ledger) as server:
        answers = [server.send(route, body) for _ in range(2)]
    assert [answer.status for answer in answers] == [422, 422]
    told = [[line[name] for name in ("stream", "fault", "status", "error", "attempt")] for line in lines()]
    assert told == [[False, "", 422, error, attempt] for attempt in (1, 2)]


def test_an_error_inside_a_stream_is_in_the_ledger(ledger: Ledger, lines: Lines) -> None:
    def fail(prompt: str, seed: int) -> str:
        raise ValueError("no rule for this")

    with serving(fail, ledger=ledger) as server:
        server.stream("POST /generate_stream", {"inputs": "Hi"})
        server.stream("POST /generate_stream", {"inputs": ""})
        server.stream(ROUTE, chat("Hi", stream=True))
    told = [(line["status"], line["error"], line["fault"]) for line in lines()]
    assert told == [(200, "generation", ""), (200, "validation", ""), (200, "generation", "")]


def test_answers_go_on_where_the_truth_cannot_be_worked_out(tmp_path: Path, lines: Lines) -> None:
    broken = Ledger(tmp_path / "ledger.jsonl", truth_of=lambda question: str(1 // 0), same_value=lambda a, b: True)
    with serving(lambda prompt, seed: r"\boxed{4}", ledger=broken) as server:
        answer = server.ask("POST /generate", {"inputs": "<question>What is 2 + 2?</question>"})
    assert answer["generated_text"] == r"\boxed{4}"
    assert [(line["status"], line["truth"], line["right"]) for line in lines()] == [(200, None, None)]


def test_answers_go_on_where_the_ledger_cannot_be_written_any_more(
    tmp_path: Path, ledger: Ledger, lines: Lines, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ledger.jsonl"
    with serving(echo, ledger=ledger) as server:
        server.ask(ROUTE, chat("first"))
        path.rename(tmp_path / "kept")
        path.mkdir()
        for text in ("second", "third"):
            assert text in server.ask(ROUTE, chat(text))["choices"][0]["message"]["content"]
        told = capfd.readouterr().err
        path.rmdir()
        (tmp_path / "kept").rename(path)
        server.ask(ROUTE, chat("fourth"))
    assert told.startswith(f"The ledger {path} cannot be written, lines are missing: ")
    assert told.count("\n") == 1
    assert [(line["request"], line["status"]) for line in lines()] == [(1, 200), (2, 200)]
    assert capfd.readouterr().err == ""


def test_parameters_are_part_of_the_content_and_the_address_is_not(ledger: Ledger, lines: Lines) -> None:
    with serving(echo, ledger=ledger) as server:
        for body in (chat("Hi", seed=1), chat("Hi", seed=1), chat("Hi", seed=2), chat("Ho", seed=1)):
            server.ask(ROUTE, body)
    contents = [line["content"] for line in lines()]
    assert contents[0] == contents[1]
    assert len(set(contents)) == 3


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
