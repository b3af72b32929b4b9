"""A transaction that reads sees one snapshot, whoever writes meanwhile."""

import pytest
from sqlalchemy import text

from services.kit.sql.database import Database, open_database
from services.kit.sql.faults import DatabaseAway
from tests.support.databases import Place

COUNT = text("SELECT count(*) FROM thing")
ANOTHER = "INSERT INTO thing (n) VALUES (0)"


async def filled(database: Database) -> None:
    """Make a table with one row."""
    async with database.write() as conn:
        await conn.execute(text("CREATE TABLE thing (n INTEGER)"))
        await conn.execute(text(ANOTHER))


async def another(database: Database) -> None:
    """Add a row."""
    async with database.write() as conn:
        await conn.execute(text(ANOTHER))


async def counted(database: Database) -> int:
    async with database.read() as conn:
        return int((await conn.execute(COUNT)).scalar_one())


class TestReading:
    """On both engines."""

    async def test_sees_one_snapshot_while_others_write(self, place: Place) -> None:
        url = await place.empty()
        reading, writing = open_database(url), open_database(url)
        await filled(writing)
        async with reading.read() as conn:
            before = (await conn.execute(COUNT)).scalar_one()
            await another(writing)
            assert (await conn.execute(COUNT)).scalar_one() == before == 1
        assert await counted(reading) == 2
        await reading.close()
        await writing.close()

    async def test_does_not_bind_the_transactions_after_it(self, place: Place) -> None:
        database = open_database(await place.empty())
        await filled(database)
        assert await counted(database) == 1
        await another(database)
        await database.close()

    async def test_changes_nothing_on_postgresql(self, postgres_place: Place) -> None:
        database = open_database(await postgres_place.empty())
        await filled(database)
        with pytest.raises(DatabaseAway, match="read-only"):
            async with database.read() as conn:
                await conn.execute(text(ANOTHER))
        await database.close()
