"""The house's own PostgreSQL: each service has its database, and as little as it needs in it."""

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from schemas.topics import SERVICES
from services.machine.databases import Addresses, bring_up_to_date
from services.machine.embedded import PostgresServer
from services.machine.private_postgres import prepared

pytestmark = pytest.mark.postgres
FORBIDDEN = (
    "CREATE TABLE mine (n INTEGER)",
    "CREATE TEMPORARY TABLE mine (n INTEGER)",
    "CREATE SCHEMA mine",
    "CREATE VIEW mine AS SELECT 1",
    "CREATE FUNCTION mine() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1'",
    "CREATE INDEX mine ON lane (epoch)",
    "ALTER TABLE lane ADD COLUMN mine INTEGER",
    "ALTER TABLE lane DISABLE TRIGGER ALL",
    "DROP TABLE lane",
    "DROP INDEX ix_timer_due",
    "TRUNCATE lane",
    "CREATE DATABASE mine",
    "CREATE ROLE mine",
    "ALTER ROLE tongxin_intake SUPERUSER",
    "SET ROLE tongxin_intake_owner",
    "UPDATE alembic_version SET version_num = '9.0'",
    "DELETE FROM alembic_version",
    "COPY lane TO PROGRAM 'true'",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT rolpassword FROM pg_authid",
)
ALLOWED = (
    "INSERT INTO lane VALUES ('toy', 0, 0, 1)",
    "SELECT * FROM lane FOR UPDATE",
    "UPDATE lane SET epoch = 1",
    "DELETE FROM lane",
    "SELECT version_num FROM alembic_version",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with PostgresServer(tmp_path_factory.mktemp("house") / "postgres") as server:
        yield server


@pytest.fixture(scope="module")
def where(server: PostgresServer) -> dict[str, Addresses]:
    found = prepared(server)
    bring_up_to_date(found)
    return found


async def execute(url: str, statement: str) -> None:
    conn = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await conn.execute(statement)
    finally:
        await conn.close()


def elsewhere(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


class TestAppRole:
    @pytest.mark.parametrize("statement", FORBIDDEN)
    async def test_may_not_change_anything_but_rows(
        self, where: dict[str, Addresses], statement: str
    ) -> None:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await execute(where["intake"].app, statement)

    @pytest.mark.parametrize("service", SERVICES)
    async def test_may_read_and_write_rows(self, where: dict[str, Addresses], service: str) -> None:
        for statement in ALLOWED:
            await execute(where[service].app, statement)

    async def test_may_use_the_rows_of_a_later_table(self, where: dict[str, Addresses]) -> None:
        await execute(where["router"].owner, "CREATE TABLE later (n SERIAL, m INTEGER)")
        await execute(where["router"].app, "INSERT INTO later (m) VALUES (1)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await execute(where["router"].app, "DROP TABLE later")

    @pytest.mark.parametrize("database", ["tongxin_router", "postgres", "template1"])
    async def test_gets_into_no_other_database(
        self, where: dict[str, Addresses], database: str
    ) -> None:
        for url in (where["intake"].app, where["intake"].owner):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="CONNECT"):
                await execute(elsewhere(url, database), "SELECT 1")


class TestPassword:
    def test_of_each_role_is_its_own_and_only_ours_to_read(
        self, server: PostgresServer, where: dict[str, Addresses]
    ) -> None:
        urls = [url for one in where.values() for url in (one.app, one.owner)]
        passwords = {make_url(url).password for url in urls} | {server.password}
        assert len(passwords) == 2 * len(SERVICES) + 1
        for name in ("roles.json", "password"):
            mode = (server.data_dir / name).stat().st_mode
            assert stat.S_IMODE(mode) == stat.S_IRUSR | stat.S_IWUSR
        written = "".join(f.read_text() for f in server.data_dir.glob("*.log*"))
        assert not [p for p in passwords if str(p) in written]

    async def test_stays_when_the_house_opens_again(
        self, server: PostgresServer, where: dict[str, Addresses]
    ) -> None:
        assert prepared_beside(server) == where
        await execute(where["notifier"].app, "SELECT * FROM follow_up")

    async def test_is_made_again_when_it_was_lost(self, tmp_path: Path) -> None:
        with PostgresServer(tmp_path / "postgres") as server:
            before = prepared_beside(server)
            (server.data_dir / "roles.json").unlink()
            after = prepared_beside(server)
            assert after != before
            await execute(after["intake"].app, "SELECT 1")
            with pytest.raises(asyncpg.InvalidPasswordError):
                await execute(before["intake"].app, "SELECT 1")


def prepared_beside(server: PostgresServer) -> dict[str, Addresses]:
    """Prepare in a thread: the command has no event loop yet, a test has one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(prepared, server).result()
