"""What people ask: lists of cases, and the whole story of one. Nothing here grows with history."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Select, func, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.lifecycle import ENDED
from services.kit.sql.cursors import Cursor
from services.kit.sql.declaring import table_of
from services.notifier.store.tables import (
    OPEN,
    OVERDUE,
    REQUESTED,
    SUPERVISED,
    TRIAGE,
    CaseFollower,
    CaseLine,
    CasePart,
    FollowUp,
    RejectedCase,
)

Found = dict[str, Any]
"""A row by its columns' names."""

_CASE = table_of(FollowUp)
_PART = table_of(CasePart)
_FOLLOWER = table_of(CaseFollower)
_LINE = table_of(CaseLine)
_REJECTED = table_of(RejectedCase)
_NEVER_OPEN = frozenset(map(str, ENDED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases a list is of; what is None does not matter."""

    state: str | None = None
    department: str | None = None
    source: str | None = None
    watcher: str | None = None
    open: bool | None = None
    overdue: bool = False
    triage: bool = False
    supervised: bool = False
    requested: bool = False
    after: Cursor | None = None
    limit: int = 50


async def cases(conn: AsyncConnection, wanted: Wanted) -> list[Found]:
    """Return these cases, the newest first."""
    query = _filtered(select(_CASE), wanted)
    if wanted.after is not None:
        place = (wanted.after.at, wanted.after.id)
        query = query.where(tuple_(_CASE.c.registered_at, _CASE.c.case_id) < tuple_(*place))
    query = query.order_by(_CASE.c.registered_at.desc(), _CASE.c.case_id.desc())
    return await _rows(conn, query.limit(wanted.limit))


def _filtered(query: Select[Any], wanted: Wanted) -> Select[Any]:
    columns = {name: getattr(wanted, name) for name in ("state", "department", "source")}
    for name, value in columns.items():
        if value is not None:
            query = query.where(_CASE.c[name] == value)
    if wanted.open is False:
        query = query.where(_CASE.c.closed_at.is_not(None))
    elif wanted.open or (wanted.state is not None and wanted.state not in _NEVER_OPEN):
        query = query.where(OPEN)
    if (who := wanted.watcher) is not None:
        # Two small indexes; with an OR a planner might rather read all cases in their order.
        theirs = (
            select(_CASE.c.case_id).where(c == who) for c in (_CASE.c.watcher, _CASE.c.decider)
        )
        query = query.where(_CASE.c.case_id.in_(union_all(*theirs)))
    marks = {"overdue": OVERDUE, "supervised": SUPERVISED, "requested": REQUESTED, "triage": TRIAGE}
    return query.where(*(mark for name, mark in marks.items() if getattr(wanted, name)))


async def case(conn: AsyncConnection, case_id: UUID) -> Found | None:
    """Return a case, if it was registered."""
    found = await _rows(conn, select(_CASE).where(_CASE.c.case_id == case_id))
    return found[0] if found else None


async def primary_of(conn: AsyncConnection, merged_id: UUID) -> UUID | None:
    """Return the case that a merged report joined."""
    query = select(_FOLLOWER.c.case_id).where(_FOLLOWER.c.merged_id == merged_id)
    found: UUID | None = (await conn.execute(query)).scalar_one_or_none()
    return found


async def rejected(conn: AsyncConnection, case_id: UUID) -> Found | None:
    """Return a report that was not accepted."""
    found = await _rows(conn, select(_REJECTED).where(_REJECTED.c.case_id == case_id))
    return found[0] if found else None


async def parts(conn: AsyncConnection, case_id: UUID) -> list[Found]:
    """Return the parts of a case in the order they were offered, the lead first."""
    query = select(_PART).where(_PART.c.case_id == case_id)
    order = (_PART.c.offered_at, _PART.c.role.desc(), _PART.c.department)
    return await _rows(conn, query.order_by(*order))


async def followers(conn: AsyncConnection, case_id: UUID) -> list[Found]:
    """Return who follows a case, in the order they joined."""
    query = select(_FOLLOWER).where(_FOLLOWER.c.case_id == case_id)
    order = (_FOLLOWER.c.joined_at, _FOLLOWER.c.merged_id)
    found = await _rows(conn, query.order_by(*order))
    return [(row["said"] or {}) | row for row in found]


async def story(conn: AsyncConnection, case_id: UUID) -> list[Found]:
    """Return the lines of a case's story in order."""
    query = select(_LINE).where(_LINE.c.case_id == case_id).order_by(_LINE.c.number)
    return await _rows(conn, query)


async def open_by_state(conn: AsyncConnection) -> dict[str, int]:
    """Return how many open cases stand where; exercises are not counted."""
    rows = await conn.execute(
        select(_CASE.c.state, func.count().label("cases"))
        .where(OPEN, _CASE.c.exercise.is_(False))
        .group_by(_CASE.c.state)
    )
    return {row.state: row.cases for row in rows}


async def overdue(conn: AsyncConnection) -> int:
    """Return how many open cases have run over their limit; exercises are not counted."""
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


async def _rows(conn: AsyncConnection, query: Executable) -> list[Found]:
    return [{**row} for row in (await conn.execute(query)).mappings()]
