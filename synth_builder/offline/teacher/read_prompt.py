"""Read a prompt as a person would: what is given, and in what form an answer is asked for."""

from __future__ import annotations

import re
from typing import NamedTuple


class Task(NamedTuple):
    """What a prompt asks.

    Attributes:
        form: `concepts`, `single_questions`, `joined_questions`, `cross_topic_questions`, `solution` or "" when the
            prompt asks for nothing that the teacher does.
        documents: Texts given.
        concepts: Key concepts listed.
        question: The question to solve.
    """

    form: str
    documents: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    question: str = ""


_DOCUMENT = re.compile(r"<(document(?:_\d+)?)>\n(.*)\n</\1>(?=\n)", re.DOTALL)
# Greedy, for a document may hold closing tags of its own: the prompt's last one counts.
_ALL_DOCUMENTS = re.compile(r"<document(?:_\d+)?>\n.*\n</document(?:_\d+)?>(?=\n)", re.DOTALL)
_OPENING = re.compile(r"<(?:document(?:_\d+)?|question)>\n")
_QUESTION = re.compile(r"<question>\n(.*)\n</question>", re.DOTALL)
_CONCEPTS = re.compile(r"<concepts>\n(.*?)</concepts>", re.DOTALL)
_CONCEPT_LINE = re.compile(r"^\d+\.(?:(\d+)\.)? +(.+?) *$", re.MULTILINE)


def read_prompt(prompt: str) -> Task:
    """Work out the task from the instructions around the texts that are given."""
    # The texts that are given may hold any words and tags, so the tag that opens the first text tells of what kind
    # it is, and the task is read from what stands outside.
    opening = _OPENING.search(prompt)
    question = _QUESTION.search(prompt)
    if opening and question and opening.start() == question.start() and r"\boxed{" in prompt[: question.start()]:
        return Task("solution", question=question.group(1).strip())
    documents = tuple(found.group(2) for found in _DOCUMENT.finditer(prompt))
    instructions = _ALL_DOCUMENTS.sub("", prompt)
    if "<key_concept>" in instructions:
        return Task("concepts", documents)
    if "Orig_tag:" in instructions:
        return Task("single_questions", documents)
    if "Selected Concepts:" in instructions:
        across = "<topics>" in instructions
        form = "cross_topic_questions" if across else "joined_questions"
        return Task(form, documents, _listed_concepts(instructions))
    return Task("")


def _listed_concepts(instructions: str) -> tuple[str, ...]:
    """The entries of the list of concepts; in a two-level list those of the second level."""
    block = _CONCEPTS.search(instructions)
    if block is None:
        return ()
    entries = _CONCEPT_LINE.findall(block.group(1))
    two_levels = any(second for second, _ in entries)
    return tuple(name for second, name in entries if second or not two_levels)
