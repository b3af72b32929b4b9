"""Offsets are acknowledged before the batch is processed, and the batch takes its time."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from services.kit import subscriber
from services.kit.records import Record
from services.kit.stage import Stage
from tests.faults.bad_builds.group_only import trust_the_group
from tests.faults.bad_builds.swapping import swap

_SECONDS = 0.3


def spoil() -> None:
    """Let the consumer acknowledge what it was handed, whatever becomes of it."""
    trust_the_group()
    process, subscribe = Stage.process, KafkaBroker.subscriber

    async def slowly(self: Stage[Any], records: Sequence[Record]) -> None:
        await asyncio.sleep(_SECONDS)
        await process(self, records)

    def often(self: KafkaBroker, *topics: str, **options: Any) -> object:
        return subscribe(self, *topics, **options, auto_commit_interval_ms=50)

    policies = SimpleNamespace(NACK_ON_ERROR=AckPolicy.ACK_FIRST)
    swap(subscriber, "AckPolicy", policies)
    swap(Stage, "process", slowly)
    swap(KafkaBroker, "subscriber", often)
