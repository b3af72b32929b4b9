"""Intake's tables and every SQL statement it makes.

Contacts stand in a table of their own, which nothing joins and no topic sees.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TypedDict
from uuid import UUID
from zlib import crc32

from sqlalchemy import (
    CheckConstraint,
    Index,
    MetaData,
    Text,
    bindparam,
    delete,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import Field

from services.intake.bounds import FORGOTTEN_AT_ONCE, LOCK_SLOTS
from services.intake.domain.closure import Closure
from services.intake.domain.dedup import Sighting
from services.intake.domain.outcome import Outcome
from services.intake.domain.position import Position
from services.kit.sql.among import among
from services.kit.sql.bulk import delete_found, insert_rows, update_rows
from services.kit.sql.declaring import Named, table_of

INTAKE_METADATA = MetaData()

# Literal, not parameters: only so does a planner see that the partial index below applies.
_OPEN = text("outcome = 'registered' AND closed_at IS NULL")
_LOCK_SPACE = 7_061


class IntakeTable(Named):
    """Base of the tables below."""

    metadata = INTAKE_METADATA


class Report(IntakeTable, table=True):
    """A report and what became of it; its key makes the same (source, id) one report for ever.

    `refusal` is why it was rejected, as JSON, for as long as it is.
    `channel`, `address` and `words` are what later reports are compared with: of cases that take in
    others, where the plan asks for them, the texts as they are compared.
    `closed_at` is when the case stopped taking in others, `closure_sequence` the number of the
    last closing or reopening heard of.
    """

    case_id: UUID = Field(primary_key=True)
    source: str
    source_id: str
    category: str
    urgency: str
    lat: float | None = None
    lon: float | None = None
    grid: str | None = None
    place: str | None = None
    exercise: bool
    reported_at: datetime
    received_at: datetime
    outcome: str
    refusal: str | None = Field(default=None, sa_type=Text)
    primary_id: UUID | None = None
    closed_at: datetime | None = None
    closure_sequence: int = 0
    channel: str | None = None
    address: str | None = Field(default=None, sa_type=Text)
    words: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (
        CheckConstraint("(outcome = 'merged') = (primary_id IS NOT NULL)", name="merged_into"),
        # Open cases only, so that a search costs the same after years of closed ones.
        Index(
            "ix_report_open",
            "place",
            "reported_at",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )


class ReporterContact(IntakeTable, table=True):
    """How a reporter can be reached; on no topic."""

    case_id: UUID = Field(primary_key=True)
    name: str | None = None
    phone: str | None = None
    email: str | None = None


class IdempotencyKey(IntakeTable, table=True):
    """A key a client sent, the hash of the first body it came with, and what was answered.

    `answer` is empty until the log has the reports: the key is claimed before they are published.
    """

    key: str = Field(primary_key=True)
    body_hash: str
    answer: str
    created_at: datetime = Field(index=True)


_REPORT = table_of(Report)
_KEY = table_of(IdempotencyKey)
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
    _OPEN,
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
    channel: str | None
    address: str | None
    words: str | None


class NewContact(TypedDict):
    """The row of a reporter's contact."""

    case_id: UUID
    name: str | None
    phone: str | None
    email: str | None


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


async def add_contacts(conn: AsyncConnection, rows: Sequence[NewContact]) -> None:
    """Keep how reporters can be reached."""
    await insert_rows(conn, ReporterContact, rows, skip_known=True)


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


async def save_closures(conn: AsyncConnection, closures: Iterable[Closure]) -> None:
    """Note which cases ended or go on; one that was heard before changes nothing."""
    rows = [
        {"case_id": c.case_id, "closed_at": c.closed_at, "closure_sequence": c.sequence}
        for c in closures
    ]
    await update_rows(conn, Report, rows, newer_by="closure_sequence")


async def closure_sequences(conn: AsyncConnection, case_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the number of the last closing or reopening heard of each of these cases."""
    query = select(_REPORT.c.case_id, _REPORT.c.closure_sequence).where(
        among(_REPORT.c.case_id, "case_ids")
    )
    rows = await conn.execute(query, {"case_ids": sorted(case_ids)})
    return {row.case_id: row.closure_sequence for row in rows}


async def report_of(conn: AsyncConnection, case_id: UUID) -> Report | None:
    """Return a report and what became of it, if intake has seen it."""
    found = (await conn.execute(select(_REPORT).where(_REPORT.c.case_id == case_id))).one_or_none()
    return None if found is None else Report(**found._asdict())


class Claimed(TypedDict):
    """The hash of the body a key belongs to, and the answer; empty until the log has it."""

    body_hash: str
    answer: str


async def claim_key(conn: AsyncConnection, key: str, *, body_hash: str, now: datetime) -> Claimed:
    """Let an idempotency key belong to a body, unless it does to another; returns whose it is."""
    row = {"key": key, "created_at": now, "body_hash": body_hash, "answer": ""}
    await insert_rows(conn, IdempotencyKey, [row], skip_known=True)
    query = select(_KEY.c.body_hash, _KEY.c.answer).where(_KEY.c.key == key)
    found = (await conn.execute(query)).one()
    return Claimed(body_hash=found.body_hash, answer=found.answer)


async def remember_answer(conn: AsyncConnection, key: str, answer: str) -> None:
    """Remember what was answered to an idempotency key once the log had everything."""
    await update_rows(conn, IdempotencyKey, [{"key": key, "answer": answer}])


async def forget_all_answers(conn: AsyncConnection) -> None:
    """Forget every idempotency key: what was answered went to a log that is lost."""
    await conn.execute(delete(_KEY))


async def forget_answers(conn: AsyncConnection, *, before: datetime) -> int:
    """Forget a portion of the keys that came before an instant; returns how many."""
    old = select(_KEY.c.key).where(_KEY.c.created_at < before).limit(FORGOTTEN_AT_ONCE)
    return await delete_found(conn, IdempotencyKey, old)
