"""Find the columns of a document table: text, id, title, source and licence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from synth_builder.errors import SynthBuilderError

TEXT_NAMES = ("text", "content", "document", "body", "markdown", "page_content", "raw_content")
ID_NAMES = ("id", "doc_id", "document_id", "uuid", "url", "path")
TITLE_NAMES = ("title", "name", "heading")
SOURCE_NAMES = ("source", "url", "origin")
LICENSE_NAMES = ("license", "licence")


class Columns(NamedTuple):
    """Which column holds what; None where the table has no such column."""

    text: str
    id: str | None
    title: str | None
    source: str | None
    license: str | None

    def names(self) -> list[str]:
        """The columns to read, each once."""
        return list(dict.fromkeys(name for name in self if name is not None))


def find_columns(
    available: Sequence[str],
    *,
    where: str,
    text_column: str | None = None,
    id_column: str | None = None,
    source_column: str | None = None,
    license_column: str | None = None,
) -> Columns:
    """Take the named columns, and find the others by their usual names.

    Args:
        available: The columns there are.
        where: The source of the documents, for the error.
        text_column: The column of the text; None looks for one of `TEXT_NAMES`.
        id_column: The column of the id; None looks for one of `ID_NAMES`, "" takes none.
        source_column: The column that says where a document is from; None looks for one, "" takes none.
        license_column: The column of the licence; None looks for one, "" takes none.

    Raises:
        SynthBuilderError: A named column is missing, or no text column is found.
    """
    text = _choose(available, text_column, TEXT_NAMES, option="text_column", where=where)
    if text is None:
        raise SynthBuilderError(
            f"No text column in {where}: the columns are {_listed(available)}.",
            cause=f"None of them is called {', '.join(TEXT_NAMES)}.",
            todo="Name it: `documents.text_column` in the recipe, or `--set documents.text_column=...`.",
        )
    return Columns(
        text=text,
        id=_choose(available, id_column, ID_NAMES, option="id_column", where=where),
        title=_choose(available, None, TITLE_NAMES, option="", where=where),
        source=_choose(available, source_column, SOURCE_NAMES, option="source_column", where=where),
        license=_choose(available, license_column, LICENSE_NAMES, option="license_column", where=where),
    )


def _choose(
    available: Sequence[str], named: str | None, usual: tuple[str, ...], *, option: str, where: str
) -> str | None:
    if named is None:
        return next((name for name in usual if name in available), None)
    if named == "":
        return None
    if named not in available:
        raise SynthBuilderError(
            f"No column {named!r} in {where}: the columns are {_listed(available)}.",
            cause=f"`documents.{option}` names a column that is not there.",
            todo=f"Name one of these: `documents.{option}` in the recipe, or `--set documents.{option}=...`.",
        )
    return named


def _listed(available: Sequence[str]) -> str:
    return ", ".join(available) or "(none)"
