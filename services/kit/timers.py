"""Deadlines as rows: set and cancelled with the state change, claimed by the lane's owner."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.plumbing import Timer
from services.kit.tables import insert_into, table_of

_TIMER = table_of(Timer)
CLAIMED_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """One timer: which subject, what for, when, and the lane that fires it."""

    subject: UUID
    kind: str
    partition: int
    due_at: datetime


async def set_all(conn: AsyncConnection, *, stage: str, deadlines: Iterable[Deadline]) -> None:
    """Set these timers; one of the same subject and kind is moved."""
    rows = {
        (d.subject, d.kind): {
            "subject": d.subject,
            "kind": d.kind,
            "stage": stage,
            "partition": d.partition,
            "due_at": d.due_at,
        }
        for d in deadlines
    }
    if not rows:
        return
    insert = insert_into(Timer, dialect=conn.dialect)
    await conn.execute(
        insert.on_conflict_do_update(
            index_elements=[_TIMER.c.subject, _TIMER.c.kind],
            set_={"due_at": insert.excluded.due_at, "partition": insert.excluded.partition},
        ),
        [rows[key] for key in sorted(rows)],
    )


async def cancel_all(conn: AsyncConnection, *, timers: Collection[tuple[UUID, str]]) -> None:
    """Drop these timers; one that is not there is no error."""
    if timers:
        await conn.execute(
            delete(_TIMER).where(tuple_(_TIMER.c.subject, _TIMER.c.kind).in_(sorted(timers)))
        )


async def claim_due(
    conn: AsyncConnection, *, stage: str, partitions: Collection[int], now: datetime
) -> list[Deadline]:
    """Take the timers of these lanes that are due, oldest first, at most `CLAIMED_AT_ONCE`."""
    rows = await conn.execute(
        select(_TIMER.c.subject, _TIMER.c.kind, _TIMER.c.partition, _TIMER.c.due_at)
        .where(
            _TIMER.c.stage == stage,
            _TIMER.c.partition.in_(sorted(partitions)),
            _TIMER.c.due_at <= now,
        )
        .order_by(_TIMER.c.due_at, _TIMER.c.subject, _TIMER.c.kind)
        .limit(CLAIMED_AT_ONCE)
    )
    due = [Deadline(subject=s, kind=k, partition=p, due_at=d) for s, k, p, d in rows]
    await cancel_all(conn, timers=[(d.subject, d.kind) for d in due])
    return due


async def next_due(conn: AsyncConnection, *, stage: str) -> datetime | None:
    """Return when this stage's earliest timer is due, over all lanes; None when there is none."""
    found = await conn.scalar(select(func.min(_TIMER.c.due_at)).where(_TIMER.c.stage == stage))
    return cast("datetime | None", found)
