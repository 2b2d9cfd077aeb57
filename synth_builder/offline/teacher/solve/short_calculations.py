r"""Short calculations that are asked in signs: logarithms, factorials, divisors, percentages and sums of roots."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from synth_builder.offline.teacher.solve.given import LARGEST_RADICAND, given_numbers, has_loose_digits, is_writable
from synth_builder.offline.teacher.solve.notation import (
    format_number,
    format_root,
    format_sum,
    math_parts,
    read_number,
    split_root,
)
from synth_builder.offline.teacher.solve.question import Method, Solution

_COMMAND = re.compile(
    r"(?:(?:Evaluate|Calculate|Compute|Find|Determine|Simplify|What is)(?: the (?:exact )?value of)?|[Tt]he value of)"
    r" \$([^$]+)\$(?: exactly)?[.?]?"
)
_LOGARITHM = re.compile(r"\\log_(?:\{(\d+)\}|(\d)) ?(?:\((.+)\)|\{(.+)\}|(\d+|\\frac\{\d+\}\{\d+\}))")
_GCD_OR_LCM = re.compile(r"(?:\\gcd|\\operatorname\{(lcm|gcd)\}) ?\((\d+), (\d+)\)")


def _commanded(text: str) -> str:
    """The one calculation that a text asks for, or an empty string."""
    found = _COMMAND.fullmatch(text)
    return found[1].strip() if found else ""


def evaluate_logarithm(text: str) -> Solution | None:
    """Find a rational logarithm."""
    found = _LOGARITHM.fullmatch(_commanded(text)) if r"\log" in text else None
    argument = read_number(found[3] or found[4] or found[5]) if found else None
    if found is None or argument is None or argument <= 0 or not is_writable(argument):
        return None
    base = int(found[1] or found[2])
    # base = root^down and argument = root^up with the smallest possible root
    for down in range(1, 11):
        root = round(base ** (1 / down))
        if root < 2 or root**down != base:
            continue
        size = max(argument, 1 / argument)
        up = round(math.log(size) / math.log(root)) if size.denominator == 1 and size < 10**15 else -1
        if up >= 0 and Fraction(root) ** up == size:
            value = Fraction(up if argument >= 1 else -up, down)
            answer = format_number(value)
            powers = rf"{base} = {root}^{{{down}}}$ and ${format_number(argument)} = {root}^{{{value * down}}}"
            return Solution((f"As powers of one number, ${powers}$.", f"So the logarithm is ${answer}$."), answer)
    return None


def evaluate_factorial(text: str) -> Solution | None:
    """Calculate a factorial or a binomial coefficient."""
    asked = _commanded(text) if "!" in text or "binom" in text else ""
    if (found := re.fullmatch(r"(\d+)!", asked)) and int(found[1]) <= 100:
        answer = str(math.factorial(int(found[1])))
        product = r" \cdot ".join(map(str, range(int(found[1]), 0, -1))) or "1"
        return Solution((rf"${asked} = {product}$.", f"This is ${answer}$."), answer)
    if found := re.fullmatch(r"\\binom\{(\d+)\}\{(\d+)\}", asked):
        total, chosen = int(found[1]), int(found[2])
        if total > 500:
            return None
        answer = str(math.comb(total, chosen))
        return Solution(
            (
                rf"$\binom{{{total}}}{{{chosen}}} = \frac{{{total}!}}{{{chosen}! \cdot {total - chosen}!}}$."
                if chosen <= total
                else f"One cannot choose ${chosen}$ out of ${total}$.",
                f"This is ${answer}$.",
            ),
            answer,
        )
    return None


def evaluate_divisor(text: str) -> Solution | None:
    """Calculate a gcd or an lcm that is written in signs."""
    found = _GCD_OR_LCM.fullmatch(_commanded(text))
    if found is None or min(int(found[2]), int(found[3])) < 1:
        return None
    first, second = int(found[2]), int(found[3])
    common = math.gcd(first, second)
    step = f"Euclid's algorithm gives the greatest common divisor ${common}$ of ${first}$ and ${second}$."
    if found[1] != "lcm":
        return Solution((step, f"So the result is ${common}$."), str(common))
    answer = str(math.lcm(first, second))
    return Solution((step, rf"The lcm is $\frac{{{first} \cdot {second}}}{{{common}}} = {answer}$."), answer)


_PERCENT_OF = re.compile(
    r"(?:What is|Find|Calculate|Compute|Determine|[Tt]he value of) \$([^$]+)\\%\$ of \$([^$]+)\$(?: \w+)?[.?]?"
)


def take_percentage(text: str) -> Solution | None:
    """Take a percentage of a number."""
    found = _PERCENT_OF.fullmatch(text)
    rate, whole = (read_number(found[1]), read_number(found[2])) if found else (None, None)
    if rate is None or whole is None:
        return None
    answer = format_number(rate * whole / 100)
    share = rf"\frac{{{format_number(rate)}}}{{100}}"
    return Solution(
        (rf"${format_number(rate)}\%$ means ${share}$.", rf"${share} \cdot {format_number(whole)} = {answer}$."), answer
    )


_WHAT_PERCENT = re.compile(
    r"(?:What percentage of \$(?P<whole>[^$]+)\$ is|\$(?P<part>[^$]+)\$ is what percentage of) \$(?P<other>[^$]+)\$\?"
)


def find_percentage(text: str) -> Solution | None:
    """Find what percentage one number is of another."""
    found = _WHAT_PERCENT.fullmatch(text)
    numbers = given_numbers(text, 2)
    if found is None or numbers is None:
        return None
    whole, part = numbers if found["whole"] else numbers[::-1]
    if whole <= 0:
        return None
    answer = format_number(100 * part / whole)
    return Solution(
        (
            f"The share is ${format_number(part)} : {format_number(whole)} = {format_number(part / whole)}$.",
            rf"Times $100$ this is ${answer}$ percent.",
        ),
        answer,
    )


_SUM_OF_ROOTS = re.compile(r"-?\d*\\sqrt\{\d+\}(?: [-+] \d*\\sqrt\{\d+\})*")
_ROOT_TERM = re.compile(r"(-?)(\d*)\\sqrt\{(\d+)\}")


def simplify_roots(text: str) -> Solution | None:
    """Simplify a root, or a sum of multiples of one root."""
    found = _SUM_OF_ROOTS.fullmatch(_commanded(text)) if r"\sqrt" in text else None
    if found is None:
        return None
    terms = [(sign, front, int(radicand)) for sign, front, radicand in _ROOT_TERM.findall(found[0].replace("- ", "-"))]
    if any(not 0 < radicand <= LARGEST_RADICAND for _, _, radicand in terms):
        return None
    total, inside, lines = 0, set(), []
    for sign, front, radicand in terms:
        outside, kernel = split_root(radicand)
        inside.add(kernel)
        factor = int(front or 1) * outside * (-1 if sign else 1)
        total += factor
        lines.append(format_root(kernel, factor))
    if len(inside) != 1:
        return None
    answer = format_root(inside.pop(), total)
    return Solution(
        (
            rf"Take square factors out of the roots: ${format_sum(lines)}$.",
            f"Like roots are added by their factors: ${answer}$.",
        ),
        answer,
    )


_TRAILING = re.compile(r"[Hh]ow many (?:trailing |final )?(?:zeros|zeroes)\b[^$]*\$(\d+)!\$")


def count_trailing_zeros(text: str) -> Solution | None:
    """Count the zeros at the end of a factorial."""
    found = _TRAILING.search(text)
    if found is None or len(math_parts(text)) != 1 or has_loose_digits(text) or "base" in text:
        return None
    if not re.search(r"trailing|final|\bend", text):
        return None
    quotients, rest = [], int(found[1])
    while rest := rest // 5:
        quotients.append(rest)
    answer = str(sum(quotients))
    return Solution(
        (
            "Every final zero needs the factors $2$ and $5$; there are more factors $2$, so count the factors $5$.",
            f"Multiples of $5, 25, \\ldots$ up to ${found[1]}$: ${' + '.join(map(str, quotients)) or '0'} = {answer}$.",
        ),
        answer,
    )


METHODS: tuple[Method, ...] = (
    evaluate_logarithm,
    evaluate_factorial,
    evaluate_divisor,
    take_percentage,
    find_percentage,
    simplify_roots,
    count_trailing_zeros,
)
