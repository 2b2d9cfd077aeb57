"""An address is read or refused with what to write instead, and no key goes where it was not meant to go."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from huggingface_hub import constants
from huggingface_hub.inference._providers._common import AutoRouterConversationalTask

from synth_builder.endpoint.address import ROUTER, check_key_name, find_token, parse_address
from synth_builder.errors import SynthBuilderError

SAVED = "hf_SavedOnThisMachine"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("offline", ("offline", "")),
        ("http://host:8080", ("http", "http://host:8080")),
        ("http://host:8080/", ("http", "http://host:8080")),
        ("http://host:8000/v1", ("http", "http://host:8000")),
        ("http://host:8000/v1/", ("http", "http://host:8000")),
        ("https://host/openai/v1", ("http", "https://host/openai")),
        ("HTTP://host:8080", ("http", "http://host:8080")),
        ("http://host//v1", ("http", "http://host")),
        ("http://[::1]:8080/v1", ("http", "http://[::1]:8080")),
        ("transformers:org/model@main", ("transformers", "org/model@main")),
        ("transformers:/my models/tiny", ("transformers", "/my models/tiny")),
        ("hub:org/model-7b", ("hub", "org/model-7b")),
        ("hub:org/model-7b:together", ("hub", "org/model-7b:together")),
        ("inference-endpoint:mine", ("inference-endpoint", "mine")),
        ("inference-endpoint:org/mine", ("inference-endpoint", "org/mine")),
    ],
)
def test_each_kind_of_address_is_read(text: str, address: tuple[str, str]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("host", "begins with http:// or https://, or transformers:PATH_OR_ID, hub:"),
        ("localhost", "did you mean http://localhost?"),
        ("localhost:8080", "did you mean http://localhost:8080?"),
        ("127.0.0.1:8080/v1", "did you mean http://127.0.0.1:8080/v1?"),
        ("me:secret@host:80", "an endpoint is `offline`"),
        ("", "an endpoint is `offline`"),
        ("ftp://host", "an endpoint is `offline`"),
        ("http://", "this is no address"),
        ("http://host:port", "this is no address"),
        ("http://host:99999", "this is no address"),
        ("http://[bad", "this is no address"),
        ("http://two words", "this is no address"),
        ("http://me:secret@host", "no user or password in an address"),
        ("http://host/v1/v1", "/v1 stands twice"),
        ("http://host/v1/v1/", "/v1 stands twice"),
        ("http://host:8080/v1/chat/completions", "one route; the server's own is http://host:8080"),
        ("https://host/openai/v1/chat/completions", "one route; the server's own is https://host/openai"),
        ("http://host:8080/generate", "one route; the server's own is http://host:8080"),
        ("http://host:8080/v1/models", "one route; the server's own is http://host:8080"),
        ("http://host//generate", "the server's own is http://host"),
        *((f"http://host/a/{route}", "server's own is http://host/a") for route in ("info", "health", "tokenize")),
        ("http://host:8080/?key=secret", "no ? or # in an address"),
        ("hub:model", "write hub:ORG/MODEL"),
        ("hub:org/model:a:b", "write hub:ORG/MODEL"),
        ("hub:", "write hub:ORG/MODEL"),
        ("inference-endpoint:a/b/c", "write inference-endpoint:NAME"),
        ("transformers:", "write transformers:PATH_OR_ID"),
    ],
)
def test_an_address_that_leads_nowhere_says_what_to_write(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        parse_address(text)
    assert "secret" not in str(caught.value)


def test_the_router_is_where_huggingface_hub_has_it() -> None:
    assert constants.INFERENCE_PROXY_TEMPLATE.format(provider="auto") == f"{ROUTER}/auto"
    assert AutoRouterConversationalTask().base_url == ROUTER  # type: ignore[no-untyped-call]


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SAVED)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.delenv("HUGGING_FACE_HUB_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize(
    "url",
    [ROUTER, "https://huggingface.co", "https://huggingface.co:443/v1"],
)
def test_hugging_faces_own_hosts_get_the_saved_token(url: str) -> None:
    assert find_token(url, "") == SAVED


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080",
        "http://router.huggingface.co",  # readable on the way
        "https://huggingface.co.example.com",
        "https://nothuggingface.co",
        "https://x1.eu-west-1.aws.endpoints.huggingface.cloud",  # whose endpoint?
        "https://org-space.hf.space",
        "https://example.com/huggingface.co",
        "https://api.example.com",
    ],
)
def test_nobody_else_gets_the_saved_token(url: str) -> None:
    assert find_token(url, "") is None


@pytest.mark.usefixtures("saved")
def test_a_server_that_the_hub_tells_to_be_the_owners_gets_the_saved_token() -> None:
    assert find_token("https://x1.endpoints.huggingface.cloud", "", is_ours=True) == SAVED


@pytest.mark.usefixtures("saved")
def test_a_named_variable_takes_the_place_of_the_saved_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", " key-1\n")
    assert find_token("http://127.0.0.1:8080", "MY_KEY") == "key-1"
    assert find_token(ROUTER, "MY_KEY") == "key-1"


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize("value", [None, "", " "])
def test_a_named_variable_that_is_unset_is_an_error(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("MY_KEY", value)
    with pytest.raises(SynthBuilderError, match="MY_KEY") as caught:
        find_token(ROUTER, "MY_KEY")
    assert "export MY_KEY=" in caught.value.todo


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize("value", ["sk-secret\nsecond", "sk-secret–dash", "sk-sécret", "sk- secret", "sk-secret\u200b"])
def test_a_key_that_cannot_be_sent_is_refused_by_the_name_of_its_variable_alone(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("MY_KEY", value)
    with pytest.raises(SynthBuilderError, match="The variable MY_KEY holds no key that can be sent") as caught:
        find_token("http://host", "MY_KEY")
    assert "sk-" not in str(caught.value) + repr(caught.value)
    monkeypatch.setenv("HF_TOKEN", "hf_sécret")
    with pytest.raises(SynthBuilderError, match="HF_TOKEN, or the file of the saved") as caught:
        find_token(ROUTER, "")
    assert "hf_s" not in str(caught.value)


@pytest.mark.parametrize("name", ["hf_AbCdEf", "sk_live_secret"])
def test_a_key_in_place_of_the_name_of_a_variable_is_not_shown(name: str) -> None:
    with pytest.raises(
        SynthBuilderError, match="that `api_key_env` names for the endpoint http://host is not set"
    ) as e:
        find_token("http://host", name)
    assert name not in str(e.value)
    assert "the name of a variable, not the key" in e.value.cause


@pytest.mark.parametrize("name", ["sk-secret", "9KEY", "MY KEY", "KEY\n", "$KEY"])
def test_what_is_no_name_of_a_variable_is_refused_and_not_shown(name: str) -> None:
    with pytest.raises(ValueError, match="the name of a variable, not the key") as caught:
        check_key_name(name)
    assert name not in str(caught.value)


@pytest.mark.parametrize("name", ["", "KEY", "my_key2", "_K"])
def test_a_name_of_a_variable_is_taken(name: str) -> None:
    check_key_name(name)
