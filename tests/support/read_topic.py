"""A topic that a group has read, on a real broker, and databases that took less of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from services.kit.kafka.topic_ids import topic_ids
from services.kit.kafka.topics import administered
from services.kit.recovery.start_checks import Reading
from services.kit.sql.database import Database
from services.kit.stage import fence, positions
from services.kit.stage.positions import Reached
from tests.support.command import until

STAGE = "toy"
READ = 10


@dataclass(frozen=True)
class Broker:
    """A topic with ten records on its first partition, all of which a group has read."""

    address: str
    admin: AIOKafkaAdminClient
    topic: str
    group: str

    @property
    def reading(self) -> Reading:
        return Reading(stage=STAGE, group=self.group, primary_topic=self.topic)

    async def topic_id(self) -> UUID:
        return (await topic_ids(self.admin))[self.topic]

    async def remove(self, before: int) -> None:
        tp = TopicPartition(self.topic, 0)
        await self.admin.delete_records({tp: RecordsToDelete(before_offset=before)})


@asynccontextmanager
async def broker_with_records(address: str, *, partitions: int = 1) -> AsyncIterator[Broker]:
    topic, group = f"start-checks.{uuid4()}", f"start-checks.{uuid4()}"
    async with administered(address) as admin:
        await admin.create_topics(
            [NewTopic(topic, num_partitions=partitions, replication_factor=1)]
        )
        broker = Broker(address, admin, topic, group)
        await until(lambda: _is_there(broker), told="the topic")
        async with AIOKafkaProducer(bootstrap_servers=address, acks="all") as producer:
            for number in range(READ):
                await producer.send_and_wait(topic, str(number).encode(), partition=0)
        tp = TopicPartition(topic, 0)
        async with AIOKafkaConsumer(
            bootstrap_servers=address, group_id=group, enable_auto_commit=False
        ) as consumer:
            consumer.assign([tp])
            await consumer.commit({tp: READ})
        yield broker


async def _is_there(broker: Broker) -> bool:
    return broker.topic in await topic_ids(broker.admin)


async def took(database: Database, broker: Broker, taken: int | None, *, count: int = 1) -> None:
    """Let a database own the first of so many lanes, and have taken so many of its records."""
    async with database.write() as conn:
        await fence.take(conn, stage=STAGE, partition=0, count=count)
        if taken is not None:
            ids = await topic_ids(broker.admin)
            found = {(broker.topic, 0): Reached(ids[broker.topic], taken)}
            await positions.begin(conn, stage=STAGE, found=found, replace=True)


class Beside(Database):
    """The database as a starting process sees it: whenever it has looked, another one works on."""

    works_on: Callable[[], Awaitable[None]] | None = None

    @asynccontextmanager
    @override
    async def read(self) -> AsyncIterator[AsyncConnection]:
        async with super().read() as conn:
            yield conn
        if self.works_on is not None:
            await self.works_on()
