"""Open cases counted by the database; exercises are left out."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.tables import table_of
from services.notifier.store.tables import OPEN, CaseTotal, FollowUp

_CASE = table_of(FollowUp)
_TOTAL = table_of(CaseTotal)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCases:
    """How many cases are open, by where they stand; nobody is the empty department."""

    by_standing: dict[tuple[str, str, int], int]
    overdue: dict[tuple[str, str], int]
    oldest_at: datetime | None


async def open_cases(conn: AsyncConnection, *, now: datetime) -> OpenCases:
    """Return the open cases by state, department and level, and the late ones by urgency."""
    department = func.coalesce(_CASE.c.department, "")
    counted = select(func.count()).where(OPEN, _CASE.c.exercise.is_(False))
    standing = await conn.execute(
        counted.add_columns(_CASE.c.state, department, _CASE.c.level).group_by(
            _CASE.c.state, department, _CASE.c.level
        )
    )
    late = await conn.execute(
        counted.where(_CASE.c.due_by < now)
        .add_columns(department, _CASE.c.urgency)
        .group_by(department, _CASE.c.urgency)
    )
    oldest = await conn.execute(
        select(_CASE.c.registered_at)
        .where(OPEN, _CASE.c.exercise.is_(False))
        .order_by(_CASE.c.registered_at)
        .limit(1)
    )
    return OpenCases(
        by_standing={(state, whose, level): n for n, state, whose, level in standing},
        overdue={(whose, urgency): n for n, whose, urgency in late},
        oldest_at=oldest.scalar_one_or_none(),
    )


async def totals(conn: AsyncConnection) -> dict[str, int]:
    """Return how many cases ever became what, over all lanes."""
    rows = await conn.execute(
        select(_TOTAL.c.kind, func.sum(_TOTAL.c.count)).group_by(_TOTAL.c.kind)
    )
    return {kind: int(count) for kind, count in rows}
