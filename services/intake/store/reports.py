"""Reports, what became of them, and the open cases that further ones may join."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TypedDict
from uuid import UUID
from zlib import crc32

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.assessment.position import Position
from services.intake.bounds import LOCK_SLOTS
from services.intake.domain.dedup import Sighting
from services.intake.domain.outcome import Outcome
from services.intake.store.tables import OPEN, Report
from services.kit.sql.among import among
from services.kit.sql.bulk import insert_rows, update_rows
from services.kit.sql.declaring import table_of

_LOCK_SPACE = 7_061
_REPORT = table_of(Report)
_OPEN_CASES = select(
    _REPORT.c.place,
    _REPORT.c.case_id,
    _REPORT.c.lat,
    _REPORT.c.lon,
    _REPORT.c.reported_at,
    _REPORT.c.exercise,
    _REPORT.c.source,
    _REPORT.c.channel,
    _REPORT.c.address,
    _REPORT.c.words,
).where(
    OPEN,
    among(_REPORT.c.place, "places"),
    _REPORT.c.reported_at.between(bindparam("since"), bindparam("until")),
)


_OUTCOMES = select(_REPORT.c.case_id, _REPORT.c.outcome).where(among(_REPORT.c.case_id, "case_ids"))


class NewReport(TypedDict):
    """The row of a report that is new, or was rejected and is none the less."""

    case_id: UUID
    source: str
    source_id: str
    category: str
    urgency: str
    lat: float | None
    lon: float | None
    grid: str | None
    place: str | None
    exercise: bool
    reported_at: datetime
    received_at: datetime
    outcome: str
    refusal: str | None
    primary_id: UUID | None
    promised_by: datetime | None
    channel: str | None
    address: str | None
    words: str | None


async def outcomes_of(conn: AsyncConnection, case_ids: Collection[UUID]) -> dict[UUID, Outcome]:
    """Return what became of those of these reports that were seen before."""
    rows = await conn.execute(_OUTCOMES, {"case_ids": sorted(case_ids)})
    return {row.case_id: Outcome(row.outcome) for row in rows}


async def add_reports(conn: AsyncConnection, rows: Iterable[NewReport]) -> None:
    """Insert these reports, none of which was there before."""
    await insert_rows(conn, Report, sorted(rows, key=lambda row: row["case_id"]))


async def replace_reports(conn: AsyncConnection, rows: Iterable[NewReport]) -> None:
    """Write these reports anew, which were there before."""
    await update_rows(conn, Report, sorted(rows, key=lambda row: row["case_id"]))


async def lock_blocks(conn: AsyncConnection, blocks: Collection[str]) -> None:
    """Keep every other process from opening cases in these blocks until this transaction ends.

    On SQLite a writing transaction is alone anyway. On PostgreSQL blocks share a fixed number of
    locks, so that a transaction of any size fits the server's lock table; the order is the same for
    everyone, so that two processes never wait for each other.
    """
    if conn.dialect.name != "postgresql":
        return
    slots = sorted({crc32(block.encode()) % LOCK_SLOTS for block in blocks})
    await conn.exec_driver_sql(
        "SELECT pg_advisory_xact_lock($1, slot) FROM unnest($2::int[]) AS slots(slot)",
        (_LOCK_SPACE, slots),
    )


class OpenCase(TypedDict):
    """An open case with the place it is found at."""

    place: str
    sighting: Sighting


async def open_cases(
    conn: AsyncConnection, places: Collection[str], *, since: datetime, until: datetime
) -> list[OpenCase]:
    """Return the open cases at these places that were reported between two instants."""
    rows = await conn.execute(
        _OPEN_CASES, {"places": sorted(places), "since": since, "until": until}
    )
    return [
        OpenCase(
            place=row.place,
            sighting=Sighting(
                case_id=row.case_id,
                position=Position(row.lat, row.lon),
                reported_at=row.reported_at,
                exercise=row.exercise,
                source=row.source,
                channel=row.channel,
                address=row.address,
                words=row.words,
            ),
        )
        for row in rows
    ]


async def report_of(conn: AsyncConnection, case_id: UUID) -> Report | None:
    """Return a report and what became of it, if intake has seen it."""
    found = (await conn.execute(select(_REPORT).where(_REPORT.c.case_id == case_id))).one_or_none()
    return None if found is None else Report(**found._asdict())
