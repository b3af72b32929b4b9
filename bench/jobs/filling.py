"""Fills the house's tables: what it wrote itself about some cases, copied as often as wanted.

Copying rows instead of inventing them keeps the filling right when tables change. Every id becomes
another one, the same in all tables and databases; all else stays, or goes back in time.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg
from sqlalchemy.engine import make_url

from services.kit.process.settings import database_variable
from services.machine.house import House

CASE_TABLES: Mapping[str, tuple[str, ...]] = {
    "intake": ("report", "reporter_contact"),
    "router": ("routed_case", "route_round"),
    "notifier": ("follow_up", "case_part", "case_follower", "case_line"),
}
MOST_INBOX_ROWS = 1_000_000
_LINES = "number <= 2"
"""Of each copied case's story two lines: enough for the index's depth, a quarter of the room."""


@dataclass(frozen=True, slots=True)
class Database:
    """One service's database, for what no service would do itself."""

    url: str

    def run(self, *statements: str) -> None:
        """Run statements one after the other."""
        asyncio.run(self._run(statements))

    def value(self, query: str) -> int:
        """Return the one number a query asks for."""
        return int(asyncio.run(self._value(query)))

    def columns(self, table: str) -> dict[str, str]:
        """Return each column's type by its name."""
        query = (
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = 'public' AND table_name = $1"
        )
        return {row[0]: row[1] for row in asyncio.run(self._rows(query, table))}

    async def _run(self, statements: tuple[str, ...]) -> None:
        conn = await asyncpg.connect(self.url)
        try:
            await conn.execute("SET synchronous_commit = off")
            for statement in statements:
                await conn.execute(statement)
        finally:
            await conn.close()

    async def _value(self, query: str) -> int:
        conn = await asyncpg.connect(self.url)
        try:
            return int(await conn.fetchval(query))
        finally:
            await conn.close()

    async def _rows(self, query: str, *arguments: str) -> list[asyncpg.Record]:
        conn = await asyncpg.connect(self.url)
        try:
            return list(await conn.fetch(query, *arguments))
        finally:
            await conn.close()


def database_of(running: House, service: str) -> Database:
    """Return a service's database, as the server's superuser: a service's role makes no tables.

    Raises KeyError for a house without a PostgreSQL of its own.
    """
    if running.postgres is None:
        raise KeyError(f"{service} is not on this house's own PostgreSQL")
    name = make_url(running.environment[database_variable(service)]).database or ""
    return Database(running.postgres.url(name).replace("+asyncpg", ""))


def multiply(
    database: Database, table: str, *, first: int, last: int, back: str = "", where: str = "true"
) -> None:
    """Insert the copies `first` to `last` of every original row; `back` moves instants."""
    columns = database.columns(table)
    if not columns or last < first:
        return
    told = ", ".join(f'"{name}"' for name in columns)
    copied = ", ".join(_copied(name, kind, back) for name, kind in columns.items())
    original = f"original_{table}"
    database.run(
        f"CREATE TABLE IF NOT EXISTS {original} AS TABLE {table}",
        f"INSERT INTO {table} ({told}) SELECT {copied} "  # noqa: S608 - names of our own tables
        f"FROM {original}, generate_series({first}, {last}) AS copy WHERE {where}",
    )


def settle(database: Database) -> None:
    """Give the planner its statistics and write everything out, as a running system has."""
    database.run("VACUUM (ANALYZE)", "CHECKPOINT")


def _copied(name: str, kind: str, back: str) -> str:
    if kind == "uuid":
        return f"md5(\"{name}\"::text || ':' || copy)::uuid"
    if back and kind.startswith("timestamp"):
        return f"\"{name}\" - copy * interval '{back}'"
    return f'"{name}"'


def fill(running: House, *, first: int, last: int) -> None:
    """Copy all closed cases of a house, `first` to `last`, in all three databases."""
    for service, tables in CASE_TABLES.items():
        database = database_of(running, service)
        for table in tables:
            where = _LINES if table == "case_line" else "true"
            multiply(database, table, first=first, last=last, back="10 seconds", where=where)
        if first == 1:
            rows = max(1, database.value("SELECT count(*) FROM inbox"))
            multiply(database, "inbox", first=1, last=min(last, MOST_INBOX_ROWS // rows))
        settle(database)
