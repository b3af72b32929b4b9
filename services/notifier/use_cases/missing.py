"""Who looks for cases that are open when their reporters were told that they are closed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.database import Database
from services.notifier.bounds import MISSED_AT_ONCE
from services.notifier.domain.clocks import TimerKind
from services.notifier.store import promises
from services.notifier.store.walk import Found, Place
from services.notifier.use_cases.looking_again import look_again


async def look_for_missed(database: Database, *, stage: str, now: datetime) -> int:
    """Set a timer for every open case whose date has passed untold; returns how many.

    A timer for each case at its registration would cost all those that are closed in time.
    """

    async def find(conn: AsyncConnection, after: Place) -> Sequence[Found]:
        return await promises.missed(conn, now=now, after=after)

    return await look_again(
        database, find, at_once=MISSED_AT_ONCE, stage=stage, kind=TimerKind.PROMISE, due_at=now
    )
