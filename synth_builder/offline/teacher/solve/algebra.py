"""Equations, systems, inequalities and quadratics."""

from __future__ import annotations

import math
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
    exact_root,
    format_number,
    format_polynomial,
    format_root,
    format_sum,
    in_brackets,
    math_parts,
    read_number,
    read_polynomial,
    read_terms,
)
from synth_builder.offline.teacher.solve.question import Method, Solution

_SOLVE = re.compile(
    r"Solve the equation|[Tt]he solution \$x\$ of|For which (?:real )?number \$x\$"
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


_NUMBER_OF_INTEGERS = re.compile(r"[Hh]ow many integers|[Nn]umber of integers \$x\$")
_ABSOLUTE = re.compile(r"\|([^|]+)\| (<|\\le|\\leq) (\d+)")
_FACTORS = re.compile(r"\(x ([-+]) (-?\d+)\)\(x ([-+]) (-?\d+)\) (<|\\le|\\leq) 0")


def count_absolute_inequality(text: str) -> Solution | None:
    """Count the integers that satisfy an inequality with an absolute value."""
    if "|" not in text or not _NUMBER_OF_INTEGERS.search(text) or has_loose_digits(text):
        return None
    parts = [part for part in math_parts(text) if part != "x"]
    found = _ABSOLUTE.fullmatch(parts[0]) if len(parts) == 1 else None
    inside = read_polynomial(found[1]) if found else None
    if found is None or inside is None or len(inside) != 2:
        return None
    bound = int(found[3]) - (found[2] == "<" and all(value.denominator == 1 for value in inside))
    if (found[2] == "<" and bound == int(found[3])) or bound < 0:
        return None
    low, high = sorted(((-bound - inside[0]) / inside[1], (bound - inside[0]) / inside[1]))
    count = max(math.floor(high) - math.ceil(low) + 1, 0)
    return Solution(
        (
            rf"For integers the inequality means $-{bound} \le {found[1]} \le {bound}$.",
            rf"So ${format_number(low)} \le x \le {format_number(high)}$.",
            f"These are the integers from ${math.ceil(low)}$ to ${math.floor(high)}$, ${count}$ in number.",
        ),
        str(count),
    )


def count_quadratic_inequality(text: str) -> Solution | None:
    """Count the integers between the zeros of a factored quadratic."""
    if not re.search(r"[Hh]ow many integers|[Nn]umber of integers", text) or has_loose_digits(text):
        return None
    parts = [part for part in math_parts(text) if part != "x"]
    found = _FACTORS.fullmatch(parts[0]) if len(parts) == 1 else None
    if found is None:
        return None
    zeros = sorted(
        int(value) * (1 if sign == "-" else -1) for sign, value in ((found[1], found[2]), (found[3], found[4]))
    )
    strict = found[5] == "<"
    count = max(zeros[1] - zeros[0] - 1, 0) if strict else zeros[1] - zeros[0] + 1
    sign = "<" if strict else r"\le"
    return Solution(
        (
            f"The zeros of the left side are ${zeros[0]}$ and ${zeros[1]}$.",
            f"The product is negative between them, so ${zeros[0]} {sign} x {sign} {zeros[1]}$.",
            f"This interval contains ${count}$ integers.",
        ),
        str(count),
    )


_SUM_WITH_RECIPROCAL = re.compile(r"(\d*)x \+ \\frac\{(\d+)\}\{x\}")


def minimize_by_means(text: str) -> Solution | None:
    """Find the minimum of ax + b/x for x > 0 by the inequality of the means."""
    if not re.search(r"minimum value|smallest (?:possible )?value", text) or has_loose_digits(text):
        return None
    parts = [part for part in math_parts(text) if part not in ("x", "x > 0")]
    found = _SUM_WITH_RECIPROCAL.fullmatch(parts[0]) if len(parts) == 1 else None
    if found is None or "$x > 0$" not in text.replace("$ x", "$x"):
        return None
    product = int(found[1] or 1) * int(found[2])
    answer = format_root(product, 2)
    return Solution(
        (
            rf"By the arithmetic-geometric mean inequality ${parts[0]} \ge 2\sqrt{{{found[1] or 1} \cdot {found[2]}}}$.",
            rf"The bound is $2\sqrt{{{product}}} = {answer}$.",
            f"It is reached where both terms are equal, so the minimum is ${answer}$.",
        ),
        answer,
    )


_WHICH_ROOT = re.compile(r"\b(larger|greater|smaller|positive|negative)(?: real)?(?: solution| root| one| of)")


def solve_quadratic(text: str) -> Solution | None:
    """Find one of the two real solutions of a quadratic equation by the quadratic formula."""
    which = _WHICH_ROOT.search(text)
    coefficients = polynomial_equation(text) if which and "=" in text else None
    if which is None or coefficients is None or len(coefficients) != 3:
        return None
    return _root(coefficients, which[1])


def _root(coefficients: tuple[Fraction, ...], which: str) -> Solution | None:
    c, b, a = coefficients if coefficients[2] > 0 else tuple(-value for value in coefficients)
    discriminant = b * b - 4 * a * c
    if discriminant <= 0 or (which in ("positive", "negative") and c / a >= 0):
        return None
    sign = 1 if which in ("larger", "greater", "positive") else -1
    root = exact_root(discriminant)
    if root is not None:
        answer = format_number((-b + sign * root) / (2 * a))
    else:
        answer = format_sum(
            part
            for part in (format_number(-b / (2 * a)) if b else "", format_root(discriminant, Fraction(sign) / (2 * a)))
            if part
        )
    written = format_polynomial((c, b, a))
    radical = rf"\sqrt{{{format_number(discriminant)}}}"
    return Solution(
        (
            f"In standard form: ${written} = 0$.",
            rf"The discriminant is ${in_brackets(b)}^2 - 4 \cdot {in_brackets(a)} \cdot {in_brackets(c)} = {format_number(discriminant)}$.",
            rf"By the quadratic formula $x = \frac{{{format_number(-b)} \pm {radical}}}{{{format_number(2 * a)}}}$.",
            f"The {which} solution is ${answer}$.",
        ),
        answer,
    )


_LONGER = re.compile(r"is \$(\d+)\$ (?:\w+ )?longer than (?:it is wide|its width)")
_DIFFER = re.compile(r"[Tt]wo positive (?:integers|numbers) differ by \$(\d+)\$")


def find_sides_from_product(text: str) -> Solution | None:
    """Find one of two positive numbers from their difference and their product."""
    if longer := _LONGER.search(text):
        product = re.search(r"area (?:is|of) \$(\d+)\$", text)
        asked = re.search(r"\b(?:What is|Find|How many \w+ is) its (width|length)\b", text)
        smaller = asked is not None and asked[1] == "width"
    elif longer := _DIFFER.search(text):
        product = re.search(r"product is \$(\d+)\$", text)
        asked = re.search(r"\b(smaller|larger|greater) (?:of the two|one|integer|number)", text)
        smaller = asked is not None and asked[1] == "smaller"
    else:
        return None
    numbers = given_integers(text, 2)
    if product is None or asked is None or numbers is None:
        return None
    gap = Fraction(longer[1])
    solved = _root((-Fraction(product[1]), gap if smaller else -gap, Fraction(1)), "positive")
    if solved is None:
        return None
    sign = "+" if smaller else "-"
    return Solution(
        (f"With $x$ for the number asked for, $x(x {sign} {gap}) = {product[1]}$.", *solved.steps), solved.answer
    )


def add_squares_of_roots(text: str) -> Solution | None:
    """Find the sum of the squares of the roots of a quadratic by Vieta's formulas."""
    parts = math_parts(text) if "solutions" in text or "roots" in text else []
    names = [part for part in parts if "=" not in part and part != "x"]
    equations = [part for part in parts if "=" in part]
    if len(equations) != 1 or has_loose_digits(text):
        return None
    squares = len(names) == 3 and names[2] == f"{names[0]}^2 + {names[1]}^2"
    if not (squares or (not names and "sum of the squares of" in text and re.search(r"\b(?:its|the) two\b", text))):
        return None
    left, right = equations[0].split("=")
    coefficients = read_polynomial(left)
    if coefficients is None or len(coefficients) != 3 or right.strip() != "0":
        return None
    total, product = -coefficients[1] / coefficients[2], coefficients[0] / coefficients[2]
    answer = format_number(total * total - 2 * product)
    return Solution(
        (
            f"By Vieta's formulas the sum of the solutions is ${format_number(total)}$"
            f" and their product is ${format_number(product)}$.",
            "The sum of the squares is the square of the sum minus twice the product.",
            rf"${in_brackets(total)}^2 - 2 \cdot {in_brackets(product)} = {answer}$.",
        ),
        answer,
    )


_MINIMUM = re.compile(r"\b(minimum|smallest|least) (?:possible )?value of\b")


def minimize_parabola(text: str) -> Solution | None:
    """Find the minimum of a quadratic function by completing the square."""
    if not _MINIMUM.search(text) or "x^2" not in text or has_loose_digits(text) or "x > 0" in text:
        return None
    parts = [part.removeprefix("f(x) = ").removeprefix("y = ") for part in math_parts(text)]
    others = [part for part in parts if part not in ("x", "f(x)", "f", "y")]
    coefficients = read_polynomial(others[0]) if len(others) == 1 else None
    if coefficients is None or len(coefficients) != 3 or coefficients[2] <= 0:
        return None
    c, b, a = coefficients
    place = -b / (2 * a)
    answer = format_number(c - a * place * place)
    shifted = format_polynomial((-place, 1))
    scaled = "" if a == 1 else format_number(a)
    rest = c - a * place * place
    return Solution(
        (
            f"Complete the square: ${others[0]} = {format_sum([f'{scaled}({shifted})^2', format_number(rest)])}$.",
            f"The square is never negative and is $0$ at $x = {format_number(place)}$.",
            f"The minimum is ${answer}$.",
        ),
        answer,
    )


def find_double_root_constant(text: str) -> Solution | None:
    """Find the constant term for which a quadratic has exactly one real zero."""
    if not re.search(r"touches the \$x\$-axis|exactly one real (?:solution|root)|double root", text):
        return None
    if not re.search(r"(?:value of|number|For which \w+) \$c\$", text) or has_loose_digits(text):
        return None
    parts = [part for part in math_parts(text) if part not in ("c", "x")]
    body = re.fullmatch(r"(?:y = )?(.+ \+ c)(?: = 0)?", parts[0]) if len(parts) == 1 else None
    terms = read_terms(body[1], "xc") if body else None
    if terms is None or not set(terms) <= {(2, 0), (1, 0), (0, 1)} or terms.get((0, 1)) != 1 or (2, 0) not in terms:
        return None
    a, b = terms[2, 0], terms.get((1, 0), Fraction(0))
    answer = format_number(b * b / (4 * a))
    return Solution(
        (
            rf"The discriminant must be $0$: ${in_brackets(b)}^2 - 4 \cdot {in_brackets(a)} \cdot c = 0$.",
            f"So ${format_number(4 * a)}c = {format_number(b * b)}$.",
            f"$c = {answer}$.",
        ),
        answer,
    )


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
    count_two_kinds,
    add_cyclic_system,
    count_absolute_inequality,
    count_quadratic_inequality,
    minimize_by_means,
    solve_quadratic,
    find_sides_from_product,
    add_squares_of_roots,
    minimize_parabola,
    find_double_root_constant,
    solve_rational_equation,
)
