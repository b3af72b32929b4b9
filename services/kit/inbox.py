"""Events that were processed already: each is let through once."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.plumbing import Inbox
from services.kit.tables import insert_into, table_of

_INBOX = table_of(Inbox)
PRUNED_AT_ONCE = 5_000


async def first_time(
    conn: AsyncConnection, *, stage: str, event_ids: Collection[UUID], now: datetime
) -> set[UUID]:
    """Note these events as seen and return those that were not seen before."""
    if not event_ids:
        return set()
    rows = await conn.execute(
        insert_into(Inbox, dialect=conn.dialect)
        .on_conflict_do_nothing()
        .returning(_INBOX.c.event_id),
        [{"stage": stage, "event_id": id_, "seen_at": now} for id_ in sorted(event_ids)],
    )
    return set(rows.scalars())


async def forget(conn: AsyncConnection, *, stage: str, event_ids: Collection[UUID]) -> None:
    """Let these events through again when they come again, such as by a replay."""
    if event_ids:
        await conn.execute(
            delete(_INBOX).where(_INBOX.c.stage == stage, _INBOX.c.event_id.in_(sorted(event_ids)))
        )


async def prune(conn: AsyncConnection, *, before: datetime) -> int:
    """Forget a batch of events seen before an instant; returns how many."""
    old = select(_INBOX.c.stage, _INBOX.c.event_id).where(_INBOX.c.seen_at < before)
    rows = (await conn.execute(old.limit(PRUNED_AT_ONCE))).all()
    by_stage: dict[str, list[UUID]] = {}
    for row in rows:
        by_stage.setdefault(row.stage, []).append(row.event_id)
    for stage, ids in by_stage.items():
        await conn.execute(
            delete(_INBOX).where(_INBOX.c.stage == stage, _INBOX.c.event_id.in_(ids))
        )
    return len(rows)
