"""The day's picture as a page: what is late, whose move it is; each number leads to its list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Self
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from schemas.vocabulary import MAX_LEVEL
from services.desk.bounds import RATED_DAYS
from services.desk.http.overview import overview_for
from services.desk.pages.bounds import COUNTED_EVERY
from services.desk.pages.frame import Frame, SeesCases
from services.desk.pages.list_page import CaseInBrief
from services.desk.pages.queues import PATH
from services.desk.pages.rendering import Reader, page, sentence
from services.desk.pages.routing import pages_router
from services.desk.pages.times import day as day_told
from services.desk.store.overview import Moves
from services.desk.use_cases.overview import Day, Overview

OVERVIEW: Final = "/overview"
_REAL: Final = {"exercise": "false"}
"""No exercise is in a number, so none may be in its list."""
_LEVELS: Final = range(MAX_LEVEL + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number and the address of the list that it counts; nothing leads to a list of none."""

    count: int
    address: str

    @classmethod
    def of(cls, count: int, **query: str) -> Self:
        """Return a number of the cases that a filter has."""
        return cls(count=count, address=f"{PATH}?{urlencode(query | _REAL)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """Whose move cases are: how many, how many late, of these by level, the longest since when."""

    who: str
    name: str
    open: Number
    late: Number
    levels: Sequence[Number]
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _DayRow:
    """A day as its row of the table says it."""

    name: str
    registered: Number
    ended: Number
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """One day of the chart: the two bars' places and heights, in pixels from the top left."""

    x: float
    registered: float
    ended: float
    day: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart of days: bars side by side, `most` is what the highest line stands for."""

    width: int
    height: int
    bar: float
    most: int
    days: Sequence[Bars]


_WIDTH: Final = 720
_HEIGHT: Final = 160
_EDGE: Final = 36
"""Pixels on the left, for the number of the highest line."""
_STEPS: Final = (1, 2, 5)


def overview_router(frame: Frame) -> APIRouter:
    """Return the route of the page."""
    router = pages_router()

    @router.get(OVERVIEW)
    async def get_overview(request: Request, actor: SeesCases) -> Response:
        live = frame.live(OVERVIEW, rest=COUNTED_EVERY)
        found = await overview_for(actor, frame.database, clock=frame.clock, plan=frame.plan())
        async with frame.database.read() as conn:
            reader = await frame.around(request, conn, actor)
        return page(
            "overview.html",
            reader,
            live=live,
            found=found,
            late=Number.of(found.late, late="true"),
            open=Number.of(found.open, open="true"),
            checks=Number.of(found.checks, clock="check"),
            supervised=Number.of(found.supervised, supervised="true", open="true"),
            requested=Number.of(found.requested, requested="true", open="true"),
            who=_rows(found, reader),
            clocks=_by_clock(found.moves, reader),
            levels=_LEVELS,
            days=[_day_row(one, reader) for one in reversed(found.days)],
            chart=chart_of(found.days, reader),
            rated_days=RATED_DAYS,
            unhappy=Number.of(
                found.rated.cases,
                dissatisfied_since=_midnight(found.rated.since, reader),
                dissatisfied_until=_midnight(found.days[-1].day + timedelta(days=1), reader),
            ),
            oldest=[CaseInBrief.of(view, reader) for view in found.oldest],
        )

    return router


def _rows(found: Overview, reader: Reader) -> list[_Row]:
    """Return whose move the cases are, the latest first."""
    by_who: dict[str, list[Moves]] = {}
    for one in found.moves:
        by_who.setdefault(one.who, []).append(one)
    rows = [
        _Row(
            who=who,
            name=sentence(reader.holder(who or None, None)),
            open=Number.of(sum(one.open for one in theirs), turn=who),
            late=Number.of(sum(one.late for one in theirs), turn=who, late="true"),
            levels=[_of_level(theirs, who, level) for level in _LEVELS],
            since=min((one.since for one in theirs if one.since is not None), default=None),
        )
        for who, theirs in by_who.items()
    ]
    return sorted(rows, key=lambda row: (-row.late.count, -row.open.count, row.name))


def _of_level(theirs: Iterable[Moves], who: str, level: int) -> Number:
    count = sum(one.late for one in theirs if one.level == level)
    return Number.of(count, turn=who, late="true", level=str(level))


def _by_clock(moves: Iterable[Moves], reader: Reader) -> list[tuple[str, Number]]:
    """Return with which moves somebody is late, the most first."""
    found: dict[str, int] = {}
    for one in moves:
        if one.late:
            found[one.clock] = found.get(one.clock, 0) + one.late
    return [
        (reader.clock(clock), Number.of(count, late="true", clock=clock))
        for clock, count in sorted(found.items(), key=lambda pair: -pair[1])
    ]


def _day_row(one: Day, reader: Reader) -> _DayRow:
    begins, ends = (_midnight(one.day + timedelta(days=more), reader) for more in (0, 1))
    return _DayRow(
        name=_name(one.day, reader),
        registered=Number.of(one.registered, since=begins, until=ends),
        ended=Number.of(one.ended, ended_since=begins, ended_until=ends),
        open=one.open,
    )


def _midnight(of: date, reader: Reader) -> str:
    return datetime.combine(of, time(), reader.plan.timezone).isoformat()


def _name(of: date, reader: Reader) -> str:
    today = reader.now.astimezone(reader.plan.timezone).date()
    return sentence(day_told(of, today=today, language=reader.language))


def chart_of(days: Sequence[Day], reader: Reader) -> Chart:
    """Return the chart of these days, in which the highest bar reaches nearly to the top."""
    most = _round_up(max((n for one in days for n in (one.registered, one.ended)), default=0))
    slot = (_WIDTH - _EDGE) / max(len(days), 1)
    return Chart(
        width=_WIDTH,
        height=_HEIGHT,
        bar=round(slot * 0.36, 1),
        most=most,
        days=[
            Bars(
                x=round(_EDGE + slot * (number + 0.1), 1),
                registered=round(one.registered / most * _HEIGHT, 1),
                ended=round(one.ended / most * _HEIGHT, 1),
                day=str(one.day.day),
                told=_told(one, reader),
            )
            for number, one in enumerate(days)
        ],
    )


def _told(one: Day, reader: Reader) -> str:
    values: Mapping[str, object] = {"registered": one.registered, "ended": one.ended}
    return reader.say("overview.bar", day=_name(one.day, reader), **values)


def _round_up(number: int) -> int:
    """Return the next round number that is not below.

    >>> [_round_up(number) for number in (0, 3, 7, 12, 100, 480)]
    [1, 5, 10, 20, 100, 500]
    """
    power = 1
    while True:
        for step in _STEPS:
            if number <= step * power:
                return step * power
        power *= 10
