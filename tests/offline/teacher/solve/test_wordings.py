"""Questions in the plain words of textbooks are solved exactly, and similar ones of another kind are left alone."""

import pytest

from synth_builder.offline.teacher.solve.solve import solve

EXERCISES = [
    (
        r"A deposit of $8000$ euros earns compound interest at $10\%$ per year, credited annually. How "
        "many euros of interest have been earned after three years?",
        "2648",
    ),
    ("Find the remainder when $3^{50}$ is divided by $7$.", "2"),
    (
        r"The region under the graph of $y = \sqrt{x}$ for $0\le x\le 4$ is rotated about the $x$-axis. "
        "Find the volume of the solid.",
        r"8\pi",
    ),
    ("Find the coefficient of $x^3$ in the expansion of $(2+x)^5$.", "40"),
    ("Find the sum of all two-digit positive integers that are divisible by $7$.", "728"),
    ("Find the remainder when $x^4-3x^2+2x-5$ is divided by $x-2$.", "3"),
    (
        "Two chords of a circle cross. One is cut into pieces of lengths $6$ and $10$, and one piece of "
        "the other has length $4$. How long is the other piece?",
        "15",
    ),
    ("Compute $(1 + i)^{10}$.", "32i"),
    ("Solve the equation $9^{x}=27^{x-1}$ for $x$.", "3"),
    (r"Find the coordinates of the focus of the parabola $y = \frac{1}{8}x^2$.", "(0, 2)"),
    (
        "What is the largest amount that cannot be paid exactly with coins of $4$ and $9$ crowns, if no "
        "change is given?",
        "23",
    ),
    (
        "Five identical pumps empty a garden pond in $12$ hours. How many hours would eight such pumps need?",
        r"\frac{15}{2}",
    ),
    ("A convex polyhedron has $12$ faces, each of which is a pentagon. How many vertices does it have?", "20"),
    (r"The sequence given by $a_1 = 1$ and $a_{n+1} = \sqrt{6 + a_n}$ converges. Find its limit.", "3"),
    ("Find the minimum value of $x^2-10x+31$ over the real numbers.", "6"),
    (r"Solve $\log_3 x+\log_3(x-6)=3$ for $x$.", "9"),
    (r"Find the maximum of $3x+2y$ subject to $x+y\le 4$, $x\le 3$, $x\ge 0$ and $y\ge 0$.", "11"),
    (
        "A ladder of length $7.5$ metres leans against a vertical wall with its foot $2.1$ metres from "
        "the wall. How high up the wall, in metres, does it reach?",
        r"\frac{36}{5}",
    ),
    ("Find the derivative of $f(x) = (x^2+1)^5$ at $x = 1$.", "160"),
    (
        r"A linear map from $\mathbb{R}^7$ to $\mathbb{R}^4$ is surjective. What is the dimension of its "
        "kernel?",
        "3",
    ),
    (r"Find the sum of the infinite series $6 + 4 + \frac{8}{3} + \frac{16}{9} + \cdots$.", "18"),
    ("Find the greatest common divisor of $252$ and $198$.", "18"),
    (r"Find the number of solutions of $\sin 2x = \cos x$ in the interval $[0, 2\pi)$.", "4"),
    (r"If $\sin x = \frac35$, what is $\cos 2x$?", r"\frac{7}{25}"),
    (r"Each interior angle of a regular polygon is $156^\circ$. How many sides does the polygon have?", "15"),
    (
        "A cyclist rides to the lake at $12$ kilometres per hour and back by the same road at $20$ "
        "kilometres per hour. Find the average speed for the whole ride in kilometres per hour.",
        "15",
    ),
    (r"Write the repeating decimal $0.454545\ldots$ as a fraction in lowest terms.", r"\frac{5}{11}"),
    (
        "The side of a square grows at a rate of $2$ cm per second. At what rate, in square centimetres "
        "per second, does its area grow when the side is $9$ cm?",
        "36",
    ),
    (
        "A box holds $3$ red and $5$ blue pens. Two pens are drawn without replacement. What is the "
        "probability that both are red?",
        r"\frac{3}{28}",
    ),
    (
        "A fair die is rolled, and the player receives as many coins as the number shown, but nothing if "
        "the number is odd. Find the expected number of coins.",
        "2",
    ),
    ("Solve the system $2x+3y=16$, $5x-y=6$.", "(2, 4)"),
    (
        "Apply one step of Newton's method to $f(x) = x^2 - 7$ with starting value $x_0 = 3$. What is $x_1$?",
        r"\frac{8}{3}",
    ),
    (
        r"Find the determinant of the matrix $\begin{pmatrix} 2 & 1 & 0\\ 4 & 5 & 1 \\ 0 & 3 & "
        r"2\end{pmatrix}$.",
        "6",
    ),
    ("In how many ways can a committee of $3$ librarians be chosen from a staff of $10$?", "120"),
]

TEXTBOOK = [
    ("Solve $3x-7=11$ for $x$.", "6"),
    ("Solve the quadratic equation $x^2-5x+6=0$ and state its larger root.", "3"),
    ("Find the larger solution of $2x^2-7x+3=0$.", "3"),
    ("Find the sum of the squares of the roots of $x^2-4x+1=0$.", "14"),
    ("For which value of $c$ does $x^2+6x+c=0$ have exactly one real solution?", "9"),
    ("What is the remainder when $2x^3-x+5$ is divided by $x+1$?", "4"),
    ("Find the coefficient of $x^4$ in $(1+2x)^6$.", "240"),
    (r"Find the constant term of $\left(x+\frac{1}{x}\right)^8$.", "70"),
    ("If $f(x)=2x+1$ and $g(x)=x^2$, find $f(g(3))$.", "19"),
    (r"Evaluate $\log_2 32$.", "5"),
    (r"Solve $\log_2(3x-1)=5$.", "11"),
    ("Solve $2^{x+1}=32$.", "4"),
    (
        "The first term of an arithmetic sequence is $5$ and the common difference is $3$. Find the $20$th term.",
        "62",
    ),
    (r"Find the sum of the first $10$ terms of the geometric sequence $3,6,12,\ldots$.", "3069"),
    ("Find the sum of the first $30$ positive odd integers.", "900"),
    ("What is the sum of the integers from $1$ to $100$?", "5050"),
    (r"Find the sum of the infinite geometric series $1-\frac12+\frac14-\cdots$.", r"\frac{2}{3}"),
    ("Find the least common multiple of $12$ and $18$.", "36"),
    ("What is the greatest common divisor of $60$ and $84$?", "12"),
    (r"Find $\gcd(48,180)$.", "12"),
    ("How many positive divisors does $360$ have?", "24"),
    ("Find the sum of the positive divisors of $28$.", "56"),
    ("How many positive integers less than or equal to $20$ are relatively prime to $20$?", "8"),
    ("How many zeros are at the end of $100!$?", "24"),
    ("What is the units digit of $7^{2024}$?", "1"),
    ("Find the remainder of $2^{100}$ when divided by $13$.", "3"),
    ("Find the multiplicative inverse of $7$ modulo $26$.", "15"),
    (
        "Find the smallest positive integer that leaves remainder $2$ when divided by $3$ and remainder "
        "$3$ when divided by $5$.",
        "8",
    ),
    ("Convert $1011_2$ to base ten.", "11"),
    ("In how many ways can the letters of the word BANANA be arranged?", "60"),
    (
        "How many handshakes take place if each of $10$ people shakes hands with every other person exactly once?",
        "45",
    ),
    ("How many edges does the complete graph $K_7$ have?", "21"),
    ("How many subsets does a set with $6$ elements have?", "64"),
    ("How many diagonals does a convex polygon with $9$ sides have?", "27"),
    ("The legs of a right triangle are $9$ and $12$. Find the length of the hypotenuse.", "15"),
    ("Find the area of a triangle with sides $13$, $14$ and $15$.", "84"),
    ("Find the volume of a cone with radius $3$ and height $4$.", r"12\pi"),
    (r"Find the area of a sector with radius $6$ and central angle $60^\circ$.", r"6\pi"),
    ("Find the area of the triangle with vertices $(0,0)$, $(4,0)$ and $(0,3)$.", "6"),
    ("Find the distance from the point $(1,2)$ to the line $3x+4y-1=0$.", "2"),
    ("Find the radius of the circle $x^2+y^2-4x+6y-12=0$.", "5"),
    ("Find the dot product of the vectors $(1,2,3)$ and $(4,-5,6)$.", "12"),
    (r"Find the determinant of $\begin{pmatrix} 3 & 1 \\ 2 & 4 \end{pmatrix}$.", "10"),
    (r"Find the rank of the matrix $\begin{pmatrix} 1 & 2 \\ 2 & 4 \end{pmatrix}$.", "1"),
    (
        r"Find the inverse of the matrix $\begin{pmatrix} 2 & 1 \\ 1 & 1 \end{pmatrix}$.",
        r"\begin{pmatrix} 1 & -1 \\ -1 & 2 \end{pmatrix}",
    ),
    ("Find the modulus of the complex number $3-4i$.", "5"),
    (r"Write $\frac{1+i}{1-i}$ in the form $a+bi$.", "i"),
    ("Find $f'(2)$ if $f(x)=x^3-4x$.", "8"),
    ("Find the equation of the tangent line to $y=x^2$ at $x=3$.", "y = 6x - 9"),
    (r"Evaluate $\lim_{x\to 2}\frac{x^2-4}{x-2}$.", "4"),
    (r"Evaluate $\int_0^2 (3x^2+1)\,dx$.", "10"),
    (r"Evaluate $\int_1^3 2x \, dx$.", "8"),
    ("Find the area enclosed by the curves $y=x^2$ and $y=x$.", r"\frac{1}{6}"),
    ("Find the average value of $f(x)=x^2$ on the interval $[0,3]$.", "3"),
    ("Find the maximum value of $-x^2+4x+1$.", "5"),
    ("Find the median of $7$, $3$, $9$, $1$ and $5$.", "5"),
    ("Find the mean of the numbers $4$, $8$, $15$ and $17$.", "11"),
    ("Two fair dice are rolled. What is the probability that the sum is $7$?", r"\frac{1}{6}"),
    ("A fair coin is tossed $5$ times. What is the probability of getting exactly $3$ heads?", r"\frac{5}{16}"),
    ("Find the expected number of heads in $10$ tosses of a fair coin.", "5"),
    (r"What is $15\%$ of $240$?", "36"),
    (r"A shirt costs $40$ dollars after a discount of $20\%$. What was the original price in dollars?", "50"),
    ("A train travels at $72$ kilometres per hour. Express its speed in metres per second.", "20"),
    (
        "Anna can paint a room alone in $3$ hours and Ben alone in $6$ hours. How long do they need "
        "together, in hours?",
        "2",
    ),
    (r"How many integers $x$ satisfy $|x-3|\leq 4$?", "9"),
    (r"If $x+\frac1x=3$, find $x^2+\frac1{x^2}$.", "7"),
    (
        "Find the domain of convergence: what is the radius of convergence of "
        r"$\sum_{n=1}^{\infty}\frac{x^n}{3^n}$?",
        "3",
    ),
    (r"What is the order of the permutation $(1\,2\,3)(4\,5)$?", "6"),
    (r"How many units does the ring $\mathbb{Z}/12\mathbb{Z}$ have?", "4"),
    ("How many subgroups does the cyclic group of order $12$ have?", "6"),
    (
        r"A linear map from $\mathbb{R}^5$ to $\mathbb{R}^3$ has rank $2$. Find the dimension of its "
        "kernel.",
        "3",
    ),
    (r"Find the eccentricity of the hyperbola $\frac{x^2}{9}-\frac{y^2}{16}=1$.", r"\frac{5}{3}"),
    (r"Find $\frac{\partial f}{\partial x}$ at $(1,2)$ for $f(x,y)=x^2y+y^3$.", "4"),
    (r"If $\sin\theta=\frac{5}{13}$ and $\theta$ is acute, find $\cos\theta$.", r"\frac{12}{13}"),
    ("A tree with $15$ vertices has how many edges?", "14"),
    ("How many solutions in non-negative integers does $x+y+z=7$ have?", "36"),
    (
        "How many paths lead from $(0,0)$ to $(4,3)$ if each step goes one unit to the right or one unit up?",
        "35",
    ),
    ("Find the number of derangements of $5$ objects.", "44"),
    (
        "The radius of a circle grows at $3$ cm per second. At what rate does its area grow when the radius is $5$ cm?",
        r"30\pi",
    ),
    ("Solve the system $x+y=10$, $x-y=4$.", "(7, 3)"),
    ("Find the vertex of the parabola $y=x^2-6x+11$.", "(3, 2)"),
    (
        "Two pipes fill a tank in $4$ hours and $12$ hours, respectively, when each works alone. How "
        "many hours do they need together?",
        "3",
    ),
    ("Evaluate $5!$.", "120"),
    (r"Evaluate $\binom{8}{3}$.", "56"),
    ("Find the slope of the line through the points $(1,2)$ and $(4,11)$.", "3"),
    ("Find the distance between the points $(1,2)$ and $(4,6)$.", "5"),
    ("Find the area of a circle with radius $7$.", r"49\pi"),
    (r"Simplify $\sqrt{50}+\sqrt{8}$.", r"7\sqrt{2}"),
]

# Each looks like a question that is solved, but asks for something else.
OTHER = [
    "In how many ways can a committee of $3$ with a chairman be chosen from a staff of $10$?",
    (
        "In how many ways can a committee of $3$ be chosen from $10$ people if two of them refuse to "
        "serve with each other?"
    ),
    (
        "In how many ways can a committee of $3$ be chosen from $10$ people, if Anna and Ben do not want "
        "to serve together?"
    ),
    (
        "In how many ways can a committee of $3$ women and $2$ men be chosen from $6$ women and $5$ men "
        "if one of the women is always included?"
    ),
    "How many subsets does a set with $6$ elements have that contain a fixed element?",
    ("Two chords of a circle have lengths $6$ and $10$. Find the distance of the other chord of length $4$."),
    "Find the sum of all two-digit positive integers that are divisible by $7$ but not by $2$.",
    "Find the sum of all positive integers from $1$ to $100$ that are not multiples of $5$.",
    (
        "Five identical pumps and three other pumps empty a pond in $12$ hours. How many hours would "
        "eight such pumps need?"
    ),
    (
        "A ladder of length $10$ metres leans against a wall with its foot $6$ metres from the wall. How "
        "far does the top slide if the foot moves?"
    ),
    (
        "A box holds $3$ red and $5$ blue pens. Two pens are drawn without replacement. What is the "
        "probability that neither is red?"
    ),
    (
        "A box holds $3$ red, $5$ blue and $2$ green pens. Two pens are drawn without replacement. What "
        "is the probability that both are red?"
    ),
    (
        "A box holds $3$ red and $5$ blue pens. Three pens are drawn without replacement. What is the "
        "probability that all are red?"
    ),
    "Solve $9^x = 27^{x-1} + 1$ for $x$.",
    "Solve $2^x = 3^{x-1}$.",
    r"Solve $\log_3 x - \log_3(x-6) = 3$.",
    r"Find the number of solutions of $\sin 2x = \cos x + 1$ in the interval $[0, 2\pi)$.",
    r"Find the number of solutions of $\sin x = \sin x$ in the interval $[0, 2\pi)$.",
    r"If $\sin x = \frac35$, what is $\sin 2x$?",
    r"If $\sin x = \frac35$, what is $\cos 2y$?",
    r"Find the sum of the series $6 + 4 + 3 + \cdots$.",
    r"Find the sum of the first three terms of $6 + 4 + \frac{8}{3} + \cdots$.",
    (
        r"Find the volume of the solid when the region under $y = \sqrt{x}$ for $0 \le x \le 4$ is "
        "rotated about the $y$-axis."
    ),
    ("A convex polyhedron has $12$ faces, each of which is a triangle or a pentagon. How many vertices does it have?"),
    (
        r"A linear map from $\mathbb{R}^4$ to $\mathbb{R}^7$ is surjective. What is the dimension of its "
        "kernel?"
    ),
    (
        r"A linear map from $\mathbb{R}^7$ to $\mathbb{R}^4$ is not surjective. What is the dimension of "
        "its kernel?"
    ),
    (
        r"A deposit of $8000$ euros earns compound interest at $10\%$ per year, credited monthly. How "
        "many euros of interest have been earned after three years?"
    ),
    (
        r"A deposit of $8000$ euros earns compound interest at $10\%$ per year. After three years $500$ "
        "euros are withdrawn. How many euros of interest have been earned?"
    ),
    (
        "A fair die is rolled twice, and the player receives as many coins as the number shown. Find the "
        "expected number of coins."
    ),
    "Find the distance between the points $(1,2)$ and $(4,6)$ along the $x$-axis.",
    "Find the mean of the numbers $4$, $8$, $15$ and $x$ if $x$ is the largest.",
    "Find the mean of the numbers $4$, $8$ and $15$ after each is doubled.",
    "A fair coin is tossed $5$ times. What is the probability of getting exactly $3$ heads in a row?",
    ("A coin is tossed $5$ times. What is the probability of getting exactly $3$ heads, if the first is a tail?"),
    "Two fair dice are rolled. What is the probability that the sum is $7$ or $11$?",
    "Two fair dice are rolled. What is the probability that the sum is not $7$?",
    "Find the remainder when $2^{100} + 1$ is divided by $13$.",
    "How many integers up to $20$ are relatively prime to $6$?",
    "Find the area of a circle with radius $7$ minus a square of side $2$.",
    "Find the sum of the squares of the first $10$ positive integers.",
    ("Find the largest amount that cannot be paid with coins of $4$ and $9$ crowns using at most $5$ coins."),
    "Find the greatest prime number that divides $506$ and $46$.",
    r"What is the maximum of $3x+2y$ subject to $x+y\ge 4$, $x\ge 0$ and $y\ge 0$?",
    r"Find the maximum of $3x+2y$ over integers subject to $2x+3y\le 7$, $x\ge 0$ and $y\ge 0$.",
    (
        "Anna can paint a room alone in $3$ hours; together with Ben they need $2$ hours. How long does "
        "Ben need alone, not together?"
    ),
    (
        "One tap fills the tank alone in $3$ hours and a drain empties it alone in $6$ hours. How long "
        "do they need together to fill it?"
    ),
    "Find the vertex of the parabola through $(1,2)$ and $(3,4)$.",
    r"Simplify $\sqrt{2}+\sqrt{3}$.",
    r"Find the third term of the geometric sequence $3, 6, 12, \ldots$ and the sum.",
    "Find the coefficient of $x^3$ in $(2+x)^5 (1-x)$.",
    ("How many paths lead from $(0,0)$ to $(4,3)$ avoiding $(2,1)$ if each step goes one unit to the right or up?"),
    r"How many solutions does $x+y+z=7$ have in non-negative integers with $x \le 3$?",
    "How many solutions in non-negative integers with $x<y$ does $x+y+z=7$ have?",
    (
        "The radius of a circle grows at $3$ cm per second. At what rate does its circumference grow "
        "when the radius is $5$ cm?"
    ),
    (
        "The side of a square grows at a rate of $2$ cm per second. At what rate does its diagonal grow "
        "when the side is $9$ cm?"
    ),
    ("A cyclist rides $12$ kilometres in one hour and returns at $20$ kilometres per hour. Find the average speed."),
    (
        "A cyclist rides two hours at $12$ kilometres per hour and back at $20$ kilometres per hour for "
        "an hour. Find the average speed."
    ),
    "Solve the system $x+y=10$, $x-y=4$ modulo $7$.",
    "Find the remainder of $x^{10}$ on division by $x^2-1$.",
    "How many trailing zeros does $100!$ have in base $12$?",
    r"What is $15\%$ of $240$ increased by $10\%$?",
    "Compute $(1 + i)^{10} + 1$.",
    "Find the radius of the circle $x^2+y^2-4x+6y+12=0$ divided by $2$.",
]


@pytest.mark.parametrize(("question", "answer"), EXERCISES)
def test_an_exercise_of_a_document_is_solved(question: str, answer: str) -> None:
    solution = solve(question)
    assert solution is not None
    assert solution.answer == answer


@pytest.mark.parametrize(("question", "answer"), TEXTBOOK)
def test_a_plain_question_is_solved(question: str, answer: str) -> None:
    solution = solve(question)
    assert solution is not None
    assert solution.answer == answer
    assert all(step.count("$") % 2 == 0 for step in solution.steps)


@pytest.mark.parametrize("question", OTHER)
def test_a_similar_question_of_another_kind_is_left_alone(question: str) -> None:
    assert solve(question) is None
