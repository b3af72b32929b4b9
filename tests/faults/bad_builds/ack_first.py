"""Offsets are acknowledged before the batch is processed, and the batch takes its time."""

import asyncio
from collections.abc import Sequence
from typing import Any

from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from services.kit.records import Record
from services.kit.stage.stage import Stage
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

    def first(self: KafkaBroker, *topics: str, **options: Any) -> object:
        options |= {"ack_policy": AckPolicy.ACK_FIRST, "auto_commit_interval_ms": 50}
        return subscribe(self, *topics, **options)

    swap(Stage, "process", slowly)
    swap(KafkaBroker, "subscriber", first)
