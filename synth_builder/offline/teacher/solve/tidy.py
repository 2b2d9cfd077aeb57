r"""Writing the LaTeX of a question in one style, so that methods need not know `\dfrac35`, `\leq` or `x-2`."""

from __future__ import annotations

import re

_SHORT_FRACTION = re.compile(r"\\frac ?(?:([\da-z])|(\{[^{}]*\})) ?(?:([\da-z])|(\{[^{}]*\}))")
_SAME_SIGN = (
    (re.compile(r"\\[dt]frac(?![a-z])"), r"\\frac"),
    (re.compile(r"\\leqs?l?a?n?t?(?![a-z])"), r"\\le"),
    (re.compile(r"\\geqs?l?a?n?t?(?![a-z])"), r"\\ge"),
    (re.compile(r"\\(?:left|right|big|Big)(?=[()\[\]|])"), ""),
    (re.compile(r"\\displaystyle\s*"), ""),
    (re.compile(r"\\lim_\{\s*(\w)\s*\\(?:to|rightarrow)\s*([^{}\s]+)\s*\}\s*"), r"\\lim_{\1 \\to \2} "),
    (re.compile(r"(\\sum_\{[^{}]*\}\^(?:\{[^{}]*\}|\d|\\infty))\s*(?=\S)"), r"\1 "),
    (re.compile(r"(\\int_(?:\{[^{}]*\}|\d)\^(?:\{[^{}]*\}|\d))\s*(?=\S)"), r"\1 "),
    (re.compile(r"(?<=[^,\s\\])(?:\s*(?:\\[,;!])?\s*)d([xt])$"), r" \\, d\1"),
    (re.compile(r"(?<=\d):(?=\d)"), " : "),
)
# Binary signs stand between spaces, but not inside the braces of an exponent or an index.
_BRACED = re.compile(r"([_^]\{[^{}]*\})")
_HELD = "\ue000"  # stands for them meanwhile
_BINARY = re.compile(r"(?<=[\w)}\]|!\ue000])\s*([-+=<>]|\\(?:le|ge|cdot|times|equiv)(?![a-z]))\s*(?=[\w(\\{|\-\[])")
_THOUSANDS = re.compile(r"\d{1,3}(?:(?:,|\{,\})\d{3})+")
_COMMA = re.compile(r"(?<!\\),(?=[^\s}])")


def tidy(question: str) -> str:
    """Rewrite every `$...$` part in one style; the words stay as they are."""
    parts = question.replace("$$", "$").split("$")
    return "$".join(_tidy_part(part) if place % 2 else part for place, part in enumerate(parts))


def _tidy_part(latex: str) -> str:
    for pattern, sign in _SAME_SIGN:
        latex = pattern.sub(sign, latex)
    if _THOUSANDS.fullmatch(latex):
        return re.sub(r"[{},]", "", latex)
    latex = _SHORT_FRACTION.sub(lambda m: rf"\frac{m[2] or f'{{{m[1]}}}'}{m[4] or f'{{{m[3]}}}'}", latex)
    braced = iter(_BRACED.findall(latex))
    spaced = _COMMA.sub(", ", _BINARY.sub(r" \1 ", _BRACED.sub(_HELD, latex)))
    return re.sub(_HELD, lambda _: next(braced), spaced)
