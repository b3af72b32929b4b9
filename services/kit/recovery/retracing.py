"""Before a service reads on: what its database lacks of its own past is decided as it was decided.

Only after a backup was put back is there anything to do. Then the records that the database has not
taken are decided in the order and at the instants at which they were, before the service joins its
group: what is told again is byte by byte what was told, and who listens drops it.
"""

import asyncio
import logging
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.kit.kafka.brokers import Kafka, client_options
from services.kit.kafka.topic_ids import topic_ids
from services.kit.kafka.topics import administered
from services.kit.metrics import StageMetrics
from services.kit.recovery.bounds import LOOK_EVERY, LOOK_SECONDS, PATIENT_LOOKS, TOLD_SECONDS
from services.kit.recovery.in_turn import InTurn
from services.kit.recovery.past import Past, stretch, told_since
from services.kit.recovery.start_checks import committed
from services.kit.sql.database import Database
from services.kit.stage import outbox, positions
from services.kit.stage.fence import Fenced
from services.kit.stage.going_back import start_of
from services.kit.stage.positions import Place, Reached
from services.kit.stage.said_before import SaidBefore
from services.kit.stage.stage import Stage
from services.kit.stage.subscriber import Subscription, record_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Behind:
    """The places that a stage reads: where its database is, where the group is, where they end.

    `unknown` are those that its database never began; `parts` are all that it reads or tells on.
    """

    begin: dict[Place, int]
    group: dict[Place, int]
    ends: dict[Place, int]
    unknown: dict[Place, Reached]
    parts: list[TopicPartition]

    @property
    def count(self) -> int:
        """How many records the group has read that the database has not taken."""
        return sum(max(0, self.group.get(place, 0) - at) for place, at in self.begin.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Retracing:
    """Decides again what one stage told after the state in its database.

    `tells` are the topics it tells its decisions on, first the one that all services read.
    """

    stage: Stage[Any]
    subscription: Subscription
    database: Database
    kafka: Kafka
    said_before: SaidBefore
    metrics: StageMetrics
    tells: Collection[str]

    async def run(self) -> None:
        """Do it all, or wait for another process that does.

        Raises DatabaseAway, KafkaError and TimeoutError.
        """
        while (told_until := await self._run()) is not None:
            logger.info("another process decides it again", extra={"stage": self.stage.name})
            await self._wait_for_another(told_until)

    async def _wait_for_another(self, told_until: datetime) -> None:
        """Return when another process has decided so far again, or stands still."""
        before, looks = None, 0
        while looks < PATIENT_LOOKS:
            async with self.database.read() as conn:
                known_to = await outbox.newest(conn, stage=self.stage.name)
                now = await positions.reached(conn, stage=self.stage.name)
            if known_to is not None and known_to >= told_until:
                return
            looks = looks + 1 if now == before else 0
            before = now
            await asyncio.sleep(LOOK_SECONDS)

    async def _run(self) -> datetime | None:
        """Decide again what lacks; returns until when there is something if another does it."""
        async with AIOKafkaConsumer(
            **client_options(self.kafka),
            enable_auto_commit=False,
            isolation_level="read_committed",
        ) as consumer:
            behind = await self._behind(consumer)
            if behind is None:
                return None
            past = await self._past(consumer, behind.parts)
            if past.is_empty:
                return None
            last = past.instants()[-1]
            try:
                await self._decide_again(consumer, behind, past)
            except Fenced:
                return last
            finally:
                self.stage.revoked()
            return None

    async def _behind(self, consumer: AIOKafkaConsumer) -> _Behind | None:
        """Return where the stage reads, None when its database is not behind its group."""
        async with administered(self.kafka) as admin:
            ids = await topic_ids(admin)
            group = await committed(admin, self.subscription.group)
            wanted = [topic for topic in ids if self._reads(topic) or topic in self.tells]
            parts = [
                TopicPartition(told["topic"], number)
                for told in await admin.describe_topics(wanted)
                for number in range(len(told["partitions"]))
            ]
        async with self.database.read() as conn:
            known = await positions.reached(conn, stage=self.stage.name)
        if not any(
            ids.get(topic) == at.topic_id and at.next_offset < group.get((topic, number), 0)
            for (topic, number), at in known.items()
        ):
            return None
        read = [tp for tp in parts if self._reads(tp.topic)]
        firsts, ends = await consumer.beginning_offsets(read), await consumer.end_offsets(read)
        begin, unknown = {}, {}
        for tp in read:
            place = (tp.topic, tp.partition)
            topic_id, reached = ids[tp.topic], known.get(place)
            begin[place] = start_of(
                reached, topic_id=topic_id, group=ends[tp], first=firsts[tp], end=ends[tp]
            ).offset
            if reached is None or reached.topic_id != topic_id:
                unknown[place] = Reached(topic_id, begin[place])
        at_ends = {(tp.topic, tp.partition): end for tp, end in ends.items()}
        return _Behind(begin=begin, group=group, ends=at_ends, unknown=unknown, parts=parts)

    def _reads(self, topic: str) -> bool:
        pattern = self.subscription.pattern
        return topic in self.subscription.topics or bool(pattern and re.match(pattern, topic))

    async def _past(self, consumer: AIOKafkaConsumer, parts: Collection[TopicPartition]) -> Past:
        """Read what the service told that its database does not know.

        What another process tells meanwhile stands in the database before it stands on a topic: so
        the topics' ends are looked up first.
        """
        first_topic, *others = self.tells
        of_first = [tp for tp in parts if tp.topic == first_topic]
        of_others = [tp for tp in parts if tp.topic in others]
        ends = await consumer.end_offsets([*of_first, *of_others])
        async with self.database.read() as conn:
            known = await positions.reached_of(conn, topic=first_topic)
            known_to = await outbox.newest(conn, stage=self.stage.name)
        firsts = await consumer.beginning_offsets(of_first)
        places = {tp: max(first, known.get(tp.partition, 0)) for tp, first in firsts.items()}
        begin = await told_since(consumer, places, of_others, ends=ends)
        past = Past(self.said_before, known_to)
        async for record in stretch(consumer, begin, ends):
            past.note(record)
        return past

    async def _decide_again(self, consumer: AIOKafkaConsumer, behind: _Behind, past: Past) -> None:
        logger.warning(
            "deciding again what the database has not, as it was decided",
            extra={
                "stage": self.stage.name,
                "causes": len(past.decided),
                "timers": len(past.fired),
            },
        )
        self.metrics.went_back.labels(stage=self.stage.name).inc(behind.count)
        async with self.database.write() as conn:
            await positions.begin(conn, stage=self.stage.name, found=behind.unknown, replace=True)
        primary = self.stage.primary_topic
        lanes = frozenset(tp.partition for tp in behind.parts if tp.topic == primary)
        self.stage.assigned(lanes)
        in_turn = InTurn(
            past, lanes=lanes, begin=behind.begin, group=behind.group, ends=behind.ends
        )
        progress = _Progress(self.stage.name)
        count = 0
        async for raw in stretch(consumer, _parts(behind.begin), _parts(behind.ends)):
            record = record_of(raw)
            in_turn.add(record, await self.stage.decoded_at_home(record))
            count += 1
            if count % LOOK_EVERY == 0:
                await self._commit(in_turn, progress, is_all=False)
        await self._commit(in_turn, progress, is_all=True)
        await self.stage.decide_again(in_turn.rest())
        await self.stage.flush()

    async def _commit(self, in_turn: InTurn, progress: "_Progress", *, is_all: bool) -> None:
        while (load := in_turn.next_load(is_all=is_all)) is not None:
            await self.stage.decide_again(load)
            progress.note(load.at)


class _Progress:
    """Tells now and then how far the past was decided again."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._told_at = time.monotonic()

    def note(self, at: datetime | None) -> None:
        if time.monotonic() - self._told_at >= TOLD_SECONDS:
            self._told_at = time.monotonic()
            logger.info("decided again", extra={"stage": self._stage, "until": at})


def _parts(places: Mapping[Place, int]) -> dict[TopicPartition, int]:
    return {TopicPartition(*place): at for place, at in places.items()}
