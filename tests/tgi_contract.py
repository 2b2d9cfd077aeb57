"""Checks requests, answers and streams against TGI's own OpenAPI description, with its known errors corrected."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, cast

import jsonschema

OPENAPI_FILE = Path(__file__).parent / "data" / "tgi-openapi.json"

Json = dict[str, object]


class Correction(NamedTuple):
    """A schema of the description, by name, and maybe one property of it; what to change there; and why.

    A value of None takes the keyword away.
    """

    schema: str
    field: str | None
    change: Json
    reason: str


BETWEEN_0_AND_1: Json = {"minimum": None, "maximum": None, "exclusiveMinimum": 0, "exclusiveMaximum": 1}
ANY_UNSIGNED: Json = {"minimum": 0, "exclusiveMinimum": None}
NO_OTHER_FIELDS: Json = {"additionalProperties": False}
ALL_WRITTEN = "lib.rs writes null for what is absent"

# Reasons name files of TGI's router/src.
CORRECTIONS = [
    Correction("GenerateParameters", "top_p", BETWEEN_0_AND_1, "validation.rs refuses 1.0"),
    Correction("GenerateParameters", "typical_p", BETWEEN_0_AND_1, "validation.rs refuses 1.0"),
    Correction("GenerateParameters", "max_new_tokens", {"minimum": 1}, "validation.rs refuses 0"),
    Correction("GenerateParameters", "truncate", {"minimum": 1}, "validation.rs refuses 0"),
    Correction("GenerateParameters", "seed", ANY_UNSIGNED, "validation.rs takes seed 0"),
    Correction("GenerateParameters", "top_n_tokens", ANY_UNSIGNED, "validation.rs takes 0, which means none"),
    Correction(
        "GenerateParameters",
        "frequency_penalty",
        {"exclusiveMinimum": None, "minimum": -2, "maximum": 2},
        "validation.rs takes -2.0 to 2.0",
    ),
    Correction("GenerateParameters", None, NO_OTHER_FIELDS, "TGI ignores a misspelt field without a word"),
    Correction("ChatRequest", "top_p", BETWEEN_0_AND_1, "validation.rs refuses 1.0"),
    Correction("ChatRequest", "max_tokens", {"minimum": 1}, "validation.rs refuses 0"),
    Correction("ChatRequest", "temperature", {"minimum": 0}, "0 means greedy in lib.rs; less is refused"),
    Correction("ChatRequest", "frequency_penalty", {"minimum": -2, "maximum": 2}, "validation.rs takes -2.0 to 2.0"),
    Correction("ChatRequest", "presence_penalty", {"exclusiveMinimum": -2}, "lib.rs adds 2, and 0 is refused"),
    Correction("ChatRequest", "stop", {"maxItems": 4}, "the default of --max-stop-sequences"),
    Correction("ChatRequest", "messages", {"minItems": 1}, "validation.rs refuses an empty prompt"),
    Correction("ChatRequest", None, NO_OTHER_FIELDS, "TGI ignores a misspelt field without a word"),
    Correction("ChatCompletion", "id", {"enum": [""]}, "server.rs never fills it"),
    Correction("ChatCompletion", "object", {"enum": ["chat.completion"]}, "lib.rs always names the kind of answer"),
    Correction(
        "ChatCompletion",
        None,
        {"required": ["object", "id", "created", "model", "system_fingerprint", "choices", "usage"]},
        "lib.rs always names the kind of answer",
    ),
    Correction(
        "ChatCompletionComplete",
        "finish_reason",
        {"enum": ["stop", "length", "stop_sequence"]},
        "lib.rs turns eos_token alone into stop",
    ),
    Correction("ChatCompletionChunk", "id", {"enum": [""]}, "chat.rs never fills it"),
    Correction("ChatCompletionChunk", "object", {"enum": ["chat.completion.chunk"]}, "lib.rs always names the kind"),
    Correction(
        "ChatCompletionChunk",
        None,
        {"required": ["object", "id", "created", "model", "system_fingerprint", "choices", "usage"]},
        "lib.rs always names the kind of answer, and writes a usage of null",
    ),
    Correction(
        "ChatCompletionChoice",
        "finish_reason",
        {"enum": ["stop", "length", "stop_sequence"]},
        "chat.rs turns eos_token alone into stop",
    ),
    Correction(
        "ChatCompletionChoice", None, {"required": ["index", "delta", "logprobs", "finish_reason"]}, ALL_WRITTEN
    ),
    Correction(
        "Prompt", None, {"type": ["string", "array"], "minItems": 1, "maxItems": 4}, "lib.rs takes a string, too"
    ),
    Correction("CompletionRequest", "top_p", BETWEEN_0_AND_1, "validation.rs refuses 1.0"),
    Correction("CompletionRequest", "max_tokens", {"minimum": 1}, "validation.rs refuses 0"),
    Correction("CompletionRequest", "temperature", {"minimum": 0}, "0 means greedy in server.rs; less is refused"),
    Correction("CompletionRequest", "frequency_penalty", {"minimum": -2, "maximum": 2}, "validation.rs takes no other"),
    Correction("CompletionRequest", "stop", {"maxItems": 4}, "the default of --max-stop-sequences"),
    Correction("CompletionRequest", "suffix", {"type": "null"}, "server.rs refuses it"),
    Correction("CompletionRequest", None, NO_OTHER_FIELDS, "TGI ignores a misspelt field without a word"),
    Correction("CompletionFinal", "object", {"enum": ["text_completion"]}, "lib.rs always names the kind of answer"),
    Correction("Chunk", "object", {"enum": ["text_completion"]}, "lib.rs always names the kind of answer"),
    Correction("CompletionFinal", "id", {"enum": [""]}, "server.rs never fills it"),
    Correction("Chunk", "id", {"enum": [""]}, "server.rs never fills it"),
    Correction(
        "CompletionFinal",
        None,
        {"required": ["object", "id", "created", "model", "system_fingerprint", "choices", "usage"]},
        "lib.rs always names the kind of answer",
    ),
    Correction(
        "Chunk",
        None,
        {"required": ["object", "id", "created", "model", "system_fingerprint", "choices"]},
        "lib.rs always names the kind of answer",
    ),
    Correction(
        "CompletionComplete",
        "finish_reason",
        {"enum": ["stop", "length", "stop_sequence", "eos_token", ""]},
        "server.rs renames eos_token only where nothing is streamed, and has no reason before the last chunk",
    ),
    Correction("CompletionComplete", None, {"required": ["index", "text", "logprobs", "finish_reason"]}, ALL_WRITTEN),
    Correction("StreamResponse", "index", {"minimum": 1}, "server.rs counts from 1"),
    Correction("StreamResponse", None, {"required": ["index", "token", "generated_text", "details"]}, ALL_WRITTEN),
    Correction("StreamResponse", "top_tokens", {"minItems": 1}, "lib.rs leaves it out when empty"),
    Correction("Details", "top_tokens", {"minItems": 1}, "lib.rs leaves it out when empty"),
    Correction("BestOfSequence", "top_tokens", {"minItems": 1}, "lib.rs leaves it out when empty"),
    *(
        Correction(schema, None, NO_OTHER_FIELDS, "lib.rs writes the fields of the struct alone")
        for schema in (
            *("GenerateResponse", "Details", "BestOfSequence", "PrefillToken", "Token", "StreamResponse"),
            *("StreamDetails", "ChatCompletion", "ChatCompletionComplete", "ChatCompletionChunk", "Usage"),
            *("ChatCompletionChoice", "ChatCompletionLogprobs", "ChatCompletionLogprob", "ChatCompletionTopLogprob"),
            *("Chunk", "CompletionFinal", "CompletionComplete", "SimpleToken", "ChatTokenizeResponse", "ErrorResponse"),
        )
    ),
]

# GET / and GET /ping are routes of server.rs that the description leaves out; they answer as /health does.
HEALTH_ROUTES = {"GET /", "GET /ping", "GET /health"}

# What the description says is one ModelInfo; server.rs answers ModelsInfo.
MODELS_SCHEMA: Json = {
    "type": "object",
    "required": ["object", "data"],
    "properties": {
        "object": {"enum": ["list"]},
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/ModelInfo"}},
    },
}

ERROR_SCHEMA: Json = {"$ref": "#/components/schemas/ErrorResponse"}
ERROR_TYPES = {
    422: {
        *("validation", "template_error", "tool_error", "missing_template_variable"),
        *("batch size exceeded", "suffix not supported"),
    },
    424: {"generation"},
    429: {"overloaded"},
    500: {"incomplete_generation"},
    503: {"healthcheck"},
}

# How server.rs tells of an error within a stream of an OpenAI route.
OPENAI_ERROR_SCHEMA: Json = {
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "http_status_code"],
            "additionalProperties": False,
            "properties": {"message": {"type": "string"}, "http_status_code": {"enum": list(ERROR_TYPES)}},
        }
    },
}
DONE = "[DONE]"

# Bodies that cannot be read are answered by axum before TGI sees them, as plain text; 422 is also TGI's own status.
PLAIN_TEXT = {
    400: "Failed to parse the request body as JSON: ",
    413: "Failed to buffer the request body: length limit exceeded",
    415: "Expected request with `Content-Type: application/json`",
    422: "Failed to deserialize the JSON body into the target type: ",
}


def check_request(route: str, body: object) -> None:
    """Raises an AssertionError unless TGI would take the body.

    Args:
        route: A path such as `/generate`, or with its method, `POST /generate`.
        body: The parsed JSON body.
    """
    _check(_operation_schema(route, None), body, f"request to {route}")


def check_response(route: str, status: int, body: object) -> None:
    """Raises an AssertionError unless TGI could have answered so.

    Args:
        route: A path such as `/generate`, or with its method where both exist: `GET /` or `POST /`.
        status: HTTP status of the answer.
        body: The parsed JSON, or the text of a body that is plain text or empty.
    """
    where = f"answer {status} of {route}"
    if status == 401:
        assert body == "", f"{where}: {body!r} should be empty"
    elif isinstance(body, str) and status in PLAIN_TEXT:
        assert body.startswith(PLAIN_TEXT[status]), f"{where}: {body!r} is no text of TGI's framework"
    elif status != 200:
        _check(ERROR_SCHEMA, body, where)
        error_type = cast(Json, body)["error_type"]
        assert error_type in ERROR_TYPES.get(status, set()), f"{where}: error_type {error_type!r} has another status"
    elif _with_method(route) in HEALTH_ROUTES:
        assert body == "", f"{where}: {body!r} should be empty"
    elif _with_method(route) == "GET /v1/models":
        _check(MODELS_SCHEMA, body, where)
    elif _with_method(route) == "GET /metrics":
        assert isinstance(body, str), f"{where}: {body!r} should be text"
    else:
        _check(_operation_schema(route, status), body, where)


def check_stream(route: str, events: Sequence[object]) -> None:
    """Raises an AssertionError unless TGI could have streamed so.

    Args:
        route: As for `check_response`.
        events: The data of all events in order: parsed JSON, or the text `[DONE]`.
    """
    where = f"stream of {route}"
    assert events, f"{where}: no event"
    is_openai = "/v1/" in route
    if is_openai:
        assert events[-1] == DONE, f"{where}: ends with {events[-1]!r}"
        events = events[:-1]
    for place, event in enumerate(events):
        assert isinstance(event, dict), f"{where}: {event!r} is no JSON object"
        if "error" in event:
            assert place == len(events) - 1, f"{where}: goes on after an error"
            _check(OPENAI_ERROR_SCHEMA if is_openai else ERROR_SCHEMA, event, where)
        elif route.endswith("/v1/completions") and "usage" in event:
            _check({"$ref": "#/components/schemas/CompletionFinal"}, event, where)
        else:
            _check(_operation_schema(route, 200, "text/event-stream"), event, where)


def _check(schema: Json, value: object, where: str) -> None:
    validator = jsonschema.Draft202012Validator({**schema, "components": {"schemas": _schemas()}})
    problem = jsonschema.exceptions.best_match(validator.iter_errors(value))
    if problem is not None:
        raise AssertionError(f"{where}: {problem.json_path}: {problem.message}")


def _operation_schema(route: str, status: int | None, content_type: str = "application/json") -> Json:
    """Returns the schema of a route's answer, or of its request where the status is None."""
    method, path = _with_method(route).split()
    paths = cast("dict[str, dict[str, Json]]", _description()["paths"])
    assert method.lower() in paths.get(path, {}), f"TGI has no route {method} {path}"
    operation = paths[path][method.lower()]
    if status is None:
        holder = operation["requestBody"]
    else:
        holder = cast("dict[str, Json]", operation["responses"])[str(status)]
    content = cast("dict[str, dict[str, Json]]", cast(Json, holder)["content"])
    assert content_type in content, f"TGI has no {content_type} on {method} {path}"
    return content[content_type]["schema"]


def _with_method(route: str) -> str:
    if " " in route:
        return route
    paths = cast("dict[str, Json]", _description()["paths"])
    return f"POST {route}" if "post" in paths.get(route, {}) else f"GET {route}"


@functools.cache
def _description() -> Json:
    return cast(Json, json.loads(OPENAPI_FILE.read_text(encoding="utf-8")))


@functools.cache
def _schemas() -> Json:
    """Returns the corrected schemas of the description as JSON Schema."""
    schemas = json.loads(json.dumps(cast("dict[str, Json]", _description()["components"])["schemas"]))
    for correction in CORRECTIONS:
        schema = schemas[correction.schema]
        if correction.field is not None:
            schema = schema["properties"].setdefault(correction.field, {})
        for keyword, value in correction.change.items():
            if value is None:
                schema.pop(keyword, None)
            else:
                schema[keyword] = value
    # Too deep for the table: TGI takes OpenAI's word for the same thing, and huggingface_hub sends it.
    schemas["GrammarType"]["oneOf"][0]["properties"]["type"]["enum"].append("json_object")
    return cast(Json, _allow_null(schemas))


def _allow_null(schema: object) -> object:
    """Turns OpenAPI 3.0's `nullable` into JSON Schema."""
    if isinstance(schema, list):
        return [_allow_null(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _allow_null(value) for key, value in schema.items() if key not in ("nullable", "example", "default")}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain
