"""transformers' own `serve` as a child process: a model of one's own or of the Hub, with no server to set up."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import is_offline_mode, snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

from synth_builder.child_process import ChildServer
from synth_builder.errors import SynthBuilderError
from synth_builder.row import sha256_hex

INSTALL = 'pip install "synth-builder[transformers]"'

_PACKAGES = ("torch", "transformers", "accelerate", "fastapi", "uvicorn", "openai")
_SMALL_FILES = ["config.json", "tokenizer_config.json", "chat_template.*"]
_MODEL_FILES = frozenset({".json", ".jinja", ".safetensors", ".bin", ".model", ".txt"})


class TransformersServer(ChildServer):
    """A chat model behind transformers' `serve`, on a free port of 127.0.0.1, for as long as the block runs.

    It answers on OpenAI's routes alone, one request after the other, and each samples as it says. A seed repeats an
    answer only where requests come one at a time: transformers has one random generator for all.

    Args:
        model: A folder, or a model of the Hub: `ORG/NAME` or `ORG/NAME@REVISION`.
        start_timeout_seconds: How long download and start may take.

    Attributes:
        model: The exact name to ask for: the folder, or `ORG/NAME@COMMIT`.
        name: The name to show: the folder's last name alone, or `ORG/NAME`.
        revision: Commit of a model of the Hub; for a folder a hash of the names, sizes and times of change of the
            model's files.
        max_total_tokens: Longest prompt and reply together, or None where the model's config does not say it.

    Raises:
        SynthBuilderError: The model cannot be served, found out before anything large is loaded or downloaded.
    """

    def __init__(self, model: str, *, start_timeout_seconds: float = 3600.0) -> None:
        _refuse_missing_packages()
        folder = Path(model).expanduser()
        if folder.is_dir():
            folder = folder.absolute()
            self.model, self.name, self.revision = str(folder), folder.name, _fingerprint(folder)
        else:
            name, _, revision = model.partition("@")
            folder = _fetch_small_files(name, revision)
            self.revision = folder.name  # a snapshot of huggingface_hub is named after its commit
            self.model, self.name = f"{name}@{self.revision}", name
        self.max_total_tokens = _check_files(model, folder)
        command = (sys.executable, "-m", "synth_builder.endpoint.serve_transformers", self.model)
        super().__init__(f"The transformers server of {model}", command, start_timeout_seconds=start_timeout_seconds)


def _fingerprint(folder: Path) -> str:
    """Hash that changes when a model is saved anew; its weights may be too large to be read for that."""
    files = sorted(path for path in folder.glob("[!.]*") if path.suffix in _MODEL_FILES)
    return f"files-{sha256_hex([[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in files])[:16]}"


def _fetch_small_files(name: str, revision: str) -> Path:
    try:
        return Path(snapshot_download(name, revision=revision or None, allow_patterns=_SMALL_FILES))
    except HFValidationError:
        cause, todo = "There is no such folder, and no model can have this name.", "Check the path."
    except (LocalEntryNotFoundError, httpx2.RequestError):
        if is_offline_mode():
            cause = "HF_HUB_OFFLINE is set, and the model has not been downloaded before."
            todo = "Unset HF_HUB_OFFLINE, or check the path if a folder is meant."
        else:
            cause = "The Hub cannot be reached, and the model has not been downloaded before."
            todo = "Check the network, or the path if a folder is meant."
    except (OSError, ValueError, httpx2.HTTPError) as error:
        cause = f"{type(error).__name__}: {str(error).strip()}"
        todo = "Check the path or the name; for a private or gated model, run `hf auth login`."
    raise SynthBuilderError(f"{name!r} is neither a folder nor a model that the Hub hands out.", cause=cause, todo=todo)


def _check_files(model: str, folder: Path) -> int | None:
    """Raise where the folder holds no chat model; else say how many tokens fit into the model's window."""
    if "@" in str(folder):
        raise SynthBuilderError(
            f"transformers cannot serve {folder}.",
            cause="It takes what follows an @ for a revision.",
            todo="Move the model to a path without one.",
        )
    config = _read_json(folder / "config.json")
    if config is None:
        raise SynthBuilderError(
            f"{model} has no config.json.",
            cause="It holds no model in the format of transformers: an adapter alone, a GGUF file, or another folder.",
            todo="Give what `save_pretrained` has written, an adapter merged into its model.",
        )
    has_template = any(folder.glob("chat_template.*"))
    if not has_template and "chat_template" not in (_read_json(folder / "tokenizer_config.json") or {}):
        raise SynthBuilderError(
            f"{model} has no chat template.",
            cause="It is a base model, which continues a text and takes no messages.",
            todo="Give a chat model, or put a chat_template.jinja beside its tokenizer.",
        )
    tokens = (config.get("text_config") or config).get("max_position_embeddings")
    return tokens if isinstance(tokens, int) else None


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SynthBuilderError(f"{path} cannot be read: {error}", todo="Save or download the model anew.") from None
    return content if isinstance(content, dict) else None


def _refuse_missing_packages() -> None:
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise SynthBuilderError(
            f"A model cannot be served without {', '.join(missing)}.",
            cause="They are large, so they do not come with the core package.",
            todo=f"Run: {INSTALL}",
        )
