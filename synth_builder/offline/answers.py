"""Bodies of the answers that are no streams."""

from __future__ import annotations

from collections.abc import Iterable

from synth_builder.offline.generation import Finished, Generation, ScoredToken
from synth_builder.offline.protocol import JsonObject, ServerConfig
from synth_builder.offline.requests import Request
from synth_builder.offline.tokens import tokenize


def generate_answer(finished: Finished, config: ServerConfig) -> JsonObject:
    """Returns the answer of `/generate`."""
    request = finished.request
    best, *others = finished.generations[0]
    body: JsonObject = {"generated_text": full_text(request, best)}
    if request.logprobs:
        details = _details(best)
        if others:
            details["best_of_sequences"] = [
                {"generated_text": full_text(request, other), **_details(other)} for other in others
            ]
        body["details"] = details
    return body


def compatible_generate_answer(finished: Finished, config: ServerConfig) -> list[JsonObject]:
    """Returns the answer of `/`."""
    return [generate_answer(finished, config)]


def chat_answer(finished: Finished, config: ServerConfig) -> JsonObject:
    """Returns the answer of `/v1/chat/completions`."""
    generation = finished.generations[0][0]
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": generation.text},
        "logprobs": chat_logprobs(generation) if finished.request.logprobs else None,
        "finish_reason": openai_finish_reason(generation),
    }
    return {
        **openai_head("chat.completion", answered_model(finished.request, config), finished, config),
        "choices": [choice],
        "usage": usage(finished),
    }


def completions_answer(finished: Finished, config: ServerConfig) -> JsonObject:
    """Returns the answer of `/v1/completions`, one choice a prompt."""
    choices = [
        {"index": index, "text": best.text, "logprobs": None, "finish_reason": openai_finish_reason(best)}
        for index, (best, *_) in enumerate(finished.generations)
    ]
    return {
        **openai_head("text_completion", config.model_id, finished, config),
        "choices": choices,
        "usage": usage(finished),
    }


def tokenize_answer(request: Request) -> list[JsonObject]:
    """Returns the answer of `/tokenize`."""
    return [dict(token._asdict()) for token in tokenize(request.prompts[0])]


def chat_tokenize_answer(request: Request) -> JsonObject:
    """Returns the answer of `/chat_tokenize`."""
    return {"tokenize_response": tokenize_answer(request), "templated_text": request.prompts[0]}


def info_answer(config: ServerConfig) -> JsonObject:
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


def models_answer(config: ServerConfig) -> JsonObject:
    """Returns the answer of `/v1/models`."""
    model = {"id": config.model_id, "object": "model", "created": 0, "owned_by": config.model_id}
    return {"object": "list", "data": [model]}


def full_text(request: Request, generation: Generation) -> str:
    """Returns the text of a reply, behind the prompt where that is asked for."""
    return request.prompts[0] + generation.text if request.parameters.return_full_text else generation.text


def token_body(token: ScoredToken) -> JsonObject:
    """Returns a token as TGI's own routes show it."""
    return dict(token._asdict())


def chat_logprobs(generation: Generation, places: Iterable[int] | None = None) -> JsonObject:
    """Returns the log-probabilities as a chat shows them: of the tokens at some places of the reply, or of all."""

    def short(token: ScoredToken) -> JsonObject:
        return {"token": token.text, "logprob": token.logprob}

    chosen = range(len(generation.tokens)) if places is None else places
    tops = generation.top_tokens or ((),) * len(generation.tokens)
    content = [
        {**short(generation.tokens[place]), "top_logprobs": [short(token) for token in tops[place]]} for place in chosen
    ]
    return {"content": content}


def openai_head(kind: str, model: str, finished: Finished, config: ServerConfig) -> JsonObject:
    """Returns what every answer and every chunk in OpenAI's form starts with; TGI never fills the id."""
    return {
        "object": kind,
        "id": "",
        "created": finished.created,
        "model": model,
        "system_fingerprint": f"{config.version}-{config.docker_label}",
    }


def answered_model(request: Request, config: ServerConfig) -> str:
    """Returns the model that a chat is answered in the name of: the one asked for, whatever it is, as in TGI."""
    return config.model_id if request.model in (None, "tgi") else str(request.model)


def openai_finish_reason(generation: Generation) -> str:
    """Returns the reason in the words of TGI's OpenAI routes, which rename only one."""
    return "stop" if generation.finish_reason == "eos_token" else generation.finish_reason


def usage(finished: Finished) -> JsonObject:
    """Returns the tokens read and written for all prompts."""
    prompt_tokens = sum(work.prompt_tokens for work in finished.works)
    completion_tokens = sum(generations[0].token_count for generations in finished.generations)
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def _details(generation: Generation) -> JsonObject:
    details: JsonObject = {
        "finish_reason": generation.finish_reason,
        "generated_tokens": generation.token_count,
        "seed": generation.seed,
        "prefill": [{"id": token.id, "text": token.text, "logprob": token.logprob} for token in generation.prefill],
        "tokens": [token_body(token) for token in generation.tokens],
    }
    if generation.top_tokens:
        details["top_tokens"] = [[token_body(token) for token in tops] for tops in generation.top_tokens]
    return details
