"""Reply faults: what a bad teacher would have written instead of the reply of a good one."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from synth_builder.offline.slips import INDEPENDENT_SLIPS, wrong_answer

_BOX = re.compile(r"\\boxed\s*\{")
_BLOCK = re.compile(r"<(\w+)>(.*?)</\1>", re.DOTALL)
_CLOSING_TAG = re.compile(r"</\w+>")
_QUESTION_NUMBER = re.compile(r"(</?Q)(\d+)(>)")
_CONCEPT_NUMBER = re.compile(r"^(\s*)(\d+)(\.\d+\.)", re.MULTILINE)

_TALK = (
    ("Sure! Here is what you asked for:", "I hope this helps! Let me know if you would like anything changed."),
    ("Of course. I read the task carefully and kept to the form that was given.", "Feel free to ask for more."),
    ("Okay, let me think about this before I answer.\nThe form is clear, so here it is.", "That completes the task."),
)
_REFUSALS = (
    "I'm sorry, but I can't help with that request.",
    "I apologize, but as an AI language model I am not able to complete this task.",
    "I'm unable to assist with this, as it may involve copyrighted material. Is there anything else I can help with?",
)
_OTHER_LANGUAGES = (
    (
        "Zuerst schreiben wir auf, was gegeben und was gesucht ist.",
        "Danach setzen wir die Werte in die Formel ein und rechnen Schritt für Schritt.",
        "Beim Umformen ist auf die Vorzeichen zu achten.",
        "Das Ergebnis lässt sich durch Einsetzen leicht überprüfen.",
    ),
    (
        "Commençons par écrire les données et ce que l'on cherche.",
        "On remplace ensuite les valeurs dans la formule et on calcule pas à pas.",
        "Il faut faire attention aux signes pendant les transformations.",
        "Le résultat se vérifie facilement en le remettant dans l'équation.",
    ),
    (
        "Primero escribimos los datos y lo que se busca.",
        "Después sustituimos los valores en la fórmula y calculamos paso a paso.",
        "Hay que tener cuidado con los signos al despejar.",
        "El resultado se comprueba fácilmente al sustituirlo en la ecuación.",
    ),
    (
        "首先写出已知条件和要求的量。",
        "然后把数值代入公式，一步一步地计算。",
        "变形时要注意正负号。",
        "把结果代回方程就可以检验。",
    ),
)


def spoil(reply: str, fault: str, key: str) -> str:
    r"""Does to a reply what a reply fault says.

    Args:
        reply: What the teacher wrote.
        fault: One of `faults.REPLY_FAULTS`.
        key: Decides on the details; the same key and reply give the same result.

    Returns:
        The spoiled reply; `reply` itself when the fault does not fit it, such as a slip in a reply without `\boxed{}`.
    """
    return _SPOILERS[fault](reply, Random(f"{fault} {key}"))


def boxed_answer(reply: str) -> str | None:
    r"""Returns the content of the last whole `\boxed{}`; None without one."""
    span = _box_span(reply)
    return reply[slice(*span)].strip() if span else None


def _box_span(reply: str) -> tuple[int, int] | None:
    for box in reversed(list(_BOX.finditer(reply))):
        depth = 1
        for brace in re.finditer(r"\\.|[{}]", reply[box.end() :], re.DOTALL):
            depth += {"{": 1, "}": -1}.get(brace.group(), 0)
            if depth == 0:
                return box.end(), box.end() + brace.start()
    return None


def _slip(reply: str, draw: Random, slip: str) -> str:
    span = _box_span(reply)
    if span is None:
        return reply
    answer = reply[slice(*span)].strip()
    wrong = wrong_answer(answer, slip, draw)
    return _restate(reply[: span[0]], answer, wrong) + wrong + reply[span[1] :]


def _restate(text: str, answer: str, wrong: str) -> str:
    """Changes the result at the end of the last step, too, where the answer stands there as a result."""
    steps = text.rstrip().rpartition("\n")[0].rstrip()
    start = steps.rfind("\n") + 1
    results = re.finditer(rf"(?:=|\$|\\approx)\s*({re.escape(answer)})\s*\$", text[start : len(steps)])
    for result in list(results)[-1:]:
        begin, end = (start + place for place in result.span(1))
        return text[:begin] + wrong + text[end:]
    return text


def _systematic_error(reply: str, draw: Random) -> str:
    slips = draw.sample(INDEPENDENT_SLIPS, len(INDEPENDENT_SLIPS))
    return next((wrong for slip in slips if (wrong := _slip(reply, draw, slip)) != reply), reply)


def _cut_tags(reply: str, draw: Random) -> str:
    """Drops the closing tags, or ends the reply in the middle of its last block or, without blocks, of its text."""
    blocks = list(_BLOCK.finditer(reply))
    if blocks and draw.random() < 0.5:
        return _CLOSING_TAG.sub("", reply)
    start, stop = blocks[-1].span(2) if blocks else (0, len(reply))
    return reply[: start + int((stop - start) * draw.uniform(0.25, 0.75))]


def _wrong_numbering(reply: str, draw: Random) -> str:
    """Gives question blocks, or key concepts within their topics, the wrong numbers."""
    pattern = _QUESTION_NUMBER if _QUESTION_NUMBER.search(reply) else _CONCEPT_NUMBER
    last = max((int(match[2]) for match in pattern.finditer(reply)), default=0)
    numberings: list[Callable[[int], int]] = [
        lambda number: 1,
        lambda number: number - 1,
        lambda number: 2 * number,
        lambda number: last + 1 - number,
    ]
    changed = [_renumber(reply, pattern, numbering) for numbering in numberings]
    return draw.choice([each for each in changed if each != reply] or [reply])


def _renumber(reply: str, pattern: re.Pattern[str], numbering: Callable[[int], int]) -> str:
    return pattern.sub(lambda match: f"{match[1]}{numbering(int(match[2]))}{match[3]}", reply)


def _prose_around(reply: str, draw: Random) -> str:
    before, after = draw.choice(_TALK)
    return f"{before}\n\n{reply}\n\n{after}"


def _empty_reply(reply: str, draw: Random) -> str:
    return ""


def _other_language(reply: str, draw: Random) -> str:
    lines = sum(1 for line in reply.splitlines() if line.strip())
    return "\n".join(draw.choice(_OTHER_LANGUAGES)[: max(lines, 1)])


def _refusal(reply: str, draw: Random) -> str:
    return draw.choice(_REFUSALS)


_SPOILERS: dict[str, Callable[[str, Random], str]] = {
    "arithmetic_slip": lambda reply, draw: _slip(reply, draw, "arithmetic_slip"),
    "dropped_sign": lambda reply, draw: _slip(reply, draw, "dropped_sign"),
    "off_by_one": lambda reply, draw: _slip(reply, draw, "off_by_one"),
    "systematic_error": _systematic_error,
    "cut_tags": _cut_tags,
    "wrong_numbering": _wrong_numbering,
    "prose_around": _prose_around,
    "empty_reply": _empty_reply,
    "other_language": _other_language,
    "refusal": _refusal,
}
