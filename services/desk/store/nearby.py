"""The open cases around a case, or a place."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.access.actor import Actor
from services.assessment.likeness import comparable_address
from services.desk.bounds import LONGEST_SEARCH, MOST_AT_ADDRESS
from services.desk.domain.view import View
from services.desk.store.lists import VIEW, Wanted, cases, may_see
from services.desk.store.rows import view_of


async def in_grid(
    conn: AsyncConnection,
    grid: str | None,
    *,
    exercise: bool,
    actor: Actor,
    most: int,
    but: UUID | None = None,
) -> list[View]:
    """Return the newest open cases of a grid that somebody may see, all `but` one.

    Exercises are compared with exercises alone. Along an index of open cases: what has ended in a
    grid over the years is not read.
    """
    if grid is None:
        return []
    allowed = may_see(actor, VIEW.c.case_id)
    query = select(VIEW).where(
        VIEW.c.closed_at.is_(None),
        VIEW.c.grid == grid,
        VIEW.c.exercise.is_(exercise),
        *(() if but is None else (VIEW.c.case_id != but,)),
        *(() if allowed is None else (allowed,)),
    )
    query = query.order_by(VIEW.c.registered_at.desc(), VIEW.c.case_id.desc()).limit(most)
    return [view_of(row) for row in (await conn.execute(query)).mappings()]


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
