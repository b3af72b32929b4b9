"""A process that never notices that its lanes went to another, and publishes slowly.

With the fence that is harmless; `no_fence` takes that away too.
"""

import asyncio
import random
from collections.abc import Collection, Sequence
from typing import Any

from services.kit import outbox
from services.kit.stage import Stage
from tests.faults.bad_builds.swapping import swap

_LONGEST = 0.3


def spoil() -> None:
    """Keep every lane that was ever assigned, as a paused process would for a while."""
    chance, publish = random.Random(1), Stage._publish

    def keep(_self: Stage[Any]) -> None:
        return None

    def add(self: Stage[Any], partitions: Collection[int]) -> None:
        self._assigned = self._assigned | set(partitions)

    async def slowly(self: Stage[Any], chunks: Sequence[outbox.Chunk]) -> None:
        await asyncio.sleep(chance.uniform(0, _LONGEST))
        await publish(self, chunks)

    swap(Stage, "revoked", keep)
    swap(Stage, "assigned", add)
    swap(Stage, "_publish", slowly)
