"""Which fault strikes a request depends on the seed and on what is asked, and strikes as often as it says."""

from __future__ import annotations

import math
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from synth_builder.errors import SynthBuilderError
from synth_builder.offline.faults import (
    ALL_FAULTS,
    REPLY_FAULTS,
    STATUS_FAULTS,
    TRANSPORT_FAULTS,
    Decision,
    Delay,
    Faults,
    FaultSettings,
)

DRAWS = 10_000
ALL_RATES = dict.fromkeys(ALL_FAULTS, 0.1)


def content_of(prompt: str, seed: int = 0) -> str:
    return f'{{"inputs": "{prompt}", "seed": {seed}}}'


def decide(faults: Faults, prompt: str, seed: int = 0) -> Decision:
    return faults.decide(content_of(prompt, seed), prompt)


def decide_many(settings: FaultSettings, count: int = DRAWS) -> list[Decision]:
    faults = Faults(settings)
    return [decide(faults, f"question {number}") for number in range(count)]


@pytest.mark.parametrize("rate", [0.02, 0.4])
@pytest.mark.parametrize("name", ALL_FAULTS)
def test_each_fault_strikes_at_its_rate(name: str, rate: float) -> None:
    decisions = decide_many(FaultSettings({name: rate}))
    struck = sum(name in (decision.transport_fault, decision.reply_fault) for decision in decisions)
    # Five standard deviations: one of some millions of seeds would fail.
    assert abs(struck - DRAWS * rate) < 5 * math.sqrt(DRAWS * rate * (1 - rate))


@pytest.mark.parametrize("name", ALL_FAULTS)
def test_rates_of_0_and_1_are_never_and_always(name: str) -> None:
    never, always = (decide_many(FaultSettings({name: rate}), 500) for rate in (0.0, 1.0))
    assert {decision[:2] for decision in never} == {("", "")}
    assert {decision.transport_fault or decision.reply_fault for decision in always} == {name}


def test_faults_are_drawn_independently_of_each_other() -> None:
    first, second = "status_503", "refusal"
    decisions = decide_many(FaultSettings({first: 0.5, second: 0.5}))
    pairs = Counter(decision[:2] for decision in decisions)
    assert len(pairs) == 4
    assert all(abs(count - DRAWS / 4) < 5 * math.sqrt(DRAWS * 3 / 16) for count in pairs.values())


@pytest.mark.parametrize("total", [0.5, 1.0])
def test_each_rate_is_met_whatever_the_others_are(total: float) -> None:
    kinds = (TRANSPORT_FAULTS, REPLY_FAULTS)
    rates = {name: total * (place + 1) / sum(range(len(kind) + 1)) for kind in kinds for place, name in enumerate(kind)}
    decisions = decide_many(FaultSettings(rates))
    struck = Counter(name for decision in decisions for name in decision[:2])
    expected = {name: DRAWS * rate for name, rate in rates.items()} | {"": 2 * DRAWS * (1 - total)}
    assert struck.keys() == {name for name, count in expected.items() if count}
    assert all(abs(struck[name] - count) <= 5 * math.sqrt(count) for name, count in expected.items())


def test_the_samples_that_no_systematic_error_strikes_meet_the_other_rates() -> None:
    faults = Faults(FaultSettings({"systematic_error": 0.5, "off_by_one": 0.25, "refusal": 0.25}))
    questions = [{decide(faults, f"question {number}", seed).reply_fault for seed in range(40)} for number in range(50)]
    assert all(struck in ({"systematic_error"}, {"off_by_one", "refusal"}) for struck in questions)
    assert 0 < questions.count({"systematic_error"}) < 50


@pytest.mark.parametrize(("kind", "names"), [("statuses and connections", TRANSPORT_FAULTS), ("replies", REPLY_FAULTS)])
def test_more_faults_of_a_kind_than_requests_are_refused(kind: str, names: tuple[str, ...]) -> None:
    whole = {names[0]: 0.7, names[1]: 0.2, names[-1]: 0.1}
    FaultSettings(dict.fromkeys((TRANSPORT_FAULTS[0], REPLY_FAULTS[0]), 1.0) | whole)
    with pytest.raises(SynthBuilderError) as caught:
        FaultSettings(whole | {names[2]: 0.05})
    assert caught.value.what == f"The rates of the faults of {kind} are 1.05 together."
    assert "1 or less" in caught.value.todo


def test_decisions_depend_on_neither_order_nor_what_was_asked_between() -> None:
    settings = FaultSettings(ALL_RATES, delay=Delay(0.5, 4))
    prompts = [f"question {number}" for number in range(300)]
    in_order = {prompt: decide(Faults(settings), prompt) for prompt in prompts}
    shuffled = random.Random(1).sample(prompts, len(prompts))
    together = Faults(settings)
    assert {prompt: decide(together, prompt) for prompt in shuffled} == in_order


PROGRAM = """
from synth_builder.offline.faults import ALL_FAULTS, Delay, Faults, FaultSettings
faults = Faults(FaultSettings(dict.fromkeys(ALL_FAULTS, 0.1), 3, Delay(0.5, 4)))
print([tuple(faults.decide(f"content {number % 50}", f"prompt {number % 50}")) for number in range(100)])
"""


def test_another_process_draws_the_same() -> None:
    faults = Faults(FaultSettings(ALL_RATES, 3, Delay(0.5, 4)))
    here = [tuple(faults.decide(f"content {number % 50}", f"prompt {number % 50}")) for number in range(100)]
    there = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert there.stdout == f"{here}\n"


def test_another_seed_strikes_other_requests() -> None:
    first, second = (decide_many(FaultSettings(ALL_RATES, seed), 300) for seed in (0, 1))
    assert [decision[:2] for decision in first] != [decision[:2] for decision in second]
    assert all(a.reply_key != b.reply_key for a, b in zip(first, second, strict=True) if a.reply_key and b.reply_key)


def test_a_retry_is_drawn_anew_but_gets_the_same_reply() -> None:
    rates = dict.fromkeys(TRANSPORT_FAULTS, 0.1) | dict.fromkeys(REPLY_FAULTS, 0.05)
    faults = Faults(FaultSettings(rates, delay=Delay(0.5, 4)))
    attempts = [decide(faults, "question") for _ in range(200)]
    assert [decision.attempt for decision in attempts] == list(range(1, 201))
    assert len({decision.delay_seconds for decision in attempts}) == 200
    assert {decision.transport_fault for decision in attempts} == {"", *TRANSPORT_FAULTS}
    assert len({(decision.reply_fault, decision.reply_key) for decision in attempts}) == 1
    assert decide(faults, "another question").attempt == 1


def test_a_systematic_error_strikes_all_samples_of_a_question_and_a_slip_some() -> None:
    faults = Faults(FaultSettings({"systematic_error": 0.5}))
    struck = set()
    for number in range(100):
        samples = {decide(faults, f"question {number}", seed)[1:3] for seed in range(8)}
        assert len(samples) == 1
        struck |= {name for name, _ in samples}
    assert struck == {"", "systematic_error"}

    faults = Faults(FaultSettings({"off_by_one": 0.5}))
    slips = [decide(faults, "question", seed) for seed in range(100)]
    assert {slip.reply_fault for slip in slips} == {"", "off_by_one"}
    keys = [slip.reply_key for slip in slips if slip.reply_fault]
    assert len(set(keys)) == len(keys)


def test_status_faults_have_the_names_of_their_status_and_fresh_errors() -> None:
    for name, make_error in STATUS_FAULTS.items():
        error = make_error()
        assert name == f"status_{error.status}"
        assert error.body().keys() == {"error", "error_type"}
        assert make_error() is not error


def test_the_documents_list_every_fault_in_the_order_in_which_they_act() -> None:
    text = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")
    table = text.partition("| name | what is done |")[2].partition("\n\n")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == ALL_FAULTS


def test_a_fixed_delay_is_fixed() -> None:
    decisions = decide_many(FaultSettings(delay=Delay.parse("0.25")), 200)
    assert {decision.delay_seconds for decision in decisions} == {0.25}
    assert {decision.delay_seconds for decision in decide_many(FaultSettings(), 10)} == {0.0}


def test_delays_have_the_median_and_the_99th_percentile_of_a_log_normal_distribution() -> None:
    delays = [decision.delay_seconds for decision in decide_many(FaultSettings(delay=Delay.parse("0.5,4")))]
    assert min(delays) > 0
    # At one standard deviation a log-normal has the median times (p99 / median) ** (1 / 2.326).
    quantiles = {0.5: 0.5, 0.99: 4.0, 0.8413: 0.5 * 8 ** (1 / 2.326)}
    for share, seconds in quantiles.items():
        below = sum(delay < seconds for delay in delays)
        assert abs(below - DRAWS * share) < 5 * math.sqrt(DRAWS * share * (1 - share))


def test_options_are_read() -> None:
    settings = FaultSettings.parse(["off_by_one=0.1", "hang=1", "refusal=0"], 7, "2,3")
    assert settings == FaultSettings({"off_by_one": 0.1, "hang": 1.0, "refusal": 0.0}, 7, Delay(2, 3))
    assert FaultSettings.parse([]) == FaultSettings()


@pytest.mark.parametrize(
    ("faults", "delay", "what", "todo"),
    [
        (["off_by_two=0.1"], None, "There is no fault 'off_by_two'.", f"Known are: {', '.join(ALL_FAULTS)}."),
        (["hang"], None, "'hang' is no fault with its rate.", f"Known are: {', '.join(ALL_FAULTS)}."),
        (["hang=often"], None, "'hang=often' is no fault with its rate.", "NAME=RATE"),
        (["hang=1.5"], None, "The rate of hang is 1.5.", "from 0 to 1"),
        (["hang=-0.1"], None, "The rate of hang is -0.1.", "from 0 to 1"),
        (["hang=nan"], None, "The rate of hang is nan.", "from 0 to 1"),
        (["hang=0.1", "hang=0.2"], None, "The fault hang is given twice.", "one rate"),
        ([], "slow", "'slow' is no delay.", "--delay 0.5,4"),
        ([], "1,2,3", "'1,2,3' is no delay.", "--delay 0.5,4"),
        ([], "0", "A delay of 0 seconds with a 99th percentile of 0 seconds cannot be.", "above 0"),
        ([], "2,1", "A delay of 2 seconds with a 99th percentile of 1 seconds cannot be.", "not below"),
        ([], "1,inf", "A delay of 1 seconds with a 99th percentile of inf seconds cannot be.", "not below"),
        ([], "nan", "A delay of nan seconds with a 99th percentile of nan seconds cannot be.", "above 0"),
    ],
)
def test_wrong_options_are_refused(faults: list[str], delay: str | None, what: str, todo: str) -> None:
    with pytest.raises(SynthBuilderError) as caught:
        FaultSettings.parse(faults, delay=delay)
    assert caught.value.what == what
    assert todo in caught.value.todo


def test_the_signature_names_all_that_changes_replies_and_nothing_else() -> None:
    plain = FaultSettings({"hang": 0.5, "refusal": 0.0}, 3, Delay(1, 2))
    assert plain.reply_signature == ""
    signatures = [
        FaultSettings({"refusal": 0.1}, 3).reply_signature,
        FaultSettings({"refusal": 0.2}, 3).reply_signature,
        FaultSettings({"refusal": 0.1}, 4).reply_signature,
        FaultSettings({"off_by_one": 0.1}, 3).reply_signature,
    ]
    assert len({*signatures, ""}) == 5
    assert FaultSettings({"hang": 0.5, "refusal": 0.1}, 3, Delay(1, 2)).reply_signature == signatures[0]
    both = [FaultSettings({a: 0.1, b: 0.1}).reply_signature for a, b in (("refusal", "hang"), ("hang", "refusal"))]
    assert both[0] == both[1]
