"""What a failover leaves in the pool: sessions with a server that only reads."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from services.kit.sql.database import Database, open_database
from services.kit.sql.faults import DatabaseAway
from tests.support.databases import Place

INSERT = "INSERT INTO thing VALUES (2, 0)"
UPDATE = "UPDATE thing SET n = n + 1"
COUNT = text("SELECT count(*) FROM thing")


async def run(database: Database, *statements: str) -> None:
    async with database.write() as conn:
        for statement in statements:
            await conn.execute(text(statement))


async def rows(database: Database) -> int:
    async with database.read() as conn:
        return int((await conn.execute(COUNT)).scalar_one())


@pytest.fixture
async def database(postgres_place: Place) -> AsyncIterator[Database]:
    opened = open_database(await postgres_place.empty(), name="tongxin.toy")
    begin = "CREATE TABLE thing (id INTEGER PRIMARY KEY, n INTEGER)"
    await run(opened, begin, "INSERT INTO thing VALUES (1, 0)")
    yield opened
    await opened.close()


READING = (
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I "
    "SET default_transaction_read_only = on', current_database()); END $$"
)
ONLY_READS = text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")


class TestSessionThatOnlyReads:
    """What a failover leaves: the sessions there are take no write, and a new one would."""

    async def test_is_replaced_as_soon_as_a_write_has_met_it(self, database: Database) -> None:
        async with database.write() as conn:
            await conn.execute(ONLY_READS)
        with pytest.raises(DatabaseAway, match="read-only"):
            await run(database, INSERT)
        await run(database, INSERT)
        assert await rows(database) == 2

    async def test_takes_every_other_of_its_pool_along(self, database: Database) -> None:
        all_open = asyncio.Event()
        opened: list[int] = []

        async def only_reads(nth: int) -> None:
            async with database.write() as conn:
                await conn.execute(ONLY_READS)
                opened.append(nth)
                if len(opened) == 4:
                    all_open.set()
                await all_open.wait()

        await asyncio.gather(*map(only_reads, range(4)))
        with pytest.raises(DatabaseAway, match="read-only"):
            await run(database, INSERT)
        for _ in range(4):
            await run(database, UPDATE)

    async def test_that_a_standby_gave_is_replaced_until_one_writes(
        self, postgres_place: Place, database: Database
    ) -> None:
        """A database whose sessions all begin to read only stands for a hot standby."""
        await run(database, READING)
        standby = open_database(await postgres_place.empty(), name="late")
        for _ in range(2):
            with pytest.raises(DatabaseAway, match="read-only"):
                await run(standby, INSERT)
            assert await rows(standby) == 1
        await run(database, READING.replace("= on", "= off"))
        with pytest.raises(DatabaseAway, match="read-only"):
            await run(standby, INSERT)
        await run(standby, INSERT)
        await standby.close()
