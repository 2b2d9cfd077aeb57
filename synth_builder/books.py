"""Books: what went into a stage comes out carried on, filtered or failed, to the last input."""

from __future__ import annotations

from typing import NamedTuple

from synth_builder.errors import SynthBuilderError


class StageBook(NamedTuple):
    """Accounts of one stage.

    Attributes:
        stage: Name.
        inputs: Inputs, one for each sample asked for.
        carried: Inputs that gave rows.
        filtered: Inputs left out, by reason.
        failed: Inputs without a usable reply, by class.
        rows: Rows carried on.
        malformed: Pieces of replies that were not whole.
        prompt_tokens: Tokens read by the teacher.
        completion_tokens: Tokens written by the teacher.
        seconds: Wall time of the stage.
        kept: Requests answered from the journal.
        sent: Requests sent.
        redone: Of these, requests that had no reply in an earlier run.
        cost: Price of the tokens, by the recipe's prices.
    """

    stage: str
    inputs: int
    carried: int
    filtered: dict[str, int]
    failed: dict[str, int]
    rows: int
    malformed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    kept: int = 0
    sent: int = 0
    redone: int = 0
    cost: float = 0.0

    def check(self) -> StageBook:
        """Return the book when it balances.

        Raises:
            SynthBuilderError: An input has vanished or doubled: a defect of synth_builder, not of the data.
        """
        out = self.carried + sum(self.filtered.values()) + sum(self.failed.values())
        if out != self.inputs:
            raise SynthBuilderError(
                f"The books of stage {self.stage} do not balance: {self.inputs} in, {out} out "
                f"({self.carried} carried, {self.filtered} filtered, {self.failed} failed).",
                cause="A defect of synth_builder.",
                todo="Please report it with the run folder's recipe.yaml and books.json.",
            )
        return self
