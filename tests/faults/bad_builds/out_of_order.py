"""What a chunk tells is published in another order than it happened in."""

from collections.abc import Iterable
from typing import Any

from services.kit.kafka.publisher import Publisher
from services.kit.records import Message
from tests.faults.bad_builds.swapping import swap


def spoil() -> None:
    """Publish the last first."""
    enqueue = Publisher.enqueue

    async def reversed_(self: Publisher, messages: Iterable[Message]) -> list[Any]:
        return await enqueue(self, [*messages][::-1])

    swap(Publisher, "enqueue", reversed_)
