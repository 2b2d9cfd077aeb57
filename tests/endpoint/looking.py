"""Look at an endpoint in vain."""

from __future__ import annotations

from typing import Any

import pytest

from synth_builder.endpoint.preflight import check_endpoint
from synth_builder.errors import SynthBuilderError

TOKEN = "hf_NotForAnyFileOrText"
PATHS = {"chat": "/v1/chat/completions", "generate": "/generate"}


def refuse(url: str, **settings: Any) -> SynthBuilderError:
    """The error of a look at `url`; every one names the address and says what to do."""
    with pytest.raises(SynthBuilderError) as caught:
        check_endpoint(url, **settings)
    assert url in caught.value.what
    assert caught.value.todo
    return caught.value
