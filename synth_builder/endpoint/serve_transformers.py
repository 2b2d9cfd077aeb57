"""Run transformers' own `serve` on a free port of loopback: python -m synth_builder.endpoint.serve_transformers MODEL.

It keeps the contract of `synth_builder.child_process`, and differs from the plain command in what a corpus needs:

- It samples as each request says. transformers ignores a temperature unless the model's `generation_config.json` says
  `do_sample: true`; here that is said to the loaded model. Temperature 0 stays greedy.
- It batches nothing: with continuous batching the sampling settings of the first request would hold for all.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
import traceback
from pathlib import Path

from huggingface_hub.constants import HF_HUB_CACHE

from synth_builder.child_process import ANNOUNCEMENT, end_with_parent


def serve(model: str) -> None:
    """Serves `model`, a folder or ORG/NAME@REVISION, until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    announcements = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is no announcement
    end_with_parent()
    Path(HF_HUB_CACHE).mkdir(parents=True, exist_ok=True)  # where it is missing, /v1/models fails

    from transformers.cli.serve import Serve

    # With `non_blocking` the command hands back its server, which alone knows the port that it got.
    command = Serve(force_model=model, host="127.0.0.1", port=0, log_level="error", non_blocking=True)
    logging.getLogger("uvicorn.access").disabled = True
    (loaded,) = command._model_manager.loaded_models.values()
    loaded.model.generation_config.do_sample = True
    while not command.server.started:
        if not command._thread.is_alive():
            sys.exit("transformers serve has ended before it listened.")
        time.sleep(0.01)
    port = command.server.servers[0].sockets[0].getsockname()[1]
    announcements.write(f"{ANNOUNCEMENT}http://127.0.0.1:{port}\n")
    announcements.flush()
    command._thread.join()


if __name__ == "__main__":
    try:
        serve(sys.argv[1])
    except Exception:
        traceback.print_exc()
        os._exit(1)  # the server's thread, if it has begun, would keep the process alive
