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
_ROUTE = re.compile(
    r"((/v1)?/(chat/completions|completions|generate|generate_stream|tokenize|info|health)|/v1/models)$"
)
_WITHOUT_SCHEME = re.compile(r"(localhost|[\w.-]+:[0-9]+)(/[\w./-]*)?")
_HUGGING_FACE = ".huggingface.co"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHOWN_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")  # a key in its place has small letters, as hf_... and sk_... do
_NAME_NOT_KEY = "`api_key_env` holds the name of a variable, not the key"


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
    scheme = scheme.lower()
    if scheme in ("http", "https"):
        return Address("http", _root(text))
    if scheme not in _NAMED:
        if _WITHOUT_SCHEME.fullmatch(text):
            raise ValueError(f"did you mean http://{text}?")
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
        own = host + _ROUTE.sub("", path).rstrip("/")
        raise ValueError(f"this is the address of one route; the server's own is {own}")
    path = path.removesuffix("/v1").rstrip("/")
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
        SynthBuilderError: The variable is not set, or what it holds cannot be a key. The key is not in the error.
    """
    key: str | None
    if api_key_env:
        key, holder = _read_variable(url, api_key_env), f"The variable {api_key_env}"
    elif is_ours or gets_saved_token(url):
        key, holder = get_token(), "HF_TOKEN, or the file of the saved Hugging Face token,"
    else:
        return None
    if key and not can_be_sent(key):
        raise SynthBuilderError(
            f"{holder} holds no key that can be sent to the endpoint {url}.",
            cause="A key is printable ASCII without blanks: a line break or a typographic sign got into it.",
            todo="Copy the key anew.",
        )
    return key


def _read_variable(url: str, name: str) -> str:
    if key := os.environ.get(name, "").strip():
        return key
    if _SHOWN_VARIABLE.fullmatch(name):
        raise SynthBuilderError(
            f"The variable {name}, which `api_key_env` names for the endpoint {url}, is not set.",
            todo=f"Set it to the server's key: export {name}=...",
        )
    raise SynthBuilderError(
        f"The variable that `api_key_env` names for the endpoint {url} is not set.",
        cause=f"{_NAME_NOT_KEY}; what it holds is not shown, as it may be the key.",
        todo="Set a variable to the server's key, and give its name.",
    )


def can_be_sent(text: str) -> bool:
    """Whether a key or a name can stand in a header: printable ASCII without blanks."""
    return bool(re.fullmatch("[!-~]+", text))


def check_key_name(name: str) -> None:
    """Refuse an `api_key_env` that is no name of a variable; the error does not show it, as it may be the key itself.

    Raises:
        ValueError: It is neither empty nor a name.
    """
    if name and not _VARIABLE.fullmatch(name):
        raise ValueError(f"{_NAME_NOT_KEY}: letters, digits and _, not beginning with a digit")


def gets_saved_token(url: str) -> bool:
    """Whether `url` is one of Hugging Face's own hosts, over https."""
    parts = urlsplit(url)
    return parts.scheme == "https" and f".{parts.hostname}".endswith(_HUGGING_FACE)
