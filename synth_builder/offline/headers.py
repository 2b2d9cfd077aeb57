"""Headers that TGI gives its answers."""

from __future__ import annotations

from synth_builder.offline.generation import Finished
from synth_builder.offline.metrics import Timing
from synth_builder.offline.requests import Request


def stream_headers(request: Request) -> dict[str, str]:
    """Returns the headers of a stream, which are sent before anything is known."""
    return {
        "Content-Type": "text/event-stream",
        "Cache-Control": "no-cache",
        "x-compute-type": "cpu",
        "x-compute-characters": _characters(request),
        "X-Accel-Buffering": "no",
    }


def cost_headers(finished: Finished, timing: Timing) -> dict[str, str]:
    """Returns the headers that say what an answer took; all times but the compute time are in milliseconds."""

    def milliseconds(seconds: float) -> str:
        return str(int(seconds * 1000))

    generated_tokens = sum(best.token_count for best, *_ in finished.generations)
    inference_seconds = timing.ended - timing.started
    return {
        "x-compute-type": "cpu",
        "x-compute-time": str(timing.ended - timing.received),  # seconds
        "x-compute-characters": _characters(finished.request),
        "x-total-time": milliseconds(timing.ended - timing.received),
        "x-validation-time": milliseconds(timing.queued - timing.received),
        "x-queue-time": milliseconds(timing.started - timing.queued),
        "x-inference-time": milliseconds(inference_seconds),
        "x-time-per-token": milliseconds(inference_seconds / generated_tokens),
        "x-prompt-tokens": str(sum(work.prompt_tokens for work in finished.works)),
        "x-generated-tokens": str(generated_tokens),
    }


def _characters(request: Request) -> str:
    return str(sum(len(prompt) for prompt in request.prompts))
