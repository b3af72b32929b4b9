"""Load the cases a batch is about, and save what it made of them, in a few statements each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.tables import insert_into, table_of
from services.notifier.domain.case import CaseFile, Follower, Part, StoryLine
from services.notifier.store.rows import Row, case_of, line_row, part_of, part_row, standing_row
from services.notifier.store.tables import (
    CaseFollower,
    CaseLine,
    CasePart,
    CaseTotal,
    FollowUp,
    RejectedCase,
)

_CASE = table_of(FollowUp)
_PART = table_of(CasePart)
_FOLLOWER = table_of(CaseFollower)
_TOTAL = table_of(CaseTotal)

_FOLLOWED = [c for c in _CASE.c if c.name not in {"place", "description"}]
_CHANGING = {"status", "accepted_at", "ended_at", "result", "evidence", "role", "person"}


async def load_files(conn: AsyncConnection, case_ids: Collection[UUID]) -> dict[UUID, CaseFile]:
    """Return the files of these cases that are known, locked until the transaction ends."""
    if not case_ids:
        return {}
    wanted = sorted(case_ids)
    cases = await conn.execute(
        select(*_FOLLOWED)
        .where(_CASE.c.case_id.in_(wanted))
        .order_by(_CASE.c.case_id)
        .with_for_update()
    )
    files = {row["case_id"]: CaseFile(case=case_of(row)) for row in cases.mappings()}
    if files:
        parts = await conn.execute(select(_PART).where(_PART.c.case_id.in_(sorted(files))))
        for row in parts.mappings():
            files[row["case_id"]].parts[row["assignment_id"]] = part_of(row)
    return files


async def add_cases(conn: AsyncConnection, rows: Iterable[Row]) -> None:
    """Insert cases that were just registered."""
    new = sorted(rows, key=lambda row: row["case_id"])
    if new:
        await conn.execute(_CASE.insert(), new)


async def save_cases(conn: AsyncConnection, files: Iterable[CaseFile]) -> None:
    """Save where these known cases stand."""
    rows = [standing_row(f.case) | {"id_": f.case.case_id} for f in files]
    if not rows:
        return
    statement = update(_CASE).where(_CASE.c.case_id == bindparam("id_"))
    values: Row = {name: bindparam(name) for name in rows[0] if name != "id_"}
    await conn.execute(statement.values(values), sorted(rows, key=lambda row: row["id_"]))


async def save_parts(conn: AsyncConnection, parts: Iterable[Part]) -> None:
    """Save these parts, new or known."""
    rows = sorted((part_row(p) for p in parts), key=lambda row: row["assignment_id"])
    if not rows:
        return
    insert = insert_into(CasePart, dialect=conn.dialect)
    await conn.execute(
        insert.on_conflict_do_update(
            index_elements=[_PART.c.assignment_id],
            set_={name: insert.excluded[name] for name in sorted(_CHANGING)},
        ),
        rows,
    )


async def add_lines(conn: AsyncConnection, lines: Iterable[StoryLine]) -> None:
    """Add these lines to their cases' stories."""
    rows = [line_row(line) for line in lines]
    if rows:
        await conn.execute(table_of(CaseLine).insert(), rows)


async def add_followers(conn: AsyncConnection, followers: Iterable[Follower]) -> None:
    """Add these followers; one that is there already stays as it is."""
    rows = [asdict(follower) for follower in followers]
    if rows:
        insert = insert_into(CaseFollower, dialect=conn.dialect)
        await conn.execute(insert.on_conflict_do_nothing(), rows)


async def followers_of(conn: AsyncConnection, case_ids: Collection[UUID]) -> list[Follower]:
    """Return everybody who follows one of these cases, in the order they joined."""
    if not case_ids:
        return []
    rows = await conn.execute(
        select(_FOLLOWER)
        .where(_FOLLOWER.c.case_id.in_(sorted(case_ids)))
        .order_by(_FOLLOWER.c.joined_at, _FOLLOWER.c.merged_id)
    )
    return [Follower(**row) for row in rows.mappings()]


async def merged_into(conn: AsyncConnection, case_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the primary of each of these that is a merged report's own id."""
    if not case_ids:
        return {}
    rows = await conn.execute(
        select(_FOLLOWER.c.merged_id, _FOLLOWER.c.case_id).where(
            _FOLLOWER.c.merged_id.in_(sorted(case_ids))
        )
    )
    return {row.merged_id: row.case_id for row in rows}


class Rejection(TypedDict):
    """The row of a report that is not accepted."""

    case_id: UUID
    source: str
    source_id: str
    channel: str
    reported_at: Any
    rejected_at: Any
    reason: str
    field: str
    message_en: str
    message_zh: str


async def add_rejected(conn: AsyncConnection, rows: Sequence[Rejection]) -> None:
    """Keep these reports that were not accepted."""
    if rows:
        insert = insert_into(RejectedCase, dialect=conn.dialect)
        await conn.execute(insert.on_conflict_do_nothing(), list(rows))


async def add_totals(conn: AsyncConnection, totals: Mapping[tuple[int, str], int]) -> None:
    """Add to the totals of each lane and kind."""
    rows = [
        {"partition": partition, "kind": kind, "count": count}
        for (partition, kind), count in sorted(totals.items())
    ]
    if not rows:
        return
    insert = insert_into(CaseTotal, dialect=conn.dialect)
    await conn.execute(
        insert.on_conflict_do_update(
            index_elements=[_TOTAL.c.partition, _TOTAL.c.kind],
            set_={"count": _TOTAL.c.count + insert.excluded.count},
        ),
        rows,
    )
