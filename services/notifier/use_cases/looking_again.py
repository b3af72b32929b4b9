"""Timers that have many cases looked at again: by the lane's owner, when each fires."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.database import Database
from services.kit.stage import timers
from services.kit.stage.timers import Deadline
from services.notifier.domain.clocks import TimerKind
from services.notifier.store.walk import BEFORE_ALL, Found, Place, place_of

Find = Callable[[AsyncConnection, Place], Awaitable[Sequence[Found]]]
"""Returns the next portion of cases after a place."""


async def look_again(
    database: Database,
    find: Find,
    *,
    at_once: int,
    stage: str,
    kind: TimerKind,
    due_at: datetime,
    is_due: Callable[[Found], bool] = lambda _: True,
) -> int:
    """Set a timer for each case that is found and `is_due` to it; returns how many.

    A portion of `at_once` at a time, each in a transaction of its own.
    """
    count, after = 0, BEFORE_ALL
    while True:
        async with database.write() as conn:
            portion = await find(conn, after)
            due = [case for case in portion if is_due(case)]
            await set_timers(conn, due, stage=stage, kind=kind, due_at=due_at)
        count += len(due)
        if len(portion) < at_once:
            return count
        after = place_of(portion[-1])


async def set_timers(
    conn: AsyncConnection, cases: Iterable[Found], *, stage: str, kind: TimerKind, due_at: datetime
) -> None:
    """Set a timer for each of these cases."""
    deadlines = [
        Deadline(subject=case.case_id, kind=kind, partition=case.partition, due_at=due_at)
        for case in cases
    ]
    await timers.set_all(conn, stage=stage, deadlines=deadlines)
