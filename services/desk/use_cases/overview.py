"""The day's picture: what came, what ended, what is open, what is late and whose move it is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.events.base import in_utc
from schemas.vocabulary import Satisfaction
from services.access.actor import Actor
from services.desk.bounds import DAYS_BEFORE, OLDEST_SHOWN, RATED_DAYS
from services.desk.domain.figures import share
from services.desk.domain.totals import BEGAN, ENDED
from services.desk.domain.view import View
from services.desk.store import lists, overview, story, totals
from services.desk.store.overview import Moves
from services.desk.store.rows import view_of
from services.desk.store.wanted import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of the city: how many cases began and ended on it, and were open at its end."""

    day: date
    registered: int
    ended: int
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """What those who reported said of how satisfied they are, from the day of `since` on.

    `cases` are those with which somebody was dissatisfied. Who said nothing is in no number.
    """

    since: date
    satisfied: int
    mostly: int
    dissatisfied: int
    cases: int

    @property
    def answers(self) -> int:
        """How many said anything."""
        return self.satisfied + self.mostly + self.dissatisfied

    @property
    def satisfied_share(self) -> float | None:
        """Satisfied or mostly satisfied of those who said anything (domain handbook, d: 满意率)."""
        return share(self.satisfied + self.mostly, of=self.answers)


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
    rated: Rated
    oldest: Sequence[View]
    as_of: datetime | None


async def overview_of(
    conn: AsyncConnection, *, actor: Actor, now: datetime, zone: ZoneInfo
) -> Overview:
    """Return the picture, for somebody who sees every case."""
    moves = await overview.moves(conn, now=now)
    is_open = sum(one.open for one in moves)

    async def count(wanted: Wanted, *, most: int) -> int:
        return await lists.count(conn, wanted, actor=actor, now=now, most=most + 1)

    today = now.astimezone(zone).date()
    since = today - timedelta(days=RATED_DAYS - 1)
    counted = await totals.days(conn, since, today)
    unhappy = Wanted(
        dissatisfied_since=_midnight(since, zone),
        dissatisfied_until=_midnight(today + timedelta(days=1), zone),
        exercise=False,
    )
    said = _said(counted)
    return Overview(
        open=is_open,
        late=sum(one.late for one in moves),
        checks=sum(one.open for one in moves if one.clock == "check"),
        supervised=await count(Wanted(supervised=True, open=True, exercise=False), most=is_open),
        requested=await count(Wanted(requested=True, open=True, exercise=False), most=is_open),
        moves=sorted(moves, key=lambda one: (-one.late, -one.open, one.who, one.clock, one.level)),
        days=_days(counted, today=today, still_open=is_open),
        rated=Rated(
            since=since,
            satisfied=said[Satisfaction.SATISFIED],
            mostly=said[Satisfaction.MOSTLY],
            dissatisfied=said[Satisfaction.DISSATISFIED],
            cases=await count(unhappy, most=said[Satisfaction.DISSATISFIED]),
        ),
        oldest=[view_of(row) for row in await overview.oldest(conn, most=OLDEST_SHOWN)],
        as_of=await story.as_of(conn),
    )


def _said(counted: Counter[tuple[date, str]]) -> Counter[str]:
    """Return what was counted on all days together."""
    said = Counter[str]()
    for (_, kind), number in counted.items():
        said[kind] += number
    return said


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return in_utc(datetime.combine(day, time(), zone))


def _days(counted: Counter[tuple[date, str]], *, today: date, still_open: int) -> list[Day]:
    """Return the last days; what was open at the end of each is counted back from now."""
    found: list[Day] = []
    for back in range(DAYS_BEFORE + 1):
        day = today - timedelta(days=back)
        registered, ended = counted[day, BEGAN], counted[day, ENDED]
        found.append(Day(day=day, registered=registered, ended=ended, open=still_open))
        still_open += ended - registered
    return found[::-1]
