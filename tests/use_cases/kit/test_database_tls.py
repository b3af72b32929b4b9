"""A database behind TLS: encrypted, and no other server than the one that was meant."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from services.kit.sql.database import open_database
from services.kit.sql.faults import DatabaseAway, DatabaseRefused
from tests.support.certificates import Authority
from tests.support.tls_front import HOST, tls_front


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
async def guarded(postgres: str, authority: Authority) -> AsyncIterator[URL]:
    """Return the run's PostgreSQL behind TLS, whose certificate names 127.0.0.1 alone."""
    plain = make_url(postgres)
    port = plain.port or int(str(plain.query["port"]))
    issued = authority.issue("database", address=HOST)
    async with tls_front(*issued, behind=(HOST, port)) as front:
        yield plain.set(host=HOST, port=front, query={"ssl": "verify-full"})


async def answer(url: URL) -> object:
    database = open_database(url.render_as_string(hide_password=False))
    try:
        async with database.read() as conn:
            return await conn.scalar(text("SELECT 1"))
    finally:
        await database.close()


class TestTls:
    async def test_is_spoken_with_the_server_that_was_meant(
        self, guarded: URL, authority: Authority, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PGSSLROOTCERT", str(authority.file))
        assert await answer(guarded) == 1

    async def test_is_not_spoken_with_another_one(
        self, guarded: URL, authority: Authority, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PGSSLROOTCERT", str(authority.file))
        with pytest.raises(DatabaseRefused, match="not valid for 'localhost'"):
            await answer(guarded.set(host="localhost"))

    async def test_is_not_spoken_with_one_that_nobody_vouches_for(
        self, guarded: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "other").mkdir()
        monkeypatch.setenv("PGSSLROOTCERT", str(Authority(tmp_path / "other").file))
        with pytest.raises(DatabaseRefused, match="certificate verify failed"):
            await answer(guarded)

    async def test_that_a_server_does_not_speak_is_not_left_out(
        self, postgres: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PGSSLROOTCERT", str(authority.file))
        plain = make_url(postgres)
        port = plain.port or int(str(plain.query["port"]))
        with pytest.raises(DatabaseAway, match="rejected SSL upgrade"):
            await answer(plain.set(host=HOST, port=port, query={"ssl": "verify-full"}))

    async def test_with_a_file_of_authorities_that_is_not_there_says_so(
        self, guarded: URL, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PGSSLROOTCERT", "/nowhere/ca.pem")
        with pytest.raises(DatabaseRefused, match=r"/nowhere/ca\.pem"):
            await answer(guarded)
