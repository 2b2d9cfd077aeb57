"""Put text that somebody else wrote into markdown, so that it cannot break what is around it."""

from __future__ import annotations

import re

_MEANS_SOMETHING = re.compile(r"([\\`*\[\]|~$])")


def cell(value: object, longest: int = 120) -> str:
    """Text for a table cell or a line: on one line, cut, with no markup left alive."""
    text = shorten(re.sub(r"\s+", " ", str(value)).strip(), longest)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MEANS_SOMETHING.sub(r"\\\1", text)


def fence(text: str) -> str:
    """A fenced block that holds `text`, whatever fences it has itself."""
    # Our own markers are comments and are looked for in the whole card, fenced or not.
    text = text.replace("<!--", "<! --")
    ticks = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
    return f"{ticks}text\n{text}\n{ticks}"


def shorten(text: str, longest: int) -> str:
    """`text`, cut at `longest` characters with a sign that it was."""
    return text if len(text) <= longest else text[: longest - 2].rstrip() + " …"
