"""What intake holds of one person: found by the marks of a number or address, or by a report."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple, TypedDict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.bounds import MOST_LOOKS, MOST_REPORTS_OF_A_PERSON
from services.intake.store.contacts import DESTROYED, Kept
from services.intake.store.tables import ContactLook, Erasure, Report, ReporterContact
from services.kit.sql.among import among
from services.kit.sql.bulk import insert_rows
from services.kit.sql.declaring import table_of

_CONTACT, _REPORT = table_of(ReporterContact), table_of(Report)
_LOOK, _ERASURE = table_of(ContactLook), table_of(Erasure)


class NewErasure(TypedDict):
    """The row of an erasure."""

    id: UUID
    case_id: UUID
    reason: str
    by: str
    at: datetime


class Looked(NamedTuple):
    """Somebody looked at the contacts of a case."""

    at: datetime
    person: str
    name: str
    role: str
    reason: str
    seen: frozenset[UUID]


class Erased(NamedTuple):
    """The contact of a report was destroyed because its reporter asked."""

    at: datetime
    by: str
    reason: str


async def marked(
    conn: AsyncConnection, *, phone: Sequence[bytes] = (), mail: Sequence[bytes] = ()
) -> list[UUID]:
    """Return the reports whose contact has one of these marks."""
    found: set[UUID] = set()
    for column, marks in ((_CONTACT.c.phone_mark, phone), (_CONTACT.c.mail_mark, mail)):
        for mark in marks:
            query = select(_CONTACT.c.case_id).where(column == mark)
            rows = await conn.execute(query.limit(MOST_REPORTS_OF_A_PERSON))
            found.update(rows.scalars())
    return sorted(found)


async def contacts_left(conn: AsyncConnection, case_ids: Collection[UUID]) -> dict[UUID, Kept]:
    """Return the sealed contacts of these reports; of those that left one, and have it still."""
    query = select(
        _CONTACT.c.case_id, _CONTACT.c.key_id, _CONTACT.c.data_key, _CONTACT.c.sealed
    ).where(among(_CONTACT.c.case_id, "case_ids"), _CONTACT.c.key_id != DESTROYED)
    rows = await conn.execute(query, {"case_ids": sorted(case_ids)})
    return {row.case_id: Kept._make(row) for row in rows}


async def reports_among(conn: AsyncConnection, case_ids: Collection[UUID]) -> list[Report]:
    """Return these reports, the earliest first."""
    query = select(_REPORT).where(among(_REPORT.c.case_id, "case_ids"))
    rows = await conn.execute(
        query.order_by(_REPORT.c.reported_at, _REPORT.c.case_id), {"case_ids": sorted(case_ids)}
    )
    return [Report(**row._asdict()) for row in rows]


async def looks_at(conn: AsyncConnection, case_id: UUID) -> list[Looked]:
    """Return who looked at the contacts of a case."""
    query = select(
        *(_LOOK.c[name] for name in ("at", "person", "name", "role", "reason", "seen"))
    ).where(_LOOK.c.case_id == case_id)
    rows = await conn.execute(query.order_by(_LOOK.c.at, _LOOK.c.id).limit(MOST_LOOKS))
    return [
        Looked(row.at, row.person, row.name, row.role, row.reason, _ids(row.seen)) for row in rows
    ]


def _ids(text: str) -> frozenset[UUID]:
    return frozenset(map(UUID, text.split()))


async def erasures_of(conn: AsyncConnection, case_id: UUID) -> list[Erased]:
    """Return when the contact of a report was destroyed because its reporter asked."""
    query = select(_ERASURE.c.at, _ERASURE.c.by, _ERASURE.c.reason)
    rows = await conn.execute(query.where(_ERASURE.c.case_id == case_id).order_by(_ERASURE.c.at))
    return [Erased._make(row) for row in rows]


async def add_erasures(conn: AsyncConnection, rows: Sequence[NewErasure]) -> None:
    """Keep that contacts were destroyed."""
    await insert_rows(conn, Erasure, rows, skip_known=True)
