"""The contacts that a case has, and who looked at them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, TypedDict
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.bounds import MOST_CONTACTS, MOST_MERGED_DEEP
from services.intake.store.contacts import DESTROYED
from services.intake.store.tables import CaseHolding, ContactLook, Report, ReporterContact
from services.kit.sql.among import among
from services.kit.sql.bulk import insert_rows
from services.kit.sql.cursors import Cursor
from services.kit.sql.declaring import table_of

_CONTACT, _REPORT = table_of(ReporterContact), table_of(Report)
_HOLDING, _LOOK = table_of(CaseHolding), table_of(ContactLook)


class Reached(NamedTuple):
    """A report of a case, and its sealed contact."""

    case_id: UUID
    source: str
    source_id: str
    reported_at: datetime
    key_id: str
    data_key: bytes
    sealed: bytes


class Look(TypedDict):
    """The row of a look."""

    id: UUID
    case_id: UUID
    person: str
    name: str
    role: str
    departments: str
    reason: str
    seen: str
    at: datetime


_REACHED = (
    select(
        _CONTACT.c.case_id,
        _REPORT.c.source,
        _REPORT.c.source_id,
        _REPORT.c.reported_at,
        _CONTACT.c.key_id,
        _CONTACT.c.data_key,
        _CONTACT.c.sealed,
    )
    .join(_REPORT, _REPORT.c.case_id == _CONTACT.c.case_id)
    .where(among(_CONTACT.c.belongs_to, "case_ids"), _CONTACT.c.key_id != DESTROYED)
    .order_by(_REPORT.c.reported_at, _CONTACT.c.case_id)
    .limit(MOST_CONTACTS)
)
_ERASED = (
    select(_CONTACT.c.case_id)
    .where(among(_CONTACT.c.belongs_to, "case_ids"), _CONTACT.c.key_id == DESTROYED)
    .limit(1)
)
_MERGED = (
    select(_REPORT.c.case_id)
    .where(among(_REPORT.c.ended_into, "case_ids"))
    .order_by(_REPORT.c.case_id)
    .limit(MOST_CONTACTS)
)


async def cases_of(conn: AsyncConnection, case_id: UUID) -> list[UUID]:
    """Return a case and those that were merged into it."""
    found, last = {case_id}, {case_id}
    for _ in range(MOST_MERGED_DEEP):
        merged = (await conn.execute(_MERGED, {"case_ids": sorted(last)})).scalars()
        last = set(merged) - found
        if not last:
            break
        found |= last
    return sorted(found)


async def contacts_of(conn: AsyncConnection, cases: Sequence[UUID]) -> list[Reached]:
    """Return the contacts of these cases' reports, the earliest reports first."""
    rows = await conn.execute(_REACHED, {"case_ids": cases})
    return [Reached._make(row) for row in rows]


async def some_erased(conn: AsyncConnection, cases: Sequence[UUID]) -> bool:
    """Tell whether a contact of these cases' reports was destroyed."""
    return (await conn.execute(_ERASED, {"case_ids": cases})).first() is not None


async def add_look(conn: AsyncConnection, look: Look) -> None:
    """Keep that somebody looked; the same at the same instant for the same reason is one look."""
    await insert_rows(conn, ContactLook, [look], skip_known=True)


async def looks(
    conn: AsyncConnection,
    *,
    case_id: UUID | None,
    person: str | None,
    after: Cursor | None,
    most: int,
) -> list[ContactLook]:
    """Return looks in the order of time: of a case, of a person, or all; those `after` one."""
    query: Select[tuple[object, ...]] = select(_LOOK)
    if case_id is not None:
        query = query.where(_LOOK.c.case_id == case_id)
    if person is not None:
        query = query.where(_LOOK.c.person == person)
    if after is not None:
        query = query.where(tuple_(_LOOK.c.at, _LOOK.c.id) > tuple_(after.at, after.id))
    rows = await conn.execute(query.order_by(_LOOK.c.at, _LOOK.c.id).limit(most))
    return [ContactLook(**row._asdict()) for row in rows]
