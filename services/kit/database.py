"""A service's own database: writes that do not fail half-way, reads that wait for nobody.

The same code runs on SQLite and PostgreSQL. On SQLite a write begins IMMEDIATE, so that it waits
for the other writer at its start and never fails on a lock upgrade (technology
handbook, section 4).
"""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

PASSING_FAULTS = (OperationalError, InterfaceError, TimeoutError, ConnectionError)
"""What may succeed when tried again: a lock, a lost connection, a server that restarts."""

_BUSY_SECONDS = 20
_READ = {"reading": True}


class Database:
    """An engine with the two kinds of transaction a service needs."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Take an engine made by `open_database`."""
        self._engine = engine

    @property
    def url(self) -> str:
        """The database's address, without its password."""
        return self._engine.url.render_as_string(hide_password=True)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Run a transaction that commits at the end of the block and rolls back on an error."""
        async with self._engine.begin() as conn:
            yield conn

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Run a transaction that sees one snapshot and never waits for a writer."""
        async with self._engine.connect() as conn:
            await conn.execution_options(**_READ)
            async with conn.begin():
                yield conn

    async def create_tables(self, metadata: MetaData) -> None:
        """Create the tables that are not there yet."""
        async with self._engine.begin() as conn:
            await conn.run_sync(metadata.create_all)

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


def open_database(url: str) -> Database:
    """Return the database at an SQLAlchemy URL; a missing SQLite file and folder are made."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return Database(create_async_engine(parsed, pool_pre_ping=True, pool_size=5))
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(parsed, pool_size=4)
    event.listen(engine.sync_engine, "connect", _on_sqlite_connect)
    event.listen(engine.sync_engine, "begin", _on_sqlite_begin)
    return Database(engine)


def _on_sqlite_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's adapter
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={_BUSY_SECONDS * 1000}",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_sqlite_begin(conn: Connection) -> None:
    reading = conn.get_execution_options().get("reading", False)
    conn.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def sqlite_url(path: Path) -> str:
    """Return the URL of an SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


SQLITE_VERSION = sqlite3.sqlite_version
