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
from services.kit.kafka.brokers import Kafka, client_options
from services.kit.stage.bounds import BATCH_MS, PATIENCE_SECONDS

_SEQUENCE: Final = "ce_sequence"
_CAUSE: Final = "ce_causationid"
_OPENING: Final = {b"", b"1"}
"""Numbers of what a cause leads to first: the first of a key, or one outside the numbering."""


class SaidBefore:
    """The numbers of one service's events that its database does not know of, by case."""

    def __init__(self, source: str = "") -> None:
        """Take who the service is as a CloudEvents source; nothing is known yet."""
        self._source = source
        self._taken: dict[str, dict[int, str]] = {}
        self._became: dict[str, tuple[str, str]] = {}

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

    def what_became_of(self, cause: UUID) -> tuple[str, str]:
        """Return the type and the key of the first event that a cause led to.

        Empty where nothing is known of it.
        """
        return self._became.get(str(cause), ("", ""))

    def is_ours(self, record: ConsumerRecord[bytes, bytes]) -> bool:
        """Tell whether the service itself told a record."""
        return event_source(record.headers) == self._source

    def note(self, record: ConsumerRecord[bytes, bytes]) -> None:
        """Note the number of a record, if it is one of the service's own events."""
        if not self.is_ours(record) or record.key is None:
            return
        kind, key = event_type(record.headers), record.key.decode("utf-8", "replace")
        headers = dict(record.headers)
        number = headers.get(_SEQUENCE, b"")
        if number.isdigit():
            self._taken.setdefault(key, {})[int(number)] = kind
        if number in _OPENING:
            cause = headers.get(_CAUSE, b"").decode("utf-8", "replace")
            self._became.setdefault(cause, (kind, key))

    async def read(self, kafka: Kafka, places: Mapping[TopicPartition, tuple[int, int]]) -> None:
        """Note what stands in these places, each from an offset to before another one.

        Raises KafkaError and TimeoutError.
        """
        left = {tp: end for tp, (start, end) in places.items() if start < end}
        if not left:
            return
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            AIOKafkaConsumer(
                **client_options(kafka),
                enable_auto_commit=False,
                isolation_level="read_committed",
            ) as consumer,
        ):
            consumer.assign([*left])
            for tp in left:
                consumer.seek(tp, places[tp][0])
            while left:
                for records in (await consumer.getmany(timeout_ms=BATCH_MS)).values():
                    for record in records:
                        self.note(record)
                left = {tp: end for tp, end in left.items() if await consumer.position(tp) < end}
