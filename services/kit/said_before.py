"""What a service told after the state that its database holds: the numbers it may not give again.

A database that was put back numbers a case's events on from where it was, and the log has events
under those numbers already. One that is told again as it was told keeps its number, and with it its
id: a repeat. One that was not told then gets a number that nobody has.
"""

import asyncio
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.cloudevents import event_source, event_type

_SEQUENCE: Final = "ce_sequence"
_PATIENCE_SECONDS: Final = 60.0


class SaidBefore:
    """The numbers of one service's events that its database does not know of, by case."""

    def __init__(self, source: str = "") -> None:
        """Take who the service is as a CloudEvents source; nothing is known yet."""
        self._source = source
        self._taken: dict[str, dict[int, str]] = {}

    def next_number(self, key: UUID, *, last: int, kind: str) -> int:
        """Return the number of a key's next event, of the type `kind`, after the number `last`.

        >>> SaidBefore().next_number(UUID(int=1), last=4, kind="case.closed")
        5
        """
        number = last + 1
        taken = self._taken.get(str(key)) if self._taken else None
        while taken and taken.get(number, kind) != kind:
            number += 1
        return number

    def note(self, record: ConsumerRecord[bytes, bytes]) -> None:
        """Note the number of a record, if it is one of the service's own events."""
        headers = record.headers
        if event_source(headers) != self._source:
            return
        number = dict(headers).get(_SEQUENCE, b"")
        if number.isdigit() and record.key is not None:
            numbers = self._taken.setdefault(record.key.decode("utf-8", "replace"), {})
            numbers[int(number)] = event_type(headers)

    async def read(self, kafka: str, places: Mapping[TopicPartition, tuple[int, int]]) -> None:
        """Note what stands in these places, each from an offset to before another one.

        Raises KafkaError and TimeoutError.
        """
        left = {tp: end for tp, (start, end) in places.items() if start < end}
        if not left:
            return
        async with (
            asyncio.timeout(_PATIENCE_SECONDS),
            AIOKafkaConsumer(
                bootstrap_servers=kafka,
                enable_auto_commit=False,
                isolation_level="read_committed",
            ) as consumer,
        ):
            consumer.assign([*left])
            for tp in left:
                consumer.seek(tp, places[tp][0])
            while left:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        self.note(record)
                left = {tp: end for tp, end in left.items() if await consumer.position(tp) < end}
