"""How an engine means to answer what is asked of it."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection


async def explained(conn: AsyncConnection, ask: Callable[[AsyncConnection], Awaitable[Any]]) -> str:
    """Return the plan of the one query that is asked, as it were of tables with many rows."""
    asked: list[tuple[str, Any]] = []
    event.listen(
        conn.sync_connection,
        "before_cursor_execute",
        lambda _conn, _cursor, statement, given, *_: asked.append((statement, given)),
    )
    await ask(conn)
    [(statement, given)] = asked
    explain = "EXPLAIN QUERY PLAN"
    if conn.dialect.name == "postgresql":
        explain = "EXPLAIN"
        for way in ("seqscan", "sort"):  # dear once there are many
            await conn.execute(text(f"SET LOCAL enable_{way} = off"))
    return str((await conn.exec_driver_sql(f"{explain} {statement}", given)).all())
