"""Commands for many cases as rows: what was chosen, what was sent of it, and what came of that."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.access.actor import Actor
from services.desk.domain.changes import Change
from services.desk.store.lists import VIEW, Found, may_see
from services.desk.store.story import change_of
from services.desk.store.tables import CaseLine, CaseNews
from services.desk.store.work_tables import Bulk, BulkCase
from services.kit.sql.among import among
from services.kit.sql.bulk import delete_found, insert_rows, update_rows
from services.kit.sql.declaring import table_of

_BULK: Final = table_of(Bulk)
_OF: Final = table_of(BulkCase)
_LINE: Final = table_of(CaseLine)
_NEWS: Final = table_of(CaseNews)
_AMONG: Final = among(VIEW.c.case_id, "ids")


async def chosen(conn: AsyncConnection, ids: Collection[UUID], *, actor: Actor) -> list[Found]:
    """Return those of these cases that somebody may see, the newest first."""
    allowed = may_see(actor, VIEW.c.case_id)
    query = select(VIEW).where(_AMONG, *(() if allowed is None else (allowed,)))
    query = query.order_by(VIEW.c.registered_at.desc(), VIEW.c.case_id.desc())
    return await _rows(conn, query, ids=sorted(ids))


async def keep(conn: AsyncConnection, bulk: Mapping[str, Any], rows: Iterable[Found]) -> None:
    """Keep a choice of cases, each with how far its story was seen."""
    await insert_rows(conn, Bulk, [bulk])
    cases = [
        {"bulk_id": bulk["bulk_id"], "case_id": row["case_id"], "seen": row["lines"]}
        for row in rows
    ]
    await insert_rows(conn, BulkCase, cases)


async def bulk(
    conn: AsyncConnection, bulk_id: UUID, *, person: str | None = None, lock: bool = False
) -> Found | None:
    """Return a bulk, if it is this person's; with `lock` nobody else changes it meanwhile."""
    query = select(_BULK).where(_BULK.c.bulk_id == bulk_id)
    if person is not None:
        query = query.where(_BULK.c.person == person)
    found = await _rows(conn, query.with_for_update() if lock else query)
    return found[0] if found else None


async def cases_of(conn: AsyncConnection, bulk_id: UUID) -> list[Found]:
    """Return the cases of a bulk: where each stands in it."""
    return await _rows(conn, select(_OF).where(_OF.c.bulk_id == bulk_id).order_by(_OF.c.case_id))


async def confirm(
    conn: AsyncConnection, bulk_id: UUID, told: Mapping[str, Any], held: Mapping[UUID, str]
) -> None:
    """Let a bulk be sent: `told` are its columns, `held` what is not sent of it and why."""
    await conn.execute(update(_BULK).where(_BULK.c.bulk_id == bulk_id).values(**told))
    await hold(conn, bulk_id, held)


async def hold(conn: AsyncConnection, bulk_id: UUID, held: Mapping[UUID, str]) -> None:
    """Send nothing of these cases, and keep why."""
    rows = [{"bulk_id": bulk_id, "case_id": id_, "held": why} for id_, why in sorted(held.items())]
    await update_rows(conn, BulkCase, rows)


async def unsent(conn: AsyncConnection, bulk_id: UUID, *, most: int) -> list[Found]:
    """Return cases of a bulk of which nothing was sent so far."""
    waiting = (_OF.c.bulk_id == bulk_id, _OF.c.held.is_(None), _OF.c.sent_at.is_(None))
    return await _rows(conn, select(_OF).where(*waiting).order_by(_OF.c.case_id).limit(most))


async def changes(
    conn: AsyncConnection, bulk_id: UUID, ids: Collection[UUID]
) -> dict[UUID, list[Change]]:
    """Return what happened to these cases of a bulk since they were chosen."""
    query = _since(bulk_id).where(among(_LINE.c.case_id, "ids")).order_by(_LINE.c.number)
    found: dict[UUID, list[Change]] = {}
    for line in await _rows(conn, query, ids=sorted(ids)):
        found.setdefault(line["case_id"], []).append(change_of(line))
    return found


async def note_sent(
    conn: AsyncConnection, bulk_id: UUID, ids: Sequence[UUID], *, at: datetime
) -> None:
    """Keep that the log has the commands of these cases."""
    rows = [{"bulk_id": bulk_id, "case_id": id_, "sent_at": at} for id_ in ids]
    await update_rows(conn, BulkCase, rows)


async def note_done(conn: AsyncConnection, bulk_id: UUID, *, at: datetime) -> None:
    """Keep that nothing of a bulk is left to be sent."""
    await conn.execute(update(_BULK).where(_BULK.c.bulk_id == bulk_id).values(done_at=at))


async def left(conn: AsyncConnection, *, before: datetime) -> list[UUID]:
    """Return the bulks that were confirmed before an instant and are not sent whole."""
    waiting = (_BULK.c.confirmed_at < before, _BULK.c.done_at.is_(None))
    query = select(_BULK.c.bulk_id).where(*waiting).order_by(_BULK.c.confirmed_at)
    return [*(await conn.scalars(query))]


async def came_of(conn: AsyncConnection, bulk_id: UUID, *, fact: str) -> list[Found]:
    """Return the lines of one type that the cases of a bulk have since they were chosen."""
    return await _rows(conn, _since(bulk_id).where(_LINE.c.type == fact))


async def told_of(conn: AsyncConnection, bulk_id: UUID, *, kind: str) -> list[Found]:
    """Return what of one kind was told of the cases of a bulk beside their stories."""
    query = select(_NEWS).join(_OF, _OF.c.case_id == _NEWS.c.case_id)
    return await _rows(conn, query.where(_OF.c.bulk_id == bulk_id, _NEWS.c.kind == kind))


async def forget_bulks(
    conn: AsyncConnection, *, chosen_before: datetime, before: datetime, most: int
) -> int:
    """Forget choices that nobody confirmed, and old bulks; returns how many rows went."""
    old = or_(
        _BULK.c.made_at < before,
        (_BULK.c.made_at < chosen_before) & _BULK.c.confirmed_at.is_(None),
    )
    ids = select(_BULK.c.bulk_id).where(old).order_by(_BULK.c.made_at).limit(most)
    cases = select(_OF.c.bulk_id, _OF.c.case_id).where(_OF.c.bulk_id.in_(ids)).limit(most)
    gone = await delete_found(conn, BulkCase, cases)
    return gone or await delete_found(conn, Bulk, ids)


def _since(bulk_id: UUID) -> Select[Any]:
    query = select(_LINE).join(_OF, _OF.c.case_id == _LINE.c.case_id)
    return query.where(_OF.c.bulk_id == bulk_id, _LINE.c.number > _OF.c.seen)


async def _rows(conn: AsyncConnection, query: Any, **given: object) -> list[Found]:  # noqa: ANN401 - a select
    return [{**row} for row in (await conn.execute(query, given)).mappings()]
