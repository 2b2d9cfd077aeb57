"""What happens before the first stage: endpoints are connected, documents that cannot work are refused."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator

from datasets import Dataset, are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

from synth_builder.endpoint.preflight import check_endpoint
from synth_builder.errors import SynthBuilderError
from synth_builder.offline.process import OfflineServer
from synth_builder.recipe import GENERATION_STAGES, Recipe
from synth_builder.run.ask import Endpoint


@contextlib.contextmanager
def without_bars_of_datasets() -> Iterator[None]:
    """Keep the bars of `datasets` from tearing ours."""
    were_shown = not are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if were_shown:
            enable_progress_bars()


def connect(recipe: Recipe, stack: contextlib.ExitStack) -> dict[str, Endpoint]:
    """Check every endpoint that a stage names; the embedded server is started once where one is needed."""
    endpoints: dict[str, Endpoint] = {}
    offline_url = ""
    for name in dict.fromkeys(recipe.stage(stage).endpoint for stage in GENERATION_STAGES):
        settings = recipe.endpoints[name]
        offline = settings.url == "offline"
        if offline and not offline_url:
            offline_url = stack.enter_context(OfflineServer()).url
        url = offline_url if offline else settings.url
        identity = check_endpoint(url, route=settings.route, send_token=not offline)
        endpoints[name] = Endpoint(url, settings, identity)
    return endpoints


def refuse_unusable(documents: Dataset, recipe: Recipe) -> None:
    """Raise SynthBuilderError when no document can be used, or two cannot be told apart."""
    reasons = Counter(reason for batch in documents.iter(batch_size=10_000) for reason in batch["reason"])
    if not reasons.pop("", 0):
        found = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        raise SynthBuilderError(
            f"None of the documents in {recipe.documents.source} can be used: {found}.",
            todo="Look at the texts named, or name the right column with --set documents.text_column=NAME.",
        )
    ids = set(documents["id"])
    for name in sorted(ids):
        whole, sign, number = name.rpartition("#")
        if sign and number.isdecimal() and whole in ids:
            raise SynthBuilderError(
                f"The documents {whole!r} and {name!r} cannot be told apart.",
                cause="The pieces of a long document are named after it in this way.",
                todo="Rename one of the two, or name another column with --set documents.id_column=NAME.",
            )
