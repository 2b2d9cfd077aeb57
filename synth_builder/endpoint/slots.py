"""Slots for requests in flight: as many as each server bears, given in the order in which they are asked for."""

from __future__ import annotations

import asyncio
import operator
from collections import deque
from collections.abc import Sequence

_LOST_BY_AN_OVERLOAD = 0.3
_FREE = operator.attrgetter("free")


class Room:
    """How many requests one server may have in flight, by additive increase and multiplicative decrease.

    A success adds `1 / limit`, which is one slot per round trip of successes. An overload takes 0.3 of a slot, which
    leaves 0.7 of the limit after a round trip of nothing else: a few overloads among many successes, the sign of a
    limit that is nearly right, cost little.

    Args:
        most: The limit never exceeds it.
        start: First limit; None is `most`.

    Attributes:
        limit: Slots, of which a part does not count.
        in_flight: Slots that are taken.
        is_open: Whether free slots are given.
    """

    def __init__(self, most: int, start: int | None = None) -> None:
        self._most = most
        self.limit = float(most if start is None else min(start, most))
        self.in_flight = 0
        self.is_open = True

    @property
    def free(self) -> int:
        """Slots to give; not above 0 where there are none."""
        return int(self.limit) - self.in_flight if self.is_open else 0

    def grow(self) -> None:
        """Count a success."""
        self.limit = min(self._most, self.limit + 1 / self.limit)

    def shrink(self) -> None:
        """Count an overload."""
        self.limit = max(1.0, self.limit - _LOST_BY_AN_OVERLOAD)


class Slots:
    """The slots of some servers, and the queue for them, in one event loop.

    Args:
        rooms: One for each server.
    """

    def __init__(self, rooms: Sequence[Room]) -> None:
        self._rooms = rooms
        self._new: deque[asyncio.Future[Room | None]] = deque()
        self._again: deque[asyncio.Future[Room | None]] = deque()
        self._end: Exception | None = None

    async def acquire(self, *, again: bool = False) -> Room:
        """Wait for a slot where most are free: in order of arrival, those that try `again` before the others.

        Raises:
            Exception: The one that `end` was given.
        """
        if self._end is None and (room := self._roomiest()).free > 0:  # then nobody waits
            room.in_flight += 1
            return room
        given = None if self._end else await self._wait(self._again if again else self._new)
        if given is None:
            assert self._end is not None
            raise self._end.with_traceback(None)  # raised many times, it would keep the frames of all
        return given

    def release(self, room: Room) -> None:
        """Give a slot back."""
        room.in_flight -= 1
        self.wake()

    def wake(self) -> None:
        """Give free slots to those who wait, as after a room has opened."""
        while (waiting := self._again or self._new) and (room := self._roomiest()).free > 0:
            waiter = waiting.popleft()
            if not waiter.done():  # it may have been cancelled
                room.in_flight += 1
                waiter.set_result(room)

    def end(self, error: Exception) -> None:
        """Raise `error` in all who wait, and in all who come."""
        self._end = error
        for waiter in (*self._again, *self._new):
            if not waiter.done():
                waiter.set_result(None)
        self._again.clear()
        self._new.clear()

    async def _wait(self, queue: deque[asyncio.Future[Room | None]]) -> Room | None:
        waiter: asyncio.Future[Room | None] = asyncio.get_running_loop().create_future()
        queue.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled() and (room := waiter.result()) is not None:  # given and cancelled at once
                self.release(room)
            raise

    def _roomiest(self) -> Room:
        return max(self._rooms, key=_FREE)
