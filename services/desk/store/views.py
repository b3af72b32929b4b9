"""Load what is shown of the cases of a batch, and save what it made of them: a few statements."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.domain.own_clocks import own_turn
from services.desk.domain.parties import DEPARTMENT
from services.desk.domain.view import View
from services.desk.store.rows import Row, row_of, terms_row, view_of
from services.desk.store.tables import (
    CaseFollower,
    CaseLine,
    CaseNews,
    CaseParty,
    CaseTerms,
    CaseView,
    FiledAt,
    SeenUntil,
)
from services.kit.sql.among import among
from services.kit.sql.bulk import delete_rows, insert_rows
from services.kit.sql.declaring import table_of

_VIEW = table_of(CaseView)
_LINE = table_of(CaseLine)
_PARTY = table_of(CaseParty)
_FOLLOWER = table_of(CaseFollower)
_FILED = table_of(FiledAt)
_VIEWS: Final = select(_VIEW).where(among(_VIEW.c.case_id, "ids"))
_LOCKED: Final = _VIEWS.order_by(_VIEW.c.case_id).with_for_update()
_LINES: Final = select(_LINE).where(among(_LINE.c.case_id, "ids")).order_by(_LINE.c.number)
_PARTIES: Final = select(_PARTY).where(among(_PARTY.c.case_id, "ids"))
_FOLLOWERS: Final = select(_FOLLOWER).where(among(_FOLLOWER.c.case_id, "ids"))
_KNOWN: Final = select(_FOLLOWER.c.merged_id).where(among(_FOLLOWER.c.merged_id, "ids"))
_FILES: Final = select(_FILED).where(among(_FILED.c.case_id, "ids"))
_CHANGING: Final = tuple(c.name for c in _VIEW.c if not c.primary_key)
Parties = dict[str, Row]
"""Parties of a case, and the row of each."""

_OF_A_CASE: Final = (CaseView, CaseTerms, CaseParty, CaseLine, CaseFollower, CaseNews)


async def load(conn: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, View]:
    """Return what is shown of those of these cases that are known, locked until the end."""
    if not ids:
        return {}
    rows = await conn.execute(_LOCKED, {"ids": sorted(ids)})
    return {row["case_id"]: view_of(row) for row in rows.mappings()}


async def lines_of(conn: AsyncConnection, ids: Collection[UUID]) -> list[Row]:
    """Return the lines of these cases in order, with their events' numbers."""
    return await _rows(conn, _LINES, ids)


async def followers_of(conn: AsyncConnection, ids: Collection[UUID]) -> list[Row]:
    """Return who joined these cases."""
    return await _rows(conn, _FOLLOWERS, ids)


async def joined_before(conn: AsyncConnection, merged_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these reports joined a case already."""
    if not merged_ids:
        return set()
    return {*(await conn.scalars(_KNOWN, {"ids": sorted(merged_ids)}))}


async def filed_at(conn: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Row]:
    """Return of which instant the newest file is that was read of each of these."""
    return {row["case_id"]: row for row in await _rows(conn, _FILES, ids)}


async def _rows(conn: AsyncConnection, query: Any, ids: Collection[UUID]) -> list[Row]:  # noqa: ANN401 - a select
    if not ids:
        return []
    return [{**row} for row in (await conn.execute(query, {"ids": sorted(ids)})).mappings()]


async def save(conn: AsyncConnection, views: Iterable[View]) -> None:
    """Save what is shown of these cases, known and new ones alike."""
    rows = sorted((row_of(view) for view in views), key=lambda row: row["case_id"])
    await insert_rows(conn, CaseView, rows, replace=_CHANGING)


async def save_terms(conn: AsyncConnection, views: Iterable[View]) -> None:
    """Save under which terms these cases are found."""
    rows = sorted((terms_row(view) for view in views), key=lambda row: row["case_id"])
    await insert_rows(conn, CaseTerms, rows, replace=("registered_at", "terms"))


async def parties_of(conn: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Parties]:
    """Return who has to do with each of these cases."""
    found: dict[UUID, Parties] = {id_: {} for id_ in ids}
    for row in await _rows(conn, _PARTIES, ids):
        found[row["case_id"]][row["party"]] = row
    return found


async def save_parties(
    conn: AsyncConnection,
    wanted: Mapping[UUID, set[str]],
    views: Mapping[UUID, View],
    *,
    before: Mapping[UUID, Parties],
) -> None:
    """Let these parties, and no others, have to do with their cases; who did `before` is known."""
    gone, new = list[Row](), list[Row]()
    for id_ in sorted(wanted):
        known = before[id_]
        gone += [{"case_id": id_, "party": one} for one in sorted(known.keys() - wanted[id_])]
        rows = (_party_row(views[id_], one) for one in sorted(wanted[id_]))
        new += [row for row in rows if known.get(row["party"]) != row]
    await delete_rows(conn, CaseParty, gone)
    await insert_rows(conn, CaseParty, new, replace=("registered_at", "closed_at", "own_by"))


def _party_row(view: View, party: str) -> Row:
    kind, _, name = party.partition("/")
    own = own_turn(view, [name]) if kind == DEPARTMENT else None
    return {
        "case_id": view.case_id,
        "party": party,
        "registered_at": view.registered_at,
        "closed_at": view.closed_at,
        "own_by": None if own is None else own.until,
    }


async def save_lines(
    conn: AsyncConnection, rows: Sequence[Row], *, anew: Collection[UUID] = ()
) -> None:
    """Add these lines; the stories of the cases `anew` are these alone."""
    await delete_rows(conn, CaseLine, [{"case_id": id_} for id_ in sorted(anew)])
    await insert_rows(conn, CaseLine, rows, skip_known=True)


async def save_followers(
    conn: AsyncConnection, rows: Sequence[Row], *, anew: Collection[UUID], left: Collection[UUID]
) -> None:
    """Add these followers; of the cases `anew` they are all, those that `left` are none."""
    await delete_rows(conn, CaseFollower, [{"merged_id": id_} for id_ in sorted(left)])
    await delete_rows(conn, CaseFollower, [{"case_id": id_} for id_ in sorted(anew)])
    replaced = ("case_id", "source", "source_id", "joined_at", "why")
    await insert_rows(conn, CaseFollower, rows, replace=replaced)


async def save_news(conn: AsyncConnection, rows: Sequence[Row]) -> None:
    """Keep what was told beside the stories; what is there already stays."""
    await insert_rows(conn, CaseNews, rows, skip_known=True)


async def save_filed(conn: AsyncConnection, rows: Sequence[Row]) -> None:
    """Keep of which instant the newest file of each of these cases is."""
    await insert_rows(conn, FiledAt, rows, replace=("at", "taken_away"))


async def take_away(conn: AsyncConnection, ids: Collection[UUID]) -> None:
    """Forget all that is shown of these cases."""
    keys = [{"case_id": id_} for id_ in sorted(ids)]
    for model in _OF_A_CASE:
        await delete_rows(conn, model, keys)


async def save_seen(conn: AsyncConnection, lanes: Mapping[int, datetime]) -> None:
    """Keep until which instant what was told on these lanes is shown."""
    rows = [{"lane": lane, "at": at} for lane, at in sorted(lanes.items())]
    await insert_rows(conn, SeenUntil, rows, replace=("at",))
