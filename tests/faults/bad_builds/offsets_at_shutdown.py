"""Told to stop, a process acknowledges what it has been handed, and goes without doing it."""

import asyncio
import os
from collections.abc import Sequence
from typing import Any

from faststream.kafka import KafkaBroker

from services.kit.records import Record
from services.kit.stage.stage import Stage
from tests.faults.bad_builds.group_only import trust_the_group
from tests.faults.bad_builds.swapping import swap

_SECONDS = 0.4


def spoil() -> None:
    """Commit the positions first thing, and end."""
    trust_the_group()
    process = Stage.process

    async def slowly(self: Stage[Any], records: Sequence[Record]) -> None:
        await asyncio.sleep(_SECONDS)
        await process(self, records)

    async def leave(self: KafkaBroker, *_told: Any) -> None:
        for subscriber in self.subscribers:
            consumer: Any = getattr(subscriber, "consumer", None)
            if consumer is not None:
                await consumer.commit()
        os._exit(0)

    swap(Stage, "process", slowly)
    swap(KafkaBroker, "stop", leave)
