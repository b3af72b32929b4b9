"""The files of cases: who brought which, and how many there are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.store.file_table import UploadedFile
from services.kit.sql.among import among
from services.kit.sql.bulk import insert_rows
from services.kit.sql.declaring import table_of

_FILE: Final = table_of(UploadedFile)
_OF_CASES: Final = select(_FILE).where(among(_FILE.c.case_id, "ids"))


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


@dataclass(frozen=True, slots=True)
class Amount:
    """How many files there are, and of how many bytes."""

    count: int
    bytes: int


async def of_case(conn: AsyncConnection, case_id: UUID) -> list[Upload]:
    """Return the files of a case, in the order they came; `MOST_OF_A_CASE` bounds how many."""
    same = _FILE.c.case_id == case_id
    query = select(_FILE).where(same).order_by(_FILE.c.brought_at, _FILE.c.id)
    return [Upload(**row) for row in (await conn.execute(query)).mappings()]


async def of_cases(conn: AsyncConnection, ids: Collection[UUID], *, most: int) -> list[Upload]:
    """Return the files of several cases, at the most `most`, in the order they came."""
    if not ids:
        return []
    query = _OF_CASES.order_by(_FILE.c.brought_at, _FILE.c.id).limit(most)
    return [Upload(**row) for row in (await conn.execute(query, {"ids": sorted(ids)})).mappings()]


async def found(conn: AsyncConnection, case_id: UUID, ids: Sequence[UUID]) -> list[Upload]:
    """Return the files of a case among these ids, in their order."""
    query = select(_FILE).where(_FILE.c.id.in_(ids), _FILE.c.case_id == case_id)
    rows = {row["id"]: Upload(**row) for row in (await conn.execute(query)).mappings()}
    return [rows[one] for one in dict.fromkeys(ids) if one in rows]


async def amount_of_case(conn: AsyncConnection, case_id: UUID) -> Amount:
    """Return how much a case has."""
    return await _amount(conn, _FILE.c.case_id == case_id)


async def amount_by(conn: AsyncConnection, who: str, *, since: datetime) -> Amount:
    """Return how much somebody brought since an instant."""
    return await _amount(conn, (_FILE.c.brought_by == who) & (_FILE.c.brought_at >= since))


async def add(conn: AsyncConnection, files: Sequence[Upload]) -> None:
    """Keep files; one that is there already stays as it is."""
    await insert_rows(conn, UploadedFile, [_row(one) for one in files], skip_known=True)


def _row(one: Upload) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Upload.__dataclass_fields__}


async def _amount(conn: AsyncConnection, which: Any) -> Amount:  # noqa: ANN401 - a condition
    query = select(func.count(), func.coalesce(func.sum(_FILE.c.bytes), 0)).where(which)
    count, size = (await conn.execute(query)).one()
    return Amount(int(count), int(size))
