"""Who is answered when: slots for requests, and one thread in which the teacher works."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from synth_builder.offline.faults import Decision
from synth_builder.offline.generation import Generation, Reply, finish, generate
from synth_builder.offline.language_model import LanguageModel
from synth_builder.offline.protocol import generation_failed, overloaded
from synth_builder.offline.spoil import spoil
from synth_builder.offline.validation import Work


@dataclass(eq=False)
class Job:
    """The prompts of one request, and what became of them in the teacher's thread.

    Attributes:
        works: One for each prompt.
        decision: What is done to the replies.
        started: When the teacher began, in seconds of `time.perf_counter`; None while the job waits.
        is_spoiled: Whether the fault of the decision has changed a reply, up to where that ends.
    """

    works: tuple[Work, ...]
    decision: Decision
    started: float | None = None
    is_spoiled: bool = False


class Scheduler:
    """Lets in as many prompts as there are slots, and has the teacher answer one request after the other.

    Args:
        reply: The teacher; it is called in one worker thread, one call at a time.
        slots: Prompts in flight at once.
        language_model: Gives the model that log-probabilities are of; called in the teacher's thread.
    """

    def __init__(self, reply: Reply, slots: int, language_model: Callable[[], LanguageModel]) -> None:
        self._reply = reply
        self._free_slots = slots
        self._language_model = language_model
        self._jobs: set[Job] = set()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="teacher")

    def close(self) -> None:
        """Drops what waits; what the teacher is at runs to its end."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    @property
    def waiting(self) -> int:
        """Prompts that wait for the teacher."""
        return sum(len(job.works) for job in self._jobs if job.started is None)

    @property
    def working(self) -> int:
        """Prompts that the teacher has begun."""
        return sum(len(job.works) for job in self._jobs if job.started is not None)

    @contextmanager
    def slots(self, prompts: int) -> Iterator[None]:
        """Holds a slot for each prompt.

        Raises:
            ProtocolError: 429, at once, when there are not that many.
        """
        if self._free_slots < prompts:
            raise overloaded()
        self._free_slots -= prompts
        try:
            yield
        finally:
            self._free_slots += prompts

    async def run(self, job: Job) -> tuple[tuple[Generation, ...], ...]:
        """Has the teacher answer.

        Returns:
            For each prompt its replies, the best first.

        Raises:
            ProtocolError: 424 when the teacher raises.
        """
        self._jobs.add(job)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._answer, job)
        finally:
            self._jobs.discard(job)

    def _answer(self, job: Job) -> tuple[tuple[Generation, ...], ...]:
        job.started = time.perf_counter()
        try:
            return tuple(generate(work, partial(self._write, job, work), self._language_model) for work in job.works)
        except Exception as error:  # as TGI, which answers 424 whatever fails in the model
            raise generation_failed(f"{type(error).__name__}: {error}") from error

    def _write(self, job: Job, work: Work, prompt: str, seed: int) -> str:
        text = self._reply(prompt, seed)
        if not job.decision.reply_fault:
            return text
        spoiled = spoil(text, job.decision.reply_fault, job.decision.reply_key)
        job.is_spoiled |= finish(spoiled, work).text != finish(text, work).text
        return spoiled
