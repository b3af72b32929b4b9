"""Forgetting what need not be kept, a portion per transaction so that batches get through."""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.database import Database

Prune = Callable[[AsyncConnection], Awaitable[int]]
"""Drops one portion and returns how many rows that were."""


async def forget(database: Database, prune: Prune, *, portion: int) -> int:
    """Prune until a portion is not full; returns how many rows went. Raises DatabaseAway."""
    gone = 0
    while True:
        async with database.write() as conn:
            pruned = await prune(conn)
        gone += pruned
        if pruned < portion:
            return gone
