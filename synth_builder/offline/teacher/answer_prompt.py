"""Answer a prompt: find concepts, write questions or solve one, as asked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from synth_builder.offline.teacher.lexicon import Reading, canonical, read_document
from synth_builder.offline.teacher.read_prompt import Task, read_prompt
from synth_builder.offline.teacher.solve.solve import solve
from synth_builder.offline.teacher.write.compose import Written, write_joined, write_single
from synth_builder.offline.teacher.write.draw import Draw
from synth_builder.offline.teacher.write.scene import Scene

_MOST_QUESTIONS = 5  # levels 1 and 2
_MOST_CROSS_TOPIC_QUESTIONS = 3
_NOT_SUITABLE = "NOT SUITABLE: there is no mathematical content here that I can make a question from."
_LEVEL_NAMES = {
    "primary": "Primary School",
    "middle school": "Middle School",
    "high school": "High School",
    "college": "College",
    "graduate": "Graduate School",
}
_LEVEL_TAGS = {
    "primary": "elementary",
    "middle school": "middle_school",
    "high school": "high_school",
    "college": "college",
    "graduate": "grad_school",
}
_EXERCISE = re.compile(
    r"^\W*(?:Exercise|Problem|Question)\b[^\n:.]{0,12}[:.]\W*([A-Z][^\n]{20,400}[.?])\s*$", re.MULTILINE
)
# What only a reader of the document understands, and tasks that ask for no value.
_LEANS_ON_DOCUMENT = re.compile(
    r"\b(?:above|below|figures?|tables?|diagrams?|previous|preceding|earlier|following|this|these|hints?|parts?|ref"
    r"|(?:exercise|problem|question|example|theorem|lemma|chapter|section|equation)s?\s+\(?\d)\b|\[\d+\]",
    re.IGNORECASE,
)
_ASKS_FOR_WORDS = re.compile(
    r"(?:Show|Prove|Explain|Verify|Discuss|Describe|Why)\b|.*\b(?:explain|justify|(?:show|prove|verify) that)\b",
    re.IGNORECASE,
)


def reply(prompt: str, seed: int) -> str:
    """The teacher's whole reply; the same prompt and seed give the same reply on any machine."""
    task = read_prompt(prompt)
    draw = Draw(f"{hashlib.sha256(prompt.encode()).hexdigest()} {seed}")
    if task.form == "concepts":
        return _concepts_reply(read_document("\n\n".join(task.documents)))
    if task.form == "single_questions":
        return _single_questions_reply(task, draw)
    if task.form in ("joined_questions", "cross_topic_questions"):
        return _joined_questions_reply(task, draw)
    if task.form == "solution":
        return _solution_reply(task.question)
    return "I find concepts in documents, write questions on mathematics and solve them; this prompt asks for neither."


def _concepts_reply(reading: Reading) -> str:
    topics = "\n".join(f"{number}. {topic.name}" for number, topic in enumerate(reading.topics, 1))
    concepts = "\n".join(
        line
        for number, topic in enumerate(reading.topics, 1)
        for line in (
            f"{number}. {topic.name}",
            *(f"{number}.{place}. {concept}" for place, concept in enumerate(topic.concepts, 1)),
        )
    )
    level = _LEVEL_NAMES.get(reading.level, "Other")
    return (
        f"<level>{level}</level>\n<subject>{reading.subject}</subject>\n"
        f"<topic>\n{topics}\n</topic>\n<key_concept>\n{concepts}\n</key_concept>"
    )


def _single_questions_reply(task: Task, draw: Draw) -> str:
    text = "\n\n".join(task.documents)
    reading = read_document(text)
    concepts = [concept for topic in reading.topics for concept in topic.concepts]
    found = _exercises(text)[:_MOST_QUESTIONS]
    # Richer texts get more questions: one more for every three concepts.
    room = min(_MOST_QUESTIONS, 1 + len(concepts) // 3) - len(found)
    written = write_single(concepts, Scene.from_documents(task.documents), draw, max(0, room))
    level = _LEVEL_TAGS.get(reading.level, "high_school")
    blocks = [
        *((question, "<original_question>", level) for question in found),
        *((each.question, "<newly_created>", each.level) for each in written),
    ]
    if not blocks:
        return _NOT_SUITABLE
    return "\n\n".join(
        f"<Q{number}>\nQuestion: {question}\nOrig_tag: {origin}\nLevel: <{level}>\n</Q{number}>"
        for number, (question, origin, level) in enumerate(blocks, 1)
    )


def _exercises(text: str) -> list[str]:
    """The exercises of a document that can be understood and answered by themselves."""
    exercises = (" ".join(exercise.split()) for exercise in _EXERCISE.findall(text))
    return [each for each in exercises if not _LEANS_ON_DOCUMENT.search(each) and not _ASKS_FOR_WORDS.match(each)]


def _joined_questions_reply(task: Task, draw: Draw) -> str:
    across = task.form == "cross_topic_questions"
    known = _known_concepts(task.concepts)
    written = write_joined(
        list(known),
        Scene.from_documents(task.documents),
        draw,
        _MOST_CROSS_TOPIC_QUESTIONS if across else _MOST_QUESTIONS,
        across_topics=across,
    )
    return _blocks(written, known) or _NOT_SUITABLE


def _known_concepts(names: Iterable[str]) -> dict[str, str]:
    """The lexicon's name of each listed concept that it knows, with the name as it was listed."""
    known: dict[str, str] = {}
    for name in names:
        found = canonical(name)
        if found is not None:
            known.setdefault(found, name)
    return known


def _blocks(written: Sequence[Written], listed: dict[str, str]) -> str:
    return "\n\n".join(
        f"<Q{number}>\nSelected Concepts: [{'; '.join(listed[concept] for concept in each.concepts)}]\n"
        f"Question: {each.question}\n</Q{number}>"
        for number, each in enumerate(written, 1)
    )


def _solution_reply(question: str) -> str:
    solution = solve(question)
    if solution is None:
        return "CANNOT SOLVE: this question is of no kind that I know."
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(solution.steps, 1))
    return f"{steps}\n\nThe answer is $\\boxed{{{solution.answer}}}$."
