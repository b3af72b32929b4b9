"""What is kept of one report, for whoever made it."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.events.notice import Notice
from schemas.words.templates import Template
from services.desk.domain.progress import TOLD_TYPES
from services.desk.domain.view import View
from services.desk.store.lists import VIEW, Found
from services.desk.store.rows import view_of
from services.desk.store.tables import CaseFollower, CaseLine, CaseNews
from services.kit.sql.declaring import table_of

_LINE: Final = table_of(CaseLine)
_FOLLOWER: Final = table_of(CaseFollower)
_NEWS: Final = table_of(CaseNews)


async def view(conn: AsyncConnection, case_id: UUID) -> View | None:
    """Return a case as it is shown."""
    row = (await conn.execute(select(VIEW).where(VIEW.c.case_id == case_id))).mappings().first()
    return None if row is None else view_of(row)


async def joined(conn: AsyncConnection, report_id: UUID) -> tuple[UUID, datetime] | None:
    """Return which case a report joined, and when; None for one that has none or its own."""
    query = select(_FOLLOWER.c.case_id, _FOLLOWER.c.joined_at)
    row = (await conn.execute(query.where(_FOLLOWER.c.merged_id == report_id))).first()
    return None if row is None else (row.case_id, row.joined_at)


async def told(
    conn: AsyncConnection, case_id: UUID, *, since: datetime | None = None
) -> list[Found]:
    """Return the lines of a case of which its reporter is told, from an instant on."""
    query = select(_LINE.c.type, _LINE.c.data).where(
        _LINE.c.case_id == case_id, _LINE.c.type.in_(sorted(TOLD_TYPES))
    )
    if since is not None:
        query = query.where(_LINE.c.at >= since)
    rows = await conn.execute(query.order_by(_LINE.c.number))
    return [{**row} for row in rows.mappings()]


async def rejection(conn: AsyncConnection, report_id: UUID, *, kind: str) -> Notice | None:
    """Return what whoever reported was told of why it was not accepted, if they were."""
    query = select(_NEWS.c.data).where(_NEWS.c.case_id == report_id, _NEWS.c.kind == kind)
    told = map(Notice.model_validate_json, await conn.scalars(query.order_by(_NEWS.c.at.desc())))
    return next((one for one in told if one.template == Template.REJECTED), None)
