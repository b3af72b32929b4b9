"""What is open at a glance: whose move it is, since when, and where; exercises are left out.

Each question reads the open cases alone, along their index: however many there ever were.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.store.lists import VIEW, Found
from services.desk.store.tables import OPEN

_OPEN: Final[tuple[Any, ...]] = (OPEN, VIEW.c.exercise.is_(False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """How many open cases wait for somebody to make a move, and how many of these are late.

    `who` has it, by this `clock`, on this level; `since` is when the longest late one was due.
    """

    who: str
    clock: str
    level: int
    open: int
    late: int
    since: datetime | None


async def moves(conn: AsyncConnection, *, now: datetime) -> list[Moves]:
    """Return whose move the open cases are."""
    by = (VIEW.c.turn_who, VIEW.c.turn_clock, VIEW.c.level)
    late = VIEW.c.turn_by < now
    rows = await conn.execute(
        select(
            *by,
            func.count().label("open"),
            _sum(late).label("late"),
            func.min(VIEW.c.turn_by).label("first"),
        )
        .where(*_OPEN, VIEW.c.turn_who.is_not(None))
        .group_by(*by)
    )
    return [
        Moves(
            who=row.turn_who,
            clock=row.turn_clock,
            level=row.level,
            open=row.open,
            late=row.late,
            since=row.first if row.late else None,
        )
        for row in rows
    ]


async def oldest(conn: AsyncConnection, *, most: int) -> list[Found]:
    """Return the open cases that were registered first."""
    query = select(VIEW).where(*_OPEN).order_by(VIEW.c.registered_at, VIEW.c.case_id).limit(most)
    return [{**row} for row in (await conn.execute(query)).mappings()]


async def by_grid(conn: AsyncConnection, *, now: datetime) -> dict[str, tuple[int, int]]:
    """Return how many cases are open in each grid, and how many of these somebody is late with."""
    rows = await conn.execute(
        select(VIEW.c.grid, func.count(), _sum(VIEW.c.turn_by < now))
        .where(*_OPEN, VIEW.c.grid.is_not(None))
        .group_by(VIEW.c.grid)
    )
    return {grid: (count, late) for grid, count, late in rows}


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)
