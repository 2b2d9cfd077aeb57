"""The TGI protocol without the network: what a request asks, whether it is valid, and what the answer looks like."""

from __future__ import annotations

from dataclasses import dataclass, replace

from synth_builder.offline.body import Fields, refuse
from synth_builder.offline.tokens import count, cut, tokenize

JsonObject = dict[str, object]


@dataclass(frozen=True)
class ServerConfig:
    """What the server says of itself, and its limits; the defaults are TGI's own where it has one.

    Attributes:
        model_sha: Names the exact teacher, as a commit names the weights of a model.
        max_best_of: 1, as one seed gives one reply.
    """

    model_sha: str
    model_id: str = "synth-builder/rule-based-teacher"
    version: str = "3.3.6"
    docker_label: str = "offline"
    max_concurrent_requests: int = 128
    max_input_tokens: int = 16_383
    max_total_tokens: int = 16_384
    max_best_of: int = 1
    max_stop_sequences: int = 4
    max_top_n_tokens: int = 5
    max_client_batch_size: int = 4
    payload_limit_bytes: int = 2_000_000


class ProtocolError(Exception):
    """A request that TGI answers with its JSON error.

    Args:
        status: HTTP status of the answer.
        error: What happened.
        error_type: TGI's name for the kind of error.
    """

    def __init__(self, status: int, error: str, error_type: str) -> None:
        self.status = status
        self.error = error
        self.error_type = error_type
        super().__init__(error)

    def body(self) -> JsonObject:
        """Returns the body of the answer."""
        return {"error": self.error, "error_type": self.error_type}


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
    max_new_tokens: int | None = None
    return_full_text: bool | None = None
    stop: tuple[str, ...] = ()
    truncate: int | None = None
    details: bool = False
    seed: int | None = None
    top_n_tokens: int | None = None
    grammar: bool = False


@dataclass(frozen=True)
class Request:
    """A request as it was asked, before validation; a chat is one, too, as in TGI."""

    inputs: str
    parameters: Parameters = Parameters()
    stream: bool = False
    model: str | None = None


@dataclass(frozen=True)
class Work:
    """A valid request, ready for the teacher."""

    prompt: str
    prompt_tokens: int
    max_new_tokens: int
    stop: tuple[str, ...]
    seed: int


@dataclass(frozen=True)
class Generation:
    """What the server made of the teacher's reply; `finish_reason` is length, eos_token or stop_sequence."""

    text: str
    tokens: int
    finish_reason: str


def overloaded() -> ProtocolError:
    """Returns the error for a request above `max_concurrent_requests`."""
    return ProtocolError(429, "Model is overloaded", "overloaded")


def generation_failed(reason: str) -> ProtocolError:
    """Returns the error for a teacher that raised."""
    return ProtocolError(424, f"Request failed during generation: {reason}", "generation")


def invalid(problem: str) -> ProtocolError:
    """Returns the error for a request that was read but cannot be served."""
    return ProtocolError(422, f"Input validation error: {problem}", "validation")


def read_generate(body: object) -> Request:
    """Reads the body of `/generate` and `/tokenize`, which have no `stream`."""
    fields = Fields(body, path="", name="GenerateRequest")
    return Request(inputs=fields.required_text("inputs"), parameters=_read_parameters(fields))


def read_compatible_generate(body: object) -> Request:
    """Reads the body of `/`, where the prompt is returned before the answer unless the request says otherwise."""
    fields = Fields(body, path="", name="CompatGenerateRequest")
    inputs = fields.required_text("inputs")
    parameters = _read_parameters(fields)
    if parameters.return_full_text is None:
        parameters = replace(parameters, return_full_text=True)
    return Request(inputs=inputs, parameters=parameters, stream=fields.boolean("stream"))


def _read_parameters(request: Fields) -> Parameters:
    fields = Fields(request.get("parameters", {}), path="parameters", name="GenerateParameters")
    for unused_boolean in ("do_sample", "watermark"):
        fields.boolean(unused_boolean)
    fields.optional_text("adapter_id")  # as in TGI, an unknown adapter means the base model
    return Parameters(
        best_of=fields.optional_integer("best_of", "usize"),
        temperature=fields.optional_number("temperature"),
        repetition_penalty=fields.optional_number("repetition_penalty"),
        frequency_penalty=fields.optional_number("frequency_penalty"),
        top_k=fields.optional_integer("top_k", "i32"),
        top_p=fields.optional_number("top_p"),
        typical_p=fields.optional_number("typical_p"),
        max_new_tokens=fields.optional_integer("max_new_tokens", "u32"),
        return_full_text=fields.optional_boolean("return_full_text"),
        stop=fields.texts("stop"),
        truncate=fields.optional_integer("truncate", "usize"),
        # Reading the first one alone would leave a wrong type of the second unseen.
        details=any([fields.boolean("details"), fields.boolean("decoder_input_details")]),
        seed=fields.optional_integer("seed", "u64"),
        top_n_tokens=fields.optional_integer("top_n_tokens", "u32"),
        grammar=fields.has("grammar"),
    )


def read_chat(body: object) -> Request:
    """Reads the body of `/v1/chat/completions` as the generation that TGI makes of it."""
    fields = Fields(body, path="", name="ChatRequest")
    contents = [_read_message(message, index) for index, message in enumerate(fields.required_list("messages"))]
    temperature = fields.optional_number("temperature")
    presence_penalty = fields.optional_number("presence_penalty")
    if fields.get("tools"):
        raise ProtocolError(422, "Tool error: tools are not offered by this server", "tool_error")
    if fields.optional_boolean("logprobs"):
        raise invalid("`logprobs` are not offered by this server")
    return Request(
        inputs="\n\n".join(contents),
        parameters=Parameters(
            temperature=None if temperature == 0 else temperature,  # TGI: 0 means greedy here, and is no error
            repetition_penalty=None if presence_penalty is None else presence_penalty + 2,  # TGI's own conversion
            frequency_penalty=fields.optional_number("frequency_penalty"),
            top_p=fields.optional_number("top_p"),
            max_new_tokens=fields.optional_integer("max_tokens", "u32"),
            stop=fields.texts("stop") if fields.has("stop") else (),
            seed=fields.optional_integer("seed", "u64"),
            top_n_tokens=fields.optional_integer("top_logprobs", "u32"),
            grammar=fields.has("response_format"),
        ),
        stream=fields.boolean("stream"),
        model=fields.optional_text("model"),
    )


def _read_message(message: object, index: int) -> str:
    path = f"messages[{index}]"
    fields = Fields(message, path=path, name="Message")
    fields.required_text("role")
    content = fields.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_read_chunk(chunk, f"{path}.content[{position}]") for position, chunk in enumerate(content))
    refuse(path, "data did not match any variant of untagged enum MessageBody")


def _read_chunk(chunk: object, path: str) -> str:
    fields = Fields(chunk, path=path, name="MessageChunk")
    kind = fields.required_text("type")
    if kind == "image_url":
        raise invalid("image modality is not supported")
    if kind != "text":
        refuse(path, f"unknown variant `{kind}`, expected `text` or `image_url`")
    return fields.required_text("text")


def validate(request: Request, config: ServerConfig) -> Work:
    """Checks a request in TGI's order and with TGI's words.

    Args:
        request: What was asked.
        config: The limits.

    Returns:
        What the teacher is to do.

    Raises:
        ProtocolError: 422 for the first thing that is wrong.
    """
    if request.stream:
        raise invalid("streaming is not offered by this server; send `stream`: false")
    asked = request.parameters
    _check_sampling(asked, config)
    if asked.max_new_tokens == 0:
        raise invalid("`max_new_tokens` must be strictly positive")
    if len(asked.stop) > config.max_stop_sequences:
        raise invalid(f"`stop` supports up to {config.max_stop_sequences} stop sequences. Given: {len(asked.stop)}")
    if (asked.top_n_tokens or 0) > config.max_top_n_tokens:
        raise invalid(f"`top_n_tokens` must be >= 0 and <= {config.max_top_n_tokens}. Given: {asked.top_n_tokens}")
    if not request.inputs:
        raise invalid("`inputs` cannot be empty")
    prompt, prompt_tokens = _fit_prompt(request.inputs, asked.truncate, config)
    max_new_tokens = asked.max_new_tokens
    if max_new_tokens is None:
        max_new_tokens = max(config.max_total_tokens - prompt_tokens, 0)
    if prompt_tokens + max_new_tokens > config.max_total_tokens:
        raise invalid(
            f"`inputs` tokens + `max_new_tokens` must be <= {config.max_total_tokens}. "
            f"Given: {prompt_tokens} `inputs` tokens and {max_new_tokens} `max_new_tokens`"
        )
    if prompt_tokens > config.max_input_tokens:
        raise invalid(f"`inputs` must have less than {config.max_input_tokens} tokens. Given: {prompt_tokens}")
    if asked.grammar:
        raise invalid("grammar is not supported")
    return Work(prompt, prompt_tokens, max_new_tokens, asked.stop, asked.seed or 0)


def _check_sampling(asked: Parameters, config: ServerConfig) -> None:
    if (asked.best_of or 1) > config.max_best_of:
        raise invalid("`best_of` != 1 is not allowed for this endpoint")
    if asked.temperature is not None and asked.temperature <= 0:
        raise invalid("`temperature` must be strictly positive")
    if asked.repetition_penalty is not None and asked.repetition_penalty <= 0:
        raise invalid("`repetition_penalty` must be strictly positive")
    if asked.frequency_penalty is not None and not -2 <= asked.frequency_penalty <= 2:
        raise invalid("`frequency_penalty` must be >= -2.0 and <= 2.0")
    # TGI refuses 1.0, although its own description of the interface allows it.
    if asked.top_p is not None and not 0 < asked.top_p < 1:
        raise invalid("`top_p` must be > 0.0 and < 1.0")
    if asked.typical_p is not None and not 0 < asked.typical_p < 1:
        raise invalid("`typical_p` must be > 0.0 and < 1.0")
    if asked.top_k is not None and asked.top_k <= 0:
        raise invalid("`top_k` must be strictly positive")


def _fit_prompt(inputs: str, truncate: int | None, config: ServerConfig) -> tuple[str, int]:
    tokens = count(inputs)
    if truncate is None:
        return inputs, tokens
    if not 0 < truncate <= config.max_input_tokens:
        limit = config.max_input_tokens
        raise invalid(f"`truncate` must be strictly positive and less than {limit}. Given: {truncate}")
    if tokens <= truncate:
        return inputs, tokens
    return inputs[tokenize(inputs)[-truncate].start :], truncate  # TGI keeps the end


def finish(reply: str, work: Work) -> Generation:
    """Ends a reply at the first stop sequence, which is kept as TGI does, or at the token limit."""
    ends = [reply.index(stop) + len(stop) for stop in work.stop if stop in reply]
    text, was_cut = cut(reply[: min(ends)] if ends else reply, work.max_new_tokens)
    finish_reason = "length" if was_cut else "stop_sequence" if ends else "eos_token"
    return Generation(text, count(text), finish_reason)


def generate_body(request: Request, work: Work, generation: Generation) -> JsonObject:
    """Returns the answer of `/generate`. Log-probabilities are not offered, so the lists of tokens are empty."""
    full = request.inputs + generation.text if request.parameters.return_full_text else generation.text
    body: JsonObject = {"generated_text": full}
    if request.parameters.details:
        body["details"] = {
            "finish_reason": generation.finish_reason,
            "generated_tokens": generation.tokens,
            "seed": work.seed,
            "prefill": [],
            "tokens": [],
        }
    return body


def chat_body(request: Request, work: Work, generation: Generation, config: ServerConfig, created: int) -> JsonObject:
    """Returns the answer of `/v1/chat/completions`; `created` is the time in seconds."""
    finish_reason = "stop" if generation.finish_reason == "eos_token" else generation.finish_reason
    return {
        "object": "chat.completion",
        "id": "",
        "created": created,
        "model": config.model_id if request.model in (None, "tgi") else request.model,
        "system_fingerprint": f"{config.version}-{config.docker_label}",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": generation.text},
                "logprobs": None,
                "finish_reason": finish_reason,
            }
        ],
        "usage": {
            "prompt_tokens": work.prompt_tokens,
            "completion_tokens": generation.tokens,
            "total_tokens": work.prompt_tokens + generation.tokens,
        },
    }


def tokenize_body(request: Request) -> list[JsonObject]:
    """Returns the answer of `/tokenize`."""
    return [dict(token._asdict()) for token in tokenize(request.inputs)]


def info_body(config: ServerConfig) -> JsonObject:
    """Returns the answer of `/info`."""
    return {
        "model_id": config.model_id,
        "model_sha": config.model_sha,
        "model_pipeline_tag": "text-generation",
        "max_concurrent_requests": config.max_concurrent_requests,
        "max_best_of": config.max_best_of,
        "max_stop_sequences": config.max_stop_sequences,
        "max_input_tokens": config.max_input_tokens,
        "max_total_tokens": config.max_total_tokens,
        "validation_workers": 1,
        "max_client_batch_size": config.max_client_batch_size,
        "router": "text-generation-router",
        "version": config.version,
        "sha": None,
        "docker_label": config.docker_label,
    }


def models_body(config: ServerConfig) -> JsonObject:
    """Returns the answer of `/v1/models`."""
    model = {"id": config.model_id, "object": "model", "created": 0, "owned_by": config.model_id}
    return {"object": "list", "data": [model]}
