"""A TGI-shaped server on loopback that costs next to nothing, so that what is measured is the client.

Every request takes the time that is drawn for its worksheet, whoever asks and however often, so that the ideal schedule
can be computed on the same times.
"""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import json
import re
import sys
import time
import urllib.request
from array import array
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import NamedTuple
from urllib.parse import urlsplit

from synth_builder.child_process import ANNOUNCEMENT, ChildServer, end_with_parent
from synth_builder.offline.faults import Delay
from synth_builder.row import Row

AT_ONCE = Delay(1e-6, 1e-6)
PATH = "/v1/chat/completions"

_INFO = {
    "model_id": "benchmark/model",
    "model_sha": "0123456789abcdef0123456789abcdef01234567",
    "version": "3.3.6",
    "docker_label": "loopback",
    "max_concurrent_requests": 100_000,
    "max_input_tokens": 16_383,
    "max_total_tokens": 16_384,
}
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_WORKSHEET = re.compile(rb"Worksheet (\d{8})")
_ONE_TOKEN = re.compile(rb'"max_tokens": ?1\b')  # how a server is asked whether it is alive
_LONGEST_ALIVE = 500
_WORDS = (
    "triangle polynomial remainder sequence divisor matrix integral tangent prime factor series limit vector median "
    "interval fraction exponent modulus circle chord angle square root graph vertex path set subset union ratio"
)


def worksheet(number: int, words: int = 250) -> Row:
    """A document of about 2 kB, with the columns that level 1 reads."""
    draw = Random(number)
    text = " ".join(draw.choices(_WORDS.split(), k=words))
    return {
        "id": f"worksheet-{number:08d}",
        "text": f"Worksheet {number:08d}. {text}.",
        "title": f"Worksheet {number}",
        "source": "benchmark",
        "license": "cc0-1.0",
        "topics": [],
        "school_level": "",
        "generator": [],
    }


def service_seconds(delay: Delay, number: int) -> float:
    """How long a request about worksheet `number` takes."""
    digest = hashlib.blake2b(number.to_bytes(8), digest_size=8).digest()
    return delay.at((int.from_bytes(digest) + 0.5) / 2**64) if delay.median < delay.p99 else delay.median


def ideal_seconds(delay: Delay, rows: int, slots: int) -> float:
    """The list schedule: each row in order starts where a slot is free first."""
    free = [0.0] * slots
    for number in range(rows):
        heapq.heapreplace(free, free[0] + service_seconds(delay, number))
    return max(free)


class Record(NamedTuple):
    """What the server has seen of requests, those for one token left out.

    Attributes:
        requests: Requests that came.
        distinct: Different ones of them.
        most_in_flight: The most that were in work at once.
        first: When the first came, in seconds of `time.monotonic`, which all processes share.
        last: When the last came.
        busy_seconds: Time in work, over all slots, until the last came.
        finished: When each answer was sent, in order.
        late_seconds: The most that an answer was sent after its time.
        cpu_seconds: Processor time of the server since it listens.
    """

    requests: int
    distinct: int
    most_in_flight: int
    first: float
    last: float
    busy_seconds: float
    finished: list[float]
    late_seconds: float
    cpu_seconds: float

    def busy_share(self, slots: int) -> float:
        """Share of the slots that were in work from the first request to the last."""
        return self.busy_seconds / (slots * (self.last - self.first))

    def middle_rate(self) -> float:
        """Requests per second in the middle 80 % of all."""
        begin, end = (self.finished[len(self.finished) * tenth // 10] for tenth in (1, 9))
        return 0.8 * len(self.finished) / (end - begin)


class LoopbackServer(ChildServer):
    """The server in a process of its own, for as long as the block runs."""

    def __init__(self, delay: Delay = AT_ONCE) -> None:
        command = (sys.executable, str(Path(__file__)), str(delay.median), str(delay.p99))
        super().__init__("The loopback server", command, start_timeout_seconds=60)

    def requests(self) -> int:
        """How many requests have come until now."""
        with urllib.request.urlopen(f"{self.url}/requests") as answer:
            return int(answer.read())

    def record(self) -> Record:
        """What it has seen until now."""
        with urllib.request.urlopen(f"{self.url}/record") as answer:
            return Record(**json.load(answer))


class _Server:
    def __init__(self, delay: Delay) -> None:
        self.delay = delay
        self.bodies: set[int] = set()
        self.requests = self.in_flight = self.most_in_flight = 0
        self.first = self.last = self.changed = self.area = self.busy_seconds = self.late_seconds = 0.0
        self.finished = array("d")
        self.reply = _reply()
        self.started_with = time.process_time()

    def begin(self, body: bytes) -> float:
        """Count a request in; returns when it is due."""
        now = self._change(+1)
        self.requests += 1
        self.bodies.add(hash(body))
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self.first = self.first or now
        self.last, self.busy_seconds = now, self.area
        return now + service_seconds(self.delay, _number(body))

    def end(self, due: float) -> None:
        """Count a request out."""
        now = self._change(-1)
        self.finished.append(now)
        self.late_seconds = max(self.late_seconds, now - due)

    def _change(self, by: int) -> float:
        now = time.monotonic()
        self.area += self.in_flight * (now - self.changed)
        self.changed = now
        self.in_flight += by
        return now

    def record(self) -> Record:
        return Record(
            self.requests,
            len(self.bodies),
            self.most_in_flight,
            self.first,
            self.last,
            self.busy_seconds,
            list(self.finished),
            self.late_seconds,
            time.process_time() - self.started_with,
        )


class _Connection(asyncio.Protocol):
    """HTTP/1.1 as far as clients of inference servers need it: one request after the other on a connection."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end_of_head, rest = self._received.partition(b"\r\n\r\n")
        length = int(found[1]) if (found := _LENGTH.search(head)) else 0
        if end_of_head and len(rest) >= length:
            self._received = rest[length:]
            self._answer(head.split(b" ", 2)[1].decode(), rest[:length])

    def _answer(self, path: str, body: bytes) -> None:
        if path == PATH and len(body) < _LONGEST_ALIVE and _ONE_TOKEN.search(body):
            self._send(self._server.reply)
        elif path == PATH:
            due = self._server.begin(body)
            asyncio.get_running_loop().call_at(due, self._finish, due, b"%08d" % _number(body))
        elif path == "/requests":
            self._send(b"%d" % self._server.requests)
        elif path == "/record":
            self._send(json.dumps(self._server.record()._asdict()).encode())
        else:
            self._send(json.dumps(_INFO).encode())  # also for /health, of which only the status counts

    def _finish(self, due: float, number: bytes) -> None:
        self._server.end(due)
        self._send(self._server.reply.replace(b"00000000", number))

    def _send(self, body: bytes) -> None:
        if not self._transport.is_closing():
            head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
            self._transport.write(head + body)


def _number(body: bytes) -> int:
    found = _WORKSHEET.search(body)
    return int(found[1]) if found else 0


def _reply() -> bytes:
    """A chat completion of about 2 kB, from which every stage that reads documents gets rows."""
    draw = Random(0)
    questions = "\n".join(
        f"<Q{number}>\nQuestion: On worksheet 00000000, find the {' '.join(draw.choices(_WORDS.split(), k=60))}.\n"
        f"Orig_tag: <newly_created>\nLevel: <high_school>\n</Q{number}>"
        for number in (1, 2, 3)
    )
    concepts = (
        "<level>High School</level>\n<subject>algebra</subject>\n"
        "<topic>\n1. Equations of worksheet 00000000\n</topic>\n"
        "<key_concept>\n1. Equations of worksheet 00000000\n1.1. Roots\n1.2. Factors\n</key_concept>\n"
    )
    body = {
        "object": "chat.completion",
        "id": "",
        "created": 1,
        "model": _INFO["model_id"],
        "system_fingerprint": "3.3.6-loopback",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": concepts + questions},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 700, "completion_tokens": 500, "total_tokens": 1200},
    }
    return json.dumps(body).encode()


async def bare_rate(url: str, requests: int = 20_000, connections: int = 64) -> float:
    """Requests per second of a client that does nothing but HTTP, with bodies as a stage sends them."""
    address = urlsplit(url)
    message = {"role": "user", "content": worksheet(1)["text"] * 2}
    body = json.dumps({"model": "tgi", "messages": [message], "max_tokens": 2048}).encode()
    request = b"POST %s HTTP/1.1\r\nhost: loopback\r\ncontent-length: %d\r\n\r\n" % (PATH.encode(), len(body)) + body

    async def ask(count: int) -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        for _ in range(count):
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            assert length
            await reader.readexactly(int(length[1]))
        writer.close()

    started = time.monotonic()
    bounds = [requests * place // connections for place in range(connections + 1)]
    await asyncio.gather(*(ask(end - begin) for begin, end in pairwise(bounds)))
    return requests / (time.monotonic() - started)


async def _serve(delay: Delay) -> None:
    server = _Server(delay)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: _Connection(server), "127.0.0.1", 0, backlog=4096)
    print(f"{ANNOUNCEMENT}http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", flush=True)
    await listening.serve_forever()


if __name__ == "__main__":
    end_with_parent()
    asyncio.run(_serve(Delay(float(sys.argv[1]), float(sys.argv[2]))))
