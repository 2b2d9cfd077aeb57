"""What a failure is worth: its kind, its cause, how many attempts, how long a wait, and what the server says of it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Container, Mapping
from typing import Literal, NamedTuple

from synth_builder.retry_after import retry_after_seconds

# Failures without an HTTP status have one of these.
NO_ANSWER = 0  # no answer came, or not all of it: nobody listens, cut off, out of time
NOT_SENT = 1  # the request could not even be written, such as one with half a surrogate pair in it
REASONING_ALONE = "the reply is reasoning alone, without content"

OVERLOAD = (NO_ANSWER, 429, 502, 503, 504, 529)  # fewer requests at once may help
NOT_BEGUN = (429, 529)  # refused unread, so that the request cannot be to blame

_ALL = sys.maxsize  # as many attempts as the recipe allows
_FEW = 3
_LONGEST_IN_A_LINE = 80

_ANYTHING = re.compile("")
_BEYOND_THE_WINDOW = re.compile(
    r"`inputs` must have less than|`inputs` tokens \+ `max_new_tokens`"  # TGI
    r"|maximum context length|model's context length is only|longer than the maximum model length"  # vLLM
    r"|longer than the model's context length"  # SGLang, and its "maximum context length"
    r"|exceed_context_size_error|exceeds the available context size"  # llama.cpp
    r"|context_length_exceeded",  # OpenAI, and what follows it
    re.IGNORECASE,
)
_MODEL_AWAY = re.compile("model_not_supported|Server is pinned to")  # the Hub's router, transformers serve


class Rule(NamedTuple):
    """One line of the table: which failures it is for, and what they are worth.

    Attributes:
        statuses: HTTP statuses, `NO_ANSWER` or `NOT_SENT`.
        says: What the message has in it.
        kind: As in `RequestError`.
        attempts: Most attempts at the request, the first one included.
        speaks_of: What is at fault: the `request`, maybe the `server`, or the `access` to it (token, account, address).
    """

    statuses: Container[int]
    says: re.Pattern[str]
    kind: str
    attempts: int
    speaks_of: Literal["request", "server", "access"]


# The first line that fits counts.
RULES = (
    Rule((413,), _ANYTHING, "too_long", 1, "request"),
    Rule((400, 422), _BEYOND_THE_WINDOW, "too_long", 1, "request"),
    Rule((400,), _MODEL_AWAY, "transient", 1, "access"),
    Rule((400, 415, 422), _ANYTHING, "invalid", 1, "request"),
    Rule((NOT_SENT,), _ANYTHING, "transient", 1, "request"),
    Rule((NO_ANSWER, 408, 429, *range(500, 600)), _ANYTHING, "transient", _ALL, "server"),
    Rule((424,), _ANYTHING, "transient", _FEW, "server"),  # the generation itself failed
    # The server's reasoning parser is at fault.
    Rule(range(200, 300), re.compile(REASONING_ALONE), "transient", 1, "request"),
    Rule(range(200, 300), _ANYTHING, "transient", _FEW, "server"),  # no reply, such as the page of a gateway
    # All others, such as 401, 402, 403, 404: the next run may do better.
    Rule(range(1000), _ANYTHING, "transient", 1, "access"),
)


class NoReplyError(Exception):
    """One attempt that brought no reply.

    Its text may be long, and may hold what the server repeats of the request. It can always be written as UTF-8.

    Args:
        status: HTTP status of the answer, `NO_ANSWER` or `NOT_SENT`.
        message: What the server, or else the connection, said.
        wait_seconds: Least wait before the next attempt, as the server asked for it.
    """

    def __init__(self, status: int, message: str, wait_seconds: float = 0.0) -> None:
        self.status = status
        self.message = clean_text(message)
        self.wait_seconds = wait_seconds
        super().__init__(f"HTTP {status}: {self.message}" if status >= 100 else self.message)

    @property
    def rule(self) -> Rule:
        """The line of `RULES` for this failure."""
        return next(rule for rule in RULES if self.status in rule.statuses and rule.says.search(self.message))

    @property
    def in_a_line(self) -> str:
        """Its text, short enough for the screen."""
        printable = "".join(letter if letter.isprintable() else " " for letter in str(self))
        return " ".join(printable.split())[:_LONGEST_IN_A_LINE]

    @property
    def may_be_billed(self) -> bool:
        """Whether the server may have worked on the request: connected and no answer, or an answer without a reply."""
        was_connected = not self.message.startswith(("ConnectError", "ConnectTimeout"))
        return 200 <= self.status < 300 or (self.status == NO_ANSWER and was_connected)


def clean_text(text: str) -> str:
    """Put question marks for lone surrogates, which JSON and headers can carry and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


def find_message(text: str) -> str:
    """What an answer says to people, without the wrapping; empty where it says nothing.

    Known are `{"error": {"message", "code", "type"}}` (OpenAI, vLLM, llama.cpp), `{"object": "error", "message"}`
    (SGLang), `{"error", "error_type"}` (TGI), `{"detail"}` with a text or a list of `{"loc", "msg"}` (FastAPI), any of
    these as text inside another, plain text, and pages of HTML, of which the title counts.
    """
    try:
        return _find(text)
    except RecursionError:
        return ""


def _find(content: object) -> str:
    if isinstance(content, str):
        return _find(inner) if isinstance(inner := _parse(content), dict | list) else _plain(content)
    if isinstance(content, list):
        return "; ".join(filter(None, map(_find, content)))
    if not isinstance(content, dict):
        return ""
    message = next(filter(None, (_find(content.get(key)) for key in ("error", "message", "detail", "msg"))), "")
    if message and isinstance(content.get("loc"), list):
        return f"{'.'.join(map(str, content['loc']))}: {message}"
    names = (content.get(key) for key in ("code", "error_type", "type"))
    name = next((name for name in names if isinstance(name, str) and name and not name.isdecimal()), "")
    return f"{message} ({name})" if message and name else message


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _plain(text: str) -> str:
    if text.lstrip().startswith("<"):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        text = title[1] if title else "a page of HTML"
    return " ".join(text.split())


def hide_token(text: str, token: str | None) -> str:
    r"""Put `***` in place of a token, also where JSON has escaped its letters: `a\/b`, `a\u002Bb`."""
    if not token:
        return text
    # A JSON text inside another doubles the backslashes.
    letters = (rf"(?:\\{{0,7}}{re.escape(letter)}|\\{{1,7}}u{ord(letter):04x})" for letter in token)
    return re.sub("".join(letters), "***", text, flags=re.IGNORECASE)


def told_wait_seconds(status: int, headers: Mapping[str, str]) -> float:
    """Seconds to wait, by `Retry-After` (a number or a date) or by the Hub's `RateLimit`; 0 where neither says it."""
    if told := headers.get("retry-after", ""):
        return retry_after_seconds(told) or 0.0
    # The Hub states `"api";r=REQUESTS_LEFT;t=SECONDS` on every answer, so it counts only where none is left.
    spent = re.search(r";\s*r=0\s*;\s*t=([0-9]+)", headers.get("ratelimit", "")) if status == 429 else None
    return float(spent[1]) if spent else 0.0
