"""Answers and commands that came before what they are about."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.among import among
from services.kit.sql.bulk import insert_rows
from services.kit.sql.declaring import table_of
from services.notifier.store.tables import ParkedAnswer

_PARKED = table_of(ParkedAnswer)
_WAITING = (
    select(_PARKED)
    .where(or_(among(_PARKED.c.case_id, "case_ids"), among(_PARKED.c.id, "ids")))
    .order_by(_PARKED.c.parked_at, _PARKED.c.number)
)
_JUDGED = delete(_PARKED).where(among(_PARKED.c.id, "ids"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """What waits: its event id, its bytes, whose answer it is; `number` orders a batch's.

    `party` is empty for a command, which is no party's.
    """

    id: UUID
    case_id: UUID
    party: str
    body: bytes
    partition: int
    parked_at: datetime
    number: int


_FIELDS = tuple(f.name for f in fields(Parked))


async def parked(
    conn: AsyncConnection, *, case_ids: Collection[UUID], ids: Collection[UUID]
) -> list[Parked]:
    """Return what waits for these cases, and what has these ids, as it came."""
    if not case_ids and not ids:
        return []
    rows = await conn.execute(_WAITING, {"case_ids": sorted(case_ids), "ids": sorted(ids)})
    return [Parked(**row) for row in rows.mappings()]


async def park(conn: AsyncConnection, several: Iterable[Parked]) -> None:
    """Let these wait."""
    rows = [{name: getattr(one, name) for name in _FIELDS} for one in several]
    await insert_rows(conn, ParkedAnswer, rows)


async def unpark(conn: AsyncConnection, ids: Collection[UUID]) -> None:
    """Forget these: they were judged."""
    if ids:
        await conn.execute(_JUDGED, {"ids": sorted(ids)})
