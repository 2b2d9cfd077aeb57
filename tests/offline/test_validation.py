"""Requests that cannot be served are refused with TGI's words, and the others become work for the teacher."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synth_builder.errors import SynthBuilderError
from synth_builder.offline.protocol import ProtocolError, ServerConfig
from synth_builder.offline.requests import read_chat, read_compatible_generate, read_completions, read_generate
from synth_builder.offline.validation import Work, validate
from tests.offline.serving import CONFIG

USER = {"role": "user", "content": "Hello"}
SMALL = replace(CONFIG, max_input_tokens=8, max_total_tokens=10)


def work_of(parameters: dict[str, object], inputs: str = "Hello you", config: ServerConfig = SMALL) -> Work:
    (work,) = validate(read_generate({"inputs": inputs, "parameters": parameters}), config)
    return work


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"best_of": 3, "do_sample": True}, "`best_of` must be > 0 and <= 2. Given: 3"),
        ({"best_of": 2}, "you must use sampling when `best_of` is > 1"),
        ({"best_of": 2, "do_sample": True, "seed": 1}, "`seed` must not be set when `best_of` > 1"),
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
        work_of(parameters)
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
        work_of({"max_new_tokens": max_new_tokens}, inputs)
    assert caught.value.error == f"Input validation error: {problem}"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"messages": []}, "`inputs` cannot be empty"),
        ({"top_p": 1.0}, "`top_p` must be > 0.0 and < 1.0"),
        ({"max_tokens": 0}, "`max_new_tokens` must be strictly positive"),
        ({"presence_penalty": -2.0}, "`repetition_penalty` must be strictly positive"),
        ({"top_logprobs": 6}, "`top_n_tokens` must be >= 0 and <= 5. Given: 6"),
        ({"response_format": {"type": "json_object", "value": {}}}, "grammar is not supported"),
        ({"tools": [{"type": "function", "function": {"name": "f", "arguments": {}}}]}, "grammar is not supported"),
    ],
)
def test_a_chat_that_cannot_be_served_says_why(fields: dict[str, object], problem: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        validate(read_chat({"messages": [USER]} | fields), SMALL)
    assert (caught.value.status, caught.value.error_type) == (422, "validation")
    assert caught.value.error == f"Input validation error: {problem}"


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"best_of": 2}, "`best_of` != 1 is not supported when streaming tokens"),
        ({"decoder_input_details": True}, "`decoder_input_details` == true is not supported when streaming tokens"),
    ],
)
def test_a_stream_has_one_sequence_and_no_prompt(parameters: dict[str, object], problem: str) -> None:
    request = read_compatible_generate({"inputs": "Hello", "stream": True, "parameters": parameters})
    with pytest.raises(ProtocolError) as caught:
        validate(request, SMALL)
    assert caught.value.error == f"Input validation error: {problem}"


def test_tools_that_the_model_must_not_use_are_no_reason_to_refuse() -> None:
    validate(read_chat({"messages": [USER], "tools": [{"type": "function"}], "tool_choice": "none"}), SMALL)
    validate(read_chat({"messages": [USER], "tools": []}), SMALL)


def test_a_server_may_disable_best_of() -> None:
    with pytest.raises(ProtocolError, match="`best_of` != 1 is not allowed for this endpoint"):
        work_of({"best_of": 2, "do_sample": True}, config=replace(SMALL, max_best_of=1))


def test_all_that_is_left_may_be_generated_unless_a_limit_is_given() -> None:
    assert work_of({}).max_new_tokens == 8


def test_truncation_keeps_the_end_of_the_prompt() -> None:
    work = work_of({"truncate": 2}, "one two three four")
    assert (work.prompt, work.prompt_tokens) == (" three four", 2)


def test_a_prompt_that_fits_is_not_truncated() -> None:
    work = work_of({"truncate": 8}, "one two")
    assert (work.prompt, work.prompt_tokens) == ("one two", 2)


def test_a_server_leaves_room_for_a_reply() -> None:
    with pytest.raises(SynthBuilderError, match="A server for prompts of 10 tokens cannot have 10 in all"):
        replace(SMALL, max_input_tokens=10)


@pytest.mark.parametrize(
    "parameters",
    [{"do_sample": True}, {"temperature": 0.5}, {"top_k": 3}, {"top_p": 0.9}, {"typical_p": 0.9}],
)
def test_a_sampled_reply_has_the_seed_that_was_asked_for_or_a_drawn_one(parameters: dict[str, object]) -> None:
    assert work_of(parameters | {"seed": 7}).seeds == (7,)
    drawn = {work_of(parameters).seeds for _ in range(3)}
    assert len(drawn) == 3
    assert all(seed is not None and 0 <= seed < 2**64 for (seed,) in drawn)


def test_a_greedy_reply_has_no_seed() -> None:
    assert work_of({"seed": 7}).seeds == (None,)
    (work,) = validate(read_chat({"messages": [USER], "temperature": 0, "seed": 7}), SMALL)
    assert work.seeds == (None,)


def test_a_chat_samples_unless_the_temperature_is_0() -> None:
    (work,) = validate(read_chat({"messages": [USER], "seed": 7}), SMALL)
    assert work.seeds == (7,)


def test_best_of_is_drawn_with_two_seeds() -> None:
    first, second = work_of({"best_of": 2, "do_sample": True}).seeds
    assert first != second


def test_the_prompt_is_scored_only_where_the_server_offers_it() -> None:
    asked: dict[str, object] = {"decoder_input_details": True}
    assert not work_of(asked).prefill
    assert work_of(asked, config=replace(SMALL, enable_prefill_logprobs=True)).prefill
    assert not work_of({"details": True}, config=replace(SMALL, enable_prefill_logprobs=True)).prefill


def test_tokens_are_scored_only_for_those_who_see_them() -> None:
    assert not work_of({"top_n_tokens": 2}).logprobs
    assert work_of({"details": True}).logprobs
    (work,) = validate(read_chat({"messages": [USER]}), SMALL)
    assert not work.logprobs
    (work,) = validate(read_chat({"messages": [USER], "stream": True}), SMALL)
    assert work.logprobs


def test_each_prompt_of_completions_is_checked_by_itself() -> None:
    works = validate(read_completions({"prompt": ["Hello you", "Hi"], "temperature": 0}, 2), SMALL)
    assert [(work.prompt, work.prompt_tokens, work.max_new_tokens) for work in works] == [
        ("Hello you", 2, 8),
        ("Hi", 1, 9),
    ]
    with pytest.raises(ProtocolError, match="`inputs` cannot be empty"):
        validate(read_completions({"prompt": ["Hi", ""]}, 2), SMALL)
