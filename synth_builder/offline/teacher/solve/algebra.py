"""Linear equations, systems of them, and rational equations that lead to them."""

from __future__ import annotations

import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.given import (
    asked_equation,
    given_integers,
    has_loose_digits,
    polynomial_equation,
)
from synth_builder.offline.teacher.solve.notation import (
    Terms,
    format_number,
    format_polynomial,
    in_brackets,
    math_parts,
    read_number,
    read_polynomial,
    read_terms,
)
from synth_builder.offline.teacher.solve.question import Method, Solution

_SOLVE = re.compile(
    r"Solve (?:the equation )?\$|[Tt]he solution \$x\$ of|For which (?:real )?number \$x\$"
    r"|(?:Find|Determine) the (?:only )?(?:real )?number \$x\$"
)


def solve_linear(text: str) -> Solution | None:
    """Solve a linear equation in x."""
    coefficients = polynomial_equation(text) if "=" in text and _SOLVE.search(text) else None
    if coefficients is None or len(coefficients) != 2:
        return None
    constant, slope = coefficients
    answer = format_number(-constant / slope)
    return Solution(
        (
            f"Bring everything to one side: ${format_polynomial(coefficients)} = 0$.",
            f"So ${format_polynomial((0, slope))} = {format_number(-constant)}$.",
            f"Divide by ${format_number(slope)}$: $x = {answer}$.",
        ),
        answer,
    )


_OLDER = re.compile(r"(\w+) is \$(\d+)\$ years older than (?:her |his |the )?(\w+)\b")
_LATER = re.compile(r"In \$(\d+)\$ years[^$]*\$(\d+)\$ times as old as")
_HOW_OLD = re.compile(r"How old is (?:her |his |the )?(\w+) now(?:, in years)?\?$")


def solve_ages(text: str) -> Solution | None:
    """Find the present age of the younger of two people from a later multiple of ages."""
    older, later, asked = _OLDER.search(text), _LATER.search(text), _HOW_OLD.search(text)
    if older is None or later is None or asked is None or asked[1] not in (older[1], older[3]):
        return None
    gap, wait, times = int(older[2]), int(later[1]), int(later[2])
    if given_integers(text, 3) is None or times < 2:
        return None
    young = Fraction(gap, times - 1) - wait
    if young < 0:
        return None
    value = young if asked[1] == older[3] else young + gap
    answer = format_number(value)
    return Solution(
        (
            f"Let $x$ be the present age of the younger person; the other one is $x + {gap}$ years old.",
            f"In ${wait}$ years: $x + {gap} + {wait} = {times}(x + {wait})$.",
            f"So ${format_polynomial((0, times - 1))} = {gap + wait} - {times * wait} = {gap + wait - times * wait}$"
            f" and $x = {format_number(young)}$.",
            f"The age asked for is ${answer}$.",
        ),
        answer,
    )


_ASKED_SYMBOL = re.compile(r"(?:value of|Find|Determine) \$([a-z])\$")


def _linear_equation(part: str) -> tuple[Fraction, Fraction, Fraction] | None:
    """Read `ax + by = c` as (a, b, c)."""
    sides = [read_terms(side, "xy") for side in part.split("=")]
    if len(sides) != 2 or sides[0] is None or sides[1] is None:
        return None
    left, right = sides[0], sides[1]
    if any(sum(powers) > 1 for powers in (*left, *right)):
        return None
    a, b, c = (left.get(powers, Fraction(0)) - right.get(powers, Fraction(0)) for powers in ((1, 0), (0, 1), (0, 0)))
    return a, b, -c


def solve_two_equations(text: str) -> Solution | None:
    """Solve a system of two linear equations in x and y."""
    if text.count("=") != 2 or not ("system" in text or "satisfy" in text) or has_loose_digits(text):
        return None
    asked = _ASKED_SYMBOL.search(text)
    parts = math_parts(text)
    equations = [equation for part in parts if "=" in part and (equation := _linear_equation(part))]
    if (
        asked is None
        or asked[1] not in "xy"
        or len(equations) != 2
        or any(part not in "xy" for part in parts if "=" not in part)
    ):
        return None
    return _by_cramer(equations[0], equations[1], asked[1])


def _by_cramer(
    first: tuple[Fraction, Fraction, Fraction], second: tuple[Fraction, Fraction, Fraction], asked: str
) -> Solution | None:
    (a, b, c), (d, e, f) = first, second
    determinant = a * e - b * d
    if not determinant:
        return None
    top = c * e - b * f if asked == "x" else a * f - c * d
    other = "y" if asked == "x" else "x"
    multipliers = (e, -b) if asked == "x" else (-d, a)
    answer = format_number(top / determinant)
    return Solution(
        (
            f"Eliminate ${other}$: multiply the first equation by ${format_number(multipliers[0])}$"
            f" and the second by ${format_number(multipliers[1])}$, and add them.",
            f"This gives ${format_polynomial((0, determinant), asked)} = {format_number(top)}$.",
            f"So ${asked} = {answer}$.",
        ),
        answer,
    )


_CASES = re.compile(r"\\begin\{cases\}(.*?)\\end\{cases\}", re.DOTALL)


def solve_whole_system(text: str) -> Solution | None:
    """Solve a system of two linear equations for the pair (x, y)."""
    if (
        text.count("=") != 2
        or "alue of" in text
        or not re.search(r"[Ss]olve the (?:linear )?(?:system|(?:simultaneous )?equations)", text)
    ):
        return None
    written = _CASES.sub(lambda found: found[1].replace("&", "").replace(r"\\", "$, $"), text)
    parts = [piece.strip() for part in math_parts(written) for piece in re.split(r",|\\quad|\\text\{ and \}", part)]
    equations = [equation for part in parts if "=" in part and (equation := _linear_equation(part))]
    others = [part for part in parts if "=" not in part and part not in ("x", "y", "(x", "y)", "")]
    if len(equations) != 2 or others or has_loose_digits(text):
        return None
    one, other = equations
    first, second = _by_cramer(one, other, "x"), _by_cramer(one, other, "y")
    if first is None or second is None:
        return None
    answer = f"({first.answer}, {second.answer})"
    return Solution((*first.steps, f"In the same way $y = {second.answer}$.", f"The solution is ${answer}$."), answer)


_TWO_SIZES = re.compile(
    r"\$(?P<count>\d+)\$ [\w ]+, (?P<first>\w+)(?: \w+)? for \$(?P<low>\d+)\$ dollars each and (?P<second>\w+)(?: \w+)?"
    r" for \$(?P<high>\d+)\$ dollars each\..*?\$(?P<total>\d+)\$ dollars in total\."
)
_TWO_PRICES = re.compile(
    r"\$(?P<low>\d+)\$ dollars for an? (?P<first>\w+) and \$(?P<high>\d+)\$ dollars for an? (?P<second>\w+)\."
    r".*?\$(?P<count>\d+)\$ \w+ paid \$(?P<total>\d+)\$ dollars in total\."
)


def count_two_kinds(text: str) -> Solution | None:
    """Find how many of one kind were sold from the number of sales and the total price."""
    found = _TWO_SIZES.search(text) or _TWO_PRICES.search(text)
    asked = re.search(r"How many (\w+)[^$]*\?$", text)
    if found is None or asked is None or given_integers(text, 4) is None:
        return None
    kinds = [asked[1].startswith(found[kind].removesuffix("s")) for kind in ("first", "second")]
    if kinds.count(True) != 1:
        return None
    one = Fraction(1)
    count, low, high, total = (Fraction(found[name]) for name in ("count", "low", "high", "total"))
    solved = _by_cramer((one, one, count), (low, high, total), "x" if kinds[0] else "y")
    if solved is None:
        return None
    names = f"Let $x$ and $y$ be the numbers of the first and of the second kind. Then $x + y = {count}$"
    return Solution((f"{names} and ${low}x + {high}y = {total}$.", *solved.steps), solved.answer)


def add_cyclic_system(text: str) -> Solution | None:
    """Find a sum of unknowns that is a multiple of the sum of three given equations."""
    if "x + y + z" not in text or text.count("=") != 3 or has_loose_digits(text):
        return None
    parts = math_parts(text)
    equations = [part.split("=") for part in parts if "=" in part]
    others = [part for part in parts if "=" not in part and part not in ("x", "y", "z")]
    if others != ["x + y + z"] or any(len(equation) != 2 for equation in equations):
        return None
    lefts = [read_terms(left, "xyz") for left, _ in equations]
    rights = [read_number(right) for _, right in equations]
    weight = _common_weight([left for left in lefts if left is not None])
    numbers = [right for right in rights if right is not None]
    if weight is None or len(numbers) != 3 or None in lefts:
        return None
    total = sum(numbers, Fraction(0))
    answer = format_number(total / weight)
    return Solution(
        (
            f"Add the equations: ${format_number(weight)}(x + y + z) = "
            f"{' + '.join(in_brackets(number) for number in numbers)} = {format_number(total)}$.",
            f"So $x + y + z = {answer}$.",
        ),
        answer,
    )


def _common_weight(lefts: list[Terms]) -> Fraction | None:
    units = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    if any(powers not in units for left in lefts for powers in left):
        return None
    weights = {sum((left.get(unit, Fraction(0)) for left in lefts), Fraction(0)) for unit in units}
    weight = weights.pop()
    return weight if not weights and weight else None


_RECIPROCAL_EQUATION = re.compile(r"\\frac\{([^{}]+)\}\{([^{}]+)\}")


def solve_rational_equation(text: str) -> Solution | None:
    """Solve an equation between two fractions with numerical numerators by cross multiplication."""
    sides = asked_equation(text) if r"\frac" in text and _SOLVE.search(text) else None
    if sides is None:
        return None
    fractions = [found for side in sides if (found := _RECIPROCAL_EQUATION.fullmatch(side))]
    if len(fractions) != 2:
        return None
    (first, left), (second, right) = ((read_number(found[1]), read_polynomial(found[2])) for found in fractions)
    if first is None or second is None or left is None or right is None or (len(left), len(right)) != (2, 2):
        return None
    slope, constant = first * right[1] - second * left[1], second * left[0] - first * right[0]
    if not slope:
        return None
    value = constant / slope
    if not (left[0] + left[1] * value and right[0] + right[1] * value):
        return None
    answer = format_number(value)
    one, two = in_brackets(first), in_brackets(second)
    return Solution(
        (
            rf"Cross-multiply: ${one}({format_polynomial(right)}) = {two}({format_polynomial(left)})$.",
            f"So ${format_polynomial((0, slope))} = {format_number(constant)}$.",
            f"$x = {answer}$, and no denominator is $0$ there.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    solve_linear,
    solve_ages,
    solve_two_equations,
    solve_whole_system,
    count_two_kinds,
    add_cyclic_system,
    solve_rational_equation,
)
