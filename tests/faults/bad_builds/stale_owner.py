"""A process that never notices that its lanes went to another, and publishes for them slowly.

With the fence that is harmless; `no_fence` takes that away too.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from services.kit.outbox import Chunk
from services.kit.outgoing import Outgoing
from services.kit.stage import Stage
from tests.faults.bad_builds.swapping import swap

_SECONDS = 1.5


def spoil() -> None:
    """Keep every lane that was ever assigned, as a paused process would for a while."""
    send = Outgoing.send
    owned: dict[Outgoing, Collection[int]] = {}

    def keep(self: Stage[Any]) -> None:
        owned[self._outgoing] = ()

    def add(self: Stage[Any], partitions: Collection[int]) -> None:
        owned[self._outgoing] = partitions
        self._assigned = self._assigned | set(partitions)

    async def slowly(self: Outgoing, chunks: Sequence[Chunk]) -> None:
        if any(chunk.partition not in owned[self] for chunk in chunks):
            await asyncio.sleep(_SECONDS)
        await send(self, chunks)

    swap(Stage, "revoked", keep)
    swap(Stage, "assigned", add)
    swap(Outgoing, "send", slowly)
