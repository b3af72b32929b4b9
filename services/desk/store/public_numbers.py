"""The numbers that everybody may see, as rows, and what they are counted from."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.desk.domain.public_numbers import NOT_COUNTED, Part
from services.desk.store.lists import VIEW
from services.desk.store.public_tables import PublicCounting, PublicNumber, PublicTime
from services.kit.sql.bulk import insert_rows
from services.kit.sql.declaring import table_of

_COUNTING: Final = table_of(PublicCounting)
_TIME: Final = table_of(PublicTime)
_NUMBER: Final = table_of(PublicNumber)
_THE_ONE: Final = 1
_AREA: Final = "area"
_CATEGORY: Final = "category"


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Days of the city, both ends included."""

    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Days):
    """What is told of days; nothing where there were fewer cases than `least`."""

    least: int
    areas: list[Part] = field(default_factory=list)
    categories: list[Part] = field(default_factory=list)


async def counting(conn: AsyncConnection) -> Days | None:
    """Return of which days the next numbers will be, if of any."""
    row = (await conn.execute(select(_COUNTING))).one_or_none()
    return None if row is None else Days(first_day=row.first_day, last_day=row.last_day)


async def begin(conn: AsyncConnection, days: Days) -> None:
    """Let the next numbers be of these days, unless they are of others already."""
    row = {"number": _THE_ONE, "first_day": days.first_day, "last_day": days.last_day}
    await insert_rows(conn, PublicCounting, [row], skip_known=True)


async def end(conn: AsyncConnection, days: Days) -> bool:
    """Let no numbers be of these days from now on; False where somebody else ended it."""
    mine = _COUNTING.c.first_day == days.first_day
    return bool((await conn.execute(delete(_COUNTING).where(mine))).rowcount)


async def registered(
    conn: AsyncConnection, since: datetime, until: datetime, *, without: Collection[str]
) -> Counter[tuple[str, str]]:
    """Return how many cases of a time there are in each grid, of each category.

    Exercises are not among them, nor cases that were none, nor those of no grid.
    """
    rows = await conn.execute(
        select(VIEW.c.grid, VIEW.c.category, func.count())
        .where(
            VIEW.c.registered_at >= since,
            VIEW.c.registered_at < until,
            VIEW.c.exercise.is_(False),
            VIEW.c.state.not_in(NOT_COUNTED),
            VIEW.c.grid.is_not(None),
            VIEW.c.category.not_in(without),
        )
        .group_by(VIEW.c.grid, VIEW.c.category)
    )
    return Counter({(grid, category): count for grid, category, count in rows})


async def tell(conn: AsyncConnection, told: Told, *, now: datetime) -> None:
    """Keep what everybody may know of some days."""
    row: dict[str, Any] = {
        "first_day": told.first_day,
        "last_day": told.last_day,
        "counted_at": now,
        "least": told.least,
    }
    await insert_rows(conn, PublicTime, [row])
    rows: list[dict[str, Any]] = [
        {
            "first_day": told.first_day,
            "kind": kind,
            "place": place,
            "codes": [*part.codes],
            "cases": part.count,
        }
        for kind, parts in ((_AREA, told.areas), (_CATEGORY, told.categories))
        for place, part in enumerate(parts)
    ]
    await insert_rows(conn, PublicNumber, rows)


async def last_told(conn: AsyncConnection, *, most: int) -> list[Days]:
    """Return of which days there are numbers, the latest first."""
    query = select(_TIME).order_by(_TIME.c.first_day.desc()).limit(most)
    rows = await conn.execute(query)
    return [Days(first_day=row.first_day, last_day=row.last_day) for row in rows]


async def told_of(conn: AsyncConnection, first_day: date) -> Told | None:
    """Return what is told of the days that begin with this one; None where nothing is."""
    query = select(_TIME).where(_TIME.c.first_day == first_day)
    time = (await conn.execute(query)).one_or_none()
    if time is None:
        return None
    found: dict[str, list[Part]] = {_AREA: [], _CATEGORY: []}
    numbers = select(_NUMBER).where(_NUMBER.c.first_day == first_day).order_by(_NUMBER.c.place)
    for row in await conn.execute(numbers):
        found[row.kind].append(Part(tuple(row.codes), row.cases))
    return Told(
        first_day=time.first_day,
        last_day=time.last_day,
        least=time.least,
        areas=found[_AREA],
        categories=found[_CATEGORY],
    )
