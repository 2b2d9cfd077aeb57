"""Problem families of descriptive statistics and statistical inference."""

from __future__ import annotations

from fractions import Fraction

from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.family import Family, Number, Problem, drawn
from synth_builder.offline.teacher.write.notation import listed, one_of, signed, stated, times
from synth_builder.offline.teacher.write.scene import Scene


def _missing_value(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    size = draw.integer(3, 5)
    known = [draw.integer(1, 9) for _ in range(size)]
    n = number or drawn(draw.integer(10, 30))
    question = one_of(
        draw,
        f"On ${size}$ days, the {scene.place(draw)} sold {listed(known)} boxes of {scene.thing(draw)}. How many "
        f"boxes must be sold on one further day so that the mean over all ${size + 1}$ days is exactly ${n}$?",
        f"The numbers {listed(known)} and one further number $t$ have the arithmetic mean ${n}$. Find the value of "
        "$t$.",
    )
    quantity = f"the number $t$ for which the arithmetic mean of {listed([*known, 't'])} is ${n}$"
    return stated(question, quantity, (size + 1) * n.value - sum(known))


def _median(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    size = draw.choice((5, 6, 7, 8, 9))
    numbers = [draw.integer(2, 40) for _ in range(size)]
    ordered = sorted(numbers)
    question = one_of(
        draw,
        f"The numbers of {scene.thing(draw)} sold by the {scene.place(draw)} on ${size}$ days were "
        f"{listed(numbers)}. Find the median of these numbers.",
        f"A data set consists of the ${size}$ values {listed(numbers)}. Arrange the values in order and find their "
        "median.",
    )
    value = Fraction(ordered[(size - 1) // 2] + ordered[size // 2], 2)
    return stated(question, f"the median of the numbers {listed(numbers)}", value)


def _population_variance(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    centre = draw.integer(8, 20)
    offsets = draw.choice(
        ((-3, -1, 1, 3), (-4, -2, 2, 4), (-2, -1, 0, 1, 2), (-5, 1, 1, 3), (-3, -2, 0, 1, 4), (-6, 2, 4))
    )
    numbers = [centre + offset for offset in draw.sample(offsets, len(offsets))]
    question = one_of(
        draw,
        f"All ${len(numbers)}$ shelves of the {scene.place(draw)} were counted, and they hold {listed(numbers)} "
        f"{scene.thing(draw)}. Find the population variance of these numbers.",
        f"Find the population variance of the ${len(numbers)}$ numbers {listed(numbers)}, that is the mean of the "
        "squared deviations from their mean.",
    )
    value = Fraction(sum(offset * offset for offset in offsets), len(offsets))
    return stated(question, f"the population variance of the numbers {listed(numbers)}", value)


def _z_score(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    score = draw.choice((-2, -1, 1, 2, 3))
    deviation = draw.integer(2, 9)
    n = number or drawn(draw.integer(30, 60))
    question = one_of(
        draw,
        f"The ages of the members of a club at the {scene.place(draw)} have mean ${n}$ years and standard deviation "
        f"${deviation}$ years. The age of one member has the $z$-score ${score}$. How old is this member, in years?",
        f"A data set has mean ${n}$ and standard deviation ${deviation}$. Find the value that has the $z$-score "
        f"${score}$ in this data set.",
    )
    quantity = f"the value with $z$-score ${score}$ in a data set with mean ${n}$ and standard deviation ${deviation}$"
    return stated(question, quantity, n.value + score * deviation)


def _combined_mean(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    first, second = draw.integer(2, 12), draw.integer(2, 12)
    low = draw.integer(5, 20)
    n = number or drawn(draw.integer(5, 40))
    question = one_of(
        draw,
        f"A morning group of ${first}$ visitors of the {scene.place(draw)} has a mean age of ${n}$ years. An "
        f"afternoon group of ${second}$ visitors has a mean age of ${low}$ years. Find the mean age, in years, of "
        "all these visitors together. Give an exact value.",
        f"In a class, ${first}$ students scored ${n}$ points on average in a test, and the other ${second}$ "
        f"students scored ${low}$ points on average. Find the exact mean score of the whole class.",
    )
    quantity = (
        f"the mean of a data set made of ${first}$ values with mean ${n}$ and ${second}$ values with mean ${low}$"
    )
    return stated(question, quantity, Fraction(first * n.value + second * low, first + second))


def _changed_data(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    factor, shift = draw.integer(2, 6), draw.integer(1, 20)
    n = number or drawn(draw.integer(2, 15))
    question = one_of(
        draw,
        f"The daily numbers of visitors of the {scene.place(draw)} have the standard deviation ${n}$. Each number "
        f"is multiplied by ${factor}$, and then ${shift}$ is added. Find the standard deviation of the new numbers.",
        f"Every value $x$ of a data set with standard deviation ${n}$ is replaced by ${factor}x {signed(shift)}$. "
        "Find the standard deviation of the new data set.",
    )
    quantity = (
        "the standard deviation of a data set that arises by replacing every value $x$ of a data set with standard "
        f"deviation ${n}$ by ${factor}x {signed(shift)}$"
    )
    return stated(question, quantity, factor * n.value)


def _standard_error(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    root = draw.integer(2, 10)
    n = number or drawn(draw.integer(2, 15))
    deviation = times(root, n)
    question = one_of(
        draw,
        f"The weights of the loaves sold at the {scene.place(draw)} have a standard deviation of ${deviation}$ "
        f"grams. A random sample of ${root * root}$ loaves is weighed. Find the standard error of the sample mean "
        "in grams.",
        f"A population has the standard deviation ${deviation}$. Independent random samples of size ${root * root}$ "
        "are taken from it. Find the standard error of the sample mean.",
    )
    quantity = (
        f"the standard error of the mean of a random sample of size ${root * root}$ from a population with standard "
        f"deviation ${deviation}$"
    )
    return stated(question, quantity, n.value)


def _confidence_interval(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    size = draw.choice((16, 25, 36, 49, 64, 100, 144))
    deviation, mean = draw.integer(2, 20), draw.integer(30, 90)
    level, quantile = draw.choice((("90", "1.645"), ("95", "1.96"), ("99", "2.576")))
    question = one_of(
        draw,
        f"A random sample of ${size}$ customers of the {scene.place(draw)} has a mean waiting time of ${mean}$ "
        f"seconds. The population standard deviation is known to be ${deviation}$ seconds. Find the ${level}\\%$ "
        f"confidence interval for the population mean, using $z = {quantile}$. Round both bounds to two decimal "
        "places and give the interval as $(a, b)$.",
        f"A sample of size ${size}$ from a normal population with standard deviation ${deviation}$ has the mean "
        f"${mean}$. With $z = {quantile}$, find the ${level}\\%$ confidence interval for the population mean in the "
        "form $(a, b)$, with both bounds rounded to two decimal places.",
    )
    return Problem(question)


def _required_sample_size(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    margin = draw.integer(1, 5)
    n = number or drawn(draw.integer(5, 30))
    question = one_of(
        draw,
        f"The {scene.place(draw)} wants to estimate a mean with a margin of error of at most ${margin}$. The "
        f"population standard deviation is ${n}$, and the critical value $z = 2$ is used. Find the smallest sample "
        "size that is large enough.",
        "A mean is estimated from a random sample, with the critical value $z = 2$ and a population standard "
        f"deviation of ${n}$. What is the smallest sample size for which the margin of error is at most ${margin}$?",
    )
    quantity = (
        f"the smallest sample size for which the margin of error is at most ${margin}$ with critical value $z = 2$ "
        f"and standard deviation ${n}$"
    )
    return stated(question, quantity, -(-((2 * n.value) ** 2) // margin**2))


def _degrees_of_freedom(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    columns = draw.integer(2, 7)
    n = number or drawn(draw.integer(3, 12))
    question = one_of(
        draw,
        f"The {scene.place(draw)} sorts the answers of its guests into a contingency table with ${n}$ rows and "
        f"${columns}$ columns. The two variables are tested for independence with a chi-square test. Find the "
        "number of degrees of freedom of the test.",
        f"A chi-square test of independence is made for a contingency table with ${n}$ rows and ${columns}$ "
        "columns. How many degrees of freedom does the test statistic have?",
    )
    quantity = (
        f"the number of degrees of freedom of a chi-square test of independence for a contingency table with ${n}$ "
        f"rows and ${columns}$ columns"
    )
    return stated(question, quantity, (n.value - 1) * (columns - 1))


def _regression_slope(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    slope = draw.integer(1, 5)
    errors = draw.choice(((1, -1, -1, 1), (1, -2, 1, 0), (0, 0, 0, 3), (2, 0, 1, 1), (0, 3, 0, 0)))
    start = draw.integer(1, 9)
    points = ", ".join(f"$({x}, {start + slope * x + error})$" for x, error in enumerate(errors))
    question = one_of(
        draw,
        f"Four measurements at the {scene.place(draw)} gave the data points {points}. A straight line is fitted by "
        "the method of least squares. Find the exact slope of this regression line.",
        f"Find the exact slope of the least squares regression line through the four data points {points}.",
    )
    return Problem(question)


def _t_statistic(draw: Draw, scene: Scene, number: Number | None) -> Problem:
    root, ratio = draw.integer(3, 10), draw.integer(1, 4)
    gap = draw.integer(1, 6)
    n = number or drawn(draw.integer(20, 60))
    mean = f"{n} + {gap}" if number else str(n.value + gap)
    question = one_of(
        draw,
        f"The hypothesis that a population mean equals ${n}$ is tested with a random sample of size "
        f"${root * root}$. The sample mean is ${mean}$, and the sample standard deviation is ${ratio}$. Find the "
        "value of the test statistic $t$ as an exact number.",
        f"At the {scene.place(draw)}, the filling of ${root * root}$ randomly chosen bottles has the mean ${mean}$ "
        f"and the sample standard deviation ${ratio}$. It is tested whether the population mean equals ${n}$. Find "
        "the exact value of the $t$-statistic.",
    )
    quantity = (
        f"the $t$-statistic for the hypothesis that the population mean equals ${n}$, for a sample of size "
        f"${root * root}$ with mean ${mean}$ and sample standard deviation ${ratio}$"
    )
    return stated(question, quantity, Fraction(gap * root, ratio))


MIDDLE, HIGH, COLLEGE = "middle_school", "high_school", "college"
DESCRIPTIVE, INFERENCE = "descriptive statistics", "statistical inference"
# A few lines a family read as a table.
# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family("mean_with_missing_value", DESCRIPTIVE,
           ("mean", "data set", "linear equation", "measure of central tendency", "statistical data", "equation"),
           MIDDLE, _missing_value, range(10, 101)),
    Family("median_of_list", DESCRIPTIVE,
           ("median", "data set", "ordering", "measure of central tendency", "statistical data"),
           MIDDLE, _median),
    Family("population_variance", DESCRIPTIVE,
           ("variance", "mean", "data set", "statistical data", "statistical population"),
           HIGH, _population_variance),
    Family("value_from_z_score", DESCRIPTIVE, ("z-score", "standard deviation", "mean", "statistical data"),
           HIGH, _z_score, range(20, 101)),
    Family("combined_mean", DESCRIPTIVE,
           ("weighted mean", "mean", "data set", "statistical data", "measure of central tendency"),
           HIGH, _combined_mean, range(2, 101)),
    Family("transformed_data", DESCRIPTIVE, ("standard deviation", "data set", "statistical data"),
           HIGH, _changed_data, range(1, 101)),
    Family("standard_error", INFERENCE,
           ("standard error", "mean", "standard deviation", "statistical sample", "sampling distribution",
            "statistical population"),
           COLLEGE, _standard_error, range(1, 101)),
    Family("confidence_interval", INFERENCE,
           ("confidence interval", "normal distribution", "mean", "point estimate", "statistical sample",
            "population parameter", "standard error"),
           COLLEGE, _confidence_interval),
    Family("required_sample_size", INFERENCE,
           ("sample size", "margin of error", "confidence interval", "statistical sample", "standard deviation",
            "population parameter"),
           COLLEGE, _required_sample_size, range(2, 61)),
    Family("chi_square_degrees", INFERENCE,
           ("chi-square test", "degrees of freedom", "two-way table", "chi-square distribution", "hypothesis test",
            "categorical variable"),
           COLLEGE, _degrees_of_freedom, range(2, 101)),
    Family("regression_slope", INFERENCE,
           ("linear regression", "least squares", "slope", "explanatory variable", "statistical data",
            "scatter plot"),
           COLLEGE, _regression_slope),
    Family("t_statistic", INFERENCE,
           ("t-test", "hypothesis test", "mean", "test statistic", "null hypothesis", "student's t-distribution",
            "statistical sample"),
           COLLEGE, _t_statistic, range(2, 101)),
)
# fmt: on
