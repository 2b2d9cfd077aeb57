"""Reading the words of a question: a method that does not read a word that changes the task must not answer.

`read_words.txt` tells for each method, by its name, the words and phrases that it takes into account. Every other
word of `TASK_WORDS` in a question, such as "not", "diameter" or "twice", makes it a different question.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

# Words that limit, deny, count, order or compare: which words they stand with matters, so that a method reads phrases.
_LOGIC = """
    not no never none nobody nothing neither nor without except excluding excludes unless cannot fail fails failed
    failing failure failures only just exactly least most more fewer less than exceed exceeds exceeding exceeded
    within between given known knows knowing know provided assuming assumed suppose but however although though
    whether if or either otherwise else instead unlike false true likely unlikely certain certainly possible
    impossible sure who another other others extra additional additionally also too again still besides apart alone
    together altogether combined both each every any all same different differ differs distinct identical equal
    unequal equally half halves halved third thirds quarter quarters fourth fifth sixth seventh eighth ninth tenth
    first second last final finally next previous preceding following before after earlier later already until since
    ago originally original initially beforehand afterwards then zero one two three four five six seven eight nine ten
    eleven twelve thirteen fifteen twenty thirty fifty hundred thousand dozen couple once twice thrice double doubled
    doubles triple tripled times single minus plus ones twos sixes begin begins began new old
"""
# Kinds of numbers and objects.
_KINDS = """
    odd even positive negative prime primes composite consecutive adjacent neighbouring nonempty empty proper improper
    optional obligatory mandatory voluntary rational irrational integer whole natural real complex imaginary absolute
    independent independence dependent correlated disjoint exclusive overlapping ordered unordered labelled unlabelled
    repeated repeating repeat repeats repetition repetitions replaced replacement distinguishable indistinguishable
    monic simple reduced coprime symmetric antisymmetric skew invertible singular injective surjective bijective
    increasing decreasing strictly monotone convex concave connected bipartite directed rooted solid hollow open closed
    painted unpainted uncovered covered full fair unfair biased loaded red blue green white black yellow normal
    palindrome palindromes vowel vowels consonant consonants capital girl girls boy boys men women man woman
"""
# Comparisons and extremes.
_COMPARISONS = """
    larger smaller greater lesser bigger longer shorter higher lower older younger faster slower wider narrower cheaper
    heavier lighter better worse sooner quicker largest smallest greatest biggest longest shortest highest lowest
    oldest youngest fastest slowest widest cheapest heaviest best worst maximum minimum maximal minimal maximise
    minimise extreme extremum increase increased increases increasingly decrease decreased decreases reduces
"""
# Quantities that can be asked for or given.
_QUANTITIES = """
    difference differences sum sums product products ratio ratios quotient remainder square squared squares cube cubes
    cubed root roots reciprocal reciprocals inverse opposite conjugate total totals subtotal remaining remain remains
    left average mean median mode range variance deviation quartile percentile percentage percent proportion fraction
    share shares excess surplus deficit profit loss losses gain interest discount discounts tax fee tip rent deposit
    deposits withdrawal withdraws withdrawn rate speed time duration age ages chance probability odds expected
    expectation conditional complement sign digits digit factor factors divisor divisors multiple multiples
    denominator numerator decimal exponent degree coefficient coefficients constant term terms index
    rounded round nearest approximate approximately approximation estimate estimated error numerically
"""
_GEOMETRY = """
    diameter radius radii circumference perimeter area surface volume height heights slant slanted slanting altitude
    altitudes side sides edge edges face faces base bases diagonal diagonals hypotenuse leg legs vertex vertices angle
    angles interior exterior inscribed circumscribed incircle circumcircle inradius circumradius bisector bisectors
    perpendicular parallel tangent tangents chord chords sector arc segment segments midpoint midpoints centroid
    orthocentre circumcentre distance distances slope gradient intercept intercepts axis inner outer inside outside top
    bottom lid semicircle semicircular hemisphere cone cones cylinder sphere spheres ball balls prism pyramid
    tetrahedron rectangle triangle circle circles parallelogram trapezoid rhombus pentagon hexagon octagon ellipse
    ring strip wall walls dividing divides divider partition depth width length lengths deep thick thickness
    above below under floating floats afloat submerged sunk
"""
# What happens in a story besides what a method expects.
_EVENTS = """
    lose loses lost losing sell sells sold return returns returned receive receives received buy buys bought break
    breaks broken broke damaged intact spoil spoils spoiled miss misses missing missed waive waived waives free
    remove removes removed removing added adds add adding include includes included including exclude excluded ignore
    ignored ignoring counting counted counts borrow borrows borrowed lends spend spends spent steal stolen eat eats
    eaten leak leaks leaking pause pauses paused rest rests stop stops stopped wait waits waiting delay delayed late
    join joins joined leave leaves skip skips skipped change changes changed changing replaces replace silent stays
    alarm alarms wins win won draw drawn succeed succeeds success successes faulty defective pays paid pay gives gave
    grow grows shrink shrinks rise rises drops drop falls fall swap swaps swapped meet meets reached reaches restart
    waits arrive arrives own owns belong accept accepted reject rejected produce raise raises raised rolls shows show
    prove explain why satisfy satisfies violate violates list fixed forbidden allowed avoid avoids avoiding must may
    driver drivers
"""
# Units of each quantity, from small to large, all names of a unit together.
_UNITS = {
    "length": (
        {"mm", "millimetre", "millimetres"},
        {"cm", "centimetre", "centimetres"},
        {"dm", "decimetre", "decimetres"},
        {"m", "metre", "metres"},
        {"km", "kilometre", "kilometres"},
        {"inch", "inches", "feet", "mile", "miles"},
    ),
    "mass": ({"milligram", "milligrams"}, {"gram", "grams"}, {"kilogram", "kilograms", "kg"}, {"tonne", "tonnes"}),
    "capacity": ({"millilitre", "millilitres"}, {"litre", "litres"}, {"hectolitre", "hectolitres"}),
    "time": (
        {"second", "seconds"},
        {"minute", "minutes"},
        {"hour", "hours", "hourly"},
        {"day", "days", "daily"},
        {"week", "weeks", "weekly", "fortnight"},
        {"month", "months", "monthly"},
        {"quarterly", "semiannually"},
        {"year", "years", "yearly", "annual", "annually"},
        {"decade", "decades", "century"},
    ),
    "money": ({"cent", "cents"}, {"euro", "euros"}, {"dollar", "dollars"}),
}
TASK_WORDS = frozenset(" ".join((_LOGIC, _KINDS, _COMPARISONS, _QUANTITIES, _GEOMETRY, _EVENTS)).split()).union(
    *(unit for sizes in _UNITS.values() for unit in sizes)
)


# A phrase of `READ_WORDS` is two tokens: the word with its neighbour, where `#` stands for a `$...$` part.
_TOKEN = re.compile(r"\$[^$]*\$|[a-z]+|[.,;:?!]")
_SHORT_NOT = re.compile(r"n['’]t\b")
_PREFIXED = re.compile(r"non|un(?!ti|i|der|know)[a-z]{3,}")  # unpainted, uneven, but not "until", "unit", "under"


def tokens_of(text: str) -> list[str]:
    """Give the words of a text in small letters, its punctuation, and `#` for each `$...$` part."""
    plain = _SHORT_NOT.sub(" not", text.lower())
    return ["#" if token[0] == "$" else token for token in _TOKEN.findall(plain)]


def changes_task(token: str) -> bool:
    """Tell whether a word makes another question of the one that it is put into."""
    return token in TASK_WORDS or _PREFIXED.match(token) is not None


def reads_all_words(method: str, text: str) -> bool:
    """Tell whether a method takes every word of a text into account that changes the task.

    Args:
        method: The name of the method.
        text: The question that the method has solved.
    """
    known = read_words().get(method, frozenset())
    tokens = tokens_of(text)
    for place, token in enumerate(tokens):
        if not changes_task(token) or token in known:
            continue
        before, after = tokens[max(place - 1, 0) : place], tokens[place + 1 : place + 2]
        if not known.intersection((" ".join((*before, token)), " ".join((token, *after)))):
            return False
    return not _mixes_units(tokens, known)


def _mixes_units(tokens: list[str], known: frozenset[str]) -> bool:
    """Tell whether two units of one quantity occur, as metres and centimetres, and are not declared together."""
    words = set(tokens)
    for dimension, sizes in _UNITS.items():
        if sum(not words.isdisjoint(names) for names in sizes) > 1 and f"mixed {dimension}" not in known:
            return True
    return False


@cache
def read_words() -> dict[str, frozenset[str]]:
    """Give the words and phrases that each method reads, by the name of the method."""
    text = resources.files(__package__).joinpath("read_words.txt").read_text(encoding="utf-8")
    lines = (line.split(":", 1) for line in text.splitlines() if line and not line.startswith("# "))
    return {name: frozenset(words.strip().split("; ")) for name, words in lines}
