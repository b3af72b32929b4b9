"""The notifier lives in the past: what is due comes to pass, hours late by the house's clock."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.database import Database
from services.kit.stage import timers
from tests.faults.bad_builds.swapping import swap

_BEHIND: Final = timedelta(hours=3)


def spoil() -> None:
    """See and claim only what has been due for long."""
    is_past, claim = timers.NextDue.is_past, timers.claim_due

    async def seen(due: timers.NextDue, database: Database, *, now: datetime) -> bool:
        return await is_past(due, database, now=now - _BEHIND)

    async def claimed(
        conn: AsyncConnection, *, now: datetime, **told: Any
    ) -> list[timers.Deadline]:
        return await claim(conn, now=now - _BEHIND, **told)

    swap(timers.NextDue, "is_past", seen)
    swap(timers, "claim_due", claimed)
