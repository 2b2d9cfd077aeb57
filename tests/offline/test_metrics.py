"""What the server counts and times, as Prometheus reads it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from synth_builder.offline.metrics import Histogram
from tests.offline.serving import CONFIG, Address, chat, echo, serving


def values(server: Address) -> dict[str, float]:
    """The samples that `/metrics` shows, by name and labels."""
    lines = [line for line in server.ask("GET /metrics").splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_a_histogram_counts_all_that_is_not_above_a_bound() -> None:
    histogram = Histogram([1.0, 2.0])
    for value in (0.5, 1.0, 1.5, 7.0):
        histogram.observe(value)
    assert list(histogram.lines("size")) == [
        "# TYPE size histogram",
        'size_bucket{le="1.0"} 2',
        'size_bucket{le="2.0"} 3',
        'size_bucket{le="+Inf"} 4',
        "size_sum 10.0",
        "size_count 4",
    ]


def test_every_sample_has_a_type_and_tgis_name() -> None:
    with serving(echo) as server:
        answer = server.send("GET /metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    kinds = dict(line.split()[2:] for line in str(answer.body).splitlines() if line.startswith("# TYPE "))
    histograms = ("duration", "validation_duration", "queue_duration", "inference_duration")
    assert kinds == {
        "tgi_request_count": "counter",
        "tgi_request_success": "counter",
        "tgi_request_failure": "counter",
        "tgi_queue_size": "gauge",
        "tgi_batch_current_size": "gauge",
        "tgi_request_input_length": "histogram",
        "tgi_request_max_new_tokens": "histogram",
        "tgi_request_generated_tokens": "histogram",
        "tgi_request_mean_time_per_token_duration": "histogram",
        **{f"tgi_request_{name}": "histogram" for name in histograms},
    }


def test_answers_are_counted_with_their_tokens() -> None:
    with serving(echo, replace(CONFIG, max_input_tokens=100, max_total_tokens=200)) as server:
        server.ask("POST /generate", {"inputs": "Hi there"})
        server.ask("POST /v1/completions", {"prompt": ["one", "two"], "max_tokens": 4})
        server.stream("POST /v1/chat/completions", chat("Hi", stream=True, temperature=0, max_tokens=4))
        shown = values(server)
    assert (shown["tgi_request_count"], shown["tgi_request_success"]) == (4, 4)
    assert (shown["tgi_request_input_length_count"], shown["tgi_request_input_length_sum"]) == (4, 5)
    assert shown['tgi_request_input_length_bucket{le="1.0"}'] == 3
    assert shown["tgi_request_generated_tokens_sum"] == 6 + 4 + 4 + 4
    assert shown["tgi_request_max_new_tokens_sum"] == 198 + 4 + 4 + 4
    steps = [shown[f"tgi_request_{step}_duration_sum"] for step in ("validation", "queue", "inference")]
    assert sum(steps) == pytest.approx(shown["tgi_request_duration_sum"])
    assert shown['tgi_request_duration_bucket{le="+Inf"}'] == shown["tgi_request_duration_count"] == 4


def test_failures_are_counted_by_their_kind() -> None:
    def fail(prompt: str, seed: int) -> str:
        raise ValueError("no rule for this")

    with serving(fail, replace(CONFIG, max_concurrent_requests=1)) as server:
        server.refuse("POST /generate", {"inputs": ""})
        server.refuse("POST /generate", {"inputs": "x"})
        server.stream("POST /generate_stream", {"inputs": "x"})
        server.refuse("POST /v1/completions", {"prompt": ["x", "y"]})
        server.refuse("POST /v1/completions", {"prompt": ["x"] * 5})
        server.refuse("POST /v1/completions", {"prompt": "x", "suffix": "y"})
        shown = values(server)
    failures = {name: count for name, count in shown.items() if name.startswith("tgi_request_failure")}
    expected = {"validation": 3, "generation": 2, "overloaded": 1}
    assert failures == {f'tgi_request_failure{{err="{kind}"}}': count for kind, count in expected.items()}
    assert (shown["tgi_request_count"], shown["tgi_request_success"]) == (7, 0)


def test_what_waits_and_what_is_worked_on_is_told_apart() -> None:
    released, begun = threading.Event(), threading.Event()

    def wait_for_release(prompt: str, seed: int) -> str:
        begun.set()
        assert released.wait(60)
        return prompt

    def sizes() -> tuple[float, float]:
        shown = values(server)
        return shown["tgi_batch_current_size"], shown["tgi_queue_size"]

    with serving(wait_for_release) as server, ThreadPoolExecutor(2) as pool:
        try:
            first = pool.submit(server.ask, "POST /generate", {"inputs": "Hi"})
            assert begun.wait(30)
            second = pool.submit(server.ask, "POST /v1/completions", {"prompt": ["one", "two"]})
            while values(server)["tgi_request_count"] < 3:
                assert not second.done()
            assert sizes() == (1, 2)
        finally:
            released.set()
        assert first.result(30)
        assert second.result(30)
        assert sizes() == (0, 0)
