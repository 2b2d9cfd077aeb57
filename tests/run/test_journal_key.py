"""The key holds all that decides a reply, and nothing else."""

from __future__ import annotations

import pytest

from synth_builder.endpoint.client import Sampling
from synth_builder.recipe import EndpointSettings, StageSettings
from synth_builder.run.journal_key import IN_KEY, NOT_IN_KEY, RequestKey

KEY = RequestKey("model", "sha", "chat", "prompt", Sampling(0.7, 0.95, 100, 1), 0, "level1", 1)
OTHER = {
    "model_id": "other",
    "model_sha": "other",
    "route": "generate",
    "prompt": "other",
    "sampling.temperature": 0.0,
    "sampling.top_p": None,
    "sampling.max_tokens": 101,
    "sampling.seed": 2,
    "sample": 1,
    "stage": "level2",
    "stage_version": 2,
}


@pytest.mark.parametrize("part", IN_KEY)
def test_every_part_of_the_key_changes_it(part: str) -> None:
    name = part.removeprefix("sampling.")
    change = {name: OTHER[part]}
    other = KEY._replace(**change) if name == part else KEY._replace(sampling=KEY.sampling._replace(**change))  # type: ignore[arg-type]
    assert other.digest() != KEY.digest()


def test_the_table_names_what_the_key_is_made_of() -> None:
    parts = [name for name in RequestKey._fields if name != "sampling"]
    assert sorted(IN_KEY) == sorted([*parts, *(f"sampling.{name}" for name in Sampling._fields)])


def test_every_setting_is_in_the_key_or_left_out_for_a_reason() -> None:
    settings = {*EndpointSettings.model_fields, *StageSettings.model_fields}
    assert set(NOT_IN_KEY) == settings - {part.removeprefix("sampling.") for part in IN_KEY}


def test_the_key_is_the_same_in_every_process() -> None:
    assert KEY.digest() == "5a9dacae148cec8887b10fee090e13e2"
