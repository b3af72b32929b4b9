"""The dead letters that stand on a service's topic: all of them, or the newest from its end.

Whatever is on the topic is read: a record that somebody else wrote there is one more letter.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.cloudevents import Headers
from services.kit.kafka.brokers import Kafka, client_options
from services.kit.kafka.placing import placed
from services.kit.sealing.keys import KeyFile
from services.kit.stage.bounds import (
    FIRST_STEP,
    LETTERS_MS,
    LONGEST_STEP,
    MOST_LETTERS,
    MOST_LETTERS_BYTES,
    MOST_STEPS,
    STEP_WAIT_MS,
)
from services.kit.stage.dead_letters import DeadLetter, opened

_Record: TypeAlias = ConsumerRecord[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest dead letters of a topic, the last one first, and whether there may be older."""

    letters: list[DeadLetter]
    some_older: bool


class LetterTopic:
    """The topic of one service's dead letters, read by one at a time, from its end."""

    def __init__(self, topic: str, *, kafka: Kafka) -> None:
        """Take the topic, and where the broker is."""
        self.name = topic
        self._kafka = kafka
        self._lock = asyncio.Lock()

    async def newest(self, *, keys: KeyFile | None = None) -> Newest:
        """Return at most `MOST_LETTERS`, found in about `MOST_LETTERS_BYTES`.

        Raises KafkaError and OSError.
        """
        async with self._read() as consumer:
            walk = await _Walk.begun(consumer)
            while not walk.is_over and len(walk.standing) < MOST_LETTERS:
                await walk.step(walk.places)
            letters = [_letter(record, keys) for record in walk.standing]
            letters.sort(key=lambda one: (one.rejected_at, one.name), reverse=True)
            return Newest(letters[:MOST_LETTERS], len(letters) > MOST_LETTERS or bool(walk.places))

    async def find(self, name: str, *, keys: KeyFile | None = None) -> DeadLetter | None:
        """Return the letter of a name; None for one that was taken off, or is too far back.

        Raises KafkaError and OSError.
        """
        key = name.encode("utf-8", "surrogateescape")
        async with self._read() as consumer:
            walk = await _Walk.begun(consumer)
            place = TopicPartition(self.name, placed(key, count=len(walk.ends) or 1))
            while key not in walk.seen and not walk.is_over and place in walk.places:
                await walk.step([place])
            found = walk.seen.get(key)
            return None if found is None or found.value is None else _letter(found, keys)

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[AIOKafkaConsumer]:
        async with self._lock, _reading(self._kafka, self.name, since="latest") as consumer:
            yield consumer


@dataclass(slots=True)
class _Walk:
    """A way back from the end of each partition, in steps that are each read forwards.

    What takes a letter off stands behind it, so of each key what is met first on this way holds.
    """

    consumer: AIOKafkaConsumer
    begins: dict[TopicPartition, int]
    ends: dict[TopicPartition, int]
    bytes_left: int
    steps_left: int = MOST_STEPS
    length: int = FIRST_STEP
    seen: dict[bytes, _Record] = field(default_factory=dict)

    @classmethod
    async def begun(cls, consumer: AIOKafkaConsumer) -> Self:
        places = consumer.assignment()
        consumer.pause(*places)
        begins = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)
        return cls(consumer, begins, ends, bytes_left=MOST_LETTERS_BYTES)

    @property
    def places(self) -> list[TopicPartition]:
        """Where there is more to be read."""
        return [place for place, end in self.ends.items() if end > self.begins[place]]

    @property
    def is_over(self) -> bool:
        return self.bytes_left <= 0 or self.steps_left <= 0 or not self.places

    @property
    def standing(self) -> list[_Record]:
        """The letters that were met and not taken off."""
        return [record for record in self.seen.values() if record.value is not None]

    async def step(self, places: Iterable[TopicPartition]) -> None:
        """Go back in each of these partitions, further each time, while bytes are left."""
        for place in places:
            if self.bytes_left <= 0:
                return
            end = self.ends[place]
            start = max(self.begins[place], end - self.length)
            for record in reversed(await _between(self.consumer, place, start, end)):
                self.bytes_left -= len(record.value or b"")
                self.seen.setdefault(record.key or b"", record)
            self.ends[place] = start
        self.steps_left -= 1
        self.length = min(2 * self.length, LONGEST_STEP)


async def _between(
    consumer: AIOKafkaConsumer, place: TopicPartition, start: int, end: int
) -> list[_Record]:
    """Return what stands from an offset to before another one; compaction leaves gaps."""
    consumer.seek(place, start)
    consumer.resume(place)
    found: list[_Record] = []
    while await consumer.position(place) < end:
        for records in (await consumer.getmany(place, timeout_ms=LETTERS_MS)).values():
            found += [record for record in records if record.offset < end]
    consumer.pause(place)
    return found


async def listed(kafka: Kafka, *, topic: str, keys: KeyFile | None = None) -> list[DeadLetter]:
    """Return the dead letters on a topic that were not replayed, in the order they came.

    Sealed ones are opened with `keys`, where they can be.
    """
    found: dict[bytes, DeadLetter | None] = {}
    async for key, value, headers in _everything(kafka, topic=topic):
        found.pop(key, None)
        found[key] = None if value is None else opened(key, value, headers, keys=keys)
    return [letter for letter in found.values() if letter is not None]


async def _everything(
    kafka: Kafka, *, topic: str
) -> AsyncIterator[tuple[bytes, bytes | None, Headers]]:
    async with _reading(kafka, topic, since="earliest") as consumer:
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(p) < ends[p] for p in partitions]):
            polled = await consumer.getmany(timeout_ms=LETTERS_MS)
            for records in polled.values():
                for record in records:
                    yield record.key or b"", record.value, tuple(record.headers)


@asynccontextmanager
async def _reading(kafka: Kafka, topic: str, *, since: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        topic,
        **client_options(kafka),
        enable_auto_commit=False,
        auto_offset_reset=since,
        isolation_level="read_committed",
        # A step waits for a request of the one before, which may be at an end where nothing comes.
        fetch_max_wait_ms=STEP_WAIT_MS,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


def _letter(record: _Record, keys: KeyFile | None) -> DeadLetter:
    return opened(record.key or b"", record.value or b"", tuple(record.headers), keys=keys)
