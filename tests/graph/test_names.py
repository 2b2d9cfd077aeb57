from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_builder.graph.names import normalise


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("Prime Numbers ", "prime numbers"),
        ("prime\n  numbers", "prime numbers"),
        ("PRIME\u00a0NUMBERS.", "prime numbers"),
        ("ｐｒｉｍｅ numbers;", "prime numbers"),
        ("Euler\u2019s formula", "euler's formula"),
        ("Euler\u00b4s formula", "euler's formula"),
        ("Cauchy\u2013Schwarz inequality", "cauchy-schwarz inequality"),
        ("Straße", "strasse"),
        ('"Prime numbers"', "prime numbers"),
        ("\u201cPrime numbers.\u201d", "prime numbers"),
        ("'Newton's method'", "newton's method"),
        ("**Prime numbers**:", "prime numbers"),
        ("1. Prime numbers", "prime numbers"),
        ("1.2. Prime numbers", "prime numbers"),
        ("1.2. 2) Prime numbers", "prime numbers"),
        ("(3) Prime numbers", "prime numbers"),
        ("- Prime numbers", "prime numbers"),
        ("\u2022 Prime numbers", "prime numbers"),
        ("...", ""),
        ("  ", ""),
    ],
)
def test_spellings_of_one_concept_have_one_name(spelling: str, name: str) -> None:
    assert normalise(spelling) == name


@pytest.mark.parametrize(
    "name",
    [
        "2 by 2 matrices",
        "2-adic numbers",
        "1.5 power law",
        "n!",
        "'sine' and 'cosine'",
        "c*-algebras",
        "f(x)",
        "-1 as a square",
        "(1,1)-tensors",
    ],
)
def test_what_belongs_to_a_name_stays(name: str) -> None:
    assert normalise(name) == name


@settings(deadline=None)
@given(st.text() | st.text(alphabet="aA1.)( \"'*-\u2019\u00b4\u0345\u00df", max_size=12))
def test_normalising_again_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
