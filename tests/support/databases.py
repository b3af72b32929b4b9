"""Empty databases for tests, on SQLite and on PostgreSQL, each copied from a filled template."""

import asyncio
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import asyncpg
from sqlalchemy.engine import URL, make_url

from services.kit.sql.database import Database, open_database, sqlite_url
from services.kit.sql.migrations import upgrade
from services.kit.sql.revisions import History
from services.machine.database_roles import (
    Roles,
    access_statements,
    create_statement,
    grant_statements,
    role_statements,
)
from services.machine.embedded import PostgresServer
from tests.support import reuse
from tests.support.ports import server_ports

ENGINES = ("sqlite", "postgresql")
OWNER, APP = "tongxin_test_owner", "tongxin_test"
_FILLING = 0x74657374  # of the advisory lock: one worker fills a template
_HASTE = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "file_copy_method": "clone",
    "max_connections": "200",
}
_done_with: list[str] = []
"""Databases of tests that are over; the next test drops them on its own connection."""
_numbers = itertools.count()

Fill = Callable[[str], Awaitable[object]]


@contextmanager
def postgres_in(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL that forgets on a power cut and yield its superuser's URL."""
    (port,) = server_ports(1)
    with PostgresServer(folder, port=port, settings=_HASTE) as server:
        yield server.url()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Open a database that is there."""
    database = open_database(url)
    try:
        yield database
    finally:
        await database.close()


@dataclass
class Place:
    """Where one test's databases are; the same name twice is the same database.

    A service's databases are used by the role that may not change their tables.
    """

    engine: str
    folder: Path
    server: Callable[[], str]
    templates: Path
    _made: dict[str, str] = field(default_factory=dict)
    _reusable: list[tuple[str, reuse.Made]] = field(default_factory=list)

    async def url_of(self, history: History, *, name: str = "") -> str:
        """Return the URL of a database with a service's tables, empty the first time."""
        return await self.filled(history.name, partial(_upgraded, history), name=name)

    @asynccontextmanager
    async def opened(self, history: History, *, name: str = "") -> AsyncIterator[Database]:
        """Open a database with a service's tables, empty the first time."""
        async with opened(await self.url_of(history, name=name)) as database:
            yield database

    async def filled(self, template: str, fill: Fill, *, name: str = "") -> str:
        """Return the URL of a copy of what `fill` made of the template's URL."""
        name = name or template
        if name not in self._made:
            copy = self._copied_file if self.engine == "sqlite" else self._copied_database
            self._made[name] = await copy(template, fill, name)
        return self._made[name]

    async def empty(self, *, name: str = "empty") -> str:
        """Return the URL of a database without tables, for the role that may make some."""
        return self.owner_of(await self.filled("empty", _not_at_all, name=name))

    def owner_of(self, url: str) -> str:
        """Return the URL of the same database for the role that may change its tables."""
        if self.engine == "sqlite":
            return url
        return make_url(url).set(username=OWNER).render_as_string(hide_password=False)

    def leave(self) -> None:
        """Let the next test have the databases on the server; files go with their folder."""
        if self.engine == "postgresql":
            for template, one in self._reusable:
                reuse.leave(template, one)
            kept = {one.database for _, one in self._reusable}
            made = {str(make_url(url).database) for url in self._made.values()}
            _done_with.extend(made - kept)

    async def _copied_file(self, template: str, fill: Fill, name: str) -> str:
        source = self.templates / f"{template}.sqlite"
        if not source.exists():
            draft = self.templates / f".{template}.sqlite"
            await fill(sqlite_url(draft))
            draft.touch()
            draft.replace(source)
        return sqlite_url(Path(shutil.copy(source, self.folder / f"{name}.sqlite")))

    async def _copied_database(self, template: str, fill: Fill, name: str) -> str:
        server = make_url(self.server())
        while (left := reuse.take(template)) is not None:
            async with _connected(server.set(database=left.database)) as conn:
                if await reuse.emptied(conn, left):
                    self._reusable.append((template, left))
                    return as_role(server, _roles(left.database), APP)
            _done_with.append(left.database)
        copy = _roles(f"test_{os.getpid()}_{next(_numbers)}_{name}".replace("-", "_"))
        await _copy(server, copy, template, fill)
        async with _connected(server.set(database=copy.database)) as conn:
            made = await reuse.made(conn, copy.database)
        if made is not None:
            self._reusable.append((template, made))
        return as_role(server, copy, APP)


def _roles(database: str) -> Roles:
    return Roles(database=database, owner=OWNER, app=APP)


async def _copy(server: URL, copy: Roles, template: str, fill: Fill) -> None:
    """Make a copy of a template, which is filled if this is the first."""
    source = _roles(f"template_{template}")
    async with _connected(server) as conn:
        await conn.execute(f"SELECT pg_advisory_lock({_FILLING})")
        found = "SELECT 1 FROM pg_database WHERE datname = $1"
        if not await conn.fetchval(found, source.database):
            await _fill_template(conn, server, source, fill)
        while _done_with:
            await conn.execute(f"DROP DATABASE {_done_with.pop()} WITH (FORCE)")
        of = f"TEMPLATE {source.database} STRATEGY file_copy"
        await conn.execute(f"{create_statement(copy)} {of}")
        for statement in access_statements(copy):
            await conn.execute(statement)


def as_role(server: URL, roles: Roles, role: str) -> str:
    """Return a database's URL for a role; the roles of tests have the superuser's password."""
    url = server.set(username=role, database=roles.database)
    return url.render_as_string(hide_password=False)


async def create_database(server: URL, roles: Roles) -> None:
    """Make an empty database with its roles, as the house does."""
    async with _connected(server) as conn:
        for role in (roles.owner, roles.app):
            for statement in role_statements(role, password=str(server.password)):
                await conn.execute(statement)
        for statement in (create_statement(roles), *access_statements(roles)):
            await conn.execute(statement)
    async with _connected(server.set(database=roles.database)) as conn:
        for statement in grant_statements(roles):
            await conn.execute(statement)


@asynccontextmanager
async def _connected(url: URL) -> AsyncIterator[asyncpg.Connection]:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    conn = await asyncpg.connect(plain)
    try:
        yield conn
    finally:
        await conn.close()


async def _fill_template(conn: asyncpg.Connection, server: URL, source: Roles, fill: Fill) -> None:
    """Make the template under another name first: a half filled one is none."""
    draft = _roles(f"draft_{source.database}")
    await create_database(server, draft)
    await fill(as_role(server, draft, OWNER))
    # The last backend of the filling may still be ending.
    ending = "SELECT 1 FROM pg_stat_activity WHERE datname = $1"
    while await conn.fetchval(ending, draft.database):  # noqa: ASYNC110 - a server has no event
        await asyncio.sleep(0.01)
    await conn.execute(f"ALTER DATABASE {draft.database} RENAME TO {source.database}")


async def _not_at_all(url: str) -> None:
    await open_database(url).close()


async def _upgraded(history: History, url: str) -> None:
    await upgrade(history, url)
