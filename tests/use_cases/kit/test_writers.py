"""Writes to SQLite wait for each other, and for nothing else."""

import asyncio
from pathlib import Path

from sqlalchemy import text

from services.kit.sql.database import Database, open_database, sqlite_url


async def made(path: Path) -> Database:
    database = open_database(sqlite_url(path))
    async with database.write() as conn:
        await conn.execute(text("CREATE TABLE thing (id INTEGER PRIMARY KEY, n INTEGER)"))
        await conn.execute(text("INSERT INTO thing VALUES (1, 0)"))
    return database


async def add(database: Database, id_: int, *, turns: list[int] | None = None) -> None:
    async with database.write() as conn:
        if turns is not None:
            turns.append(id_)
        await conn.execute(text("INSERT INTO thing VALUES (:id, 0)"), {"id": id_})


async def number(database: Database, query: str) -> int:
    async with database.read() as conn:
        return int((await conn.execute(text(query))).scalar_one())


class TestManyWriters:
    """More of them than there are connections; SQLite knows no queue."""

    async def test_keep_no_reader_waiting(self, tmp_path: Path) -> None:
        database = await made(tmp_path / "a.sqlite")
        ids = range(2, 42)
        async with database.write() as conn:
            await conn.execute(text("UPDATE thing SET n = 7"))
            writers = [asyncio.create_task(add(database, id_)) for id_ in ids]
            await asyncio.sleep(0)
            assert await number(database, "SELECT n FROM thing") == 0
        await asyncio.gather(*writers)
        assert await number(database, "SELECT count(*) FROM thing") == 1 + len(ids)
        await database.close()

    async def test_have_their_turn_in_the_order_they_came(self, tmp_path: Path) -> None:
        database = await made(tmp_path / "a.sqlite")
        turns: list[int] = []
        await asyncio.gather(*(add(database, id_, turns=turns) for id_ in range(2, 42)))
        assert turns == sorted(turns)
        await database.close()
