"""Which cases changed, in the order in which everybody can see them: noted, followed, forgotten.

A position is how far each lane was followed. Of a lane whose numbers have a gap, or go back, nobody
knows what was missed: whoever follows begins anew.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.bounds import CHANGES_KEPT
from services.desk.domain.parties import is_seen_as
from services.desk.store.live_tables import CaseChange, ChangeLane
from services.kit.sql.bulk import delete_found, insert_rows
from services.kit.sql.declaring import table_of

LOOKS: Final = -1
"""The lane on which it is told that somebody opened a case, or left it."""

_LANE: Final = table_of(ChangeLane)
_CHANGE: Final = table_of(CaseChange)


@dataclass(frozen=True, slots=True)
class Change:
    """A case that changed, and who saw it before or after; `is_look` if only who looks at it."""

    case_id: UUID
    parties: frozenset[str]
    is_look: bool = False


async def note(
    conn: AsyncConnection, parties: Mapping[UUID, Collection[str]], *, lane: int
) -> None:
    """Note at the end of a transaction that these cases changed, each with its parties."""
    if not parties:
        return
    [number] = await insert_rows(
        conn, ChangeLane, [{"lane": lane, "number": 1}], add=("number",), returning="number"
    )
    rows = [
        {
            "lane": lane,
            "number": number,
            "case_id": id_,
            "parties": "\n".join(sorted(filter(is_seen_as, parties[id_]))),
        }
        for id_ in sorted(parties)
    ]
    await insert_rows(conn, CaseChange, rows)


async def position(conn: AsyncConnection) -> dict[int, int]:
    """Return how far each lane is."""
    return {row.lane: row.number for row in await conn.execute(select(_LANE))}


async def since(
    conn: AsyncConnection, known: Mapping[int, int], now: Mapping[int, int], *, most: int
) -> list[Change] | None:
    """Return what changed between two positions; None where that is too much, or not kept."""
    moved = {lane: known.get(lane, 0) for lane, number in now.items() if number != known.get(lane)}
    if not moved:
        return []
    theirs = ((_CHANGE.c.lane == lane) & (_CHANGE.c.number > n) for lane, n in moved.items())
    query = select(_CHANGE).where(or_(*theirs)).order_by(_CHANGE.c.lane, _CHANGE.c.number)
    rows = (await conn.execute(query.limit(most + 1))).all()
    there = {(row.lane, row.number) for row in rows}
    if len(rows) > most or len(there) != sum(now[lane] - n for lane, n in moved.items()):
        return None
    return [
        Change(row.case_id, frozenset(row.parties.splitlines()), is_look=row.lane == LOOKS)
        for row in rows
    ]


async def forget(conn: AsyncConnection, *, most: int) -> int:
    """Forget changes that are far behind; returns how many, `most` at most."""
    gone = 0
    for lane, number in (await position(conn)).items():
        old = (_CHANGE.c.lane == lane) & (_CHANGE.c.number <= number - CHANGES_KEPT)
        keys = select(_CHANGE.c.lane, _CHANGE.c.number, _CHANGE.c.case_id).where(old)
        gone += await delete_found(conn, CaseChange, keys.limit(most - gone))
        if gone >= most:
            break
    return gone
