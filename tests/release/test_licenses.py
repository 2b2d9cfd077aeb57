from __future__ import annotations

import pytest

from synth_builder.hub.licenses import License, derive_license


@pytest.mark.parametrize(
    ("written", "stated"),
    [
        ("CC0-1.0", "cc0-1.0"),
        ("cc0", "cc0-1.0"),
        ("CC BY 4.0", "cc-by-4.0"),
        ("CC-BY-SA-4.0", "cc-by-sa-4.0"),
        ("GFDL-1.3-or-later", "gfdl"),
        ("GPL-3.0-only", "gpl-3.0"),
        ("Apache License 2.0", "apache-2.0"),
    ],
)
def test_one_licence_is_stated_by_its_hub_identifier(written: str, stated: str) -> None:
    assert derive_license([written, written]) == License(stated)


def test_one_licence_in_two_spellings_is_one() -> None:
    assert derive_license(["CC BY-SA 4.0", "cc-by-sa-4.0"]) == License("cc-by-sa-4.0")


def test_several_licences_are_mixed() -> None:
    assert derive_license(["cc-by-4.0", "cc-by-sa-4.0"]) == License("other", "mixed")


def test_a_document_without_a_licence_is_one_more_licence() -> None:
    assert derive_license(["cc-by-4.0", "unknown"]) == License("other", "mixed")
    assert derive_license(["cc-by-4.0", ""]) == License("other", "mixed")


@pytest.mark.parametrize("licenses", [[], ["unknown"], ["", "unknown"]])
def test_nothing_known_is_unknown(licenses: list[str]) -> None:
    assert derive_license(licenses) == License("unknown")


def test_a_licence_without_hub_identifier_is_named() -> None:
    assert derive_license(["My House Licence, v2"]) == License("other", "my-house-licence-v2")
