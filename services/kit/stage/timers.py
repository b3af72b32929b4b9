"""Deadlines as rows: set and cancelled with the state change, claimed by the lane's owner."""

import math
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.among import among
from services.kit.sql.bulk import delete_rows, insert_rows
from services.kit.sql.database import Database
from services.kit.sql.declaring import table_of
from services.kit.stage.bounds import CLAIMED_AT_ONCE
from services.kit.stage.tables import Timer

_TIMER = table_of(Timer)
_DUE = (
    select(_TIMER.c.subject, _TIMER.c.kind, _TIMER.c.partition, _TIMER.c.due_at)
    .where(
        _TIMER.c.stage == bindparam("stage"),
        among(_TIMER.c.partition, "partitions"),
        _TIMER.c.due_at <= bindparam("now"),
    )
    # As its index has them: with more to order by, all that are due would be read for each portion.
    .order_by(_TIMER.c.due_at)
    .limit(CLAIMED_AT_ONCE)
)


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
    ordered = [rows[key] for key in sorted(rows)]
    await insert_rows(conn, Timer, ordered, replace=("due_at", "partition"))


async def cancel_all(conn: AsyncConnection, *, timers: Collection[tuple[UUID, str]]) -> None:
    """Drop these timers; one that is not there is no error."""
    keys = [{"subject": subject, "kind": kind} for subject, kind in sorted(timers)]
    await delete_rows(conn, Timer, keys)


async def claim_due(
    conn: AsyncConnection,
    *,
    stage: str,
    partitions: Collection[int],
    now: datetime,
) -> list[Deadline]:
    """Take the timers of these lanes that are due, oldest first, at most `CLAIMED_AT_ONCE`."""
    rows = await conn.execute(_DUE, {"stage": stage, "partitions": sorted(partitions), "now": now})
    due = [Deadline(subject=s, kind=k, partition=p, due_at=d) for s, k, p, d in rows]
    return await claim(conn, due)


async def claim(conn: AsyncConnection, due: Collection[Deadline]) -> list[Deadline]:
    """Take these timers, oldest first, whether they are set or not.

    What fired in the past may have been set by a look from outside that nobody repeats.
    """
    await cancel_all(conn, timers=[(d.subject, d.kind) for d in due])
    return sorted(due, key=lambda d: (d.due_at, d.subject, d.kind))


class NextDue:
    """When a stage's earliest timer is due, asked of the database only when one seems to be.

    Only the owner of a lane sets its timers, so it knows a moment before which none is due: it need
    not ask until then, and asks then because that one may have been moved, dropped or fired. After
    `again_after` of real time it asks all the same, should somebody have put timers there by hand.
    """

    def __init__(self, *, name: str, again_after: timedelta) -> None:
        """Begin knowing nothing."""
        self._stage = name
        self._again_after = again_after.total_seconds()
        self._asked_at = -math.inf
        self._due: datetime | None = None

    def may_have_changed(self) -> None:
        """Ask at the next look."""
        self._asked_at = -math.inf

    def were_set(self, deadlines: Iterable[Deadline]) -> None:
        """Note that these timers were set."""
        known = () if self._due is None else (self._due,)
        self._due = min((*known, *(d.due_at for d in deadlines)), default=None)

    async def is_past(self, database: Database, *, now: datetime) -> bool:
        """Tell whether a timer is due."""
        if self._seems_past(now) or time.monotonic() - self._asked_at > self._again_after:
            asked_at = time.monotonic()
            async with database.read() as conn:
                self._due = await next_due(conn, stage=self._stage)
            self._asked_at = asked_at
        return self._seems_past(now)

    def _seems_past(self, now: datetime) -> bool:
        return self._due is not None and self._due <= now


async def next_due(conn: AsyncConnection, *, stage: str) -> datetime | None:
    """Return when this stage's earliest timer is due, over all lanes; None when there is none."""
    found = await conn.scalar(select(func.min(_TIMER.c.due_at)).where(_TIMER.c.stage == stage))
    return cast("datetime | None", found)
