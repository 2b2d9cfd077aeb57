"""Seeded draws: where a question gets its numbers and choices from."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Seeded draws: the same key gives the same numbers on any machine."""

    def __init__(self, key: str) -> None:
        # random.Random hashes a string key with SHA-512, so PYTHONHASHSEED plays no part.
        self._random = random.Random(key)

    def integer(self, low: int, high: int) -> int:
        """An integer from `low` to `high`, both included."""
        return self._random.randint(low, high)

    def choice(self, options: Sequence[T]) -> T:
        """One of `options`, each as likely."""
        return options[self._random.randrange(len(options))]

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different members of `options`, in drawn order."""
        return self._random.sample(options, count)
