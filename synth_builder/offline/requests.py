"""What a request asks: the JSON bodies of TGI's routes, read into one kind of request."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from synth_builder.offline.body import Fields, refuse
from synth_builder.offline.protocol import ProtocolError, invalid

_NO_GRAMMAR = "grammar is not supported"


@dataclass(frozen=True)
class Parameters:
    """The fields of TGI's GenerateParameters that change an answer or can be invalid."""

    best_of: int | None = None
    temperature: float | None = None
    repetition_penalty: float | None = None
    frequency_penalty: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    typical_p: float | None = None
    do_sample: bool = False
    max_new_tokens: int | None = None
    return_full_text: bool | None = None
    stop: tuple[str, ...] = ()
    truncate: int | None = None
    details: bool = False
    decoder_input_details: bool = False
    seed: int | None = None
    top_n_tokens: int | None = None

    @property
    def samples(self) -> bool:
        """Whether the reply is drawn; a greedy one does not depend on the seed."""
        warpers = (self.temperature, self.top_k, self.top_p, self.typical_p)
        return self.do_sample or any(warper is not None for warper in warpers)


@dataclass(frozen=True)
class Request:
    """A request as it was asked, before validation; a chat is one, too, as in TGI.

    Attributes:
        prompts: One prompt; several only on `/v1/completions`.
        parameters: How to answer each of them.
        stream: Whether the answer is a stream of events.
        model: The model as asked for; None where the request names none.
        logprobs: Whether the answer shows its tokens and their log-probabilities.
        include_usage: Whether a stream of chat chunks ends with one that counts the tokens.
        unsupported: Why the request cannot be served by this kind of server; empty where it can.
    """

    prompts: tuple[str, ...]
    parameters: Parameters = Parameters()
    stream: bool = False
    model: str | None = None
    logprobs: bool = False
    include_usage: bool = False
    unsupported: str = ""


def read_generate(body: object) -> Request:
    """Reads the body of `/generate` and `/tokenize`, which have no `stream`."""
    return _read_generate(Fields(body, path="", name="GenerateRequest"))


def read_generate_stream(body: object) -> Request:
    """Reads the body of `/generate_stream`."""
    return replace(read_generate(body), stream=True)


def read_compatible_generate(body: object) -> Request:
    """Reads the body of `/`, where the prompt is returned before the answer unless the request says otherwise."""
    fields = Fields(body, path="", name="CompatGenerateRequest")
    request = _read_generate(fields)
    parameters = request.parameters
    if parameters.return_full_text is None:
        parameters = replace(parameters, return_full_text=True)
    return replace(request, parameters=parameters, stream=fields.boolean("stream"))


def _read_generate(request: Fields) -> Request:
    prompt = request.required_text("inputs")
    fields = Fields(request.get("parameters", {}), path="parameters", name="GenerateParameters")
    fields.boolean("watermark")
    fields.optional_text("adapter_id")  # as in TGI, an unknown adapter means the base model
    parameters = Parameters(
        best_of=fields.optional_integer("best_of", "usize"),
        temperature=fields.optional_number("temperature"),
        repetition_penalty=fields.optional_number("repetition_penalty"),
        frequency_penalty=fields.optional_number("frequency_penalty"),
        top_k=fields.optional_integer("top_k", "i32"),
        top_p=fields.optional_number("top_p"),
        typical_p=fields.optional_number("typical_p"),
        do_sample=fields.boolean("do_sample"),
        max_new_tokens=fields.optional_integer("max_new_tokens", "u32"),
        return_full_text=fields.optional_boolean("return_full_text"),
        stop=fields.texts("stop"),
        truncate=fields.optional_integer("truncate", "usize"),
        details=fields.boolean("details"),
        decoder_input_details=fields.boolean("decoder_input_details"),
        seed=fields.optional_integer("seed", "u64"),
        top_n_tokens=fields.optional_integer("top_n_tokens", "u32"),
    )
    return Request(
        (prompt,),
        parameters,
        logprobs=parameters.details or parameters.decoder_input_details,
        unsupported=_NO_GRAMMAR if fields.has("grammar") else "",
    )


def read_chat(body: object) -> Request:
    """Reads the body of `/v1/chat/completions` as the generation that TGI makes of it."""
    fields = Fields(body, path="", name="ChatRequest")
    contents = [_read_message(message, index) for index, message in enumerate(fields.required_list("messages"))]
    presence_penalty = fields.optional_number("presence_penalty")
    stream_options = fields.get("stream_options") if fields.has("stream_options") else {}
    return Request(
        ("\n\n".join(contents),),
        replace(
            _read_openai_parameters(fields),
            # TGI's own conversion.
            repetition_penalty=None if presence_penalty is None else presence_penalty + 2,
            top_n_tokens=fields.optional_integer("top_logprobs", "u32"),
        ),
        stream=fields.boolean("stream"),
        model=fields.optional_text("model"),
        logprobs=bool(fields.optional_boolean("logprobs")),
        include_usage=Fields(stream_options, path="stream_options", name="StreamOptions").boolean("include_usage"),
        unsupported=_NO_GRAMMAR if _needs_grammar(fields) else "",
    )


def read_completions(body: object, max_batch_size: int) -> Request:
    """Reads the body of `/v1/completions`, of whose prompts each becomes a generation."""
    fields = Fields(body, path="", name="CompletionRequest")
    prompts = _read_prompts(fields)
    parameters = replace(
        _read_openai_parameters(fields), repetition_penalty=fields.optional_number("repetition_penalty")
    )
    request = Request(prompts, parameters, stream=fields.boolean("stream"), model=fields.optional_text("model"))
    if fields.optional_text("suffix") is not None:
        problem = "Suffix is not supported and can be achieved by preprocessing the prompt."
        raise ProtocolError(422, problem, "suffix not supported")
    if len(prompts) > max_batch_size:
        problem = f"Number of prompts exceeds the maximum allowed batch size of {max_batch_size}"
        raise ProtocolError(422, problem, "batch size exceeded")
    return request


def _read_openai_parameters(fields: Fields) -> Parameters:
    """Reads what chats and completions have in common; they sample unless the temperature is 0."""
    temperature = fields.optional_number("temperature")
    return Parameters(
        temperature=None if temperature == 0 else temperature,
        frequency_penalty=fields.optional_number("frequency_penalty"),
        top_p=fields.optional_number("top_p"),
        do_sample=temperature != 0,
        max_new_tokens=fields.optional_integer("max_tokens", "u32"),
        stop=fields.texts("stop") if fields.has("stop") else (),
        seed=fields.optional_integer("seed", "u64"),
    )


def _read_prompts(fields: Fields) -> tuple[str, ...]:
    prompts = fields.required("prompt")
    if isinstance(prompts, str):
        return (prompts,)
    if not isinstance(prompts, list) or not all(isinstance(prompt, str) for prompt in prompts):
        refuse("prompt", "data did not match any variant of untagged enum PromptDeserializer")
    if not prompts:
        refuse("prompt", "Empty array detected. Do not use an empty array for the prompt.")
    return tuple(prompts)


def _needs_grammar(fields: Fields) -> bool:
    tools, has_format = fields.get("tools"), fields.has("response_format")
    if tools is not None and has_format:
        raise ProtocolError(422, "Tool error: Grammar and tools are mutually exclusive", "tool_error")
    return has_format or (bool(tools) and fields.get("tool_choice") != "none")


def _read_message(message: object, index: int) -> str:
    path = f"messages[{index}]"
    fields = Fields(message, path=path, name="Message")
    fields.required_text("role")
    content, tool_calls = fields.get("content"), fields.get("tool_calls")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_read_chunk(chunk, f"{path}.content[{position}]") for position, chunk in enumerate(content))
    if isinstance(tool_calls, list):
        return json.dumps(tool_calls, ensure_ascii=False, separators=(",", ":"))
    refuse(path, "data did not match any variant of untagged enum MessageBody")


def _read_chunk(chunk: object, path: str) -> str:
    fields = Fields(chunk, path=path, name="MessageChunk")
    kind = fields.required_text("type")
    if kind == "image_url":
        raise invalid("image modality is not supported")
    if kind != "text":
        refuse(path, f"unknown variant `{kind}`, expected `text` or `image_url`")
    return fields.required_text("text")
