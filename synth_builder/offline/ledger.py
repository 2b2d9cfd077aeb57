"""The ledger: one JSON line for every generation request: what was done to it, and whether its answer is right."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from synth_builder.errors import SynthBuilderError
from synth_builder.offline.spoil import boxed_answer


@dataclass
class Entry:
    """One generation request, filled in by the server until the request ends.

    Attributes:
        route: Path of the URL.
        content: Canonical JSON of what is asked, as `Faults.decide` gets it.
        prompt: The prompt alone.
        stream: Whether the answer is a stream of events.
        attempt: How often this content was asked, this time included.
        fault: The fault that really acted; "" when none did, also where a reply fault changed nothing that was sent.
        delay_seconds: How long the request was to wait before the teacher worked; 0 where it did not come to that.
        status: HTTP status sent; 0 where no answer was sent.
        error: TGI's `error_type` of the error that was sent, in an event where the answer is a stream; "" for none.
        prompt_tokens: Tokens read.
        generated_tokens: Tokens of the reply.
        reply: The reply as it was sent; None where none was.
    """

    route: str
    content: str
    prompt: str
    stream: bool = False
    attempt: int = 1
    fault: str = ""
    delay_seconds: float = 0.0
    status: int = 0
    error: str = ""
    prompt_tokens: int = 0
    generated_tokens: int = 0
    reply: str | None = None


class Ledger:
    """Appends whole lines to a file; safe to call from several threads.

    An answer is worth more than its line: where the truth cannot be worked out, the line goes without it, and where the
    file can no longer be written, one message on standard error says so.

    Args:
        path: The file; it is created, or continued with the next number.
        truth_of: From a question to its true answer; None where it is not known.
        same_value: Whether two answers mean the same; None where that cannot be told.

    Raises:
        SynthBuilderError: When the file cannot be written at the start.
    """

    def __init__(
        self,
        path: Path,
        *,
        truth_of: Callable[[str], str | None],
        same_value: Callable[[str, str], bool | None],
    ) -> None:
        # Samples of one question come in a row.
        self._truth_of = lru_cache(maxsize=4096)(truth_of)
        self._same_value = same_value
        self._path = path
        self._lock = threading.Lock()
        self._is_broken = False
        try:
            with path.open("a+b") as earlier:
                earlier.seek(0)
                self._requests = sum(1 for _ in earlier)
        except OSError as error:
            raise SynthBuilderError(
                f"The ledger {path} cannot be written.", cause=str(error), todo="Give --ledger another file."
            ) from error

    def write(self, entry: Entry) -> None:
        """Appends the line of a request that has ended; it takes as long as finding the truth does."""
        line = {
            "route": entry.route,
            "content": hashlib.sha256(entry.content.encode("utf-8", "surrogatepass")).hexdigest()[:16],
            "attempt": entry.attempt,
            "stream": entry.stream,
            "fault": entry.fault,
            "delay_seconds": round(entry.delay_seconds, 6),
            "status": entry.status,
            "error": entry.error,
            "prompt_tokens": entry.prompt_tokens,
            "generated_tokens": entry.generated_tokens,
            **self._judge(entry),
        }
        with self._lock:
            text = json.dumps({"request": self._requests + 1, **line}).encode() + b"\n"
            try:
                self._append(text)
            except OSError as error:
                if not self._is_broken:
                    sys.stderr.write(f"The ledger {self._path} cannot be written, lines are missing: {error}\n")
                self._is_broken = True
            else:
                self._requests += 1
                self._is_broken = False

    def _append(self, line: bytes) -> None:
        """Writes all of a line or nothing, as far as that can be done.

        Without a buffer a line is one write, so a process that is killed leaves no part of a line.
        """
        with self._path.open("ab", buffering=0) as file:
            end = file.tell()
            if file.write(line) < len(line):
                file.truncate(end)
                raise OSError("no room for a whole line")

    def _judge(self, entry: Entry) -> dict[str, object]:
        """Question, truth, answer and verdict of an answered question; nothing for any other request."""
        question = _question_of(entry.prompt)
        if question is None or entry.reply is None:
            return {}
        answer, truth, right = boxed_answer(entry.reply), None, None
        with contextlib.suppress(Exception):  # what is not known after an error stays unknown
            truth = self._truth_of(question)
            right = None if truth is None or answer is None else self._same_value(truth, answer)
        return {"question": question, "truth": truth, "answer": answer, "right": right}


def _question_of(prompt: str) -> str | None:
    """Returns the question at the very end of a prompt, so that no document can pass for one; None without one."""
    before, closing, after = prompt.rpartition("</question>")
    _, opening, question = before.partition("<question>")
    return question.strip() if closing and opening and not after.strip() else None
