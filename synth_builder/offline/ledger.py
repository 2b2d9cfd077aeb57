"""The ledger: one JSON line for every generation request: what was done to it, and whether its answer is right."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from synth_builder.errors import SynthBuilderError
from synth_builder.offline.spoil import boxed_answer

# At the very end, so that no document can pass for a question.
_QUESTION = re.compile(r"<question>\s*(.*?)\s*</question>\s*\Z", re.DOTALL)


@dataclass
class Entry:
    """One generation request, filled in by the server until the request ends.

    Attributes:
        route: Path of the URL.
        content: Canonical JSON of what is asked, as `Faults.decide` gets it.
        prompt: The prompt alone.
        stream: Whether the answer is a stream of events.
        attempt: How often this content was asked, this time included.
        fault: The fault that really acted; "" when none did, also where a reply fault did not fit the reply.
        delay_seconds: How long the request waited before the teacher worked.
        status: HTTP status sent; 0 where no answer was sent.
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
    prompt_tokens: int = 0
    generated_tokens: int = 0
    reply: str | None = None


class Ledger:
    """Appends whole lines to a file; safe to call from several threads.

    Args:
        path: The file; it is created, or continued with the next number.
        truth_of: From a question to its true answer; None where it is not known.
        same_value: Whether two answers mean the same; None where that cannot be told.

    Raises:
        SynthBuilderError: When the file cannot be written.
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
            "prompt_tokens": entry.prompt_tokens,
            "generated_tokens": entry.generated_tokens,
            **self._judge(entry),
        }
        # Without a buffer a line is one write, so a process that is killed leaves no part of a line.
        with self._lock, self._path.open("ab", buffering=0) as file:
            self._requests += 1
            file.write(json.dumps({"request": self._requests, **line}).encode() + b"\n")

    def _judge(self, entry: Entry) -> dict[str, object]:
        """Question, truth, answer and verdict of an answered question; nothing for any other request."""
        asked = _QUESTION.search(entry.prompt)
        if asked is None or entry.reply is None:
            return {}
        question = asked.group(1)
        truth, answer = self._truth_of(question), boxed_answer(entry.reply)
        right = None if truth is None or answer is None else self._same_value(truth, answer)
        return {"question": question, "truth": truth, "answer": answer, "right": right}
