"""An endpoint that answers no longer stops the run with everything kept; replies that are of no use do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth_builder.errors import SynthBuilderError
from synth_builder.recipe import Recipe, check_recipe
from synth_builder.run.folder import RunFolder
from synth_builder.run.pipeline import run_recipe
from tests.endpoint.scripted import CHAT, INFO, Answer, Step, scripted

ONE_TOKEN = Answer(200, CHAT)
# The usual server of these tests has a window too small for a document.
ROOMY: dict[str, Step] = {"/info": Answer(200, {**INFO, "max_input_tokens": 16_383, "max_total_tokens": 16_384})}


def recipe(url: str, **changes: object) -> Recipe:
    content = {"name": "r", "documents": {"source": "sample", "limit": 4}, "endpoints": {"teacher": {"url": url}}}
    return check_recipe({**content, **changes}, "test")


def test_a_key_that_expires_stops_the_run_and_the_next_run_sends_only_what_is_missing(tmp_path: Path) -> None:
    posts = [ONE_TOKEN, Answer(200, CHAT), Answer(401)]  # preflight, one document, and no more
    with (
        scripted(*posts, gets=ROOMY) as server,
        pytest.raises(SynthBuilderError, match=r"3 of 4 inputs of stage extract_concepts got no answer.*HTTP 401"),
    ):
        run_recipe(recipe(server.url), tmp_path / "run")
    assert RunFolder(tmp_path / "run").read_books()[-1].failed == {"invalid": 1, "transient": 3}
    assert not (tmp_path / "run" / "release").exists()

    with scripted(gets=ROOMY) as healed:
        result = run_recipe(recipe(healed.url), tmp_path / "run", until="extract_concepts")
        assert len(healed.posted) == 1 + 3
    assert (result.books[-1].sent, result.books[-1].kept) == (3, 1)


def test_a_share_that_the_recipe_allows_does_not_stop_the_run(tmp_path: Path) -> None:
    posts = [ONE_TOKEN, Answer(200, CHAT), Answer(401)]
    with scripted(*posts, gets=ROOMY) as server:
        result = run_recipe(recipe(server.url, max_failed_share=0.75), tmp_path / "run", until="extract_concepts")
    assert result.books[-1].failed["transient"] == 3


def test_replies_of_no_use_never_stop_the_run(tmp_path: Path) -> None:
    with scripted(gets=ROOMY) as server:
        result = run_recipe(recipe(server.url), tmp_path / "run")
    assert result.complete
    assert result.books[1].failed == {"invalid": 4}
