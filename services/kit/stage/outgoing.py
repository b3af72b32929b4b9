"""A stage's chunks on their way to the broker, from the commit until they are marked as published.

Chunks are handed over in the order of their commits and confirmed beside the stage's work.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Collection, Sequence

from services.kit.kafka.publisher import Publisher
from services.kit.stage.bounds import MARKED_AFTER_SECONDS
from services.kit.stage.outbox import Chunk


class Outgoing:
    """The chunks of one stage that are stored and not marked yet."""

    def __init__(self, publisher: Publisher, *, fatal: Callable[[BaseException], None]) -> None:
        """Begin with none; `fatal` is called when one cannot be published."""
        self._publisher = publisher
        self._fatal = fatal
        self._confirmed: list[Chunk] = []
        self._marked_at = -math.inf
        self._inflight: dict[asyncio.Task[None], float] = {}

    async def send(self, chunks: Sequence[Chunk]) -> None:
        """Hand chunks over in their order; the broker confirms them later."""
        for chunk in chunks:
            try:
                futures = await self._publisher.enqueue(chunk.messages)
            except Exception as error:  # noqa: BLE001 - whatever it is, later records must not overtake
                self._fatal(error)
                return
            task = asyncio.create_task(self._confirm(chunk, futures))
            self._inflight[task] = time.monotonic()
            task.add_done_callback(self._inflight.pop)

    async def _confirm(self, chunk: Chunk, futures: Sequence[Awaitable[object]]) -> None:
        try:
            await asyncio.gather(*futures)
        except Exception as error:  # noqa: BLE001 - an unpublished chunk must stop the process
            self._fatal(error)
            return
        self._confirmed.append(chunk)

    async def send_leftovers(self, unmarked: Collection[Chunk]) -> int:
        """Publish a lane's chunks that nobody published; returns how many there were."""
        marked_soon = {(c.partition, c.number) for c in self._confirmed}
        left = [c for c in unmarked if (c.partition, c.number) not in marked_soon]
        for chunk in left:
            await self._publisher.publish(chunk.messages)
            self._confirmed.append(chunk)
        return len(left)

    async def settle(self) -> None:
        """Wait until the broker has confirmed, or refused for good, all that was handed over."""
        while self._inflight:
            await asyncio.gather(*self._inflight, return_exceptions=True)

    @property
    def confirmed(self) -> tuple[Chunk, ...]:
        """What the broker has and the database does not know of."""
        return tuple(self._confirmed)

    def to_be_marked(self) -> tuple[Chunk, ...]:
        """Return what the next transaction should mark: nothing, if the last one did just now."""
        if time.monotonic() - self._marked_at < MARKED_AFTER_SECONDS:
            return ()
        self._marked_at = time.monotonic()
        return self.confirmed

    def marked(self, chunks: Sequence[Chunk]) -> None:
        """Forget the first of the confirmed chunks, which were marked."""
        del self._confirmed[: len(chunks)]

    @property
    def age_seconds(self) -> float:
        """How long the oldest chunk has waited for the broker, in seconds."""
        started = min(self._inflight.values(), default=None)
        return 0.0 if started is None else time.monotonic() - started
