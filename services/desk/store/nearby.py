"""The open cases around a place."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.access.actor import Actor
from services.assessment.likeness import comparable_address
from services.assessment.position import Position, cells_around
from services.desk.bounds import LONGEST_SEARCH, MOST_AT_ADDRESS
from services.desk.domain.similar import NEAR_METRES
from services.desk.domain.view import View
from services.desk.store.lists import VIEW, cases, may_see
from services.desk.store.rows import view_of
from services.desk.store.wanted import Wanted
from services.kit.sql.among import among

_OPEN: Final = select(VIEW.c.case_id).where(VIEW.c.closed_at.is_(None))
_GRID: Final = bindparam("grid", type_=VIEW.c.grid.type)
# Taken out first: along the order of the list a planner would go through all that is open.
_FEW: Final = (
    union_all(
        _OPEN.where(among(VIEW.c.cell, "cells")),
        _OPEN.where(VIEW.c.cell.is_(None), VIEW.c.grid == _GRID),
    )
    .cte("few")
    .prefix_with("MATERIALIZED")
)
_AROUND_A_POINT: Final = select(VIEW).join(_FEW, _FEW.c.case_id == VIEW.c.case_id)
_IN_A_GRID: Final = select(VIEW).where(VIEW.c.closed_at.is_(None), VIEW.c.grid == _GRID)


async def around(
    conn: AsyncConnection,
    place: Mapping[str, Any],
    *,
    exercise: bool,
    actor: Actor,
    most: int,
    but: UUID | None = None,
) -> list[View]:
    """Return the newest open cases around a place that somebody may see, all `but` one.

    Around a point are those at most `NEAR_METRES` away, and a little beyond, whichever grid they
    are in, and those of its grid without a point. Around a place without a point is its grid.
    Exercises are compared with exercises alone. What has ended there over the years is not read.
    """
    told, query = {"grid": place.get("grid")}, _IN_A_GRID
    if (point := place.get("point")) is not None:
        here = Position(point["lat"], point["lon"])
        told["cells"], query = cells_around(here, radius_m=NEAR_METRES), _AROUND_A_POINT
    allowed = may_see(actor, VIEW.c.case_id)
    query = query.where(
        VIEW.c.exercise.is_(exercise),
        *(() if but is None else (VIEW.c.case_id != but,)),
        *(() if allowed is None else (allowed,)),
    )
    query = query.order_by(VIEW.c.registered_at.desc(), VIEW.c.case_id.desc()).limit(most)
    return [view_of(row) for row in (await conn.execute(query, told)).mappings()]


async def at_address(
    conn: AsyncConnection, address: str | None, *, exercise: bool, actor: Actor, now: datetime
) -> list[View]:
    """Return open cases anywhere that are at an address, as somebody may see them.

    They are looked for by its words, as in a list.
    """
    wanted = comparable_address(address)
    if address is None or wanted is None:
        return []
    named = Wanted(
        open=True, exercise=exercise, text=address[:LONGEST_SEARCH], limit=MOST_AT_ADDRESS
    )
    views = [view_of(row) for row in await cases(conn, named, actor=actor, now=now)]
    return [one for one in views if comparable_address(one.place.get("address")) == wanted]
