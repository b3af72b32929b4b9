"""Events of a case go to any partition."""

import itertools
from collections.abc import Iterable
from typing import Any

from services.kit.kafka.publisher import Publisher
from services.kit.records import Message
from tests.faults.bad_builds.swapping import swap


def spoil() -> None:
    """Give each record a key of its own."""
    enqueue, numbers = Publisher.enqueue, itertools.count()

    async def scattered(self: Publisher, messages: Iterable[Message]) -> list[Any]:
        return await enqueue(self, [m._replace(key=f"{next(numbers)}") for m in messages])

    swap(Publisher, "enqueue", scattered)
