"""Who did what with those who may come in, the newest first."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from time import monotonic_ns
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.domain.audit import Deed, Doer
from services.desk.store.identity_tables import AuditEntry
from services.kit.sql.bulk import insert_rows
from services.kit.sql.cursors import Cursor
from services.kit.sql.declaring import table_of

_ENTRY: Final = table_of(AuditEntry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that was done."""

    id: UUID
    at: datetime
    by: Doer
    deed: str
    about: str
    detail: str


async def note(
    conn: AsyncConnection, deed: Deed, about: str, *, by: Doer, now: datetime, detail: str = ""
) -> None:
    """Keep what somebody does, in the transaction in which it is done."""
    row = {"id": _new_id(), "at": now, "by_id": by.id, "by_name": by.name}
    row |= {"deed": str(deed), "about": about, "detail": detail}
    await insert_rows(conn, AuditEntry, [row])


async def entries(
    conn: AsyncConnection, *, most: int, about: str = "", after: Cursor | None = None
) -> list[Entry]:
    """Return what was done, with one person or key if it is named, before what `after` names."""
    query = select(_ENTRY).order_by(_ENTRY.c.at.desc(), _ENTRY.c.id.desc()).limit(most)
    if about:
        query = query.where(_ENTRY.c.about == about)
    if after is not None:
        query = query.where(tuple_(_ENTRY.c.at, _ENTRY.c.id) < tuple_(after.at, after.id))
    return [_entry(row) for row in await conn.execute(query)]


def _new_id() -> UUID:
    """Return an id above those before it: what is done at one instant stays in its order."""
    return UUID(bytes=monotonic_ns().to_bytes(8) + token_bytes(8))


def _entry(row: Any) -> Entry:  # noqa: ANN401 - a row of entries
    by = Doer(row.by_id, row.by_name)
    return Entry(id=row.id, at=row.at, by=by, deed=row.deed, about=row.about, detail=row.detail)
