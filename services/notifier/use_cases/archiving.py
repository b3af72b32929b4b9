"""Who looks for cases to archive: a bounded number at a time, the longest closed first."""

from datetime import datetime

from schemas.plan import Plan
from services.kit.sql.database import Database
from services.notifier.bounds import ARCHIVED_A_SWEEP, ARCHIVED_APART, ARCHIVED_AT_ONCE
from services.notifier.domain.clocks import TimerKind
from services.notifier.store import archiving
from services.notifier.store.walk import BEFORE_ALL
from services.notifier.use_cases.looking_again import set_timers


async def archive_due(database: Database, *, plan: Plan, stage: str, now: datetime) -> int:
    """Set a timer for closed cases whose time has come, portion by portion; returns how many.

    What is left over is found by the next sweep. The lane's owner archives each, a portion after
    the other, so that other work goes on meanwhile.
    """
    until, after, due_at, count = now - plan.limits.archive_after, BEFORE_ALL, now, 0
    while count < ARCHIVED_A_SWEEP:
        async with database.write() as conn:
            found = await archiving.closed_until(conn, until, after=after)
            await set_timers(conn, found, stage=stage, kind=TimerKind.ARCHIVE, due_at=due_at)
        count += len(found)
        if len(found) < ARCHIVED_AT_ONCE:
            break
        after, due_at = (found[-1].closed_at, found[-1].case_id), due_at + ARCHIVED_APART
    return count
