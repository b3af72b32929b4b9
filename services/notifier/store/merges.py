"""Cases that were merged by hand: which into which, and who waits for a case because of it."""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.among import among
from services.kit.sql.bulk import delete_rows, insert_rows
from services.kit.sql.declaring import table_of
from services.notifier.domain.case import Case, Follower
from services.notifier.store import files
from services.notifier.store.rows import case_of, follower_row
from services.notifier.store.tables import MERGED, CaseFollower, FollowUp

_CASE: Final = table_of(FollowUp)
_LANES: Final = select(_CASE.c.case_id, _CASE.c.partition).where(among(_CASE.c.case_id, "case_ids"))
_HERE: Final = (
    select(_CASE)
    .where(MERGED, among(_CASE.c.merged_into, "case_ids"))
    .order_by(_CASE.c.closed_at, _CASE.c.case_id)
)


async def lanes_of(conn: AsyncConnection, case_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return the lane of each of these cases, without waiting for whoever changes it."""
    if not case_ids:
        return {}
    rows = await conn.execute(_LANES, {"case_ids": sorted(case_ids)})
    return {row.case_id: row.partition for row in rows}


async def merged_here(
    conn: AsyncConnection, case_ids: Collection[UUID]
) -> dict[UUID, tuple[Case, ...]]:
    """Return for each of these cases those that are merged into it by hand, in their order."""
    found: dict[UUID, tuple[Case, ...]] = dict.fromkeys(case_ids, ())
    if not case_ids:
        return found
    rows = await conn.execute(_HERE, {"case_ids": sorted(case_ids)})
    for row in rows.mappings():
        found[row["merged_into"]] = (*found[row["merged_into"]], case_of(row))
    return found


async def save(conn: AsyncConnection, several: Mapping[UUID, Follower | None]) -> None:
    """Let each of these cases follow another one, or none."""
    following = [one for one in several.values() if one is not None]
    rows = sorted((follower_row(one) for one in following), key=lambda row: row["merged_id"])
    await insert_rows(conn, CaseFollower, rows, replace=("case_id", "joined_at", "why"))
    gone = sorted(id_ for id_, one in several.items() if one is None)
    await delete_rows(conn, CaseFollower, [{"merged_id": id_} for id_ in gone])


async def waiting_for(
    conn: AsyncConnection, case_ids: Collection[UUID]
) -> dict[UUID, list[Follower]]:
    """Return for each of these cases who waits for it: who follows it, or a case merged into it."""
    found: dict[UUID, list[Follower]] = {id_: [] for id_ in case_ids}
    level = {id_: {id_} for id_ in case_ids}
    while level:
        below: dict[UUID, set[UUID]] = {}
        for one in await files.followers_of(conn, level):
            for root in level[one.case_id]:
                found[root].append(one)
            below[one.merged_id] = below.get(one.merged_id, set()) | level[one.case_id]
        level = below
    return found
