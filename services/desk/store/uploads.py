"""The files of cases: who brought which, and how many there are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.store.file_table import TAKEN_AWAY, UploadedFile
from services.kit.sql.among import among
from services.kit.sql.bulk import insert_rows
from services.kit.sql.declaring import table_of

_FILE: Final = table_of(UploadedFile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file of a case, as its table says."""

    id: UUID
    case_id: UUID
    brought_by: str
    brought_at: datetime
    media_type: str
    original: str
    whole: str
    small: str | None
    bytes: int
    width: int | None
    height: int | None
    taken_at: datetime | None
    lat: float | None
    lon: float | None


_SHOWN: Final = select(*(_FILE.c[one.name] for one in fields(Upload))).where(
    _FILE.c.taken_away_at.is_(None)
)
_OF_CASES: Final = _SHOWN.where(among(_FILE.c.case_id, "ids"))


@dataclass(frozen=True, slots=True)
class TakenAway:
    """A file that was taken away, and when."""

    id: UUID
    case_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Amount:
    """How many files there are, and of how many bytes."""

    count: int
    bytes: int


async def of_case(conn: AsyncConnection, case_id: UUID) -> list[Upload]:
    """Return the files of a case, in the order they came; `MOST_OF_A_CASE` bounds how many."""
    query = _SHOWN.where(_FILE.c.case_id == case_id).order_by(_FILE.c.brought_at, _FILE.c.id)
    return [Upload(**row) for row in (await conn.execute(query)).mappings()]


async def of_cases(conn: AsyncConnection, ids: Collection[UUID], *, most: int) -> list[Upload]:
    """Return the files of several cases, at the most `most`, in the order they came."""
    if not ids:
        return []
    query = _OF_CASES.order_by(_FILE.c.brought_at, _FILE.c.id).limit(most)
    return [Upload(**row) for row in (await conn.execute(query, {"ids": sorted(ids)})).mappings()]


async def found(conn: AsyncConnection, case_id: UUID, ids: Sequence[UUID]) -> list[Upload]:
    """Return the files of a case among these ids, in their order."""
    query = _SHOWN.where(_FILE.c.id.in_(ids), _FILE.c.case_id == case_id)
    rows = {row["id"]: Upload(**row) for row in (await conn.execute(query)).mappings()}
    return [rows[one] for one in dict.fromkeys(ids) if one in rows]


async def amount_of_case(conn: AsyncConnection, case_id: UUID) -> Amount:
    """Return how much a case has."""
    return await _amount(conn, (_FILE.c.case_id == case_id) & _FILE.c.taken_away_at.is_(None))


async def amount_by(conn: AsyncConnection, who: str, *, since: datetime) -> Amount:
    """Return how much somebody brought since an instant."""
    return await _amount(conn, (_FILE.c.brought_by == who) & (_FILE.c.brought_at >= since))


async def add(conn: AsyncConnection, files: Sequence[Upload]) -> None:
    """Keep files; one that is there already stays as it is, unless it was taken away."""
    ids = [one.id for one in files]
    await conn.execute(delete(_FILE).where(_FILE.c.id.in_(ids), _FILE.c.taken_away_at.is_not(None)))
    await insert_rows(conn, UploadedFile, [_row(one) for one in files], skip_known=True)


async def take_away(conn: AsyncConnection, file_id: UUID, *, now: datetime) -> None:
    """Show a file no more."""
    await conn.execute(update(_FILE).where(_FILE.c.id == file_id).values(taken_away_at=now))


async def give_back(conn: AsyncConnection, file_id: UUID) -> None:
    """Show a file again."""
    await conn.execute(update(_FILE).where(_FILE.c.id == file_id).values(taken_away_at=None))


async def taken_away(conn: AsyncConnection, *, most: int) -> list[TakenAway]:
    """Return files that were taken away, the first of them first."""
    at = _FILE.c.taken_away_at
    query = select(_FILE.c.id, _FILE.c.case_id, at).where(TAKEN_AWAY).order_by(at).limit(most)
    return [TakenAway(*row) for row in await conn.execute(query)]


async def drop(conn: AsyncConnection, file_id: UUID) -> list[str]:
    """Forget a file that was taken away; return the hashes of copies that no other file has."""
    gone = delete(_FILE).where(_FILE.c.id == file_id, _FILE.c.taken_away_at.is_not(None))
    copies = (await conn.execute(gone.returning(_FILE.c.whole, _FILE.c.small))).first() or ()
    return [name for name in copies if name is not None and not await _is_used(conn, name)]


async def _is_used(conn: AsyncConnection, name: str) -> bool:
    by = (select(_FILE.c.id).where(_FILE.c[copy] == name) for copy in ("whole", "small"))
    return (await conn.execute(union_all(*by).limit(1))).first() is not None


def _row(one: Upload) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Upload.__dataclass_fields__}


async def _amount(conn: AsyncConnection, which: Any) -> Amount:  # noqa: ANN401 - a condition
    query = select(func.count(), func.coalesce(func.sum(_FILE.c.bytes), 0)).where(which)
    count, size = (await conn.execute(query)).one()
    return Amount(int(count), int(size))
