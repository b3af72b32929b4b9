"""`tongxin db` as an operator gives it, on SQLite files and on the folder's own PostgreSQL."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from schemas.topics import SERVICES
from services.kit.process.settings import database_variable
from services.machine.data_folder import occupied
from services.machine.databases import owner_variable
from services.machine.embedded import PostgresServer
from services.machine.private_postgres import prepared
from services.machine.services import REGISTRY
from tests.support.command import tongxin
from tests.support.ports import server_ports

HEADS = {service: str(REGISTRY[service].history.head) for service in SERVICES}


class TestFiles:
    async def test_are_made_shown_and_found_in_order(self, tmp_path: Path) -> None:
        data = ("--data", str(tmp_path))
        assert (await tongxin("db", "current", *data)).text.count("no tables yet") == len(SERVICES)
        made = await tongxin("db", "upgrade", *data)
        assert made.code == 0
        for service, head in HEADS.items():
            assert f"{service}\tempty\t{head}" in made.text
        assert (await tongxin("db", "current", *data)).text.count("good") == len(SERVICES)
        assert (await tongxin("db", "check", *data)).code == 0

    async def test_are_made_by_an_upgrade_only(self, tmp_path: Path) -> None:
        data = ("--data", str(tmp_path / "house"))
        assert (await tongxin("db", "current", *data)).code == 0
        checked = await tongxin("db", "check", *data)
        assert checked.code == 1
        assert (
            "No tables yet: intake, router, notifier, desk. Run `tongxin db upgrade`"
            in checked.text
        )
        assert (
            "has no PostgreSQL of its own"
            in (await tongxin("db", "current", *data, "--postgres")).text
        )
        assert not (tmp_path / "house").exists()

    async def test_are_not_passed_over_for_a_new_server(self, tmp_path: Path) -> None:
        data = ("--data", str(tmp_path))
        await tongxin("db", "upgrade", *data)
        refused = await tongxin("db", "upgrade", *data, "--postgres")
        assert refused.code == 1
        assert "is in SQLite files: leave --postgres out" in refused.text

    async def test_that_differ_from_the_models_are_told(self, tmp_path: Path) -> None:
        await tongxin("db", "upgrade", "--data", str(tmp_path))
        with sqlite3.connect(tmp_path / "router.sqlite") as conn:
            conn.execute("DROP INDEX ix_timer_due")
        conn.close()
        told = await tongxin("db", "check", "--data", str(tmp_path))
        assert told.code == 1
        assert "# router: what a revision would do\nop.create_index('ix_timer_due'" in told.text
        assert "Models and tables differ: router. Run `tongxin db upgrade` first." in told.text

    async def test_of_a_newer_release_are_left_alone(self, tmp_path: Path) -> None:
        await tongxin("db", "upgrade", "--data", str(tmp_path))
        with sqlite3.connect(tmp_path / "intake.sqlite") as conn:
            conn.execute("UPDATE alembic_version SET version_num = '99.0'")
        conn.close()
        told = await tongxin("db", "upgrade", "--data", str(tmp_path))
        assert told.code == 1
        assert "run a newer release" in told.text


@pytest.mark.postgres
class TestOwnPostgres:
    async def test_is_made_shown_and_found_in_order(self, tmp_path: Path) -> None:
        options = ("--data", str(tmp_path), "--postgres")
        assert (await tongxin("db", "upgrade", *options)).code == 0
        shown = await tongxin("db", "current", *options)
        assert shown.text.count("good") == len(SERVICES)
        assert "tongxin_intake:***@" in shown.text
        assert (await tongxin("db", "check", *options)).code == 0
        with occupied(tmp_path):  # as a running house does
            refused = await tongxin("db", "current", *options)
        assert refused.code == 1
        assert "stop that one first" in refused.text


@pytest.mark.postgres
class TestServerOfOnesOwn:
    async def test_is_upgraded_by_the_owner_only(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with PostgresServer(tmp_path / "postgres") as server:
            where = await asyncio.to_thread(prepared, server)
            for service, urls in where.items():
                monkeypatch.setenv(database_variable(service), urls.app)
            refused = await tongxin("db", "upgrade", "--data", str(tmp_path))
            assert refused.code == 1
            assert "TONGXIN_<SERVICE>_MIGRATION_URL" in refused.text
            for service, urls in where.items():
                monkeypatch.setenv(owner_variable(service), urls.owner)
            assert (await tongxin("db", "upgrade", "--data", str(tmp_path))).code == 0
            assert (await tongxin("db", "current")).text.count("good") == len(SERVICES)

    async def test_without_the_database_is_told_plainly(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with PostgresServer(tmp_path) as server:
            monkeypatch.setenv(database_variable("intake"), server.url("nowhere"))
            told = await tongxin("db", "current", "--data", str(tmp_path))
        assert told.code == 1
        assert told.text == 'database "nowhere" does not exist 3D000\n'

    async def test_with_a_url_that_cannot_be_used_is_told_by_its_variable(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(database_variable("router"), "postgresql://tongxin_router@db/x")
        told = await tongxin("db", "current")
        assert told.code == 1
        assert "TONGXIN_ROUTER_DATABASE_URL begins with postgresql://" in told.text

    async def test_that_is_away_is_told_plainly(self, monkeypatch: pytest.MonkeyPatch) -> None:
        (port,) = server_ports(1)
        url = f"postgresql+asyncpg://tongxin_intake:x@127.0.0.1:{port}/tongxin_intake"
        monkeypatch.setenv(database_variable("intake"), url)
        told = await tongxin("db", "upgrade")
        assert told.code == 1
        assert "Connect" in told.text
