"""The one error that is meant for people: what happened, the likely cause, and what to do."""

from __future__ import annotations


class SynthBuilderError(Exception):
    """An error that the user can mend; the command line shows it without a traceback.

    Args:
        what: What happened, with the value that caused it.
        cause: The likely cause, when it is not plain from `what`.
        todo: What to do about it.
    """

    def __init__(self, what: str, *, cause: str = "", todo: str = "") -> None:
        self.what = what
        self.cause = cause
        self.todo = todo
        lines = [what]
        if cause:
            lines.append(f"Cause: {cause}")
        if todo:
            lines.append(f"What to do: {todo}")
        super().__init__("\n".join(lines))
