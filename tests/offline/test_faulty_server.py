"""What the faults of a server mean for the replies of its clients: which routes, which samples, which retries."""

from __future__ import annotations

import contextlib
import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from synth_builder.offline.faults import REPLY_FAULTS, TRANSPORT_FAULTS, Delay, Faults, FaultSettings
from synth_builder.offline.ledger import Ledger
from tests.offline.serving import CONFIG, Address, Answer, serving

QUESTION = "What is $2 + 3$?"
PROMPT = f"Solve it.\n\n<question>\n{QUESTION}\n</question>"
SOLUTION = "1. We add: $2 + 3 = 5$.\n\nThe answer is $\\boxed{5}$."
BLOCKS = "<Q1>\nQuestion: Why?\n</Q1>\n\n<Q2>\nQuestion: How?\n</Q2>"

# Replies of more than one shape, as a fault need not fit all.
REPLIES = {PROMPT: SOLUTION, "Write questions.": BLOCKS}


class Server:
    """The address of a server, and its ledger."""

    def __init__(self, address: Address, ledger_path: Path) -> None:
        self.address = address
        self.ledger_path = ledger_path

    def generate(self, prompt: str = PROMPT, **parameters: object) -> Answer:
        return self.address.send("POST /generate", {"inputs": prompt, "parameters": parameters})

    def text(self, prompt: str = PROMPT, **parameters: object) -> str:
        body = {"inputs": prompt, "parameters": parameters}
        return str(self.address.ask("POST /generate", body)["generated_text"])

    def lines(self, count: int) -> list[dict[str, object]]:
        """The ledger's lines, once there are so many; a request whose client went away ends a little later."""
        deadline = time.monotonic() + 20
        while self.ledger_path.read_text().count("\n") < count:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        lines = [json.loads(line) for line in self.ledger_path.read_text().splitlines()]
        assert [line["request"] for line in lines] == list(range(1, count + 1))
        return lines


def compare(one: str, other: str) -> bool:
    time.sleep(0.01)  # a line can take long, while other requests end
    return one == other


@contextlib.contextmanager
def faulty(folder: Path, rates: dict[str, float], *, slots: int = 128, delay: Delay | None = None) -> Iterator[Server]:
    path = folder / f"{'-'.join(rates)}.jsonl"
    ledger = Ledger(path, truth_of={QUESTION: "5"}.get, same_value=compare)
    config = replace(CONFIG, max_concurrent_requests=slots)
    faults = Faults(FaultSettings(rates, delay=delay))
    with serving(lambda prompt, seed: REPLIES[prompt], config, faults=faults, ledger=ledger) as address:
        yield Server(address, path)


def part(line: dict[str, object], *names: str) -> list[object]:
    return [line.get(name, "absent") for name in names]


@pytest.mark.parametrize("route", ["/", "/generate", "/v1/chat/completions", "/v1/completions"])
def test_every_route_of_generation_has_faults_and_lines(tmp_path: Path, route: str) -> None:
    body = {"inputs": PROMPT, "prompt": PROMPT, "messages": [{"role": "user", "content": PROMPT}]}
    with faulty(tmp_path, {"off_by_one": 1.0}) as server:
        answer = server.address.send(f"POST {route}", body)
        assert answer.status == 200
        assert "boxed{5}" not in json.dumps(answer.body)
        (line,) = server.lines(1)
    assert part(line, "route", "status", "fault", "truth", "right") == [route, 200, "off_by_one", "5", False]


def test_other_routes_know_no_faults(tmp_path: Path) -> None:
    with faulty(tmp_path, dict.fromkeys(TRANSPORT_FAULTS, 1 / len(TRANSPORT_FAULTS)), delay=Delay(30, 30)) as server:
        for route in ("GET /health", "GET /info", "GET /v1/models", "GET /metrics"):
            assert server.address.send(route).status == 200
        assert server.address.send("POST /tokenize", {"inputs": PROMPT}).status == 200
        assert server.lines(0) == []


def test_a_status_does_not_wait_for_the_delay(tmp_path: Path) -> None:
    with faulty(tmp_path, {"status_503": 1.0}, delay=Delay(30, 30)) as server:
        started = time.monotonic()
        assert server.generate().status == 503
        assert time.monotonic() - started < 20
        assert part(server.lines(1)[0], "fault", "delay_seconds") == ["status_503", 0]


def test_hanging_requests_hold_no_slot(tmp_path: Path) -> None:
    hanging = []
    with faulty(tmp_path, {"hang": 0.5}, slots=1) as server:
        for seed in range(1, 13):
            connection = http.client.HTTPConnection(server.address.host, server.address.port, timeout=0.4)
            body = json.dumps({"inputs": PROMPT, "parameters": {"seed": seed, "do_sample": True}})
            connection.request("POST", "/generate", body=body, headers={"Content-Type": "application/json"})
            try:
                assert connection.getresponse().status == 200
                connection.close()
            except TimeoutError:
                hanging.append(connection)
        assert 0 < len(hanging) < 12
        server.lines(12 - len(hanging))
        for connection in hanging:
            connection.close()
        lines = server.lines(12)
    outcomes = [part(line, "fault", "status", "answer") for line in lines]
    assert outcomes == [["", 200, "5"]] * (12 - len(hanging)) + [["hang", 0, "absent"]] * len(hanging)


@pytest.mark.parametrize("fault", REPLY_FAULTS)
def test_a_spoiled_reply_is_sent_and_noted_as_it_is(tmp_path: Path, fault: str) -> None:
    is_slip = fault in REPLY_FAULTS[:4]
    with faulty(tmp_path, {fault: 1.0}) as server:
        solution, blocks = server.text(), server.text("Write questions.")
        lines = server.lines(2)
    fits = [fault != "wrong_numbering", not is_slip]
    assert [solution != SOLUTION, blocks != BLOCKS] == fits
    assert [line["fault"] for line in lines] == [fault if fit else "" for fit in fits]
    assert {line["status"] for line in lines} == {200}
    answer = "5" if "boxed{5}" in solution else solution[solution.rindex("{") + 1 : -3] if is_slip else None
    right = False if is_slip else True if fault in ("prose_around", "wrong_numbering") else None
    assert part(lines[0], "question", "truth", "answer", "right") == [QUESTION, "5", answer, right]
    assert "question" not in lines[1]


def test_a_fault_behind_the_end_of_a_reply_is_none(tmp_path: Path) -> None:
    with faulty(tmp_path, {"off_by_one": 1.0}) as server:
        assert server.text(max_new_tokens=3) == server.text(stop=["We"], max_new_tokens=9) == "1. We"
        assert server.text(stop=["add"]) != SOLUTION != server.text()
        lines = server.lines(4)
    assert [line["fault"] for line in lines] == ["", "", "", "off_by_one"]


def test_a_stream_of_a_spoiled_reply_is_the_same_reply(tmp_path: Path) -> None:
    with faulty(tmp_path, {"off_by_one": 1.0}) as server:
        *_, last = server.address.stream("POST /generate_stream", {"inputs": PROMPT})
        assert last["generated_text"] in (SOLUTION.replace("5", "4"), SOLUTION.replace("5", "6"))
        (line,) = server.lines(1)
    assert part(line, "stream", "fault", "right") == [True, "off_by_one", False]


def test_a_retry_gets_another_draw_and_then_the_same_reply(tmp_path: Path) -> None:
    with faulty(tmp_path, {"status_503": 0.5, "off_by_one": 1.0}) as server:
        answers = [server.generate() for _ in range(20)]
        lines = server.lines(20)
    assert {answer.status for answer in answers} == {200, 503}
    assert [line["attempt"] for line in lines] == list(range(1, 21))
    assert len({line["content"] for line in lines}) == 1
    assert len({str(answer.body) for answer in answers if answer.status == 200}) == 1


def test_samples_share_a_systematic_error_and_differ_in_slips(tmp_path: Path) -> None:
    answers = {}
    for fault, rate in (("systematic_error", 1.0), ("arithmetic_slip", 0.5)):
        with faulty(tmp_path, {fault: rate}) as server:
            for seed in range(1, 25):
                server.text(do_sample=True, seed=seed)
            answers[fault] = {line["answer"] for line in server.lines(24)}
    assert len(answers["systematic_error"]) == 1
    assert answers["systematic_error"] != {"5"}
    assert answers["arithmetic_slip"] == {"5", "3", "7"}


def test_many_requests_at_once_have_a_whole_line_each(tmp_path: Path) -> None:
    rates = {"status_503": 0.1, "cut_before_work": 0.1, "cut_after_work": 0.1, "off_by_one": 0.3, "empty_reply": 0.1}
    with faulty(tmp_path, rates) as server:

        def ask(seed: int) -> str:
            try:
                return str(server.generate(do_sample=True, seed=seed).status)
            except (http.client.RemoteDisconnected, ConnectionResetError):
                return "cut"

        with ThreadPoolExecutor(16) as threads:
            seen = list(threads.map(ask, range(1, 201)))
        lines = server.lines(200)
    cut = [line for line in lines if line["status"] == 0]
    assert {line["fault"] for line in cut} == {"cut_before_work", "cut_after_work"}
    assert len(cut) == seen.count("cut")
    assert sum(line["status"] == 503 for line in lines) == seen.count("503") > 0
    right = {line["fault"]: line.get("right", "absent") for line in lines}
    assert right == {
        "": True,
        "off_by_one": False,
        "empty_reply": None,
        "status_503": "absent",
        "cut_before_work": "absent",
        "cut_after_work": "absent",
    }
