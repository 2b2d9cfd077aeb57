"""What all parts of the server's protocol share: its limits and the errors that TGI answers with."""

from __future__ import annotations

from dataclasses import dataclass, field

from synth_builder.errors import SynthBuilderError

JsonObject = dict[str, object]


@dataclass(frozen=True)
class ServerConfig:
    """What the server says of itself, and its limits; the defaults are TGI's own where it has one.

    Attributes:
        model_sha: Names the exact teacher, as a commit names the weights of a model.
        api_key: What the routes that cost something ask for as `Authorization: Bearer KEY`; None lets everybody in.
        enable_prefill_logprobs: Whether `decoder_input_details` gives the log-probabilities of the prompt; otherwise
            its list is empty, without a word, as in TGI.

    Raises:
        SynthBuilderError: When the longest prompt would leave no room for a reply; TGI does not start then, either.
    """

    model_sha: str
    model_id: str = "synth-builder/rule-based-teacher"
    version: str = "3.3.6"
    docker_label: str = "offline"
    max_concurrent_requests: int = 128
    max_input_tokens: int = 16_383
    max_total_tokens: int = 16_384
    max_best_of: int = 2
    max_stop_sequences: int = 4
    max_top_n_tokens: int = 5
    max_client_batch_size: int = 4
    payload_limit_bytes: int = 2_000_000
    api_key: str | None = field(default=None, repr=False)
    enable_prefill_logprobs: bool = False

    def __post_init__(self) -> None:
        if self.max_input_tokens >= self.max_total_tokens:
            raise SynthBuilderError(
                f"A server for prompts of {self.max_input_tokens} tokens cannot have {self.max_total_tokens} in all.",
                cause="A prompt of the longest kind would leave no room for a reply.",
                todo="Make --max-total-tokens larger than --max-input-tokens.",
            )


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


def overloaded() -> ProtocolError:
    """Returns the error for a request above `max_concurrent_requests`."""
    return ProtocolError(429, "Model is overloaded", "overloaded")


def generation_failed(reason: str) -> ProtocolError:
    """Returns the error for a teacher that raised."""
    return ProtocolError(424, f"Request failed during generation: {reason}", "generation")


def invalid(problem: str) -> ProtocolError:
    """Returns the error for a request that was read but cannot be served."""
    return ProtocolError(422, f"Input validation error: {problem}", "validation")
