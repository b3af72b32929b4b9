"""Where a consumer begins: never past what its stage's database has taken.

The group tells where reading stopped, the database how far the effects reach. Whoever is behind
counts: what is read once more is dropped as a repeat, what is passed over is lost for good. After a
database was put back from a backup it is the one behind, and its consumer goes back by itself.
"""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiokafka import TopicPartition

from services.kit.kafka.brokers import Kafka
from services.kit.kafka.topic_ids import topic_ids
from services.kit.kafka.topics import administered
from services.kit.metrics import StageMetrics
from services.kit.sql.database import Database
from services.kit.stage import positions
from services.kit.stage.bounds import GOING_BACK_SECONDS
from services.kit.stage.positions import Place, Reached
from services.kit.stage.said_before import SaidBefore

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a partition is read from, and how many unread records the broker no longer has."""

    offset: int
    missed: int = 0


def start_of(reached: Reached | None, *, topic_id: UUID, group: int, first: int, end: int) -> Start:
    """Return where a partition is read from.

    `group` is where the group would go on; the broker has the records from `first` to before
    `end`. A partition that the database never began, or knows of another topic of this name, is
    read from its beginning, and so is one that ends before what was read of it.
    """
    if reached is None or reached.topic_id != topic_id:
        return Start(offset=first)
    wanted = min(group, reached.next_offset)
    if wanted > end or not reached.next_offset:
        return Start(offset=first)
    return Start(offset=max(first, wanted), missed=max(0, first - wanted))


class GoingBack:
    """Settles where one consumer begins with what it is assigned, before it fetches any of it."""

    def __init__(
        self,
        *,
        stage: str,
        database: Database,
        kafka: Kafka,
        metrics: StageMetrics,
        said_before: SaidBefore,
        own_topic: str,
    ) -> None:
        """Take whose positions these are, and where they and the topics are found.

        `said_before` learns what the service itself told on `own_topic` past its database.
        """
        self._said_before = said_before
        self._own_topic = own_topic
        self._stage = stage
        self._database = database
        self._kafka = kafka
        self._metrics = metrics
        self._settled: set[TopicPartition] = set()
        self._ids: dict[str, UUID] = {}
        self._times_assigned = 0

    def hold(self, consumer: Any, assigned: Collection[TopicPartition]) -> None:  # noqa: ANN401 - aiokafka has no types
        """Let a consumer fetch nothing of what it was just assigned until that is settled."""
        self._times_assigned += 1
        self._settled.clear()
        consumer.pause(*assigned)

    async def settle(self, consumer: Any) -> bool:  # noqa: ANN401 - aiokafka has no types
        """Settle what is held and let it be fetched; tells whether nothing is held any more.

        Raises DatabaseAway, KafkaError and TimeoutError, to be tried again.
        """
        held = sorted(consumer.assignment() - self._settled)
        if not held:
            return True
        times_assigned = self._times_assigned
        starts = await self._starts(consumer, held)
        if times_assigned != self._times_assigned:
            return False  # it is another assignment by now
        for tp, (group, start) in starts.items():
            if start.offset != group:
                self._tell(tp, group=group, start=start)
                consumer.seek(tp, start.offset)
            consumer.resume(tp)
        self._settled |= starts.keys()
        return len(starts) == len(held)

    async def _starts(
        self,
        consumer: Any,  # noqa: ANN401 - aiokafka has no types
        held: Collection[TopicPartition],
    ) -> dict[TopicPartition, tuple[int, Start]]:
        """Return where the group would begin and where to begin, and note the latter."""
        async with asyncio.timeout(GOING_BACK_SECONDS):
            group = {tp: await consumer.position(tp) for tp in held}
            firsts = await consumer.beginning_offsets(held)
            ends = await consumer.end_offsets(held)
        async with administered(self._kafka) as admin:
            self._ids = await topic_ids(admin)
        async with self._database.read() as conn:
            known = await positions.reached(conn, stage=self._stage)
        found: dict[TopicPartition, tuple[int, Start]] = {}
        begun: dict[Place, Reached] = {}
        for tp in held:
            if (topic_id := self._ids.get(tp.topic)) is None:
                continue  # it is just being deleted
            place = (tp.topic, tp.partition)
            start = start_of(
                known.get(place), topic_id=topic_id, group=group[tp], first=firsts[tp], end=ends[tp]
            )
            found[tp] = group[tp], start
            if place not in known or known[place].topic_id != topic_id or start.missed:
                begun[place] = Reached(topic_id, start.offset)
        if any(start.offset < at for at, start in found.values()):
            places = {
                tp: (start.offset, ends[tp])
                for tp, (_, start) in found.items()
                if tp.topic == self._own_topic
            }
            await self._said_before.read(self._kafka, places)
        if begun:
            async with self._database.write() as conn:
                await positions.begin(conn, stage=self._stage, found=begun, replace=True)
        return found

    def _tell(self, tp: TopicPartition, *, group: int, start: Start) -> None:
        place = {"stage": self._stage, "topic": tp.topic, "partition": tp.partition}
        if start.missed:
            self._metrics.records_missed.labels(stage=self._stage).inc(start.missed)
            told = {"records": start.missed, "first_there_is": start.offset}
            logger.error("records were gone before they were read", extra=place | told)
        if start.offset < group:
            self._metrics.went_back.labels(stage=self._stage).inc(group - start.offset)
            told = {"records": group - start.offset, "from_offset": start.offset}
            logger.warning("reading again what the database has not taken", extra=place | told)

    async def look_for_new_topics(self, consumer: Any) -> None:  # noqa: ANN401 - aiokafka has no types
        """Hold what is of a topic that was deleted and made anew since it was settled."""
        async with administered(self._kafka) as admin:
            ids = await topic_ids(admin)
        anew = {t for t, known in self._ids.items() if t in ids and ids[t] != known}
        held = [tp for tp in self._settled & consumer.assignment() if tp.topic in anew]
        if held:
            logger.warning("topics were made anew", extra={"topics": sorted(anew)})
            consumer.pause(*held)
            self._settled.difference_update(held)
