"""Which contacts may have been kept long enough, and when their cases ended."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, case, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.bounds import AGED_AT_ONCE
from services.intake.domain.outcome import Outcome
from services.intake.store.contacts import DESTROYED
from services.intake.store.tables import ContactLook, Erasure, Report, ReporterContact
from services.kit.sql.among import among
from services.kit.sql.bulk import delete_found, insert_rows, update_rows
from services.kit.sql.declaring import table_of

_CONTACT, _REPORT = table_of(ReporterContact), table_of(Report)
_LOOK, _ERASURE = table_of(ContactLook), table_of(Erasure)
_GONE = {
    **dict.fromkeys(("name", "phone", "email", "data_key", "sealed", "phone_mark", "mail_mark")),
    "key_id": DESTROYED,
    "kept_from": None,
}


class Aged(NamedTuple):
    """A contact whose days are over, as far as was known."""

    case_id: UUID
    belongs_to: UUID


class Ending(NamedTuple):
    """When a case ended, None while it goes on; and into which it was merged by hand."""

    at: datetime | None
    into: UUID | None


_AGED = (
    select(_CONTACT.c.case_id, _CONTACT.c.belongs_to)
    .where(_CONTACT.c.kept_from < bindparam("before"))
    .order_by(_CONTACT.c.kept_from)
    .limit(AGED_AT_ONCE)
    .with_for_update(skip_locked=True)
)
_ENDED = case(
    (_REPORT.c.outcome == Outcome.REJECTED.value, _REPORT.c.received_at),
    else_=_REPORT.c.closed_at,
)
_ENDINGS = select(_REPORT.c.case_id, _ENDED, _REPORT.c.ended_into).where(
    among(_REPORT.c.case_id, "case_ids")
)


async def count_from(conn: AsyncConnection, instants: Mapping[UUID, datetime]) -> None:
    """Note from when on the days of these contacts are counted."""
    rows = [{"case_id": id_, "kept_from": at} for id_, at in sorted(instants.items())]
    await update_rows(conn, ReporterContact, rows)


async def aged(conn: AsyncConnection, *, before: datetime) -> list[Aged]:
    """Return a portion of the contacts whose days are counted from before, held until the end."""
    return [Aged._make(row) for row in await conn.execute(_AGED, {"before": before})]


async def endings(conn: AsyncConnection, case_ids: Collection[UUID]) -> dict[UUID, Ending]:
    """Return how these cases ended, or that they go on."""
    rows = await conn.execute(_ENDINGS, {"case_ids": sorted(case_ids)})
    return {id_: Ending(at, into) for id_, at, into in rows}


async def destroy(conn: AsyncConnection, case_ids: Collection[UUID]) -> None:
    """Destroy the contacts of these reports: the data key, and all else of them.

    The row stays, also of a report that left none, so that none comes back.
    """
    rows = [{"case_id": id_, **_GONE} for id_ in sorted(case_ids)]
    await insert_rows(conn, ReporterContact, rows, replace=tuple(_GONE))


async def forget_looks(conn: AsyncConnection, *, before: datetime) -> int:
    """Forget a portion of the looks before an instant; returns how many."""
    old = select(_LOOK.c.id).where(_LOOK.c.at < before).limit(AGED_AT_ONCE)
    return await delete_found(conn, ContactLook, old)


async def forget_erasures(conn: AsyncConnection, *, before: datetime) -> int:
    """Forget a portion of the erasures before an instant; returns how many."""
    old = select(_ERASURE.c.id).where(_ERASURE.c.at < before).limit(AGED_AT_ONCE)
    return await delete_found(conn, Erasure, old)
