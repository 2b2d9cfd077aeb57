"""Reading of JSON request bodies with the statuses and texts of TGI's web framework (axum and serde)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import NoReturn, cast

# The ranges of the Rust integers that TGI's request fields have.
INTEGER_RANGES = {
    "i32": (-(2**31), 2**31 - 1),
    "u32": (0, 2**32 - 1),
    "u64": (0, 2**64 - 1),
    "usize": (0, 2**64 - 1),
}

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class BodyError(Exception):
    """A body that cannot be read; answered as plain text, without TGI's JSON error.

    Args:
        status: HTTP status of the answer.
        text: Body of the answer.
    """

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text
        super().__init__(text)


def parse_json(content_type: str, raw: bytes) -> object:
    """Parses a request body.

    Args:
        content_type: The request's media type, without parameters.
        raw: The bytes of the body.

    Raises:
        BodyError: 415 for another content type than JSON, 400 for bytes that are no JSON or hold half of a surrogate
            pair, which no UTF-8 text can.
    """
    kind, _, subtype = content_type.lower().partition("/")
    if kind != "application" or not (subtype == "json" or subtype.endswith("+json")):
        raise BodyError(415, "Expected request with `Content-Type: application/json`")
    try:
        # Decoded here, as json.loads would let encoded surrogates and other encodings through.
        text = raw.decode()
        body = cast(object, json.loads(text, parse_constant=_refuse_constant))
        if _SURROGATE.search(text):
            json.dumps(body, ensure_ascii=False).encode()
        return body
    except RecursionError:
        raise BodyError(400, "Failed to parse the request body as JSON: recursion limit exceeded") from None
    except ValueError as error:  # also what is no UTF-8, and what cannot become UTF-8
        raise BodyError(400, f"Failed to parse the request body as JSON: {error}") from None


class Fields:
    """The fields of one JSON object, read with the types that TGI declares for them.

    Args:
        value: What stands where the object should be.
        path: Where it stands in the body, such as `parameters`; empty for the whole body.
        name: Name of the Rust struct, for error texts.
    """

    def __init__(self, value: object, *, path: str, name: str) -> None:
        if not isinstance(value, dict):
            refuse(path, f"invalid type: {describe(value)}, expected struct {name}")
        self._fields: Mapping[str, object] = value
        self._path = path

    def has(self, name: str) -> bool:
        """Returns whether the field is given and not null."""
        return self._fields.get(name) is not None

    def get(self, name: str, default: object = None) -> object:
        """Returns the field as it is, or the default when absent."""
        return self._fields.get(name, default)

    def path_of(self, name: str) -> str:
        """Returns where the field stands in the body."""
        return f"{self._path}.{name}" if self._path else name

    def required(self, name: str) -> object:
        """Returns a field of any type that must be given."""
        if name not in self._fields:
            refuse(self._path, f"missing field `{name}`")
        return self._fields[name]

    def required_text(self, name: str) -> str:
        """Returns a string that must be given."""
        value = self.required(name)
        if not isinstance(value, str):
            self._refuse_type(name, "a string")
        return value

    def required_list(self, name: str) -> list[object]:
        """Returns a list that must be given."""
        value = self.required(name)
        if not isinstance(value, list):
            self._refuse_type(name, "a sequence")
        return value

    def optional_text(self, name: str) -> str | None:
        """Returns a string or None."""
        value = self._fields.get(name)
        if value is not None and not isinstance(value, str):
            self._refuse_type(name, "a string")
        return value

    def boolean(self, name: str) -> bool:
        """Returns a boolean that is false when absent; null is refused."""
        value = self._fields.get(name, False)
        if not isinstance(value, bool):
            self._refuse_type(name, "a boolean")
        return value

    def optional_boolean(self, name: str) -> bool | None:
        """Returns a boolean or None."""
        return self.boolean(name) if self.has(name) else None

    def optional_integer(self, name: str, kind: str) -> int | None:
        """Returns an integer of a Rust kind (a key of `INTEGER_RANGES`) or None."""
        value = self._fields.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self._refuse_type(name, kind)
        low, high = INTEGER_RANGES[kind]
        if not low <= value <= high:
            refuse(self.path_of(name), f"invalid value: integer `{value}`, expected {kind}")
        return value

    def optional_number(self, name: str) -> float | None:
        """Returns a number or None."""
        value = self._fields.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._refuse_type(name, "f32")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            raise BodyError(400, "Failed to parse the request body as JSON: number out of range")
        return number

    def texts(self, name: str) -> tuple[str, ...]:
        """Returns a list of strings; empty when absent."""
        if name not in self._fields:
            return ()
        items = self.required_list(name)
        for position, item in enumerate(items):
            if not isinstance(item, str):
                refuse(f"{self.path_of(name)}[{position}]", f"invalid type: {describe(item)}, expected a string")
        return tuple(cast("list[str]", items))

    def _refuse_type(self, name: str, expected: str) -> NoReturn:
        refuse(self.path_of(name), f"invalid type: {describe(self._fields[name])}, expected {expected}")


def refuse(path: str, problem: str) -> NoReturn:
    """Raises the 422 of a body that is JSON, but not of the declared shape."""
    where = f"{path}: " if path else ""
    raise BodyError(422, f"Failed to deserialize the JSON body into the target type: {where}{problem}")


def describe(value: object) -> str:
    """Returns a JSON value in serde's words."""
    match value:
        case None:
            return "null"
        case bool():
            return f"boolean `{str(value).lower()}`"
        case int():
            return f"integer `{value}`"
        case float():
            return f"floating point `{value}`"
        case str():
            return f"string {json.dumps(value)}"
        case list():
            return "sequence"
        case _:
            return "map"


def _refuse_constant(constant: str) -> NoReturn:
    # Python reads NaN and Infinity; JSON does not have them.
    raise ValueError(f"expected value, found {constant}")
