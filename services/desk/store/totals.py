"""How many cases became what, and the open ones by where they stand; exercises are left out."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.store.tables import OPEN, CaseDay, CaseTotal, CaseView
from services.kit.sql.bulk import insert_rows
from services.kit.sql.declaring import table_of

_CASE: Final = table_of(CaseView)
_TOTAL: Final = table_of(CaseTotal)
_DAY: Final = table_of(CaseDay)


async def add(conn: AsyncConnection, totals: Mapping[str, int], *, lane: int) -> None:
    """Add to the totals of a lane; which one it is only keeps writers apart."""
    rows = [
        {"lane": lane, "kind": kind, "count": count}
        for kind, count in sorted(totals.items())
        if count
    ]
    await insert_rows(conn, CaseTotal, rows, add=("count",))


async def add_days(
    conn: AsyncConnection, days: Mapping[tuple[date, str], int], *, lane: int
) -> None:
    """Add to the totals of days, as to those of all time."""
    rows = [
        {"day": day, "kind": kind, "lane": lane, "count": count}
        for (day, kind), count in sorted(days.items())
        if count
    ]
    await insert_rows(conn, CaseDay, rows, add=("count",))


async def days(conn: AsyncConnection, first: date, last: date) -> Counter[tuple[date, str]]:
    """Return how many cases began and ended on each of these days, over all lanes."""
    rows = await conn.execute(
        select(_DAY.c.day, _DAY.c.kind, func.sum(_DAY.c.count))
        .where(_DAY.c.day >= first, _DAY.c.day <= last)
        .group_by(_DAY.c.day, _DAY.c.kind)
    )
    return Counter({(day, kind): int(count) for day, kind, count in rows})


async def totals(conn: AsyncConnection) -> Counter[str]:
    """Return how many cases ever became what, over all lanes."""
    rows = await conn.execute(
        select(_TOTAL.c.kind, func.sum(_TOTAL.c.count)).group_by(_TOTAL.c.kind)
    )
    return Counter({kind: int(count) for kind, count in rows})


async def open_by_state(conn: AsyncConnection) -> dict[str, int]:
    """Return how many open cases stand where."""
    rows = await conn.execute(
        select(_CASE.c.state, func.count().label("cases"))
        .where(OPEN, _CASE.c.exercise.is_(False))
        .group_by(_CASE.c.state)
    )
    return {row.state: row.cases for row in rows}


async def overdue(conn: AsyncConnection) -> int:
    """Return how many open cases have run over their limit."""
    query = select(func.count()).where(
        OPEN, _CASE.c.exercise.is_(False), _CASE.c.overdue_at.is_not(None)
    )
    return int(await conn.scalar(query) or 0)


async def late_departments(conn: AsyncConnection, *, now: datetime) -> dict[str, int]:
    """Return how many open cases each department is late with: signing or handling."""
    signing = (_CASE.c.state == "assigned") & (_CASE.c.sign_by < now)
    rows = await conn.execute(
        select(_CASE.c.department, func.count().label("cases"))
        .where(
            OPEN,
            _CASE.c.exercise.is_(False),
            _CASE.c.department.is_not(None),
            signing | (_CASE.c.due_by < now),
        )
        .group_by(_CASE.c.department)
        .order_by(func.count().desc(), _CASE.c.department)
    )
    return {row.department: row.cases for row in rows}
