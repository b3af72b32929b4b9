"""A process that never notices that its lanes went to another, and publishes for them slowly.

With the fence that is harmless; `no_fence` takes that away too.
"""

import asyncio
import time
from collections.abc import Collection, Sequence
from typing import Any

from services.kit.stage.outbox import Chunk
from services.kit.stage.outgoing import Outgoing
from services.kit.stage.stage import Stage
from tests.faults.bad_builds.swapping import swap

_SECONDS = 3.0


def spoil() -> None:
    """Keep every lane that was ever assigned, as a paused process would for a while."""
    send = Outgoing.send
    owned: dict[Outgoing, Collection[int]] = {}

    def keep(_self: Stage[Any]) -> None:
        return None

    def add(self: Stage[Any], partitions: Collection[int]) -> None:
        owned[self._outgoing] = partitions
        self._assigned = self._assigned | set(partitions)

    async def slowly(self: Outgoing, chunks: Sequence[Chunk]) -> None:
        await send(self, [chunk for chunk in chunks if chunk.partition in owned[self]])
        if lost := [chunk for chunk in chunks if chunk.partition not in owned[self]]:
            late = asyncio.create_task(later(self, lost))
            self._inflight[late] = time.monotonic()
            late.add_done_callback(self._inflight.pop)

    async def later(self: Outgoing, chunks: Sequence[Chunk]) -> None:
        await asyncio.sleep(_SECONDS)
        await send(self, chunks)

    swap(Stage, "revoked", keep)
    swap(Stage, "assigned", add)
    swap(Outgoing, "send", slowly)
