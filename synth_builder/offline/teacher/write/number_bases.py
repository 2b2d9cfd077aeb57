"""Questions on number bases."""

from __future__ import annotations

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import one_of
from synth_builder.offline.teacher.write.scene import Scene


def digits_in_base(n: int, base: int) -> list[int]:
    """The digits of `n` in `base`, the highest first."""
    return [n % base] if n < base else [*digits_in_base(n // base, base), n % base]


def digit_sum_in_base(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Repeated division by the base."""
    base = draw.choice((2, 3, 4, 5, 7))
    n = number or drawn(draw.integer(40, 500))
    question = one_of(
        draw,
        f"Write the integer ${n}$ in base ${base}$. What is the sum of its base-${base}$ digits?",
        f"A machine at the {scene.place(draw)} stores every count in base ${base}$. The count of "
        f"{scene.thing(draw)} is ${n}$. What is the sum of the digits of ${n}$ written in base ${base}$?",
    )
    value = sum(digits_in_base(n.value, base))
    return Problem(question, f"the sum of the digits of ${n}$ written in base ${base}$", value)


def base_to_decimal(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    """Place values of a base."""
    base = draw.integer(2, 9)
    value = draw.integer(base, 60 if base < 4 else 200)
    numeral = "".join(str(digit) for digit in digits_in_base(value, base))
    question = one_of(
        draw,
        f"The numeral ${numeral}_{{{base}}}$ is written in base ${base}$. Convert it to base ten.",
        f"An old counting device at the {scene.place(draw)} works in base ${base}$ and shows "
        f"${numeral}_{{{base}}}$. What is this number in base ten?",
    )
    return Problem(question, f"the integer written in base ten that equals ${numeral}_{{{base}}}$", value)


# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("digit_sum_in_base", "number systems",
           ("number base", "digit sum", "repeated division", "digit", "division with remainder"),
           "high_school", digit_sum_in_base, range(2, 400)),
    Family("base_to_decimal", "number systems", ("number base", "place value", "base conversion", "digit"),
           "middle_school", base_to_decimal),
)
# fmt: on
