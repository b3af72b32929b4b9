"""A process that never notices that its lanes went to another, and publishes slowly.

With the fence that is harmless; `no_fence` takes that away too.
"""

import asyncio
import random
from collections.abc import Collection, Sequence
from typing import Any

from services.kit.outbox import Chunk
from services.kit.outgoing import Outgoing
from services.kit.stage import Stage
from tests.faults.bad_builds.swapping import swap

_LONGEST = 0.3


def spoil() -> None:
    """Keep every lane that was ever assigned, as a paused process would for a while."""
    chance, send = random.Random(1), Outgoing.send

    def keep(_self: Stage[Any]) -> None:
        return None

    def add(self: Stage[Any], partitions: Collection[int]) -> None:
        self._assigned = self._assigned | set(partitions)

    async def slowly(self: Outgoing, chunks: Sequence[Chunk]) -> None:
        await asyncio.sleep(chance.uniform(0, _LONGEST))
        await send(self, chunks)

    swap(Stage, "revoked", keep)
    swap(Stage, "assigned", add)
    swap(Outgoing, "send", slowly)
