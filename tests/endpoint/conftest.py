"""What every test of an endpoint needs."""

from __future__ import annotations

import pytest

from synth_builder.endpoint import client, server


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_FIRST_WAIT_SECONDS", 0.0)
    monkeypatch.setattr(server, "_FIRST_WAIT_SECONDS", 0.0)
