"""A service's database held against a real broker before anything is read."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from services.intake.migrations import HISTORY
from services.kit.recovery.start_checks import (
    AnotherHouse,
    PartitionsDiffer,
    Reading,
    RecordsLost,
    check_partitions,
    check_records,
)
from services.kit.sql.database import Database, open_engine
from services.kit.stage import fence, positions
from services.kit.stage.positions import Reached
from services.machine.private_postgres import databases_in_use
from tests.support.command import tongxin
from tests.support.databases import Place, opened
from tests.support.read_topic import READ, STAGE, Beside, Broker, broker_with_records, took

pytestmark = pytest.mark.kafka


@asynccontextmanager
async def database_that_took(
    place: Place, broker: Broker, taken: int | None
) -> AsyncIterator[Database]:
    """Open a database that has owned the topic's one lane and taken so many records of it."""
    async with place.opened(HISTORY) as database:
        await took(database, broker, taken)
        yield database


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

    async def test_that_another_process_of_this_house_begins_is_no_second_house(
        self, place: Place, kafka: str
    ) -> None:
        url = await place.url_of(HISTORY)
        async with broker_with_records(kafka) as broker:
            database = Beside(open_engine(url))
            database.works_on = partial(took, database, broker, READ)
            try:
                await check(database, broker)
            finally:
                await database.close()

    async def test_that_was_left_while_its_lanes_were_taken_first_knows_all_partitions(
        self, place: Place, kafka: str
    ) -> None:
        async with (
            broker_with_records(kafka, partitions=4) as broker,
            place.opened(HISTORY) as database,
        ):
            await took(database, broker, 0, count=4)
            await check_partitions(database, broker.admin, broker.reading, wanted=4)
            async with database.read() as conn:
                assert await fence.lanes_known(conn) == 4

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
