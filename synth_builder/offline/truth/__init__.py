"""True answers of mathematics questions, by trying out, counting and simulating what they describe.

The embedded server's ledger judges the teacher's answers by these, so nothing here comes from the teacher. A question
is answered only where one of the wordings known here fits it to the last word; of any other nothing is said.
"""

from synth_builder.offline.truth.answer import truth_of
from synth_builder.offline.truth.values import same_value

__all__ = ["same_value", "truth_of"]
