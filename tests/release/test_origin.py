from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from synth_builder.hub.origin import hide_endpoints, hide_path, is_public_source, write_public_recipe
from synth_builder.recipe import check_recipe
from tests.release.parts import make_recipe


def test_a_recipe_without_secrets_is_released_as_it_is() -> None:
    recipe = make_recipe(documents={"source": "org/documents"})
    assert write_public_recipe(recipe) == recipe.to_yaml()


@pytest.mark.parametrize("source", ["/home/ada/notes", "./notes", "../notes", "~/notes", "notes/*.md", "notes"])
def test_a_local_source_keeps_its_last_component_alone(source: str) -> None:
    text = write_public_recipe(make_recipe(documents={"source": source}))
    assert yaml.safe_load(text)["documents"]["source"] == source.rpartition("/")[2]
    assert text.startswith("# Addresses and local paths are left out")


def test_a_folder_that_reads_like_a_hub_id_is_local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data" / "notes").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert not is_public_source("data/notes")
    assert is_public_source("org/notes")
    assert is_public_source("sample")


def test_a_released_recipe_runs_again_with_addresses_given() -> None:
    recipe = make_recipe(endpoints={"teacher": {"url": "http://10.0.0.7:8080"}})
    content = yaml.safe_load(write_public_recipe(recipe))
    assert content["endpoints"]["teacher"]["url"] == "private"
    content["endpoints"]["teacher"]["url"] = "http://10.0.0.7:8080"
    assert check_recipe(content, "released") == recipe


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("offline", "offline"),
        ("hub:org/writer:fast", "hub:org/writer:fast"),
        ("transformers:org/writer@v1", "transformers:org/writer@v1"),
        ("transformers:/home/ada/writer", "private"),
        ("inference-endpoint:ada/mine", "private"),
        ("https://ada.example.com", "private"),
    ],
)
def test_an_address_that_is_everybodys_stays_and_who_pays_is_left_out(url: str, told: str) -> None:
    text = write_public_recipe(make_recipe(endpoints={"teacher": {"url": url, "bill_to": "us", "api_key_env": "MINE"}}))
    endpoint = yaml.safe_load(text)["endpoints"]["teacher"]
    assert (endpoint["url"], endpoint["bill_to"], endpoint["api_key_env"]) == (told, "", "")
    assert text.startswith("# Addresses") == (told == "private")


def test_the_folder_of_a_model_is_not_told() -> None:
    local = make_recipe(endpoints={"teacher": {"url": "transformers:/home/ada/writer"}})
    assert "ada" not in hide_endpoints("HTTP 400: pinned to /home/ada/writer", "invalid", local)
    served = make_recipe(endpoints={"teacher": {"url": "http://gpu-7", "model": "/home/ada/writer"}})
    assert "ada" not in write_public_recipe(served)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/home/ada/a.md", "a.md"),
        ("C:\\Users\\ada\\a.md", "a.md"),
        ("~/a.md", "a.md"),
        ("file:///home/ada/a.md", "a.md"),
        ("notes/a.md", "notes/a.md"),
        ("https://example.org/page", "https://example.org/page"),
        ("org/data@main", "org/data@main"),
    ],
)
def test_only_local_paths_are_hidden(text: str, told: str) -> None:
    assert hide_path(text) == told


def test_failures_name_no_server() -> None:
    recipe = make_recipe(endpoints={"teacher": {"url": "http://gpu-7:8080"}})
    assert hide_endpoints("HTTP 503: proxy 10.1.2.3 is down", "transient", recipe) == "HTTP 503"
    assert hide_endpoints("HTTP 422: http://gpu-7:8080/generate says no", "invalid", recipe) == (
        "HTTP 422: private/generate says no"
    )
    assert hide_endpoints("no whole question in: 'x: y'", "invalid", recipe) == "no whole question in: 'x: y'"
