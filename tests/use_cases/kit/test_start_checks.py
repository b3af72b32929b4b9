"""A service's database held against a real broker before anything is read."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete

from services.commands.private_postgres import databases_in_use
from services.intake.migrations import HISTORY
from services.kit import fence, positions
from services.kit.cluster import administered
from services.kit.database import Database, open_database
from services.kit.positions import Reached
from services.kit.start_checks import (
    AnotherHouse,
    PartitionsDiffer,
    Reading,
    RecordsLost,
    check_partitions,
    check_records,
)
from services.kit.topic_ids import topic_ids
from tests.support.command import tongxin, until
from tests.support.databases import Place

pytestmark = pytest.mark.kafka

STAGE = "toy"
READ = 10


@dataclass(frozen=True)
class Broker:
    """A topic of one partition with ten records, all of which a group has read."""

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
async def broker_with_records(address: str) -> AsyncIterator[Broker]:
    topic, group = f"start-checks.{uuid4()}", f"start-checks.{uuid4()}"
    async with administered(address) as admin:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
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


@asynccontextmanager
async def database_that_took(
    place: Place, broker: Broker, taken: int | None
) -> AsyncIterator[Database]:
    """Open a database that has owned the topic's one lane and taken so many records of it."""
    async with place.opened(HISTORY) as database:
        await took(database, broker, taken)
        yield database


async def took(database: Database, broker: Broker, taken: int | None) -> None:
    async with database.write() as conn:
        await fence.take(conn, stage=STAGE, partition=0)
        if taken is not None:
            ids = await topic_ids(broker.admin)
            found = {(broker.topic, 0): Reached(ids[broker.topic], taken)}
            await positions.begin(conn, stage=STAGE, found=found, replace=True)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = open_database(url, name="test")
    try:
        yield database
    finally:
        await database.close()


async def check(database: Database, broker: Broker) -> None:
    await check_records(database, broker.admin, broker.reading, kafka=broker.address)


class TestDatabase:
    async def test_that_is_behind_may_read_again_what_is_there(
        self, place: Place, kafka: str
    ) -> None:
        async with (
            broker_with_records(kafka) as broker,
            database_that_took(place, broker, 4) as database,
        ):
            await broker.remove(before=4)
            await check(database, broker)

    async def test_that_is_behind_what_the_broker_still_has_is_refused_with_what_to_do(
        self, place: Place, kafka: str
    ) -> None:
        async with (
            broker_with_records(kafka) as broker,
            database_that_took(place, broker, 4) as database,
        ):
            await broker.remove(before=7)
            with pytest.raises(RecordsLost) as refused:
                await check(database, broker)
        assert f"3 records that the database of {STAGE} has not taken" in str(refused.value)
        assert f"{broker.topic}/0 from 4: 3" in str(refused.value)
        assert "tongxin topics accept-loss" in str(refused.value)

    async def test_that_is_behind_goes_on_once_the_loss_is_accepted(
        self, tmp_path: Path, kafka: str
    ) -> None:
        data = ("--data", str(tmp_path))
        assert (await tongxin("db", "upgrade", *data)).code == 0
        with databases_in_use(tmp_path) as where:
            url = where["router"].app
        async with broker_with_records(kafka) as broker, opened(url) as database:
            await took(database, broker, 4)
            await broker.remove(before=7)
            with pytest.raises(RecordsLost):
                await check(database, broker)
            said = [await tongxin("topics", "accept-loss", "--kafka", kafka, *data) for _ in "12"]
            await check(database, broker)
            async with database.read() as conn:
                found = await positions.reached(conn, stage=STAGE)
            assert found[broker.topic, 0].next_offset == 7
        assert [one.code for one in said] == [0, 0], said
        assert re.search(rf"{STAGE}\W+{re.escape(broker.topic)}/0/4\W+3\b", said[0].text), said[0]
        assert "Nothing is missing." in said[1].text

    async def test_of_a_release_that_noted_nothing_goes_on_where_its_group_is(
        self, place: Place, kafka: str
    ) -> None:
        async with (
            broker_with_records(kafka) as broker,
            database_that_took(place, broker, None) as database,
        ):
            await check(database, broker)
            async with database.read() as conn:
                found = await positions.reached(conn, stage=STAGE)
            assert found == {(broker.topic, 0): Reached(await broker.topic_id(), READ)}

    async def test_that_is_empty_is_no_second_house_on_a_broker(
        self, place: Place, kafka: str
    ) -> None:
        async with (
            broker_with_records(kafka) as broker,
            place.opened(HISTORY) as database,
        ):
            with pytest.raises(AnotherHouse, match="Two houses on one broker"):
                await check(database, broker)

    async def test_that_knows_other_partitions_is_refused_before_anything_is_made(
        self, place: Place, kafka: str
    ) -> None:
        async with (
            broker_with_records(kafka) as broker,
            database_that_took(place, broker, 4) as database,
        ):
            await check_partitions(database, broker.admin, broker.reading, wanted=12)
            missing = Reading(stage=STAGE, group=broker.group, primary_topic=str(uuid4()))
            with pytest.raises(PartitionsDiffer, match="--partitions 1`"):
                await check_partitions(database, broker.admin, missing, wanted=12)
