"""The day's picture: what came, what ended, what is open, what is late and whose move it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from services.access.actor import Actor
from services.desk.bounds import DAYS_BEFORE, OLDEST_SHOWN
from services.desk.domain.totals import BEGAN, ENDED
from services.desk.domain.view import View
from services.desk.store import lists, overview, story, totals
from services.desk.store.lists import Wanted
from services.desk.store.overview import Moves
from services.desk.store.rows import view_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of the city: how many cases began and ended on it, and were open at its end."""

    day: date
    registered: int
    ended: int
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The picture of an instant. Exercises are in no number.

    `days` are the last ones, today the last. `checks` wait for the supervision, `requested` for a
    decision. `oldest` are the open cases that were registered first.
    """

    open: int
    late: int
    checks: int
    supervised: int
    requested: int
    moves: Sequence[Moves]
    days: Sequence[Day]
    oldest: Sequence[View]
    as_of: datetime | None


async def overview_of(
    conn: AsyncConnection, *, actor: Actor, now: datetime, zone: ZoneInfo
) -> Overview:
    """Return the picture, for somebody who sees every case."""
    moves = await overview.moves(conn, now=now)
    is_open = sum(one.open for one in moves)

    async def count(wanted: Wanted) -> int:
        # Every open case at the most is counted.
        return await lists.count(conn, wanted, actor=actor, now=now, most=is_open + 1)

    return Overview(
        open=is_open,
        late=sum(one.late for one in moves),
        checks=sum(one.open for one in moves if one.clock == "check"),
        supervised=await count(Wanted(supervised=True, open=True, exercise=False)),
        requested=await count(Wanted(requested=True, open=True, exercise=False)),
        moves=sorted(moves, key=lambda one: (-one.late, -one.open, one.who, one.clock, one.level)),
        days=await _days(conn, today=now.astimezone(zone).date(), still_open=is_open),
        oldest=[view_of(row) for row in await overview.oldest(conn, most=OLDEST_SHOWN)],
        as_of=await story.as_of(conn),
    )


async def _days(conn: AsyncConnection, *, today: date, still_open: int) -> list[Day]:
    """Return the last days; what was open at the end of each is counted back from now."""
    first = today - timedelta(days=DAYS_BEFORE)
    counted = await totals.days(conn, first, today)
    found: list[Day] = []
    for back in range(DAYS_BEFORE + 1):
        day = today - timedelta(days=back)
        registered, ended = counted[day, BEGAN], counted[day, ENDED]
        found.append(Day(day=day, registered=registered, ended=ended, open=still_open))
        still_open += ended - registered
    return found[::-1]
