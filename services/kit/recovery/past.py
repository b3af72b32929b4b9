"""What a service told after the state that its database holds, and when it decided that.

A database that was put back from a backup decides again what it decided before. The service's own
events on the topics say of each cause, an event or a deadline, at which instant that was.
"""

import asyncio
import heapq
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.cloudevents import CloudEvent, NotACloudEvent, from_kafka
from services.kit.recovery.bounds import EARLIER, PATIENCE_SECONDS, POLL_MS
from services.kit.stage.said_before import SaidBefore

_TIMER: Final = "timer"


class Rank(NamedTuple):
    """The place of a cause among those of its key that one batch decided; the lowest is unknown.

    `number` is twice that of the first event it led to, or one more than twice the number after
    which it led to something without one; `line` is where the story tells that.
    """

    number: int = 0
    line: int = 0


UNKNOWN: Final = Rank()


class Decided(NamedTuple):
    """When a cause was decided, and at which place in its batch."""

    at: datetime
    rank: Rank


class Fired(NamedTuple):
    """A deadline that had an effect: when, of which subject, what for, and when it was due."""

    at: datetime
    subject: UUID
    kind: str
    due_at: datetime


@dataclass(slots=True)
class Past:
    """When one service decided what its database has not: by cause, and the deadlines by instant.

    What it told at `known_to` or before, its database knows.
    """

    said_before: SaidBefore
    known_to: datetime | None
    decided: dict[str, Decided] = field(default_factory=dict)
    fired: list[Fired] = field(default_factory=list)
    _seen: set[Fired] = field(default_factory=set)

    @property
    def is_empty(self) -> bool:
        """Tell whether the database knows all that was told."""
        return not (self.decided or self.fired)

    def note(self, record: ConsumerRecord[bytes, bytes]) -> None:
        """Note a record, if it is one of the service's own events that its database lacks."""
        self.said_before.note(record)
        if not self.said_before.is_ours(record):
            return
        try:
            event = from_kafka(key=record.key, value=record.value, headers=tuple(record.headers))
        except NotACloudEvent:
            return
        if self.known_to is not None and event.time <= self.known_to:
            return
        cause, *more = event.cause.split("/")
        if cause != _TIMER:
            self._note(cause, event, after=more)
        elif len(more) > 1:
            kind, due_at, *_ = more
            fired = Fired(event.time, UUID(event.subject), kind, datetime.fromisoformat(due_at))
            if fired not in self._seen:
                self._seen.add(fired)
                heapq.heappush(self.fired, fired)

    def _note(self, cause: str, event: CloudEvent, *, after: list[str]) -> None:
        rank = Rank(2 * event.sequence) if event.sequence else _rank_after(after)
        known = self.decided.get(cause)
        if known is None:
            self.decided[cause] = Decided(event.time, rank)
        elif rank != UNKNOWN and (rank < known.rank or known.rank == UNKNOWN):
            self.decided[cause] = Decided(known.at, rank)

    def instants(self) -> list[datetime]:
        """Return every instant at which something was decided, in order."""
        decided = (one.at for one in self.decided.values())
        return sorted({*decided, *(fired.at for fired in self.fired)})

    def take_fired(self) -> list[Fired]:
        """Take the deadlines that were decided at the first instant of any."""
        found = [heapq.heappop(self.fired)]
        while self.fired and self.fired[0].at == found[0].at:
            found.append(heapq.heappop(self.fired))
        return found


def _rank_after(numbers: list[str]) -> Rank:
    """Return the rank that the numbers behind a cause say: of the event before, and of the line."""
    if not numbers or not all(number.isdecimal() for number in numbers):
        return UNKNOWN
    number, line, *_ = *map(int, numbers), 0
    return Rank(2 * number + 1, line)


async def told_since(
    consumer: AIOKafkaConsumer,
    known: Mapping[TopicPartition, int],
    others: Iterable[TopicPartition],
    *,
    ends: Mapping[TopicPartition, int],
) -> dict[TopicPartition, int]:
    """Return where to begin reading what a service told before `ends`.

    `known` are places on its first topic before which its database knows all; of `others` nothing
    but the time of those says where that is.
    """
    begin = {tp: at for tp, at in known.items() if at < ends[tp]}
    first = min([(await _timestamp(consumer, tp, at)) for tp, at in begin.items()], default=None)
    if first is None:
        return begin
    since = first - int(EARLIER.total_seconds() * 1000)
    parts = dict.fromkeys(others, max(0, since))
    found = await consumer.offsets_for_times(parts) if parts else {}
    return begin | {tp: at.offset for tp, at in found.items() if at is not None}


async def _timestamp(consumer: AIOKafkaConsumer, tp: TopicPartition, offset: int) -> int:
    async for record in stretch(consumer, {tp: offset}, {tp: offset + 1}):
        return int(record.timestamp)
    return 0


async def stretch(
    consumer: AIOKafkaConsumer,
    begin: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
) -> AsyncGenerator[ConsumerRecord[bytes, bytes], None]:
    """Yield what stands from some places to before others.

    Raises TimeoutError when the broker brings nothing for a minute.
    """
    left = {tp for tp, at in begin.items() if at < ends[tp]}
    consumer.assign([*left])
    for tp in left:
        consumer.seek(tp, begin[tp])
    loop = asyncio.get_running_loop()
    came_at = loop.time()
    while left:
        found = await consumer.getmany(timeout_ms=POLL_MS)
        for tp, records in found.items():
            for record in records:
                if record.offset < ends[tp]:
                    yield record
        came_at = loop.time() if found else came_at
        if loop.time() - came_at > PATIENCE_SECONDS:
            raise TimeoutError(f"nothing came from {sorted(left)}")
        left = {tp for tp in left if await consumer.position(tp) < ends[tp]}
