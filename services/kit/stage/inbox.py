"""Events that were processed already: each is let through once."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.among import among
from services.kit.sql.bulk import delete_found, insert_rows
from services.kit.sql.declaring import table_of
from services.kit.stage.bounds import PRUNED_AT_ONCE
from services.kit.stage.tables import Inbox

_INBOX = table_of(Inbox)
_AMONG = (_INBOX.c.stage == bindparam("stage"), among(_INBOX.c.event_id, "event_ids"))
_SEEN = select(_INBOX.c.event_id).where(*_AMONG)
_FORGET = delete(_INBOX).where(*_AMONG)


async def first_time(
    conn: AsyncConnection, *, stage: str, event_ids: Collection[UUID], now: datetime
) -> set[UUID]:
    """Note these events as seen and return those that were not seen before.

    Asked first and written later, with all that the transaction writes: an event is one lane's.
    """
    if not event_ids:
        return set()
    asked = {"stage": stage, "event_ids": sorted(event_ids)}
    fresh = {*event_ids} - {*(await conn.scalars(_SEEN, asked))}
    rows = [{"stage": stage, "event_id": id_, "seen_at": now} for id_ in sorted(fresh)]
    await insert_rows(conn, Inbox, rows)
    return fresh


async def forget(conn: AsyncConnection, *, stage: str, event_ids: Collection[UUID]) -> None:
    """Let these events through again when they come again, such as by a replay."""
    if event_ids:
        await conn.execute(_FORGET, {"stage": stage, "event_ids": sorted(event_ids)})


async def prune(conn: AsyncConnection, *, before: datetime) -> int:
    """Forget a batch of events seen before an instant; returns how many."""
    old = select(_INBOX.c.stage, _INBOX.c.event_id).where(_INBOX.c.seen_at < before)
    return await delete_found(conn, Inbox, old.limit(PRUNED_AT_ONCE))
