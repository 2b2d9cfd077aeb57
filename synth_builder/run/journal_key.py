"""The key of a request: everything that decides its reply, and nothing else.

Two requests with one key are one request: the second is answered from the journal. So what is missing here gives stale
replies, and what is here in vain is paid for twice.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from synth_builder.endpoint.client import Sampling
from synth_builder.row import sha256_hex

# Raised when the parts of the key change, or how they are hashed; the journal's format is raised with it.
KEY_VERSION = 3

# Parts of the key, and why; a dot leads into `Sampling`. A constrained reply will add its JSON schema.
IN_KEY = {
    "model_id": "another model answers otherwise",
    "model_sha": "so does another revision of it",
    "route": "`generate` sends the prompt without the model's chat template",
    "prompt": "the rendered text: prompt file and all that it shows of the row",
    "sampling.temperature": "how the reply is drawn",
    "sampling.top_p": "how the reply is drawn",
    "sampling.max_tokens": "where the reply is cut",
    "sampling.seed": "which reply is drawn; made from the recipe's seed, the stage, the row and the sample",
    "sample": "equal questions asked twice on purpose are two requests, also where the server ignores seeds",
    "stage": "each stage pays for its own requests, so that its books stand alone",
    "stage_version": "a changed stage may read a reply otherwise, so it asks anew",
}

# Settings that are left out, and why: with these changed, all replies still hold.
NOT_IN_KEY = {
    "url": "where a model runs does not change what it is",
    "protocol": "how the server is spoken to; `route` is what shapes the reply",
    "model": "the name to ask for; the model that answers is in `model_id` and `model_sha`",
    "api_key_env": "who pays",
    "bill_to": "who pays",
    "price": "what it costs",
    "max_concurrency": "how fast",
    "max_total_tokens": "which prompts are sent at all; a document that is split has other prompts",
    "timeout_seconds": "how long to wait",
    "tries": "how often to try",
    "patience_seconds": "how long to wait",
    "requests_per_minute": "how fast",
    "tokens_per_minute": "how fast",
    "private": "what is told of the model, not what it is",
    "endpoint": "a name inside of the recipe",
    "samples": "how many replies are wanted; which one is in `sample`",
}


class RequestKey(NamedTuple):
    """What decides a reply, and therefore its place in the journal; `IN_KEY` says why for each part."""

    model_id: str
    model_sha: str
    route: str
    prompt: str
    sampling: Sampling
    sample: int
    stage: str
    stage_version: int

    def digest(self) -> str:
        """The key as 32 hex digits: half of a SHA-256, which no two requests share, and half as long an index."""
        prompt = hashlib.sha256(
            self.prompt.encode("utf-8", "surrogatepass")
        ).hexdigest()  # it is long; JSON takes longer
        return sha256_hex([KEY_VERSION, *self[:3], prompt, list(self.sampling), *self[5:]])[:32]
