"""What must hold between a service's database and the broker before it reads or creates a topic."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.kit.kafka.brokers import Kafka, client_options
from services.kit.kafka.topic_ids import topic_ids
from services.kit.recovery.bounds import PAUSE_SECONDS, TRIES
from services.kit.sql.database import Database
from services.kit.stage import fence, positions
from services.kit.stage.positions import Place, Reached

T = TypeVar("T")
logger = logging.getLogger(__name__)


class AnotherHouse(Exception):
    """The broker's topics are those of a house that has other databases."""

    def __init__(self, evidence: str) -> None:
        """Say what shows it, and what to do next."""
        super().__init__(
            f"{evidence} Two houses on one broker would decide each report twice. Give this house a"
            " broker of its own; or, if its databases were lost, put back a backup with `tongxin"
            " restore`. What else there is: docs/the-topics-are-another-houses.md."
        )


class PartitionsDiffer(Exception):
    """A topic has another number of partitions than the database knows; the message says more."""


class RecordsLost(Exception):
    """What the database has not taken is no longer on the broker; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A stage as these checks know it: its name, its group, the topic whose partitions it owns."""

    stage: str
    group: str
    primary_topic: str


async def check_partitions(
    database: Database, admin: AIOKafkaAdminClient, reading: Reading, *, wanted: int
) -> None:
    """Compare a topic's partitions with those its stage ever had.

    A topic that is missing would be created with `wanted`. Raises PartitionsDiffer.
    """
    topic = reading.primary_topic
    ids = await topic_ids(admin)
    found = wanted
    if topic in ids:
        (described,) = await admin.describe_topics([topic])
        found = len(described["partitions"])
    async with database.read() as conn:
        known = await fence.lanes_known(conn)
    if known not in {0, found}:
        raise PartitionsDiffer(
            f"{topic} {'has' if topic in ids else 'would get'} {found} partitions, and the database"
            f" of {reading.stage} knows {known}. What a case is waiting for belongs to its"
            f" partition, and would be another's. Give it {known} again: delete the topic and run"
            f" `tongxin topics rebuild --partitions {known}`, with TONGXIN_PARTITIONS={known} for"
            " the services."
        )


async def check_records(
    database: Database, admin: AIOKafkaAdminClient, reading: Reading, *, kafka: Kafka
) -> None:
    """Find whether a stage's database is behind its group, and whether that can be made up for.

    A database that has no positions yet takes the group's, once. Raises RecordsLost, and
    AnotherHouse for an empty database whose group has read before.
    """
    ids = await topic_ids(admin)
    async with database.read() as conn:
        is_new = not await fence.lanes_known(conn)
    if is_new and reading.primary_topic not in ids:
        return  # of a broker that is new too no coordinator need be waited for
    group = await committed(admin, reading.group)
    # The database after the group: what another process of the service takes meanwhile stands in
    # the database first.
    async with database.read() as conn:
        known = await positions.reached(conn, stage=reading.stage)
        is_new = not await fence.lanes_known(conn)
    if is_new:
        if any(offset for (topic, _), offset in group.items() if topic in ids):
            raise _another_house(reading)
        return
    if not known:
        await _adopt(database, reading.stage, group, ids)
        return
    behind = {
        TopicPartition(topic, number): at.next_offset
        for (topic, number), at in known.items()
        if ids.get(topic) == at.topic_id and at.next_offset < group.get((topic, number), 0)
    }
    if not behind:
        return
    if lost := await _lost(behind, kafka=kafka):
        raise RecordsLost(_told(reading, lost, behind))
    logger.warning(
        "the database is behind what its group has read: reading that again",
        extra={"stage": reading.stage, "partitions": len(behind)},
    )


async def _lost(behind: Mapping[TopicPartition, int], *, kafka: Kafka) -> dict[TopicPartition, int]:
    """Return how many records from these places on the broker no longer has, where it lacks any."""
    async with AIOKafkaConsumer(**client_options(kafka)) as consumer:
        firsts = await consumer.beginning_offsets([*behind])
    return {tp: firsts[tp] - at for tp, at in behind.items() if firsts[tp] > at}


def _another_house(reading: Reading) -> AnotherHouse:
    return AnotherHouse(
        f"The database of {reading.stage} is new, and its group {reading.group} has read on this"
        " broker already: with other databases."
    )


def _told(
    reading: Reading, lost: Mapping[TopicPartition, int], behind: Mapping[TopicPartition, int]
) -> str:
    places = ", ".join(
        f"{tp.topic}/{tp.partition} from {behind[tp]}: {count}"
        for tp, count in sorted(lost.items())
    )
    return (
        f"{sum(lost.values())} records that the database of {reading.stage} has not taken are no"
        f" longer on the broker ({places}). Its group {reading.group} has read them, so this is an"
        " older copy of the database. Put back a newer one; or have the senders send them again,"
        " and go on without them: `tongxin topics accept-loss`."
    )


async def _adopt(
    database: Database, stage: str, group: Mapping[Place, int], ids: Mapping[str, UUID]
) -> None:
    """Take over how far the group is: an older release noted no positions."""
    found = {
        (topic, number): Reached(ids[topic], offset)
        for (topic, number), offset in group.items()
        if topic in ids
    }
    async with database.write() as conn:
        await positions.begin(conn, stage=stage, found=found, replace=False)


async def committed(admin: AIOKafkaAdminClient, group: str) -> dict[Place, int]:
    """Return where a group goes on. Raises KafkaError."""
    told = await _patiently(lambda: admin.list_consumer_group_offsets(group))
    return {(tp.topic, tp.partition): at.offset for tp, at in told.items() if at.offset >= 0}


async def _patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until the group's coordinator is there. Raises what it says at the last."""
    for _ in range(TRIES):
        try:
            return await ask()
        except KafkaError as error:
            if not error.retriable:
                raise
        await asyncio.sleep(PAUSE_SECONDS)
    return await ask()
