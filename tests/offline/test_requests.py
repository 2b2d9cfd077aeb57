"""Bodies of requests are read, or refused with the statuses and texts of TGI's web framework."""

from __future__ import annotations

import pytest

from synth_builder.offline.body import BodyError, parse_json
from synth_builder.offline.protocol import ProtocolError
from synth_builder.offline.requests import (
    read_chat,
    read_compatible_generate,
    read_completions,
    read_generate,
    read_generate_stream,
)

USER = {"role": "user", "content": "Hello"}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ([], "invalid type: sequence, expected struct GenerateRequest"),
        ({}, "missing field `inputs`"),
        ({"inputs": 5}, "inputs: invalid type: integer `5`, expected a string"),
        (
            {"inputs": "x", "parameters": None},
            "parameters: invalid type: null, expected struct GenerateParameters",
        ),
        (
            {"inputs": "x", "parameters": {"details": None}},
            "parameters.details: invalid type: null, expected a boolean",
        ),
        (
            {"inputs": "x", "parameters": {"seed": -1}},
            "parameters.seed: invalid value: integer `-1`, expected u64",
        ),
        (
            {"inputs": "x", "parameters": {"max_new_tokens": 1.5}},
            "parameters.max_new_tokens: invalid type: floating point `1.5`, expected u32",
        ),
        (
            {"inputs": "x", "parameters": {"max_new_tokens": True}},
            "parameters.max_new_tokens: invalid type: boolean `true`, expected u32",
        ),
        (
            {"inputs": "x", "parameters": {"temperature": "hot"}},
            'parameters.temperature: invalid type: string "hot", expected f32',
        ),
        (
            {"inputs": "x", "parameters": {"stop": "END"}},
            'parameters.stop: invalid type: string "END", expected a sequence',
        ),
        (
            {"inputs": "x", "parameters": {"stop": [1]}},
            "parameters.stop[0]: invalid type: integer `1`, expected a string",
        ),
        (
            {"inputs": "x", "parameters": {"adapter_id": {}}},
            "parameters.adapter_id: invalid type: map, expected a string",
        ),
    ],
)
def test_a_generate_body_of_another_shape_says_where(body: object, problem: str) -> None:
    with pytest.raises(BodyError) as caught:
        read_generate(body)
    assert caught.value.status == 422
    assert caught.value.text == f"Failed to deserialize the JSON body into the target type: {problem}"


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ("Hello", 'messages[0]: invalid type: string "Hello", expected struct Message'),
        ({"content": "Hello"}, "messages[0]: missing field `role`"),
        (
            {"role": "user", "content": None},
            "messages[0]: data did not match any variant of untagged enum MessageBody",
        ),
        (
            {"role": "user", "content": [{"type": "sound"}]},
            "messages[0].content[0]: unknown variant `sound`, expected `text` or `image_url`",
        ),
    ],
)
def test_a_message_of_another_shape_says_where(message: object, problem: str) -> None:
    with pytest.raises(BodyError) as caught:
        read_chat({"messages": [message]})
    assert caught.value.text == f"Failed to deserialize the JSON body into the target type: {problem}"


@pytest.mark.parametrize(
    ("content_type", "raw", "status"),
    [
        ("text/plain", b"{}", 415),
        ("", b"{}", 415),
        ("application/json", b"{", 400),
        ("application/json", b'{"temperature": NaN}', 400),
        ("application/json", b"\xff", 400),
        ("application/json", b"[" * 100_000, 400),
        ("application/json", b"", 400),
        ("application/json", rb'{"inputs": "\ud800"}', 400),
        ("application/json", rb'["\uDC00\uD800"]', 400),
        ("application/json", b'"\xed\xa0\x80"', 400),
        ("application/json", '{"inputs": "x"}'.encode("utf-16"), 400),
    ],
)
def test_what_is_no_json_is_refused(content_type: str, raw: bytes, status: int) -> None:
    with pytest.raises(BodyError) as caught:
        parse_json(content_type, raw)
    assert caught.value.status == status


def test_json_with_a_suffix_is_json() -> None:
    assert parse_json("application/vnd.api+json", b'{"a": 1}') == {"a": 1}


def test_a_number_beyond_floating_point_is_refused() -> None:
    with pytest.raises(BodyError, match="number out of range"):
        read_generate({"inputs": "x", "parameters": {"temperature": 10**400}})


def test_a_chat_is_the_contents_of_its_messages() -> None:
    chunks = [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]
    request = read_chat({"messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": chunks}]})
    assert request.prompts == ("Be kind.\n\nHello",)


@pytest.mark.parametrize("raw", [rb'"\ud83d\ude00"', '"😀"'.encode(), rb'"\\ud83d"'])
def test_whole_surrogate_pairs_are_characters(raw: bytes) -> None:
    assert parse_json("application/json", raw) in ("😀", r"\ud83d")


def test_a_message_of_tool_calls_has_them_as_its_content() -> None:
    request = read_chat({"messages": [USER, {"role": "assistant", "tool_calls": [{"id": "0"}]}]})
    assert request.prompts == ('Hello\n\n[{"id":"0"}]',)


@pytest.mark.parametrize(
    ("fields", "error", "error_type"),
    [
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "Input validation error: image modality is not supported",
            "validation",
        ),
        (
            {"tools": [{"type": "function"}], "response_format": {"type": "json_object", "value": {}}},
            "Tool error: Grammar and tools are mutually exclusive",
            "tool_error",
        ),
    ],
)
def test_a_chat_of_another_kind_of_model_is_refused(fields: dict[str, object], error: str, error_type: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        read_chat({"messages": [USER]} | fields)
    assert (caught.value.status, caught.value.error, caught.value.error_type) == (422, error, error_type)


def test_a_presence_penalty_is_tgis_repetition_penalty_less_2() -> None:
    request = read_chat({"messages": [USER], "presence_penalty": -0.5})
    assert request.parameters.repetition_penalty == 1.5


@pytest.mark.parametrize(
    ("options", "expected"),
    [(None, False), ({}, False), ({"include_usage": False}, False), ({"include_usage": True}, True)],
)
def test_a_chat_may_ask_for_its_usage(options: object, expected: bool) -> None:
    assert read_chat({"messages": [USER], "stream_options": options}).include_usage is expected


def test_stream_options_of_another_shape_say_where() -> None:
    with pytest.raises(BodyError, match="stream_options: invalid type: sequence, expected struct StreamOptions"):
        read_chat({"messages": [USER], "stream_options": []})


def test_generate_stream_streams_whatever_the_body_says() -> None:
    assert read_generate_stream({"inputs": "x", "stream": False}).stream
    assert not read_generate({"inputs": "x", "stream": True}).stream


def test_the_root_route_returns_the_prompt_unless_told_otherwise() -> None:
    assert read_compatible_generate({"inputs": "x"}).parameters.return_full_text is True
    asked = {"inputs": "x", "parameters": {"return_full_text": False}}
    assert read_compatible_generate(asked).parameters.return_full_text is False


@pytest.mark.parametrize(("prompt", "prompts"), [("x", ("x",)), (["x", "y"], ("x", "y"))])
def test_completions_take_one_prompt_or_several(prompt: object, prompts: tuple[str, ...]) -> None:
    assert read_completions({"prompt": prompt}, max_batch_size=2).prompts == prompts


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "missing field `prompt`"),
        ({"prompt": 5}, "prompt: data did not match any variant of untagged enum PromptDeserializer"),
        ({"prompt": ["x", 5]}, "prompt: data did not match any variant of untagged enum PromptDeserializer"),
        ({"prompt": []}, "prompt: Empty array detected. Do not use an empty array for the prompt."),
        ({"prompt": "x", "max_tokens": "5"}, 'max_tokens: invalid type: string "5", expected u32'),
    ],
)
def test_a_completions_body_of_another_shape_says_where(body: object, problem: str) -> None:
    with pytest.raises(BodyError) as caught:
        read_completions(body, max_batch_size=2)
    assert caught.value.text == f"Failed to deserialize the JSON body into the target type: {problem}"


@pytest.mark.parametrize(
    ("fields", "error", "error_type"),
    [
        (
            {"suffix": ""},
            "Suffix is not supported and can be achieved by preprocessing the prompt.",
            "suffix not supported",
        ),
        (
            {"prompt": ["x"] * 3},
            "Number of prompts exceeds the maximum allowed batch size of 2",
            "batch size exceeded",
        ),
    ],
)
def test_completions_have_errors_of_their_own(fields: dict[str, object], error: str, error_type: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        read_completions({"prompt": "x"} | fields, max_batch_size=2)
    assert (caught.value.status, caught.value.error, caught.value.error_type) == (422, error, error_type)
