"""Addresses of endpoints, and which key each of them gets."""

from __future__ import annotations

import os
import re
from typing import NamedTuple
from urllib.parse import urlsplit

from huggingface_hub import get_token

from synth_builder.errors import SynthBuilderError

ROUTER = "https://router.huggingface.co"  # Hub Inference Providers

_NAME = r"[\w.-]+"
_NAMED = {
    "transformers": (r"\S.*", "transformers:PATH_OR_ID"),
    "hub": (rf"{_NAME}/{_NAME}(:{_NAME})?", "hub:ORG/MODEL or hub:ORG/MODEL:PROVIDER"),
    "inference-endpoint": (rf"({_NAME}/)?{_NAME}", "inference-endpoint:NAME or inference-endpoint:NAMESPACE/NAME"),
}
_ROUTE = re.compile(r"((/v1)?/(chat/completions|completions|generate|generate_stream)|/v1/models)$")
_HUGGING_FACE = ".huggingface.co"


class Address(NamedTuple):
    """Where an endpoint is.

    Attributes:
        scheme: `offline`, `http` (https, too), `transformers`, `hub` or `inference-endpoint`.
        value: What follows the scheme; for `http` the server's root, without a closing `/v1`.
    """

    scheme: str
    value: str


def parse_address(text: str) -> Address:
    """Read the `url` of an endpoint.

    Raises:
        ValueError: It leads nowhere; the text says what to write instead.
    """
    if text == "offline":
        return Address("offline", "")
    scheme, _, value = text.partition(":")
    if scheme in ("http", "https"):
        return Address("http", _root(text))
    if scheme not in _NAMED:
        forms = ", ".join(form for _, form in _NAMED.values())
        raise ValueError(f"an endpoint is `offline`, an address that begins with http:// or https://, or {forms}")
    pattern, form = _NAMED[scheme]
    if not re.fullmatch(pattern, value):
        raise ValueError(f"write {form}")
    return Address(scheme, value)


def _root(text: str) -> str:
    try:
        parts = urlsplit(text)
        known = bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", text)
    except ValueError:
        known = False
    if not known:
        raise ValueError("this is no address: write http://HOST:PORT")
    if "@" in parts.netloc:
        raise ValueError("no user or password in an address: `api_key_env` names the variable that holds the key")
    if parts.query or parts.fragment:
        raise ValueError("no ? or # in an address: write http://HOST:PORT/PATH")
    host, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    if _ROUTE.search(path):
        raise ValueError(f"this is the address of one route; the server's own is {host}{_ROUTE.sub('', path)}")
    path = path.removesuffix("/v1")
    if path.endswith("/v1"):
        raise ValueError("/v1 stands twice in this address")
    return host + path


def find_token(url: str, api_key_env: str, *, is_ours: bool = False) -> str | None:
    """The key for the server at `url`.

    It is what the variable `api_key_env` holds. Where none is named, Hugging Face's own hosts get the token that
    huggingface_hub has saved, over https, and any other server gets nothing: a token must not leak to strangers, who
    may run a Space or an Inference Endpoint as well as anybody.

    Args:
        url: Root of the server.
        api_key_env: Name of a variable, or "".
        is_ours: The Hub has told that the server belongs to the owner of the saved token.

    Raises:
        SynthBuilderError: The variable is not set.
    """
    if not api_key_env:
        return get_token() if is_ours or gets_saved_token(url) else None
    key = os.environ.get(api_key_env, "").strip()
    if not key:
        raise SynthBuilderError(
            f"The variable {api_key_env}, which `api_key_env` names for the endpoint {url}, is not set.",
            todo=f"Set it to the server's key: export {api_key_env}=...",
        )
    return key


def gets_saved_token(url: str) -> bool:
    """Whether `url` is one of Hugging Face's own hosts, over https."""
    parts = urlsplit(url)
    return parts.scheme == "https" and f".{parts.hostname}".endswith(_HUGGING_FACE)
