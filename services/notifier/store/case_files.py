"""What a case's file needs beside its standing and its parts, and which files can be asked for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.sql.among import among
from services.kit.sql.declaring import table_of
from services.kit.stage.tables import Timer
from services.notifier.domain.case import Scene
from services.notifier.domain.clocks import TimerKind
from services.notifier.store.tables import OPEN, CaseLine, FollowUp
from services.notifier.store.walk import AFTER, COLUMNS, IN_ORDER, Found, Place, parameters

_CASE = table_of(FollowUp)
_LINE = table_of(CaseLine)
_TIMER = table_of(Timer)
_SCENES = select(_CASE.c.case_id, _CASE.c.place, _CASE.c.description).where(
    among(_CASE.c.case_id, "case_ids")
)
LINE: Final = ("number", "at", "type", "actor", "party", "text_en", "text_zh", "data")
"""What a file has of each line of the story."""
_STORIES = (
    select(_LINE.c.case_id, *(_LINE.c[name] for name in LINE))
    .where(among(_LINE.c.case_id, "case_ids"))
    .order_by(_LINE.c.case_id, _LINE.c.number)
)
_FOUND = select(*COLUMNS).where(AFTER).order_by(*IN_ORDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What only readers need of a case: its scene, and the lines of its story in order."""

    scene: Scene
    lines: list[dict[str, Any]] = field(default_factory=list)


async def kept_of(conn: AsyncConnection, case_ids: Collection[UUID]) -> dict[UUID, Kept]:
    """Return what else is kept of these cases."""
    ids = {"case_ids": sorted(case_ids)}
    found = {
        row.case_id: Kept(scene=Scene(place=row.place, description=row.description))
        for row in await conn.execute(_SCENES, ids)
    }
    # Plain dictionaries of plain tuples: a row's mapping looks every name up anew.
    for case_id, *line in await conn.execute(_STORIES, ids):
        found[case_id].lines.append(dict(zip(LINE, line, strict=True)))
    return found


async def portion(
    conn: AsyncConnection, *, after: Place, closed: bool, at_most: int
) -> Sequence[Found]:
    """Return cases in the order of registration; closed ones only where `closed` says so."""
    query = _FOUND if closed else _FOUND.where(OPEN)
    return (await conn.execute(query.limit(at_most), parameters(after))).all()


async def count_asked_for(conn: AsyncConnection, *, stage: str) -> int:
    """Return how many files were asked for and are not published yet."""
    waiting = select(func.count()).where(_TIMER.c.stage == stage, _TIMER.c.kind == TimerKind.FILE)
    return int(await conn.scalar(waiting) or 0)
