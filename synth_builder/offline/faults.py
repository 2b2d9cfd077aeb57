"""Faults on demand: which of them strikes a request is drawn from a seed and from what is asked."""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from statistics import NormalDist
from typing import NamedTuple

from synth_builder.errors import SynthBuilderError
from synth_builder.offline.protocol import ProtocolError, overloaded

# In the words of TGI; 503 is what it answers while a shard is down.
STATUS_FAULTS: Mapping[str, Callable[[], ProtocolError]] = {
    "status_429": overloaded,
    "status_424": partial(
        ProtocolError, 424, "Request failed during generation: Server error: CUDA out of memory.", "generation"
    ),
    "status_500": partial(ProtocolError, 500, "Incomplete generation", "incomplete_generation"),
    "status_503": partial(ProtocolError, 503, "unhealthy", "healthcheck"),
}
CONNECTION_FAULTS = ("cut_before_work", "cut_after_work", "hang")
TRANSPORT_FAULTS = (*STATUS_FAULTS, *CONNECTION_FAULTS)
REPLY_FAULTS = (
    "arithmetic_slip",
    "dropped_sign",
    "off_by_one",
    "systematic_error",
    "cut_tags",
    "wrong_numbering",
    "prose_around",
    "empty_reply",
    "other_language",
    "refusal",
)
ALL_FAULTS = (*TRANSPORT_FAULTS, *REPLY_FAULTS)
_FAULTS_OF_ONE_REPLY = tuple(name for name in REPLY_FAULTS if name != "systematic_error")

_P99_DEVIATIONS = NormalDist().inv_cdf(0.99)


@dataclass(frozen=True)
class Delay:
    """How long a request waits before the teacher works, while it holds its slot.

    Attributes:
        median: Seconds; half of the requests wait longer.
        p99: Seconds; one request of a hundred waits longer, by a log-normal distribution. Equal to `median`: all
            requests wait equally long.

    Raises:
        SynthBuilderError: Unless 0 < `median` <= `p99`, both finite.
    """

    median: float
    p99: float

    def __post_init__(self) -> None:
        if not 0 < self.median <= self.p99 < math.inf:
            raise SynthBuilderError(
                f"A delay of {self.median:g} seconds with a 99th percentile of {self.p99:g} seconds cannot be.",
                todo="Give a median above 0 and a 99th percentile that is not below it: --delay 0.5,4",
            )

    @classmethod
    def parse(cls, text: str) -> Delay:
        """Reads `SECONDS` or `MEDIAN,P99`, such as "0.5,4".

        Raises:
            SynthBuilderError: When the text is neither.
        """
        try:
            numbers = [float(part) for part in text.split(",")]
            median, p99 = numbers * 2 if len(numbers) == 1 else numbers
        except ValueError:
            raise SynthBuilderError(
                f"{text!r} is no delay.", todo="Give seconds, or the median and the 99th percentile: --delay 0.5,4"
            ) from None
        return cls(median, p99)

    def at(self, share: float) -> float:
        """Returns the seconds that the given share (between 0 and 1) of all requests stays below."""
        deviations = NormalDist().inv_cdf(share) / _P99_DEVIATIONS
        return self.median * math.pow(self.p99 / self.median, deviations)


@dataclass(frozen=True)
class FaultSettings:
    """Which faults happen, how often, and the seed of all draws.

    Attributes:
        rates: Share of the requests, from 0 to 1, by the name of the fault (one of `ALL_FAULTS`).
        seed: Another seed strikes other requests.
        delay: How long requests wait; None for not at all.

    Raises:
        SynthBuilderError: For an unknown name, a rate that is no share, or rates of `TRANSPORT_FAULTS` or of
            `REPLY_FAULTS` that are more than all requests together.
    """

    rates: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    delay: Delay | None = None

    def __post_init__(self) -> None:
        for name, rate in self.rates.items():
            if name not in ALL_FAULTS:
                raise SynthBuilderError(f"There is no fault {name!r}.", todo=f"Known are: {', '.join(ALL_FAULTS)}.")
            if not 0 <= rate <= 1:
                raise SynthBuilderError(f"The rate of {name} is {rate:g}.", todo="Give a share from 0 to 1.")
        for kind, names in (("statuses and connections", TRANSPORT_FAULTS), ("replies", REPLY_FAULTS)):
            total = math.fsum(self.rates.get(name, 0.0) for name in names)
            if total > 1:
                raise SynthBuilderError(
                    f"The rates of the faults of {kind} are {total:g} together.",
                    cause="At most one of them strikes a request.",
                    todo="Give rates that are 1 or less together.",
                )

    @classmethod
    def parse(cls, faults: Iterable[str], seed: int = 0, delay: str | None = None) -> FaultSettings:
        """Reads the options of the command line.

        Args:
            faults: `NAME=RATE` each, such as "off_by_one=0.1"; a name at most once.
            seed: Seed of all draws.
            delay: As `Delay.parse` reads it; None for no delay.

        Raises:
            SynthBuilderError: For what cannot be read, and as `FaultSettings` and `Delay` do.
        """
        rates: dict[str, float] = {}
        for fault in faults:
            name, _, rate = fault.partition("=")
            if name in rates:
                raise SynthBuilderError(f"The fault {name} is given twice.", todo="Give each fault one rate.")
            try:
                rates[name] = float(rate)
            except ValueError:
                raise SynthBuilderError(
                    f"{fault!r} is no fault with its rate.",
                    todo=f"Write NAME=RATE, such as off_by_one=0.1. Known are: {', '.join(ALL_FAULTS)}.",
                ) from None
        return cls(rates, seed, None if delay is None else Delay.parse(delay))

    @property
    def reply_signature(self) -> str:
        """Canonical JSON of all that changes replies; "" when nothing does."""
        rates = {name: self.rates[name] for name in REPLY_FAULTS if self.rates.get(name)}
        return json.dumps([self.seed, rates], sort_keys=True) if rates else ""


class Decision(NamedTuple):
    """What is done to one request.

    Attributes:
        transport_fault: One of `TRANSPORT_FAULTS`, or "".
        reply_fault: One of `REPLY_FAULTS`, or ""; it strikes only a request that gets as far as a reply.
        reply_key: What `spoil` draws the details of the reply fault from.
        delay_seconds: How long the request is to wait before the teacher works.
        attempt: 1 for the first request of this content, 2 for the second, and so on.
    """

    transport_fault: str = ""
    reply_fault: str = ""
    reply_key: str = ""
    delay_seconds: float = 0.0
    attempt: int = 1


class Faults:
    """Decides what is done to each request.

    Every draw comes from the seed and a key, so neither order nor concurrency matters, and another process draws the
    same. The one thing remembered is how often each content was asked.

    - A transport fault, and the delay: the content and the attempt, so a retry is drawn anew.
    - `systematic_error`: the prompt alone, so all samples of a question get the same wrong answer.
    - Any other reply fault: the content, so the same request always gets the same reply.

    One draw decides between the faults of a kind, so that each strikes at its own rate whatever the others are.
    """

    def __init__(self, settings: FaultSettings) -> None:
        self._settings = settings
        self._attempts: Counter[bytes] = Counter()
        self._lock = threading.Lock()

    def decide(self, content: str, prompt: str) -> Decision:
        """Decides on one request.

        Args:
            content: Canonical JSON of what is asked: the prompt and all parameters.
            prompt: The prompt alone.
        """
        digest = hashlib.sha256(content.encode("utf-8", "surrogatepass"))
        with self._lock:
            self._attempts[digest.digest()] += 1
            attempt = self._attempts[digest.digest()]
        content_key = digest.hexdigest()
        attempt_key = f"{content_key} {attempt}"
        prompt_key = hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()
        systematic_rate, delay = self._settings.rates.get("systematic_error", 0.0), self._settings.delay
        if self._draw("systematic_error", prompt_key) < systematic_rate:
            reply_fault, reply_key = "systematic_error", prompt_key
        else:  # the share of the other prompts alone, so that each rate is one of all requests
            number = self._draw("reply", content_key) * (1 - systematic_rate)
            reply_fault, reply_key = self._fault_at(number, _FAULTS_OF_ONE_REPLY), content_key
        return Decision(
            self._fault_at(self._draw("transport", attempt_key), TRANSPORT_FAULTS),
            reply_fault,
            f"{self._settings.seed} {reply_key}" if reply_fault else "",
            delay.at(self._draw("delay", attempt_key)) if delay else 0.0,
            attempt,
        )

    def _fault_at(self, number: float, names: Iterable[str]) -> str:
        """Returns the fault in whose interval the number lies: side by side from 0, each as long as its rate."""
        for name in names:
            number -= self._settings.rates.get(name, 0.0)
            if number < 0:
                return name
        return ""

    def _draw(self, name: str, key: str) -> float:
        """Returns a number between 0 and 1, both left out, of 52 random bits."""
        digest = hashlib.sha256(f"{self._settings.seed} {name} {key}".encode()).digest()
        return ((int.from_bytes(digest[:8]) >> 12) + 0.5) / 2**52
