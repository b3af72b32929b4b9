"""Forget what was kept long enough: contacts after the end of their case, and who looked.

The days of a contact are counted from its report on, until a look at its case finds when that ended
or that it goes on. So nothing has to be noted when a case ends, and nothing can be missed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.intake.bounds import AGED_AT_ONCE, MOST_MERGED_DEEP
from services.intake.store import contacts, ends
from services.intake.store.ends import Ending
from services.kit.sql.database import Database
from services.kit.sql.retention import forget


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long contacts are kept after the end of their case, and records of who did what."""

    contacts: timedelta
    records: timedelta


async def forget_what_is_old(database: Database, *, now: datetime, kept: Kept) -> int:
    """Destroy contacts and forget looks and erasures that are old; returns how many contacts."""
    gone = 0
    while True:
        async with database.write() as conn:
            looked_at, destroyed = await _destroy_aged(conn, now=now, kept=kept.contacts)
        gone += destroyed
        if looked_at < AGED_AT_ONCE:
            break
    if gone:
        await database.empty_log()
    for prune in (ends.forget_looks, ends.forget_erasures):
        old = partial(prune, before=now - kept.records)
        await forget(database, old, portion=AGED_AT_ONCE)
    return gone


async def _destroy_aged(
    conn: AsyncConnection, *, now: datetime, kept: timedelta
) -> tuple[int, int]:
    """Look at a portion of old contacts; returns how many that were, and how many are destroyed."""
    found = await ends.aged(conn, before=now - kept)
    if not found:
        return 0, 0
    last = await _last_ends(conn, {one.belongs_to for one in found})
    old, later = [], {}
    for one in found:
        # Of a case that goes on it is looked at again when it may be time.
        ended_at = last[one.belongs_to] or now
        if ended_at < now - kept:
            old.append(one.case_id)
        else:
            later[one.case_id] = ended_at
    await contacts.overwrite(conn)
    await ends.destroy(conn, old)
    await ends.count_from(conn, later)
    return len(found), len(old)


async def _last_ends(conn: AsyncConnection, case_ids: set[UUID]) -> dict[UUID, datetime | None]:
    """Return when each of these cases ended for good: of a merged one, when the other did."""
    known: dict[UUID, Ending] = {}
    wanted = case_ids
    for _ in range(MOST_MERGED_DEEP):
        known |= await ends.endings(conn, wanted)
        wanted = {one.into for one in known.values() if one.into is not None} - known.keys()
        if not wanted:
            break
    return {id_: _last_end(id_, known) for id_ in case_ids}


def _last_end(case_id: UUID, known: dict[UUID, Ending]) -> datetime | None:
    found = known.get(case_id)
    for _ in range(MOST_MERGED_DEEP):
        if found is None or found.into is None:
            break
        found = known.get(found.into)
    return None if found is None else found.at
