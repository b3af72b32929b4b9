"""When people work, by the plan: `[working]`, and `[calendar.cn-2026]` for the days that differ.

A limit is counted by its unit. Minutes, urgent hours and natural days of 24 hours run through
nights and holidays. Working hours and working days pass only while people work; a working day is as
long as all its periods together.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BeforeValidator, Field
from typing_extensions import override

from schemas.plan.base import Table, Text
from schemas.plan.duty import Days, TimeOfDay, format_clock, parse_clock, weekdays_of
from schemas.plan.limits import Limit, LimitUnit
from schemas.plan.working_time import Counting

WORKING_UNITS: Final = frozenset({LimitUnit.WORK_HOUR, LimitUnit.WORK_DAY})
"""The units that rest while nobody works."""


class Period(Table):
    """A part of a day during which people work, from `start` until just before `end`."""

    start: TimeOfDay
    end: TimeOfDay

    @override
    def __str__(self) -> str:
        """Write the period as the plan does."""
        return f"{format_clock(self.start)}-{format_clock(self.end)}"


def parse_period(value: object) -> object:
    """Return the period that `08:00-12:00` names."""
    if isinstance(value, dict | Period):
        return value
    start, dash, end = (part.strip() for part in str(value).partition("-"))
    if not dash:
        raise ValueError(f"{value!r} is no period; write 08:00-12:00")
    period = {"start": parse_clock(start), "end": parse_clock(end)}
    if start >= end:
        raise ValueError(f"{value!r} ends before it starts; write night work as two periods")
    return period


Periods = Annotated[
    tuple[Annotated[Period, BeforeValidator(parse_period)], ...], Field(min_length=1, max_length=48)
]


def _office_hours() -> tuple[Period, ...]:
    hour = timedelta(hours=1)
    return Period(start=8 * hour, end=12 * hour), Period(start=14 * hour, end=18 * hour)


class Working(Table):
    """The week of those who work, holidays apart: which days, and when on each of them."""

    days: Days = ("weekdays",)
    periods: Periods = Field(default_factory=_office_hours)

    @property
    def weekdays(self) -> frozenset[int]:
        """Return the days on which they work, Monday being 0."""
        return weekdays_of(self.days)


class CalendarStatus(StrEnum):
    """How sure a year's table is.

    `STATUTORY` has the days that the law fixes, before the year's arrangement of make-up days is
    told; `ASSUMED` is a guess.
    """

    OFFICIAL = "official"
    STATUTORY = "statutory"
    ASSUMED = "assumed"


Day = Annotated[date, Field(strict=True)]
Days366 = Annotated[tuple[Day, ...], Field(max_length=366)]


class CalendarYear(Table):
    """The days of one year that differ from the week: holidays, and make-up working days."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*-(19|20|21)[0-9]{2}$")]
    status: CalendarStatus
    source: Text
    holidays: Days366 = ()
    workdays: Days366 = ()

    @property
    def year(self) -> int:
        """Return the year that the table's name ends with."""
        return int(self.code[-4:])


def time_of(limit: Limit, counting: Counting) -> timedelta:
    """Return how much of its own time a limit is: of working time, for working hours and days.

    >>> from schemas.plan.working_time import CONTINUOUS
    >>> time_of(Limit.parse("2 UH"), CONTINUOUS)
    datetime.timedelta(seconds=7200)
    """
    if limit.unit is LimitUnit.WORK_DAY:
        return limit.amount * counting.day
    return limit.continuous()


def due_by(
    limit: Limit, since: datetime, counting: Counting, *, spent: timedelta = timedelta()
) -> datetime:
    """Return the instant at which a limit that goes on at `since` is used up.

    `spent` is how much of it was used before, in its own time.

    >>> from schemas.plan.working_time import CONTINUOUS
    >>> start = datetime.fromisoformat("2026-05-01T08:00Z")
    >>> due_by(Limit.parse("2 UH"), start, CONTINUOUS).isoformat()
    '2026-05-01T10:00:00+00:00'
    """
    return counting.after(since, time_of(limit, counting) - spent)
