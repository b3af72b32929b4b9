"""Records that an operator told a service to pass over, because it ends at each of them.

A service reads them when it takes a lane, so at its start, and again and again while it runs.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.records import Record
from services.kit.sql.bulk import insert_rows, update_rows
from services.kit.sql.declaring import table_of
from services.kit.stage.tables import SkippedRecord

_SKIPPED = table_of(SkippedRecord)
_PENDING = select(_SKIPPED).where(_SKIPPED.c.taken_at.is_(None))


class Place(NamedTuple):
    """Where a record stands."""

    topic: str
    partition: int
    offset: int


def place_of(record: Record) -> Place:
    """Return where a record stands."""
    return Place(record.topic, record.partition, record.offset)


async def ask(conn: AsyncConnection, place: Place, *, why: str, now: datetime) -> bool:
    """Ask to pass a record over; returns False when that waits already.

    One that stood at the same place before and was passed over is of a topic that is no more.
    """
    if place in await pending(conn):
        return False
    row = {**place._asdict(), "why": why, "asked_at": now, "taken_at": None}
    await insert_rows(conn, SkippedRecord, [row], replace=("why", "asked_at", "taken_at"))
    return True


async def pending(conn: AsyncConnection) -> dict[Place, str]:
    """Return which records wait to be passed over, each with the operator's reason."""
    rows = await conn.execute(_PENDING)
    return {Place(row.topic, row.partition, row.offset): row.why for row in rows}


async def note_taken(conn: AsyncConnection, places: Iterable[Place], *, now: datetime) -> None:
    """Note that these were passed over."""
    rows = [{**place._asdict(), "taken_at": now} for place in places]
    await update_rows(conn, SkippedRecord, rows)
