"""The whole story of one case."""

from typing import Any
from uuid import UUID

from sqlalchemy import Executable, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.standing import has_to_do
from schemas.vocabulary import PartStatus
from services.kit.sql.declaring import table_of
from services.notifier.store.tables import (
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


async def concerned(conn: AsyncConnection, case_id: UUID) -> list[str]:
    """Return the departments that have to do with a case."""
    query = select(_PART.c.department, _PART.c.status, _PART.c.ended_at, _CASE.c.closed_at)
    joined = query.join(_CASE, _CASE.c.case_id == _PART.c.case_id)
    return [
        row["department"]
        for row in await _rows(conn, joined.where(_PART.c.case_id == case_id))
        if has_to_do(
            PartStatus(row["status"]), ended_at=row["ended_at"], closed_at=row["closed_at"]
        )
    ]


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


async def _rows(conn: AsyncConnection, query: Executable) -> list[Found]:
    return [{**row} for row in (await conn.execute(query)).mappings()]
