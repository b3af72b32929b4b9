"""Open cases counted by the database; exercises are left out."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import false, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.declaring import table_of
from services.notifier.store.tables import OPEN, FollowUp

_CASE = table_of(FollowUp)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCases:
    """How many cases are open, by where they stand; nobody is the empty department.

    `triage` are those that nobody could categorise, by department and urgency.
    """

    by_standing: Counter[tuple[str, str, int]]
    overdue: Counter[tuple[str, str]]
    triage: Counter[tuple[str, str]]
    oldest_at: datetime | None


async def open_cases(conn: AsyncConnection, *, now: datetime) -> OpenCases:
    """Return the open cases by state, department and level; late and unnamed ones by urgency.

    One pass over the open cases counts all.
    """
    groups = (
        _CASE.c.state,
        func.coalesce(_CASE.c.department, ""),
        _CASE.c.level,
        _CASE.c.urgency,
        func.coalesce(_CASE.c.due_by < now, false()),
        _CASE.c.triage,
    )
    rows = await conn.execute(
        select(*groups, func.count(), func.min(_CASE.c.registered_at))
        .where(OPEN, _CASE.c.exercise.is_(False))
        .group_by(*groups)
    )
    standing = Counter[tuple[str, str, int]]()
    overdue, triage = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    since = []
    for state, department, level, urgency, is_late, is_unnamed, count, oldest in rows:
        standing[state, department, level] += count
        if is_late:
            overdue[department, urgency] += count
        if is_unnamed:
            triage[department, urgency] += count
        since.append(oldest)
    return OpenCases(
        by_standing=standing,
        overdue=overdue,
        triage=triage,
        oldest_at=min(since, default=None),
    )
