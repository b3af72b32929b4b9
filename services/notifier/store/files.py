"""Load the cases a batch is about, and save what it made of them, in a few statements each."""

from collections.abc import Collection, Iterable
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.events.assignment import CaseAssigned, CoHandlerOffered
from schemas.events.base import in_utc
from schemas.events.case import CaseRegistered, CaseRejected
from schemas.events.charge import CaseCorrected
from services.kit.sql.among import among
from services.kit.sql.bulk import delete_rows, insert_rows, update_rows
from services.kit.sql.declaring import table_of
from services.notifier.domain.case import CaseFile, Follower
from services.notifier.domain.part import Part
from services.notifier.domain.story_line import StoryLine
from services.notifier.store.rows import (
    CORRECTABLE,
    case_of,
    changing_row,
    follower_of,
    follower_row,
    is_plain,
    line_row,
    new_row,
    part_of,
    part_row,
    seldom_in,
)
from services.notifier.store.tables import (
    CaseFollower,
    CaseLine,
    CasePart,
    FollowUp,
    RejectedCase,
)

ToldOfOffer: TypeAlias = CaseRegistered | CaseCorrected | CaseAssigned | CoHandlerOffered

_CASE = table_of(FollowUp)
_PART = table_of(CasePart)
_FOLLOWER = table_of(CaseFollower)
_LINE = table_of(CaseLine)
_REJECTION = table_of(RejectedCase)
_REJECTED = select(_REJECTION.c.case_id).where(among(_REJECTION.c.case_id, "ids"))

_FOLLOWED = [c for c in _CASE.c if c.name not in {"place", "description"}]
_CASES = select(*_FOLLOWED).where(among(_CASE.c.case_id, "case_ids"))
_LOCKED_CASES = _CASES.order_by(_CASE.c.case_id).with_for_update()
_PARTS = select(_PART).where(among(_PART.c.case_id, "case_ids"))
_FOLLOWERS = (
    select(_FOLLOWER)
    .where(among(_FOLLOWER.c.case_id, "case_ids"))
    .order_by(_FOLLOWER.c.joined_at, _FOLLOWER.c.merged_id)
)
_PRIMARIES = select(_FOLLOWER.c.merged_id, _FOLLOWER.c.case_id).where(
    among(_FOLLOWER.c.merged_id, "case_ids")
)
_OF_OFFERS: Final[dict[str, type[ToldOfOffer]]] = {
    model.type: model for model in (CaseRegistered, CaseCorrected, CaseAssigned, CoHandlerOffered)
}
_TOLD_OF_OFFERS = (
    select(_LINE.c.case_id, _LINE.c.type, _LINE.c.data)
    .where(
        among(_LINE.c.case_id, "case_ids"),
        _LINE.c.type.in_([*_OF_OFFERS]),
    )
    .order_by(_LINE.c.case_id, _LINE.c.number)
)
_CHANGING = (
    *("status", "sign_by", "accepted_at", "ended_at", "asked_again_at", "expires_at"),
    *("result", "evidence", "role", "person", "offered_at", "due_by"),
)


async def load_files(conn: AsyncConnection, case_ids: Collection[UUID]) -> dict[UUID, CaseFile]:
    """Return the files of these cases that are known, locked until the transaction ends."""
    return await _files(conn, case_ids, cases=_LOCKED_CASES) if case_ids else {}


async def file_of(conn: AsyncConnection, case_id: UUID) -> CaseFile | None:
    """Return the file of a case if it is known, for whoever only looks at it."""
    return (await _files(conn, {case_id}, cases=_CASES)).get(case_id)


async def _files(
    conn: AsyncConnection, case_ids: Collection[UUID], *, cases: Select[Any]
) -> dict[UUID, CaseFile]:
    found = await conn.execute(cases, {"case_ids": sorted(case_ids)})
    # Plain dictionaries: a row's mapping looks every name up anew.
    names = [*found.keys()]
    rows = (dict(zip(names, row, strict=True)) for row in found)
    cases_of = map(case_of, rows)
    files = {case.case_id: CaseFile(case=case, seldom=seldom_in(case)) for case in cases_of}
    if files:
        parts = await conn.execute(_PARTS, {"case_ids": sorted(files)})
        for row in parts.mappings():
            files[row["case_id"]].parts[row["assignment_id"]] = part_of(row)
    return files


async def add_cases(conn: AsyncConnection, files: Iterable[CaseFile]) -> None:
    """Insert cases that were just registered."""
    new = [(f.case, f.scene) for f in sorted(files, key=_by_id) if f.scene is not None]
    plain = all(is_plain(case) for case, _ in new)
    await insert_rows(conn, FollowUp, [new_row(*one, plain=plain) for one in new])


async def save_cases(conn: AsyncConnection, files: Iterable[CaseFile]) -> None:
    """Save where these known cases stand."""
    known = sorted(files, key=_by_id)
    # Half of the columns, unless one of the cases needs the others too.
    seldom = any(seldom_in(f.case) != f.seldom for f in known)
    await update_rows(conn, FollowUp, [changing_row(f.case, seldom=seldom) for f in known])


def _by_id(file: CaseFile) -> int:
    return file.case.case_id.int


async def save_corrections(conn: AsyncConnection, files: Iterable[CaseFile]) -> None:
    """Save what these known cases really are, and where."""
    found = sorted((f for f in files if f.is_corrected), key=lambda f: f.case.case_id)
    names = ("case_id", *CORRECTABLE)
    rows = [{name: getattr(f.case, name) for name in names} for f in found]
    await update_rows(conn, FollowUp, rows)
    moved = [f for f in found if f.moved_to is not None]
    await update_rows(
        conn, FollowUp, [{"case_id": f.case.case_id, "place": f.moved_to} for f in moved]
    )


async def save_parts(conn: AsyncConnection, parts: Iterable[Part]) -> None:
    """Save these parts, new or known."""
    rows = sorted((part_row(p) for p in parts), key=lambda row: row["assignment_id"])
    await insert_rows(conn, CasePart, rows, replace=_CHANGING)


async def add_lines(conn: AsyncConnection, lines: Iterable[StoryLine]) -> None:
    """Add these lines to their cases' stories."""
    await insert_rows(conn, CaseLine, [line_row(line) for line in lines])


async def told_of_offers(
    conn: AsyncConnection, case_ids: Collection[UUID]
) -> dict[UUID, list[ToldOfOffer]]:
    """Return for each of these cases what its work orders are made of, in order.

    That is its registration, what was corrected of it, and its assignments.
    """
    found: dict[UUID, list[ToldOfOffer]] = {}
    if not case_ids:
        return found
    for row in await conn.execute(_TOLD_OF_OFFERS, {"case_ids": sorted(case_ids)}):
        told = _OF_OFFERS[row.type].model_validate_json(row.data)
        found.setdefault(row.case_id, []).append(told)
    return found


async def add_followers(conn: AsyncConnection, followers: Iterable[Follower]) -> None:
    """Add these followers; one that is there already stays as it is."""
    rows = [follower_row(follower) for follower in followers]
    await insert_rows(conn, CaseFollower, rows, skip_known=True)


async def followers_of(conn: AsyncConnection, case_ids: Collection[UUID]) -> list[Follower]:
    """Return everybody who follows one of these cases, in the order they joined."""
    if not case_ids:
        return []
    rows = await conn.execute(_FOLLOWERS, {"case_ids": sorted(case_ids)})
    return [follower_of(row) for row in rows.mappings()]


async def merged_into(conn: AsyncConnection, case_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the primary of each of these that is a merged report's own id."""
    if not case_ids:
        return {}
    rows = await conn.execute(_PRIMARIES, {"case_ids": sorted(case_ids)})
    return {row.merged_id: row.case_id for row in rows}


async def add_rejected(conn: AsyncConnection, facts: Iterable[CaseRejected]) -> None:
    """Keep these reports that were not accepted."""
    rows = [
        {
            "case_id": fact.case_id,
            "source": fact.reporter.source,
            "source_id": fact.reporter.source_id,
            "channel": fact.reporter.channel,
            "reported_at": in_utc(fact.reported_at),
            "rejected_at": in_utc(fact.at),
            "reason": fact.reason,
            "field": fact.field,
            "message_en": fact.message_en,
            "message_zh": fact.message_zh,
        }
        for fact in facts
    ]
    await insert_rows(conn, RejectedCase, rows, skip_known=True)


async def rejected_among(conn: AsyncConnection, ids: Collection[UUID]) -> set[UUID]:
    """Return which of these are known as rejected reports."""
    return set(await conn.scalars(_REJECTED, {"ids": sorted(ids)})) if ids else set()


async def forget_rejected(conn: AsyncConnection, ids: Iterable[UUID]) -> None:
    """Drop what is known of these as rejected reports."""
    await delete_rows(conn, RejectedCase, [{"case_id": id_} for id_ in ids])
