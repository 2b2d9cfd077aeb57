"""Problem families on probability, conditional probability, random variables and distributions."""

from __future__ import annotations

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import fraction, one_of, stated, times
from synth_builder.offline.teacher.write.scene import Scene


def _same_colour(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    other, thing = draw.integer(2, 9), scene.thing(draw)
    n = number or drawn(draw.integer(3, 12))
    question = one_of(
        draw,
        f"A box in the {scene.place(draw)} contains ${n}$ red {thing} and ${other}$ blue {thing}. Two of them are "
        "taken out at random, one after the other and without replacement. Find the probability that both have the "
        "same colour, as a reduced fraction.",
        f"There are ${n}$ red {thing} and ${other}$ blue {thing} in a bag. Two of them are drawn at random without "
        "replacement. What is the probability that the two have the same colour? Give a reduced fraction.",
    )
    return Problem(question)


def _at_least_one(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    times_tried = draw.integer(2, 4)
    n = number or drawn(draw.integer(3, 12))
    question = one_of(
        draw,
        f"Each ticket of a lottery at the {scene.place(draw)} wins with probability $\\frac{{1}}{{{n}}}$, "
        f"independently of all other tickets. A visitor buys ${times_tried}$ tickets. Find the probability that at "
        "least one of them wins, as a reduced fraction.",
        f"An event occurs with probability $\\frac{{1}}{{{n}}}$ in every trial, and the trials are independent. "
        f"Find the probability, as a reduced fraction, that the event occurs at least once in ${times_tried}$ "
        "trials.",
    )
    return Problem(question)


def _dice_sum(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    total, kind = draw.integer(3, 11), draw.choice(("exactly", "at least", "at most"))
    question = one_of(
        draw,
        "Two fair six-sided dice are rolled, and the two numbers shown are added. Find the probability that the "
        f"sum is {kind} ${total}$, as a reduced fraction.",
        f"In a board game at the {scene.place(draw)}, a player rolls two fair six-sided dice and needs a sum of "
        f"{kind} ${total}$. Find the probability of this event as a reduced fraction.",
    )
    return Problem(question)


def _inclusion_exclusion(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    both, first, second = draw.integer(2, 9), draw.integer(3, 20), draw.integer(3, 20)
    n = number or drawn(draw.integer(5, 30))
    setting = (
        f"${first + both}$ visitors own a dog, ${second + both}$ own a cat, ${both}$ own both, and ${n}$ own neither"
    )
    question = one_of(
        draw,
        f"Among the visitors of the {scene.place(draw)} on one day, {setting}. One of the visitors is chosen at "
        "random. Find the probability, as a reduced fraction, that this visitor owns a dog or a cat.",
        f"In a survey, {setting}. Nobody else was asked. Find the probability, as a reduced fraction, that a "
        "randomly chosen visitor from the survey owns a dog or a cat.",
    )
    return Problem(question)


def _two_way_table(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, c = draw.integer(3, 20), draw.integer(3, 20), draw.integer(3, 20)
    thing = scene.thing(draw)
    n = number or drawn(draw.integer(3, 20))
    setting = f"${n}$ are new and red, ${a}$ are new and green, ${b}$ are old and red, and ${c}$ are old and green"
    question = one_of(
        draw,
        f"The {scene.place(draw)} keeps a list of its {thing}: {setting}. One of them is picked at random and turns "
        "out to be red. Find the probability that it is new, as a reduced fraction.",
        f"Of all the {thing} in a storage room, {setting}. Find the conditional probability, as a reduced fraction, "
        "that a randomly chosen one is new, given that it is red.",
    )
    return Problem(question)


def _bayes_test(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    base, hit, false = draw.choice((1, 2, 4, 5, 10)), draw.choice((80, 90, 95, 98)), draw.choice((2, 4, 5, 10))
    question = one_of(
        draw,
        f"A disease affects ${base}\\%$ of a population. A test is positive for ${hit}\\%$ of the people who have "
        f"the disease and for ${false}\\%$ of the people who do not have it. A randomly chosen person tests "
        "positive. Find the probability that this person has the disease, as a reduced fraction.",
        f"In the {scene.place(draw)}, ${base}\\%$ of all parcels are damaged. A scanner raises an alarm for "
        f"${hit}\\%$ of the damaged parcels and for ${false}\\%$ of the undamaged parcels. The scanner raises an "
        "alarm for a parcel. Find the probability that the parcel is damaged, as a reduced fraction.",
    )
    return Problem(question)


def _bayes_machines(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    thing = scene.thing(draw)
    second, bad_first, bad_second = draw.integer(2, 20), draw.integer(1, 6), draw.integer(1, 6)
    n = number or drawn(draw.integer(2, 20))
    question = one_of(
        draw,
        f"Machine $A$ makes ${n}$ boxes of {thing} per hour, and machine $B$ makes ${second}$ boxes of {thing} per "
        f"hour. Of the boxes from $A$, ${bad_first}\\%$ have a defect, and of the boxes from $B$, ${bad_second}\\%$ "
        "have a defect. A box that was made today is chosen at random and has a defect. Find the probability that "
        "it comes from machine $A$, as a reduced fraction.",
        f"A shop gets ${n}$ crates of {thing} from supplier $A$ and ${second}$ crates of {thing} from supplier $B$ "
        f"every week. A crate from $A$ is spoiled with probability ${bad_first}\\%$, a crate from $B$ with "
        f"probability ${bad_second}\\%$. A randomly chosen crate is spoiled. Use Bayes' theorem to find the "
        "probability that it comes from supplier $A$, as a reduced fraction.",
    )
    return Problem(question)


def _expected_prize(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    bottom = draw.choice((4, 5, 6, 8, 10))
    top = draw.integer(1, bottom - 2)
    small = bottom * draw.integer(1, 4)
    n = number or drawn(draw.integer(2, 12))
    setting = (
        f"${times(bottom, n)}$ dollars with probability ${fraction(top, bottom)}$, ${small}$ dollars with "
        f"probability ${fraction(1, bottom)}$, and nothing otherwise"
    )
    question = one_of(
        draw,
        f"At the summer fair of the {scene.place(draw)}, a wheel of fortune pays {setting}. Find the expected "
        "payment in dollars.",
        f"A random variable $X$ describes the payment of a game, which is {setting}. Find the expected value of $X$ "
        "in dollars.",
    )
    return stated(
        question, f"the expected payment, in dollars, of a game that pays {setting}", top * n.value + small // bottom
    )


def _variance_rule(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    a, b, c = draw.integer(2, 5), draw.integer(2, 4), draw.integer(1, 9)
    other = draw.integer(1, 9)
    n = number or drawn(draw.integer(2, 12))
    question = one_of(
        draw,
        f"The random variables $X$ and $Y$ are independent with variances $\\operatorname{{Var}}(X) = {n}$ and "
        f"$\\operatorname{{Var}}(Y) = {other}$. Find the variance of ${a}X - {b}Y + {c}$.",
        f"Two independent measurements $X$ and $Y$ made in the {scene.place(draw)} have the variances "
        f"$\\operatorname{{Var}}(X) = {n}$ and $\\operatorname{{Var}}(Y) = {other}$. The result ${a}X - {b}Y + {c}$ "
        "is computed from them. Find its variance.",
    )
    quantity = (
        f"the variance of ${a}X - {b}Y + {c}$ for independent random variables with $\\operatorname{{Var}}(X) = "
        f"{n}$ and $\\operatorname{{Var}}(Y) = {other}$"
    )
    return stated(question, quantity, a * a * n.value + b * b * other)


def _expected_neighbours(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    factor = draw.integer(2, 5)
    bonus, thing = draw.integer(2, 9), scene.thing(draw)
    n = number or drawn(draw.integer(4, 20))
    # Each of the 2 n - 1 places between neighbours holds a pair of different colours with probability n / (2 n - 1).
    question = one_of(
        draw,
        f"In the {scene.place(draw)}, ${n}$ red {thing} and ${n}$ blue {thing} are arranged in a row in random "
        f"order. Each place where two neighbours have different colours earns ${factor}$ points, and ${bonus}$ "
        "points are added at the end. Find the expected number of points.",
        f"A row of ${n}$ red {thing} and ${n}$ blue {thing} is formed at random. Let $X$ be the number of "
        f"neighbouring pairs with different colours. Find the expected value of ${factor}X + {bonus}$.",
    )
    quantity = (
        f"the expected value of ${factor}X + {bonus}$, where $X$ is the number of neighbouring pairs with different "
        f"colours in a random row of ${n}$ red and ${n}$ blue {thing}"
    )
    return stated(question, quantity, factor * n.value + bonus)


def _table_variance(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    low, step, high = draw.integer(0, 3), draw.integer(1, 3), draw.integer(1, 4)
    values = (low, low + step, low + step + high)
    p, q = draw.choice(((1, 1), (1, 2), (2, 1), (1, 3), (2, 2), (3, 1)))
    bottom = draw.choice((5, 6, 8, 10))
    probabilities = (fraction(p, bottom), fraction(q, bottom), fraction(bottom - p - q, bottom))
    table = ", ".join(f"$P(X = {x}) = {chance}$" for x, chance in zip(values[:2], probabilities[:2], strict=True))
    question = one_of(
        draw,
        f"A random variable $X$ has the distribution {table} and $P(X = {values[2]}) = {probabilities[2]}$. Find "
        "the variance of $X$ as a reduced fraction.",
        f"The number $X$ of late buses at the {scene.place(draw)} on a day has the distribution {table} and $P(X = "
        f"{values[2]}) = {probabilities[2]}$. Find the variance of $X$ as a reduced fraction.",
    )
    return Problem(question)


def _binomial_probability(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    trials, bottom = draw.integer(3, 6), draw.choice((2, 3, 4))
    top = draw.integer(1, bottom - 1)
    hits = draw.integer(1, trials - 1)
    question = one_of(
        draw,
        f"A player hits the target with probability ${fraction(top, bottom)}$ in every shot, independently of the "
        f"other shots. Find the probability that exactly ${hits}$ of ${trials}$ shots hit the target, as a reduced "
        "fraction.",
        f"The random variable $X$ is binomially distributed with $n = {trials}$ trials and success probability $p = "
        f"{fraction(top, bottom)}$. Find $P(X = {hits})$ as a reduced fraction.",
    )
    return Problem(question)


def _binomial_variance(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    bottom = draw.integer(2, 6)
    top = draw.integer(1, bottom - 1)
    thing = scene.thing(draw)
    n = number or drawn(draw.integer(1, 9))
    trials = times(bottom * bottom, n)
    question = one_of(
        draw,
        f"The {scene.place(draw)} checks ${trials}$ {thing}. Each of them has a fault with probability "
        f"${fraction(top, bottom)}$, independently of the others. Find the variance of the number of faulty {thing}.",
        f"A random variable $X$ is binomially distributed with ${trials}$ trials and success probability "
        f"${fraction(top, bottom)}$. Find the variance of $X$.",
    )
    quantity = (
        f"the variance of a binomially distributed random variable with ${trials}$ trials and success probability "
        f"${fraction(top, bottom)}$"
    )
    return stated(question, quantity, n.value * top * (bottom - top))


def _geometric_waiting(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    wins = draw.integer(1, 4)
    n = number or drawn(draw.integer(3, 20))
    goal = "the first success" if wins == 1 else f"${wins}$ successes in total"
    question = one_of(
        draw,
        "An experiment is repeated independently, and each repetition succeeds with probability "
        f"$\\frac{{1}}{{{n}}}$. It stops as soon as it has reached {goal}. Find the expected number of repetitions.",
        f"At a stall of the {scene.place(draw)}, every game is won with probability $\\frac{{1}}{{{n}}}$, "
        f"independently of the others. A guest plays until reaching {goal}. How many games is the guest expected to "
        "play?",
    )
    quantity = f"the expected number of independent trials with success probability $\\frac{{1}}{{{n}}}$ until {goal}"
    return stated(question, quantity, wins * n.value)


def _uniform_interval(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    start = draw.integer(0, 9)
    n = number or drawn(draw.integer(1, 9))
    width = times(6, n)
    end = str(start + 6 * n.value) if number is None else f"{start} + {width}" if start else width
    question = one_of(
        draw,
        f"A bus leaves the {scene.place(draw)} every ${width}$ minutes. A passenger who does not know the timetable "
        "arrives at a uniformly distributed time. Find the variance of the waiting time, in square minutes.",
        f"The random variable $X$ is uniformly distributed on the interval $[{start}, {end}]$. Find the variance of "
        "$X$.",
    )
    quantity = f"the variance of a random variable that is uniformly distributed on an interval of length ${width}$"
    return stated(question, quantity, 3 * n.value**2)


HIGH, COLLEGE, CONTEST = "high_school", "college", "competition"
PROBABILITY, CONDITIONAL = "probability", "conditional probability"
VARIABLES, DISTRIBUTIONS = "random variables", "probability distributions"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("same_colour_draws", PROBABILITY,
           ("probability", "sampling without replacement", "combination", "hypergeometric probability",
            "mutually exclusive events", "addition rule of probability", "equally likely outcomes"),
           HIGH, _same_colour, range(2, 61)),
    Family("at_least_one_success", PROBABILITY,
           ("complementary event", "independent events", "probability", "probability of at least one",
            "multiplication rule of probability", "statistical independence"),
           HIGH, _at_least_one, range(2, 31)),
    Family("dice_sum", PROBABILITY,
           ("sample space", "probability", "counting", "equally likely outcomes", "outcome",
            "theoretical probability", "random experiment"),
           HIGH, _dice_sum),
    Family("union_probability", PROBABILITY,
           ("inclusion-exclusion principle", "probability", "union of sets", "addition rule of probability",
            "venn diagram", "intersection of sets"),
           HIGH, _inclusion_exclusion, range(1, 101)),
    Family("two_way_table", CONDITIONAL,
           ("conditional probability", "two-way table", "event", "frequency table", "joint probability"),
           HIGH, _two_way_table, range(1, 101)),
    Family("bayes_test", CONDITIONAL,
           ("bayes' theorem", "conditional probability", "law of total probability", "prior probability",
            "false positive"),
           COLLEGE, _bayes_test),
    Family("bayes_machines", CONDITIONAL,
           ("bayes' theorem", "law of total probability", "weighted mean", "prior probability",
            "conditional probability"),
           COLLEGE, _bayes_machines, range(1, 61)),
    Family("expected_prize", VARIABLES,
           ("expected value", "random variable", "probability", "probability distribution",
            "discrete random variable", "outcome"),
           HIGH, _expected_prize, range(1, 61)),
    Family("variance_of_combination", VARIABLES,
           ("variance", "independent random variables", "linear combination", "statistical independence",
            "transformation of a random variable"),
           COLLEGE, _variance_rule, range(1, 101)),
    Family("expected_neighbours", VARIABLES,
           ("linearity of expectation", "indicator random variable", "expected value", "discrete random variable"),
           CONTEST, _expected_neighbours, range(2, 61)),
    Family("variance_of_table", VARIABLES,
           ("variance", "random variable", "expected value", "discrete random variable", "probability mass function",
            "probability distribution"),
           COLLEGE, _table_variance),
    Family("binomial_probability", DISTRIBUTIONS,
           ("binomial distribution", "binomial coefficient", "independent events", "success probability",
            "probability mass function", "discrete random variable"),
           HIGH, _binomial_probability),
    Family("binomial_variance", DISTRIBUTIONS,
           ("binomial distribution", "variance", "bernoulli trial", "success probability",
            "discrete random variable"),
           COLLEGE, _binomial_variance, range(1, 61)),
    Family("geometric_waiting", DISTRIBUTIONS,
           ("geometric distribution", "expected value", "bernoulli trial", "success probability",
            "negative binomial distribution", "discrete random variable"),
           COLLEGE, _geometric_waiting, range(2, 101)),
    Family("uniform_variance", DISTRIBUTIONS,
           ("uniform distribution", "variance", "random variable", "continuous random variable",
            "probability density function"),
           COLLEGE, _uniform_interval, range(2, 61)),
)
# fmt: on
