"""A name that one transaction holds, for what has no row yet that could be locked."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_HOLD: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


async def hold(conn: AsyncConnection, name: str) -> None:
    """Wait until nobody else holds a name, and hold it until the end of the transaction."""
    if conn.dialect.name == "postgresql":  # SQLite has one writer anyhow
        await conn.execute(_HOLD, {"name": name})
