"""Requests are read and refused with TGI's words, and answers have TGI's shape."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synth_builder.offline.body import BodyError, parse_json
from synth_builder.offline.protocol import (
    ProtocolError,
    Work,
    finish,
    read_chat,
    read_compatible_generate,
    read_generate,
    validate,
)
from tests.offline.serving import CONFIG

USER = {"role": "user", "content": "Hello"}
SMALL = replace(CONFIG, max_input_tokens=8, max_total_tokens=10)


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"best_of": 2, "do_sample": True}, "`best_of` != 1 is not allowed for this endpoint"),
        ({"temperature": 0}, "`temperature` must be strictly positive"),
        ({"temperature": -0.5}, "`temperature` must be strictly positive"),
        ({"repetition_penalty": 0.0}, "`repetition_penalty` must be strictly positive"),
        ({"frequency_penalty": 2.1}, "`frequency_penalty` must be >= -2.0 and <= 2.0"),
        ({"top_p": 1.0}, "`top_p` must be > 0.0 and < 1.0"),
        ({"top_p": 0}, "`top_p` must be > 0.0 and < 1.0"),
        ({"typical_p": 1}, "`typical_p` must be > 0.0 and < 1.0"),
        ({"top_k": 0}, "`top_k` must be strictly positive"),
        ({"max_new_tokens": 0}, "`max_new_tokens` must be strictly positive"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "`stop` supports up to 4 stop sequences. Given: 5"),
        ({"top_n_tokens": 6}, "`top_n_tokens` must be >= 0 and <= 5. Given: 6"),
        ({"truncate": 0}, "`truncate` must be strictly positive and less than 8. Given: 0"),
        ({"truncate": 9}, "`truncate` must be strictly positive and less than 8. Given: 9"),
        (
            {"max_new_tokens": 9},
            "`inputs` tokens + `max_new_tokens` must be <= 10. Given: 2 `inputs` tokens and 9 `max_new_tokens`",
        ),
        ({"grammar": {"type": "regex", "value": "a*"}}, "grammar is not supported"),
    ],
)
def test_a_parameter_out_of_range_is_named_as_tgi_names_it(parameters: dict[str, object], problem: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        validate(read_generate({"inputs": "Hello you", "parameters": parameters}), SMALL)
    assert (caught.value.status, caught.value.error_type) == (422, "validation")
    assert caught.value.error == f"Input validation error: {problem}"


@pytest.mark.parametrize(
    ("inputs", "max_new_tokens", "problem"),
    [
        ("", 1, "`inputs` cannot be empty"),
        ("a b c d e f g h i", 1, "`inputs` must have less than 8 tokens. Given: 9"),
        (
            "a b c d e f g h i j k",
            None,
            "`inputs` tokens + `max_new_tokens` must be <= 10. Given: 11 `inputs` tokens and 0 `max_new_tokens`",
        ),
    ],
)
def test_a_prompt_of_the_wrong_length_is_refused(inputs: str, max_new_tokens: int | None, problem: str) -> None:
    with pytest.raises(ProtocolError, match="Input validation error") as caught:
        validate(read_generate({"inputs": inputs, "parameters": {"max_new_tokens": max_new_tokens}}), SMALL)
    assert caught.value.error == f"Input validation error: {problem}"


@pytest.mark.parametrize(
    ("fields", "error", "error_type"),
    [
        ({"messages": []}, "Input validation error: `inputs` cannot be empty", "validation"),
        ({"top_p": 1.0}, "Input validation error: `top_p` must be > 0.0 and < 1.0", "validation"),
        ({"max_tokens": 0}, "Input validation error: `max_new_tokens` must be strictly positive", "validation"),
        (
            {"presence_penalty": -2.0},
            "Input validation error: `repetition_penalty` must be strictly positive",
            "validation",
        ),
        (
            {"stream": True},
            "Input validation error: streaming is not offered by this server; send `stream`: false",
            "validation",
        ),
        (
            {"response_format": {"type": "json_object", "value": {}}},
            "Input validation error: grammar is not supported",
            "validation",
        ),
        ({"logprobs": True}, "Input validation error: `logprobs` are not offered by this server", "validation"),
        ({"tools": [{"type": "function"}]}, "Tool error: tools are not offered by this server", "tool_error"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "Input validation error: image modality is not supported",
            "validation",
        ),
    ],
)
def test_a_chat_that_cannot_be_served_says_why(fields: dict[str, object], error: str, error_type: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        validate(read_chat({"messages": [USER]} | fields), SMALL)
    assert (caught.value.status, caught.value.error, caught.value.error_type) == (422, error, error_type)


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
    assert request.inputs == "Be kind.\n\nHello"


def test_temperature_0_is_greedy_in_a_chat() -> None:
    assert validate(read_chat({"messages": [USER], "temperature": 0}), CONFIG).prompt == "Hello"


def test_all_that_is_left_may_be_generated_unless_a_limit_is_given() -> None:
    assert validate(read_generate({"inputs": "Hello you"}), SMALL).max_new_tokens == 8


def test_truncation_keeps_the_end_of_the_prompt() -> None:
    work = validate(read_generate({"inputs": "one two three four", "parameters": {"truncate": 2}}), SMALL)
    assert (work.prompt, work.prompt_tokens) == (" three four", 2)


def test_a_prompt_that_fits_is_not_truncated() -> None:
    work = validate(read_generate({"inputs": "one two", "parameters": {"truncate": 8}}), SMALL)
    assert (work.prompt, work.prompt_tokens) == ("one two", 2)


def test_the_root_route_returns_the_prompt_unless_told_otherwise() -> None:
    assert read_compatible_generate({"inputs": "x"}).parameters.return_full_text is True
    asked = {"inputs": "x", "parameters": {"return_full_text": False}}
    assert read_compatible_generate(asked).parameters.return_full_text is False


@pytest.mark.parametrize(
    ("stop", "max_new_tokens", "text", "finish_reason"),
    [
        ((), 9, "one two three END four", "eos_token"),
        ((), 5, "one two three END four", "eos_token"),
        ((), 2, "one two", "length"),
        (("END",), 9, "one two three END", "stop_sequence"),
        (("four", "tw"), 9, "one tw", "stop_sequence"),
        (("END",), 2, "one two", "length"),
        (("absent",), 9, "one two three END four", "eos_token"),
    ],
)
def test_a_reply_ends_at_a_stop_sequence_or_at_the_limit(
    stop: tuple[str, ...], max_new_tokens: int, text: str, finish_reason: str
) -> None:
    work = Work("prompt", 1, max_new_tokens, stop, 0)
    generation = finish("one two three END four", work)
    assert (generation.text, generation.finish_reason) == (text, finish_reason)
    assert generation.tokens == len(text.split())
