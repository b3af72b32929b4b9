"""A service's own database: writes that do not fail half-way, reads that wait for nobody.

The same code runs on SQLite and PostgreSQL. On SQLite a write begins IMMEDIATE, so that it waits
for the other writer at its start and never fails on a lock upgrade (technology
handbook, section 4).
"""

import asyncio
import contextlib
import math
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

from pydantic_core import from_json
from sqlalchemy import Connection, Dialect, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from services.kit.private_folder import PRIVATE
from services.kit.sql.bounds import BUSY_SECONDS, IDLE_SECONDS, PATIENCE_SECONDS
from services.kit.sql.faults import (
    DatabaseAway,
    DatabaseRefused,
    cause_of,
    is_of_the_session,
    is_passing,
    is_refusal,
)
from services.kit.sql.waiting import OPTION, WaitingWrites, before_statement, send_waiting

_SQLITE: Final = "sqlite+aiosqlite"
_POSTGRESQL: Final = "postgresql+asyncpg"
_TLS_FILES: Final = ("PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGSSLCRL")
_READ: Final[dict[str, dict[str, Any]]] = {
    "sqlite": {"reading": True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}
"""How each engine is told that a transaction reads one snapshot; it costs no round trip."""
_SESSION: Final = {
    # A paused process must not hold its rows for ever, nor wait for ever for another's.
    "idle_in_transaction_session_timeout": "10s",
    "lock_timeout": "10s",
    # No statement of a service comes near; one that does has lost its plan.
    "statement_timeout": "30s",
    "jit": "off",  # statements are short and many; compiling them never pays
    # A count for a gauge must not take every core from the cases.
    "max_parallel_workers_per_gather": "0",
    # Every statement has its index. A plan made before a table has statistics would read all of
    # it, and is kept while the table grows.
    "enable_seqscan": "off",
}
"""What each session asks of a PostgreSQL whose own settings are somebody else's."""


class Database:
    """An engine with the two kinds of transaction a service needs."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Take an engine made by `open_engine`."""
        self._engine = engine
        one_writer = engine.dialect.name == "sqlite"
        self._writes_wait = not one_writer
        self._turn = asyncio.Lock() if one_writer else contextlib.nullcontext()

    @property
    def url(self) -> str:
        """The database's address, without its password."""
        return self._engine.url.render_as_string(hide_password=True)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Run a transaction that commits at the end of the block and rolls back on an error.

        Raises DatabaseAway for what may succeed when it is tried again. That includes a commit
        without an answer: it may have happened, so what is done here must bear being done twice.
        """
        # SQLite lets one write at a time and knows no queue: who waits there asks again and again,
        # may be passed by others for ever, and keeps a connection that a reader could have.
        with faults_told_apart():
            async with self._turn, self._engine.connect() as conn:
                if self._writes_wait:
                    await conn.execution_options(
                        isolation_level="AUTOCOMMIT", **{OPTION: WaitingWrites()}
                    )
                async with conn.begin():
                    yield conn
                    await send_waiting(conn, last=True)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Run a transaction that sees one snapshot and never waits for a writer.

        Raises DatabaseAway for what may succeed when it is tried again.
        """
        with faults_told_apart():
            async with self._engine.connect() as conn:
                await conn.execution_options(**_READ[self._engine.dialect.name])
                async with conn.begin():
                    yield conn

    async def empty_log(self) -> None:
        """Have SQLite empty its log file, which keeps what rows were until it is used again.

        What others read at the moment stays a while. PostgreSQL's log is its operator's.
        """
        if self._engine.dialect.name != "sqlite":
            return
        connection = await self._engine.raw_connection()
        try:
            driver = connection.driver_connection
            if driver is not None:
                await (await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")).close()
        finally:
            connection.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


@contextmanager
def faults_told_apart() -> Iterator[None]:
    """Turn each of the drivers' many errors that pass into the one that says so.

    Raises DatabaseAway, and DatabaseRefused for a URL that the server lets nobody in under.
    """
    try:
        yield
    except Exception as error:
        if is_passing(error):
            raise DatabaseAway(cause_of(error)) from error
        if is_refusal(error):
            raise DatabaseRefused(cause_of(error)) from error
        raise


def database_url(text: str) -> URL:
    """Return a database's URL. Raises ValueError with what is wrong when we cannot use it."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as wrong:
        raise ValueError(
            f"is no database URL; one is {_POSTGRESQL}://USER:PASSWORD@HOST/NAME"
        ) from wrong
    if url.drivername not in {_SQLITE, _POSTGRESQL}:
        raise ValueError(
            f"begins with {url.drivername}://; {_POSTGRESQL}:// and {_SQLITE}:/// can be used"
        )
    return url


def open_database(url: str, *, name: str = "tongxin") -> Database:
    """Return the database at an SQLAlchemy URL; a missing SQLite file and folder are made.

    `name` is who the sessions say they are, for whoever looks at the server.
    """
    return Database(open_engine(url, name=name))


def open_engine(url: str, *, name: str = "tongxin") -> AsyncEngine:
    """Return the engine of `open_database`."""
    parsed = database_url(url)
    if parsed.get_backend_name() != "sqlite":
        return _postgresql(parsed, name=name)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    engine = create_async_engine(
        parsed, pool_size=4, hide_parameters=True, json_deserializer=from_json
    )
    event.listen(engine.sync_engine, "connect", _on_sqlite_connect)
    event.listen(engine.sync_engine, "begin", _on_sqlite_begin)
    return engine


def _postgresql(url: URL, *, name: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=5,
        json_deserializer=from_json,
        hide_parameters=True,  # a failed statement is logged, and its values are people's
        connect_args={
            "timeout": 10,
            # Longer than any limit of the server's: only for one that does not answer at all.
            "command_timeout": PATIENCE_SECONDS,
            "server_settings": {"application_name": name} | _SESSION,
        },
    )
    event.listen(engine.sync_engine, "do_connect", _on_connecting)
    event.listen(engine.sync_engine, "checkin", _on_checkin)
    event.listen(engine.sync_engine, "checkout", _on_checkout)
    event.listen(engine.sync_engine, "handle_error", _on_error)
    event.listen(engine.sync_engine, "before_cursor_execute", before_statement)
    return engine


def _on_connecting(dialect: Dialect, _record: object, args: Any, options: Any) -> Any:  # noqa: ANN401 - the driver's own
    """Connect; a server that is down may show by its Unix socket's missing file."""
    try:
        return dialect.connect(*args, **options)
    except FileNotFoundError as missing:
        host = str(options.get("host", ""))
        if not host.startswith("/"):
            told = {name: os.environ[name] for name in _TLS_FILES if name in os.environ}
            raise DatabaseRefused(f"a file for TLS is not there: {told}") from missing
        raise ConnectionRefusedError(
            f"no server listens in {host} on port {options.get('port')}"
        ) from missing


def _on_checkin(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["used_at"] = time.monotonic()


def _on_checkout(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401 - the driver's adapter
    """Ask a session that was idle for a while whether it still is one; the pool opens another.

    SQLAlchemy's own `pool_pre_ping` asks every time, with three round trips.
    """
    if time.monotonic() - record.info.get("used_at", math.inf) < IDLE_SECONDS:
        return
    try:
        connection.ping()
    except Exception as gone:
        raise InvalidatePoolError from gone


def _on_error(context: ExceptionContext) -> None:
    """Let the pool forget its sessions when one of them can never serve again.

    After a failover a session with the former server still answers, but takes no write; a new one
    finds the server that does.
    """
    if is_of_the_session(context.original_exception):
        context.is_disconnect = True


def _on_sqlite_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's adapter
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_sqlite_begin(conn: Connection) -> None:
    reading = conn.get_execution_options().get("reading", False)
    conn.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def sqlite_url(path: Path) -> str:
    """Return the URL of an SQLite file."""
    return f"{_SQLITE}:///{path}"


def folder_of(url: str) -> Path:
    """Return the folder in which the files beside a database are: an SQLite file's, or `.tongxin`.

    >>> folder_of("sqlite+aiosqlite:////srv/house/desk.sqlite"), folder_of("postgresql+asyncpg://h/d")
    (PosixPath('/srv/house'), PosixPath('.tongxin'))
    """
    told = make_url(url)
    is_file = told.get_backend_name() == "sqlite" and told.database not in {None, "", ":memory:"}
    return Path(str(told.database)).parent if is_file else Path(".tongxin")
