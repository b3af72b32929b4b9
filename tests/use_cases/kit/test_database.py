"""Which failures of a database are to be tried again, each brought about for real."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from services.kit.sql.database import Database, open_database, sqlite_url
from services.kit.sql.faults import DatabaseAway, DatabaseRefused, is_passing
from services.machine.embedded import PostgresServer
from tests.support.databases import Place
from tests.support.ports import server_ports

BEGIN = "CREATE TABLE thing (id INTEGER PRIMARY KEY, n INTEGER)", "INSERT INTO thing VALUES (1, 0)"
Step = str | Callable[[], Awaitable[object]]
SECOND = "INSERT INTO thing VALUES (2, 0)"


async def run(database: Database, *steps: Step) -> None:
    """Run statements in one transaction, and what happens between them."""
    async with database.write() as conn:
        for step in steps:
            await (conn.execute(text(step)) if isinstance(step, str) else step())


async def number(database: Database, query: str) -> int:
    async with database.read() as conn:
        return int((await conn.execute(text(query))).scalar_one())


class TestError:
    """On both engines."""

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO thing VALUES (1, 1)",
            "SELECT * FROM nowhere",
            "SELECT nothing FROM thing",
            "SELEKT",
        ],
        ids=["key taken", "no table", "no column", "syntax"],
    )
    async def test_of_ours_is_loud(self, place: Place, statement: str) -> None:
        database = open_database(await place.empty())
        await run(database, *BEGIN)
        with pytest.raises(DBAPIError):
            await run(database, statement)
        assert await number(database, "SELECT n FROM thing") == 0
        await database.close()

    async def test_of_the_block_itself_is_left_as_it_is(self, place: Place) -> None:
        database = open_database(await place.empty())
        for kind in (FileNotFoundError, KeyError, PermissionError):
            with pytest.raises(kind):
                async with database.write():
                    raise kind
        await database.close()


class TestLockedFile:
    async def test_is_to_be_tried_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.kit.sql.database.BUSY_SECONDS", 0)
        first, second = (open_database(sqlite_url(tmp_path / "a.sqlite")) for _ in range(2))
        await run(first, *BEGIN)
        async with first.write():
            with pytest.raises(DatabaseAway, match="locked"):
                await run(second, SECOND)
        await run(second, SECOND)
        await first.close()
        await second.close()


@pytest.fixture
async def database(postgres_place: Place) -> AsyncIterator[Database]:
    opened = open_database(await postgres_place.empty(), name="tongxin.toy")
    await run(opened, *BEGIN)
    yield opened
    await opened.close()


@pytest.fixture
async def other(postgres_place: Place, database: Database) -> AsyncIterator[Database]:  # noqa: ARG001 - it fills the tables first
    opened = open_database(await postgres_place.empty(), name="other")
    yield opened
    await opened.close()


UPDATE = "UPDATE thing SET n = n + 1 WHERE id = "
TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name = 'tongxin.toy'"
)


SLOW = """CREATE FUNCTION slow() RETURNS TRIGGER LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_sleep(30); RETURN NULL; END'"""
AT_COMMIT = """CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON thing
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()"""


async def until_asleep(other: Database) -> None:
    sleeping = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event = 'PgSleep'"
    )
    while not await number(other, sleeping):  # noqa: ASYNC110 - a server has no event
        await asyncio.sleep(0.01)


class TestSession:
    async def test_does_not_wait_for_ever_whatever_the_server_is_set_to(
        self, database: Database
    ) -> None:
        async with database.read() as conn:
            shown = {
                name: (await conn.execute(text(f"SHOW {name}"))).scalar_one()
                for name in (
                    *("application_name", "lock_timeout", "statement_timeout"),
                    "idle_in_transaction_session_timeout",
                )
            }
        assert shown == {
            "application_name": "tongxin.toy",
            "lock_timeout": "10s",
            "statement_timeout": "30s",
            "idle_in_transaction_session_timeout": "10s",
        }


class TestLostConnection:
    async def test_between_statements_is_to_be_tried_again(
        self, database: Database, other: Database
    ) -> None:
        with pytest.raises(DatabaseAway):
            await run(database, SECOND, partial(run, other, TERMINATE), "SELECT 1")
        assert await number(database, "SELECT count(*) FROM thing") == 1

    async def test_at_the_commit_is_to_be_tried_again(
        self, database: Database, other: Database
    ) -> None:
        with pytest.raises(DatabaseAway):
            await run(database, SECOND, partial(run, other, TERMINATE))
        await run(database, SECOND)

    async def test_during_the_commit_is_to_be_tried_again(
        self, database: Database, other: Database
    ) -> None:
        await run(database, SLOW, AT_COMMIT)
        waiting = asyncio.create_task(run(database, SECOND))
        await until_asleep(other)
        await run(other, TERMINATE)
        with pytest.raises(DatabaseAway):
            await waiting

    async def test_in_a_running_statement_is_to_be_tried_again(
        self, database: Database, other: Database
    ) -> None:
        waiting = asyncio.create_task(run(database, "SELECT pg_sleep(30)"))
        await until_asleep(other)
        await run(other, TERMINATE)
        with pytest.raises(DatabaseAway):
            await waiting

    async def test_while_idle_is_not_noticed(
        self, database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.kit.sql.database.IDLE_SECONDS", 0.0)
        await run(other, TERMINATE)
        await run(database, SECOND)

    async def test_a_moment_ago_is_to_be_tried_again(
        self, database: Database, other: Database
    ) -> None:
        await run(database, "SELECT 1")
        await run(other, TERMINATE)
        with pytest.raises(DatabaseAway):
            await run(database, SECOND)
        await run(database, SECOND)


class TestContention:
    async def test_for_a_lock_is_to_be_tried_again(
        self, database: Database, other: Database
    ) -> None:
        async with other.write() as conn:
            await conn.execute(text("LOCK TABLE thing"))
            with pytest.raises(DatabaseAway, match="lock timeout"):
                await run(database, "SET LOCAL lock_timeout = '50ms'", SECOND)

    async def test_that_is_a_deadlock_is_to_be_tried_again_by_one(
        self, database: Database, other: Database
    ) -> None:
        await run(database, SECOND)
        both = asyncio.Barrier(2)

        async def take(who: Database, first: int, second: int) -> None:
            await run(who, UPDATE + str(first), both.wait, UPDATE + str(second))

        told = await asyncio.gather(take(database, 1, 2), take(other, 2, 1), return_exceptions=True)
        assert sorted(type(one).__name__ for one in told) == ["DatabaseAway", "NoneType"]
        assert await number(database, "SELECT sum(n) FROM thing") == 2

    async def test_that_breaks_the_order_is_to_be_tried_again(
        self, database: Database, other: Database
    ) -> None:
        with pytest.raises(DatabaseAway, match="serialize"):
            await run(
                database,
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                "SELECT * FROM thing",
                partial(run, other, UPDATE + "1"),
                UPDATE + "1",
            )

    async def test_for_a_connection_is_to_be_tried_again(
        self, database: Database, other: Database
    ) -> None:
        async with database.read() as conn:
            name = (await conn.execute(text("SELECT current_database()"))).scalar_one()
        await run(other, f"ALTER DATABASE {name} CONNECTION LIMIT 2")
        async with database.read(), other.read():
            with pytest.raises(DatabaseAway, match="too many connections"):
                async with database.read():
                    pass

    async def test_for_a_place_in_our_own_pool_is_to_be_tried_again(
        self, postgres_place: Place
    ) -> None:
        url = await postgres_place.empty()
        small = Database(create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=0.05))
        async with small.read():
            with pytest.raises(DatabaseAway, match="QueuePool"):
                await run(small, "SELECT 1")
        await small.close()


class TestLimit:
    async def test_of_a_statement_is_to_be_tried_again(self, database: Database) -> None:
        with pytest.raises(DatabaseAway, match="statement timeout"):
            await run(database, "SET LOCAL statement_timeout = '50ms'", "SELECT pg_sleep(30)")

    async def test_of_a_paused_transaction_is_to_be_tried_again(self, database: Database) -> None:
        with pytest.raises(DatabaseAway):
            await run(
                database,
                "SET LOCAL idle_in_transaction_session_timeout = '50ms'",
                partial(asyncio.sleep, 0.3),
                SECOND,
            )

    async def test_of_a_server_without_any_answer_is_to_be_tried_again(
        self, postgres_place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.kit.sql.database.PATIENCE_SECONDS", 0.3)
        database = open_database(await postgres_place.empty())
        pid = await number(database, "SELECT pg_backend_pid()")
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(DatabaseAway):
                await run(database, "SELECT 1")
        finally:
            os.kill(pid, signal.SIGCONT)
        await run(database, "SELECT 1")
        await database.close()


class TestPlan:
    @pytest.mark.postgres
    async def test_made_while_a_table_is_empty_reads_no_table_as_it_grows(
        self, postgres_place: Place
    ) -> None:
        database = open_database(await postgres_place.empty())
        wide = ", ".join(f"c{n} TEXT" for n in range(20))
        await run(database, f"CREATE TABLE thing (id INTEGER PRIMARY KEY, {wide})")
        async with database.read() as conn:
            asked = text("EXPLAIN SELECT id FROM thing WHERE id = ANY(:ids)")
            plan = "\n".join((await conn.execute(asked, {"ids": [*range(100)]})).scalars())
        assert "Seq Scan" not in plan
        await database.close()


class TestWrongPassword:
    async def test_is_loud(self, postgres_place: Place) -> None:
        wrong = make_url(await postgres_place.empty()).set(password="wrong")  # noqa: S106 - so it is
        database = open_database(wrong.render_as_string(hide_password=False))
        with pytest.raises(DatabaseRefused, match="password"):
            await run(database, "SELECT 1")
        await database.close()


class TestSocket:
    async def test_that_nobody_listens_at_is_told_with_its_folder(self, tmp_path: Path) -> None:
        database = open_database(f"postgresql+asyncpg://u:p@/d?host={tmp_path}&port=5433")
        with pytest.raises(DatabaseAway, match=f"no server listens in {tmp_path} on port 5433"):
            await run(database, "SELECT 1")
        await database.close()


class TestServer:
    """One of its own, which the others would miss."""

    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[PostgresServer]:
        (port,) = server_ports(1)
        with PostgresServer(tmp_path / "server", port=port) as server:
            yield server

    @pytest.mark.postgres
    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL])
    async def test_that_stops_is_away_until_it_is_back(
        self, server: PostgresServer, how: signal.Signals
    ) -> None:
        database = open_database(server.url())
        await run(database, *BEGIN)

        async def stop() -> None:
            assert server.pid is not None
            os.kill(server.pid, how)
            while server.exited() is None:  # noqa: ASYNC110 - a process has no event
                await asyncio.sleep(0.02)

        with pytest.raises(DatabaseAway):
            await run(database, SECOND, stop, "SELECT 1")
        with pytest.raises(DatabaseAway):
            await run(database, SECOND)
        await asyncio.to_thread(server.start)
        await run(database, SECOND)
        assert await number(database, "SELECT count(*) FROM thing") == 2
        await database.close()

    @pytest.mark.postgres
    async def test_that_is_shutting_down_is_away(self, server: PostgresServer) -> None:
        database, late = (open_database(server.url()) for _ in range(2))

        async def ask_until_refused() -> None:
            assert server.pid is not None
            os.kill(server.pid, signal.SIGTERM)
            while True:
                await run(late, "SELECT 1")

        # It waits for the session that is open, and takes no other.
        with pytest.raises(DatabaseAway, match="shutting down"):
            await run(database, "SELECT 1", ask_until_refused)
        await database.close()
        await late.close()


class TestFault:
    @pytest.mark.parametrize(
        "fault",
        [
            ConnectionRefusedError(),
            TimeoutError(),
            socket.gaierror(),
            OSError("Multiple exceptions"),
            RuntimeError("unable to perform operation on <TCPTransport>; the handler is closed"),
        ],
        ids=lambda fault: type(fault).__name__,
    )
    def test_of_the_network_passes(self, fault: Exception) -> None:
        assert is_passing(fault)

    @pytest.mark.parametrize(
        "bug",
        [ValueError(), RuntimeError(), FileNotFoundError(), IntegrityError("", {}, Exception())],
        ids=lambda bug: type(bug).__name__,
    )
    def test_of_ours_does_not_pass(self, bug: Exception) -> None:
        assert not is_passing(bug)
