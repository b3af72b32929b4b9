"""Upgrades on both engines: data stays, old and new code run together, two at once take turns."""

import asyncio
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.kit.sql.database import open_database, open_engine
from services.kit.sql.migrations import Upgraded, upgrade
from services.kit.sql.revisions import Revision, WrongTables, current, ensure_usable
from tests.support.databases import Place
from tests.support.histories import ADD, BEGIN, FAIL, FILL, INDEX, TAKE, history_in

R10, R11, R12, R20 = (Revision.parse(name) for name in ("1.0", "1.1", "1.2", "2.0"))
_UPGRADE = """
import asyncio, pathlib, sys
from sqlalchemy import MetaData
from services.kit.sql.migrations import upgrade
from services.kit.sql.revisions import History
history = History("toys", pathlib.Path(sys.argv[1]), MetaData())
done = asyncio.run(upgrade(history, sys.argv[2]))
print(done.before, done.after)
"""
ALL = (("1.0", BEGIN), ("1.1", ADD), ("1.2", FILL), ("2.0", TAKE))


async def run(url: str, *statements: str) -> None:
    database = open_database(url)
    async with database.write() as conn:
        for statement in statements:
            await conn.execute(text(statement))
    await database.close()


async def rows(url: str, query: str) -> list[tuple[object, ...]]:
    database = open_database(url)
    async with database.read() as conn:
        found = [tuple(row) for row in await conn.execute(text(query))]
    await database.close()
    return found


async def tables_of(url: str) -> set[str]:
    engine = open_engine(url)
    async with engine.connect() as conn:
        names = await conn.run_sync(lambda c: set(c.dialect.get_table_names(c)))
    await engine.dispose()
    return names


class TestUpgrade:
    async def test_brings_an_empty_database_all_the_way(self, place: Place, tmp_path: Path) -> None:
        url = await place.empty()
        done = await upgrade(history_in(tmp_path, *ALL), url)
        assert done == Upgraded(before=None, after=R20)
        assert await upgrade(history_in(tmp_path, *ALL), url) == Upgraded(before=R20, after=R20)

    async def test_keeps_what_is_in_the_tables(self, place: Place, tmp_path: Path) -> None:
        url = await place.empty()
        await upgrade(history_in(tmp_path, *ALL[:1]), url)
        await run(url, "INSERT INTO thing (id, name) VALUES (1, 'bin'), (2, '路灯')")
        await upgrade(history_in(tmp_path, *ALL), url, contract=True)
        assert await rows(url, "SELECT * FROM thing ORDER BY id") == [(1, "bin"), (2, "路灯")]

    async def test_takes_nothing_away_until_it_is_told_to(
        self, place: Place, tmp_path: Path
    ) -> None:
        url = await place.empty()
        await upgrade(history_in(tmp_path, *ALL[:1]), url)
        done = await upgrade(history_in(tmp_path, *ALL), url)
        assert done == Upgraded(before=R10, after=R12, waiting=(R20,))
        await run(url, "INSERT INTO thing (id, name) VALUES (1, 'by a process of the old code')")
        told = await upgrade(history_in(tmp_path, *ALL), url, contract=True)
        assert told == Upgraded(before=R12, after=R20)

    async def test_says_so_when_what_must_wait_is_in_the_way(
        self, place: Place, tmp_path: Path
    ) -> None:
        url = await place.empty()
        await upgrade(history_in(tmp_path, *ALL[:3]), url)
        history = history_in(tmp_path, *ALL, ("2.1", INDEX))
        with pytest.raises(WrongTables, match="tongxin db upgrade --contract"):
            await upgrade(history, url)
        assert (await upgrade(history, url, contract=True)).after == Revision(2, 1)

    async def test_of_several_processes_at_once_happens_once(
        self, place: Place, tmp_path: Path
    ) -> None:
        url = await place.empty()
        history = history_in(tmp_path, *ALL)
        script = [sys.executable, "-c", _UPGRADE, str(history.folder), url]
        started = [
            await asyncio.create_subprocess_exec(*script, stdout=asyncio.subprocess.PIPE)
            for _ in range(3)
        ]
        told = [(await process.communicate())[0].decode().strip() for process in started]
        assert sorted(told) == ["2.0 2.0", "2.0 2.0", "None 2.0"]

    async def test_that_fails_leaves_the_last_good_revision(
        self, place: Place, tmp_path: Path
    ) -> None:
        url = await place.empty()
        await upgrade(history_in(tmp_path, *ALL[:2]), url)
        with pytest.raises(DBAPIError, match="nowhere"):
            await upgrade(history_in(tmp_path, *ALL[:2], ("1.2", FAIL)), url)
        assert "half" not in await tables_of(url)
        database = open_database(url)
        assert await current(database) == R11
        await database.close()

    async def test_leaves_a_database_alone_that_a_newer_release_extended(
        self, place: Place, tmp_path: Path
    ) -> None:
        url = await place.empty()
        await upgrade(history_in(tmp_path, *ALL[:3]), url)
        done = await upgrade(history_in(tmp_path, *ALL[:2]), url)
        assert done == Upgraded(before=R12, after=R12)


class TestStart:
    async def test_wants_an_upgrade_of_an_empty_or_an_old_database(
        self, place: Place, tmp_path: Path
    ) -> None:
        url = await place.empty()
        database = open_database(url)
        new = history_in(tmp_path, *ALL)
        with pytest.raises(WrongTables, match="no tables yet: run `tongxin db upgrade`"):
            await ensure_usable(database, new)
        await upgrade(history_in(tmp_path, *ALL[:2]), url)
        with pytest.raises(WrongTables, match=r"is at 1\.1, this release needs 1\.2: run `tongxin"):
            await ensure_usable(database, new)
        await upgrade(new, url)
        await ensure_usable(database, new)
        await database.close()

    async def test_of_older_code_goes_on_until_something_was_taken_away(
        self, place: Place, tmp_path: Path
    ) -> None:
        url = await place.empty()
        database = open_database(url)
        old, new = history_in(tmp_path, *ALL[:2]), history_in(tmp_path, *ALL)
        await upgrade(old, url)
        await upgrade(new, url)
        await ensure_usable(database, old)
        await upgrade(new, url, contract=True)
        with pytest.raises(WrongTables, match=r"is at 2\.0, .* run a newer release"):
            await ensure_usable(database, old)
        with pytest.raises(WrongTables, match="run a newer release"):
            await upgrade(old, url)
        await database.close()
