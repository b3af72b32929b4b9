"""A reader of every topic during the faults, in a process of its own that is never killed."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from aiokafka import ConsumerRecord

from services.demo.stagehand import ear
from services.kit.clock import system_clock
from services.machine.children import become_child
from tests.faults.history import Appender, Seen
from tests.faults.sighting import Raw, seen_of

_WAIT_MS: Final = 500
"""It may hear of things late, and must not take the machine from who does them."""


async def observe(kafka: str, topics: Sequence[str], path: Path) -> None:
    """Write down every record as it comes, until ended."""
    consumer = await ear(kafka, topics, wait_ms=_WAIT_MS)
    with Appender(path) as appender:
        try:
            async for record in consumer:
                appender.add(sighted(record))
        finally:
            await consumer.stop()


def sighted(record: ConsumerRecord[bytes, bytes]) -> Seen:
    """Return what the history keeps of a consumed record."""
    raw = Raw(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=tuple((name, value or b"") for name, value in record.headers),
    )
    return seen_of(raw, seen_at=system_clock())


def main(kafka: str, topics: Sequence[str], path: Path, log: Path) -> None:
    """Run as a program of its own."""
    become_child(log)
    asyncio.run(observe(kafka, topics, path))
