"""Sealed contacts. A row is bound to its report, and goes the way of the case that it is part of.

What is not sealed yet, of a release before this one, has no `key_id`; what was destroyed has the
empty one.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypedDict
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.bounds import SEALED_AT_ONCE
from services.intake.store.tables import Report, ReporterContact
from services.kit.sql.among import among
from services.kit.sql.bulk import insert_rows, update_rows
from services.kit.sql.declaring import table_of

_CONTACT = table_of(ReporterContact)
_REPORT = table_of(Report)
DESTROYED: Final = ""
"""The `key_id` of a contact whose data key is gone."""


class NewContact(TypedDict):
    """The row of a contact; the columns of the release before stay empty."""

    case_id: UUID
    name: None
    phone: None
    email: None
    key_id: str
    data_key: bytes
    sealed: bytes
    phone_mark: bytes | None
    mail_mark: bytes | None
    belongs_to: UUID
    kept_from: datetime


class Kept(NamedTuple):
    """A sealed contact as it is kept, of the report whose own case is `case_id`."""

    case_id: UUID
    key_id: str
    data_key: bytes
    sealed: bytes


class Plain(NamedTuple):
    """A contact of a release before this one, and the case that its report is part of."""

    case_id: UUID
    name: str | None
    phone: str | None
    email: str | None
    belongs_to: UUID
    received_at: datetime


_PLAIN = (
    select(
        _CONTACT.c.case_id,
        _CONTACT.c.name,
        _CONTACT.c.phone,
        _CONTACT.c.email,
        func.coalesce(_REPORT.c.primary_id, _REPORT.c.case_id),
        _REPORT.c.received_at,
    )
    .join(_REPORT, _REPORT.c.case_id == _CONTACT.c.case_id)
    .where(_CONTACT.c.key_id.is_(None))
)
_KEPT = (_CONTACT.c.case_id, _CONTACT.c.key_id, _CONTACT.c.data_key, _CONTACT.c.sealed)


async def add_contacts(
    conn: AsyncConnection, rows: Sequence[NewContact], *, known: Collection[UUID]
) -> None:
    """Keep how reporters can be reached.

    Of a report that is `known` what it left before stays, with the case it is part of now; what was
    destroyed never comes back.
    """
    first = [row for row in rows if row["case_id"] not in known]
    again = [row for row in rows if row["case_id"] in known]
    await insert_rows(conn, ReporterContact, first, skip_known=True)
    await insert_rows(conn, ReporterContact, again, replace=("belongs_to", "kept_from"))


async def plain_contacts(conn: AsyncConnection) -> list[Plain]:
    """Return a portion of the contacts that are not sealed, and hold them for this transaction."""
    found = await _held(conn, _PLAIN)
    return [Plain._make(row) for row in found]


async def wrapped_by(conn: AsyncConnection, key_ids: Collection[str]) -> list[Kept]:
    """Return a portion of the contacts under these master keys, held for this transaction."""
    query = select(*_KEPT).where(among(_CONTACT.c.key_id, "key_ids"))
    found = await _held(conn, query, {"key_ids": sorted(key_ids)})
    return [Kept._make(row) for row in found]


async def key_ids(conn: AsyncConnection) -> list[str]:
    """Return the master keys by which any contact is sealed, by a look into the index for each."""
    found: list[str] = []
    last = DESTROYED
    while True:
        query = select(_CONTACT.c.key_id).where(_CONTACT.c.key_id > last)
        following = await conn.scalar(query.order_by(_CONTACT.c.key_id).limit(1))
        if following is None:
            return found
        last = str(following)
        found.append(last)


async def overwrite(conn: AsyncConnection) -> None:
    """Have SQLite write zeros over what this transaction takes away, not only forget where it was.

    On PostgreSQL VACUUM gives the room of old rows to others.
    """
    if conn.dialect.name == "sqlite":
        await conn.exec_driver_sql("PRAGMA secure_delete = ON")


async def save_sealed(conn: AsyncConnection, rows: Sequence[Mapping[str, object]]) -> None:
    """Write contacts anew that this transaction holds; all rows have the same columns."""
    await update_rows(conn, ReporterContact, rows)


async def _held(
    conn: AsyncConnection,
    query: Select[tuple[object, ...]],
    values: Mapping[str, object] | None = None,
) -> Sequence[tuple[object, ...]]:
    held = query.limit(SEALED_AT_ONCE).with_for_update(skip_locked=True, of=_CONTACT)
    return [tuple(row) for row in await conn.execute(held, values or {})]
