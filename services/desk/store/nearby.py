"""The open cases around a case."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.access.actor import Actor
from services.desk.domain.view import View
from services.desk.store.lists import VIEW, may_see
from services.desk.store.rows import view_of


async def in_grid(conn: AsyncConnection, view: View, *, actor: Actor, most: int) -> list[View]:
    """Return the newest open cases of a case's grid that somebody may see, but for itself.

    Exercises are compared with exercises alone. Along an index of open cases: what has ended in a
    grid over the years is not read.
    """
    if view.grid is None:
        return []
    allowed = may_see(actor, VIEW.c.case_id)
    query = select(VIEW).where(
        VIEW.c.closed_at.is_(None),
        VIEW.c.grid == view.grid,
        VIEW.c.case_id != view.case_id,
        VIEW.c.exercise.is_(view.exercise),
        *(() if allowed is None else (allowed,)),
    )
    query = query.order_by(VIEW.c.registered_at.desc(), VIEW.c.case_id.desc()).limit(most)
    return [view_of(row) for row in (await conn.execute(query)).mappings()]
