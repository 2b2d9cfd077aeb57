"""The server's counts and times as Prometheus reads them, under TGI's names."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from synth_builder.offline.generation import Finished
from synth_builder.offline.protocol import ProtocolError, ServerConfig

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# TGI's own buckets, in seconds: from 0.15 ms, each half as wide again as the one before.
_DURATION_BOUNDS = tuple(0.0001 * 1.5**step for step in range(1, 36))

# TGI's words for `err`, where they are not those of `error_type`.
_ERRORS = {
    "incomplete_generation": "incomplete",
    "suffix not supported": "validation",
    "batch size exceeded": "validation",
}


class Timing(NamedTuple):
    """When the steps of a request happened, in seconds of `time.perf_counter`."""

    received: float
    queued: float
    started: float
    ended: float


class Histogram:
    """Counts observations by how large they are.

    Args:
        bounds: The upper bounds of the buckets, in rising order; above the last one is one bucket more.
    """

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Adds an observation."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def lines(self, name: str) -> Iterator[str]:
        """Yields the lines of the text format; its buckets count all that is not above their bound."""
        yield f"# TYPE {name} histogram"
        total = 0
        for bound, count in zip((*self._bounds, "+Inf"), self._counts, strict=True):
            total += count
            yield f'{name}_bucket{{le="{bound}"}} {total}'
        yield f"{name}_sum {self._sum}"
        yield f"{name}_count {total}"


class Metrics:
    """What TGI's router counts, a prompt at a time, as far as a server without batches and shards has it.

    Attributes:
        requests: Prompts that were asked, whatever came of them.
    """

    def __init__(self, config: ServerConfig) -> None:
        prompt_bounds = [config.max_input_tokens * step / 100 for step in range(1, 101)]
        reply_bounds = [config.max_total_tokens * step / 100 for step in range(1, 101)]
        self.requests = 0
        self._successes = 0
        self._failures: Counter[str] = Counter()
        self._input_length = Histogram(prompt_bounds)
        self._max_new_tokens = Histogram(reply_bounds)
        self._generated_tokens = Histogram(reply_bounds)
        self._duration = Histogram(_DURATION_BOUNDS)
        self._validation_duration = Histogram(_DURATION_BOUNDS)
        self._queue_duration = Histogram(_DURATION_BOUNDS)
        self._inference_duration = Histogram(_DURATION_BOUNDS)
        self._time_per_token = Histogram(_DURATION_BOUNDS)

    def count_failure(self, error: ProtocolError) -> None:
        """Counts a request that was answered with an error."""
        self._failures[_ERRORS.get(error.error_type, error.error_type)] += 1

    def count_success(self, finished: Finished, timing: Timing) -> None:
        """Counts the prompts of a request that was answered."""
        for work, (best, *_) in zip(finished.works, finished.generations, strict=True):
            self._successes += 1
            self._input_length.observe(work.prompt_tokens)
            self._max_new_tokens.observe(work.max_new_tokens)
            self._generated_tokens.observe(best.token_count)
            self._duration.observe(timing.ended - timing.received)
            self._validation_duration.observe(timing.queued - timing.received)
            self._queue_duration.observe(timing.started - timing.queued)
            self._inference_duration.observe(timing.ended - timing.started)
            self._time_per_token.observe((timing.ended - timing.started) / best.token_count)

    def text(self, *, queue_size: int, batch_size: int) -> str:
        """Returns the answer of `/metrics`.

        Args:
            queue_size: Prompts that wait for the teacher.
            batch_size: Prompts that the teacher works on.
        """
        histograms = {
            "tgi_request_input_length": self._input_length,
            "tgi_request_max_new_tokens": self._max_new_tokens,
            "tgi_request_generated_tokens": self._generated_tokens,
            "tgi_request_duration": self._duration,
            "tgi_request_validation_duration": self._validation_duration,
            "tgi_request_queue_duration": self._queue_duration,
            "tgi_request_inference_duration": self._inference_duration,
            "tgi_request_mean_time_per_token_duration": self._time_per_token,
        }
        lines = [
            *_number("counter", "tgi_request_count", self.requests),
            *_number("counter", "tgi_request_success", self._successes),
            "# TYPE tgi_request_failure counter",
            *(f'tgi_request_failure{{err="{error}"}} {count}' for error, count in sorted(self._failures.items())),
            *_number("gauge", "tgi_queue_size", queue_size),
            *_number("gauge", "tgi_batch_current_size", batch_size),
            *(line for name, histogram in histograms.items() for line in histogram.lines(name)),
        ]
        return "\n".join(lines) + "\n"


def _number(kind: str, name: str, value: int) -> tuple[str, str]:
    return f"# TYPE {name} {kind}", f"{name} {value}"
