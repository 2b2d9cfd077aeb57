"""From the address in a recipe to the server that answers: look it up, wait for it, or start it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version

from huggingface_hub import constants
from rich.console import Console

from synth_builder.endpoint.address import ROUTER, find_token, parse_address
from synth_builder.endpoint.hub_endpoints import refuse_offline, wait_for_inference_endpoint
from synth_builder.endpoint.identity import ServerIdentity, read_identity
from synth_builder.endpoint.preflight import identify
from synth_builder.endpoint.probe import Capabilities
from synth_builder.endpoint.probe import probe as probe_server
from synth_builder.endpoint.server import NoAnswerError, Server
from synth_builder.endpoint.transformers_server import TransformersServer
from synth_builder.errors import SynthBuilderError
from synth_builder.offline.process import OfflineServer
from synth_builder.recipe import EndpointSettings


@dataclass(frozen=True)
class Reached:
    """Where requests go, and what is known of who answers there.

    Attributes:
        url: Root of the server, without `/v1`.
        token: Its key.
        protocol: `auto`, `tgi` or `openai`.
        model: Name of the model to ask for; empty: the one that is served.
        identity: Who answers, where that need not be asked.
        amend: Puts what is known from elsewhere in place of what the server says.
    """

    url: str
    token: str | None = field(default=None, repr=False)
    protocol: str = "auto"
    model: str = ""
    identity: ServerIdentity | None = None
    amend: Callable[[ServerIdentity], ServerIdentity] = field(default=lambda identity: identity, repr=False)


class Reach:
    """Reaches addresses; a server that it starts is started once for each address and ended with `stack`."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self._started: dict[str, Reached] = {}

    def reach(self, url: str, settings: EndpointSettings) -> Reached:
        """Reach the server that `url`, one of those of `settings`, names.

        Raises:
            SynthBuilderError: It cannot be reached.
        """
        scheme, value = parse_address(url)
        if scheme == "hub":
            return _reach_providers(value, settings)
        if scheme == "inference-endpoint":
            return _reach_inference_endpoint(value, settings)
        if scheme == "http":
            return Reached(value, find_token(value, settings.api_key_env), settings.protocol, settings.model)
        if url not in self._started:
            start = self._start_offline if scheme == "offline" else self._start_transformers
            self._started[url] = start(value)
        return self._started[url]

    def _start_offline(self, _: str) -> Reached:
        return Reached(self._stack.enter_context(OfflineServer()).url, protocol="tgi")

    def _start_transformers(self, model: str) -> Reached:
        server = self._stack.enter_context(TransformersServer(model))
        identity = ServerIdentity(
            model_id=server.name,
            model_sha=server.revision,
            server=f"transformers serve {version('transformers')}",
            max_concurrent_requests=None,
            max_input_tokens=server.max_total_tokens,
            max_total_tokens=server.max_total_tokens,
            rule_based=False,
            protocol="openai",
            served_as=server.model,
            can_count=False,
        )
        return Reached(server.url, identity=identity)


def _reach_providers(model: str, settings: EndpointSettings) -> Reached:
    refuse_offline(f"hub:{model}")
    token = find_token(ROUTER, settings.api_key_env)
    try:
        with Server(ROUTER, token=token, api_key_env=settings.api_key_env, bill_to=settings.bill_to) as server:
            identity = read_identity(server, protocol="openai", model=model)
    except NoAnswerError as error:
        raise SynthBuilderError(
            f"hub:{model} cannot be reached: {error.what}",
            cause="There is no network, or the Hub is down.",
            todo="Check the network, and run the same command again.",
        ) from None
    provider = model.partition(":")[2] or "as the Hub chooses"
    return Reached(ROUTER, token, identity=identity._replace(server=f"Hub Inference Providers ({provider})"))


def _reach_inference_endpoint(name: str, settings: EndpointSettings) -> Reached:
    token = find_token(constants.INFERENCE_ENDPOINTS_ENDPOINT, settings.api_key_env, is_ours=True)
    found = wait_for_inference_endpoint(name, token, say)
    url = (found.url or "").rstrip("/")

    def amend(identity: ServerIdentity) -> ServerIdentity:
        # Its server reads the model from a folder, so it may know neither the name nor the commit.
        sha = identity.model_sha if identity.model_sha != "unknown" else found.revision or "unknown"
        return identity._replace(model_id=found.repository, model_sha=sha)

    return Reached(url, token, settings.protocol, settings.model, amend=amend)


def probe(settings: EndpointSettings) -> Capabilities:
    """Ask the first server for everything that a stage may need; one that is started for it ends with the call.

    Raises:
        SynthBuilderError: The server cannot be used; the error says what to do.
    """
    with contextlib.ExitStack() as stack:
        reached = Reach(stack).reach(settings.urls[0], settings)
        server = stack.enter_context(
            Server(reached.url, token=reached.token, api_key_env=settings.api_key_env, bill_to=settings.bill_to)
        )
        identity = identify(server, protocol=reached.protocol, model=reached.model, known=reached.identity)
        found = probe_server(server, identity)
        return found._replace(identity=reached.amend(identity))


def say(line: str) -> None:
    """Show a line to the user, on standard error."""
    Console(stderr=True, highlight=False, markup=False).print(line, soft_wrap=True)
