"""The whole story of one case, for somebody who may see it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.events.case import CaseMerged, CaseRegistered
from services.access.actor import Actor
from services.desk.bounds import MOST_MERGES
from services.desk.domain.changes import Change, Shown
from services.desk.domain.parties import SOURCE, party, seen_as
from services.desk.store.lists import VIEW, Found, as_seen, may_see
from services.desk.store.rows import view_of
from services.desk.store.tables import CaseFollower, CaseLine, CaseNews, CaseParty, SeenUntil
from services.kit.sql.among import among
from services.kit.sql.database import Database
from services.kit.sql.declaring import table_of

REPORTS: Final = (CaseRegistered.type, CaseMerged.type)
"""Types of lines that tell what a report says."""

_LINE: Final = table_of(CaseLine)
_FOLLOWER: Final = table_of(CaseFollower)
_NEWS: Final = table_of(CaseNews)
_PARTY: Final = table_of(CaseParty)
_SEEN: Final = table_of(SeenUntil)
_REPORTED: Final = select(_LINE).where(among(_LINE.c.case_id, "ids"), _LINE.c.type.in_(REPORTS))


async def case(conn: AsyncConnection, case_id: UUID, *, actor: Actor) -> Found | None:
    """Return a case, or the one that a report of this id joined, if somebody may see it."""
    found = await visible(conn, case_id, actor=actor)
    if found is not None:
        return found
    query = select(_FOLLOWER.c.case_id).where(_FOLLOWER.c.merged_id == case_id)
    primary = (await conn.execute(query)).scalar_one_or_none()
    return None if primary is None else await visible(conn, primary, actor=actor)


async def shown(database: Database, actor: Actor, case_id: UUID, seen: int | None) -> Shown | None:
    """Return where a case stands, if somebody may see it, and its story beyond a line's number."""
    async with database.read() as conn:
        row = await visible(conn, case_id, actor=actor)
        if row is None:
            return None
        if seen is None or row["lines"] <= seen:
            return Shown(view=view_of(row))
        query = select(_LINE).where(_LINE.c.case_id == case_id, _LINE.c.number > seen)
        since = await _rows(conn, query.order_by(_LINE.c.number))
        return Shown(view=view_of(row), since=tuple(map(change_of, since)))


def change_of(line: Found) -> Change:
    """Return a line of a story as a change that somebody may not know of."""
    acting = from_json(line["data"]).get("acting") or {}
    told = {name: line[name] for name in ("number", "at", "type", "text_en", "text_zh")}
    return Change(**told, person=acting.get("person"))


async def visible(conn: AsyncConnection, case_id: UUID, *, actor: Actor) -> Found | None:
    """Return a case if somebody may see it."""
    query = select(VIEW).where(VIEW.c.case_id == case_id)
    allowed = may_see(actor, VIEW.c.case_id)
    if allowed is not None:
        query = query.where(allowed)
    found = await _rows(conn, query)
    return as_seen(found[0], actor=actor) if found else None


async def sees_as_source(conn: AsyncConnection, case_id: UUID, *, actor: Actor) -> bool:
    """Tell whether somebody sees a case for nothing but what their source reported."""
    if actor.sees_all:
        return False
    query = select(_PARTY.c.party).where(_PARTY.c.case_id == case_id)
    mine = {*(await conn.scalars(query))} & {*seen_as(actor)}
    return mine <= {party(SOURCE, name) for name in actor.sources}


async def lines(conn: AsyncConnection, case_id: UUID) -> list[Found]:
    """Return the lines of a case's story in order."""
    return await _rows(
        conn, select(_LINE).where(_LINE.c.case_id == case_id).order_by(_LINE.c.number)
    )


async def reports(conn: AsyncConnection, ids: Collection[UUID]) -> list[Found]:
    """Return the lines of these cases that tell what a report says, in order."""
    if not ids:
        return []
    query = _REPORTED.order_by(_LINE.c.case_id, _LINE.c.number)
    return [{**row} for row in (await conn.execute(query, {"ids": sorted(ids)})).mappings()]


async def onward(conn: AsyncConnection, case_id: UUID) -> list[UUID]:
    """Return a case, the one that it joined, the one that this joined, and so on."""
    found = [case_id]
    for _ in range(MOST_MERGES):
        query = select(_FOLLOWER.c.case_id).where(_FOLLOWER.c.merged_id == found[-1])
        primary = await conn.scalar(query)
        if primary is None:
            break
        found.append(primary)
    return found


async def followers(conn: AsyncConnection, case_id: UUID) -> list[Found]:
    """Return who joined a case, in the order they joined."""
    query = select(_FOLLOWER).where(_FOLLOWER.c.case_id == case_id)
    return await _rows(conn, query.order_by(_FOLLOWER.c.joined_at, _FOLLOWER.c.merged_id))


async def news(conn: AsyncConnection, case_id: UUID) -> list[Found]:
    """Return what was told of a case beside its story, in order."""
    query = select(_NEWS).where(_NEWS.c.case_id == case_id)
    return await _rows(conn, query.order_by(_NEWS.c.at, _NEWS.c.news_id))


async def as_of(conn: AsyncConnection) -> datetime | None:
    """Return until which instant all that was told is shown; None before anybody knows."""
    found: datetime | None = await conn.scalar(select(func.min(_SEEN.c.at)))
    return found


async def _rows(conn: AsyncConnection, query: Any) -> list[Found]:  # noqa: ANN401 - a select
    return [{**row} for row in (await conn.execute(query)).mappings()]
