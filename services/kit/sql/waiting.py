"""Writes that wait for each other: each message to PostgreSQL and back costs more than its work.

In a transaction of `Database.write` the writes of `bulk` to different tables wait, and travel as
one statement when something is read, when one of their tables is written again, or at the end. So
whoever reads sees them, and the order within a table is kept. What the server has against a value
is raised then, not where it was written.

The server hears of a transaction only when one statement is not enough: a round that reads and then
writes once needs neither BEGIN nor COMMIT. At READ COMMITTED each statement sees what is there when
it begins, so what is read without a lock before the first write may as well be read outside.
"""

import re
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.ext.asyncio import AsyncConnection

OPTION: Final = "waiting_writes"
"""The execution option under which a connection has what waits in its transaction."""
_PARAMETER: Final = re.compile(r"\$(\d+)")
_LOCKS: Final = " FOR UPDATE"


class Write(NamedTuple):
    """A statement that returns nothing, and its parameters, `$1` and so on."""

    text: str
    values: tuple[Any, ...]


class WaitingWrites:
    """The writes of one transaction that the server has not heard of, by their table.

    `is_open` tells whether the server has heard of the transaction, or need not.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.is_open = False
        self._by_table: dict[str, Write] = {}

    def has(self, table: str) -> bool:
        """Tell whether a write to a table waits."""
        return table in self._by_table

    def add(self, table: str, write: Write) -> None:
        """Let a write wait; none may wait for its table already."""
        self._by_table[table] = write

    def taken(self) -> Write | None:
        """Return all that waits as one statement, and forget it; None if nothing does."""
        writes, self._by_table = [*self._by_table.values()], {}
        if not writes:
            return None
        text = _joined(tuple((write.text, len(write.values)) for write in writes))
        return Write(text, tuple(value for write in writes for value in write.values))


def waiting_on(conn: AsyncConnection) -> WaitingWrites | None:
    """Return what waits on a connection; None where every write goes at once."""
    return None if conn.sync_connection is None else _waiting(conn.sync_connection)


async def send_waiting(conn: AsyncConnection, *, last: bool = False) -> None:
    """Send what waits on a connection. Raises what the server has against it.

    The `last` statement of a transaction that the server has not heard of is one by itself.
    """
    waiting = waiting_on(conn)
    if waiting is not None and (write := waiting.taken()) is not None:
        waiting.is_open |= last
        await conn.exec_driver_sql(*write)


def before_statement(
    conn: Connection,
    _cursor: object,
    statement: str,
    _parameters: object,
    context: ExecutionContext | None,
    _many: object,
) -> None:
    """Send what waits before any other statement: SQLAlchemy's `before_cursor_execute`."""
    waiting = _waiting(conn)
    if waiting is None:
        return
    write, driver = waiting.taken(), conn.connection.dbapi_connection
    must_open = write is not None or not _only_reads(statement, context)
    if must_open and not waiting.is_open and driver is not None:
        # What the connection does from here on is one transaction: its driver says BEGIN.
        conn.dialect.set_isolation_level(driver, "READ COMMITTED")
        waiting.is_open = True
    if write is not None:
        conn.exec_driver_sql(*write)


def _only_reads(statement: str, context: ExecutionContext | None) -> bool:
    """Tell whether a statement neither writes nor locks; who writes SQL himself may do both."""
    compiled = None if context is None else context.compiled
    is_select = compiled is not None and isinstance(compiled.statement, Select)
    return is_select and _LOCKS not in statement


def _waiting(conn: Connection) -> WaitingWrites | None:
    found: WaitingWrites | None = conn.get_execution_options().get(OPTION)
    return found


@lru_cache(maxsize=1_024)
def _joined(texts: tuple[tuple[str, int], ...]) -> str:
    """Return several statements as one, each with so many parameters, numbered through.

    >>> _joined((("DELETE FROM a WHERE b = $1", 1), ("DELETE FROM c WHERE d = $1", 1)))
    'WITH "1" AS (DELETE FROM a WHERE b = $1) DELETE FROM c WHERE d = $2'
    """
    numbered, before = [], 0
    for text, count in texts:
        numbered.append(_PARAMETER.sub(partial(_moved, by=before), text))
        before += count
    *first, last = numbered
    parts = ", ".join(f'"{number}" AS ({text})' for number, text in enumerate(first, start=1))
    return f"WITH {parts} {last}" if parts else last


def _moved(parameter: re.Match[str], *, by: int) -> str:
    return f"${int(parameter[1]) + by}"
