"""How time passes for a limit: on and on, or only while people work.

Everything here is arithmetic on instants. What counts as working time is read off a local clock: an
instant counts when its local date is a working day and its local time lies in a period. So an hour
that daylight saving leaves out does not count, and one that it repeats counts twice.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from schemas.plan.base import DAY

_FARTHEST: Final = 100
"""Years; what would take longer, such as thousands of days on which hardly anybody works."""
_SECOND: Final = timedelta(seconds=1)
_NOTHING: Final = timedelta()


class Counting(Protocol):
    """How the time of a limit passes between instants, each with its offset from UTC."""

    @property
    def day(self) -> timedelta:
        """How much of this time a whole day has."""

    def after(self, since: datetime, amount: timedelta) -> datetime:
        """Return the first instant by which so much has passed since; it may be negative."""

    def between(self, since: datetime, until: datetime) -> timedelta:
        """Return how much passes between two instants; less than nothing the other way round."""


class Continuous:
    """Time that runs on: nights and holidays count."""

    day: Final = DAY

    def after(self, since: datetime, amount: timedelta) -> datetime:
        """Return the instant so much later."""
        return since + amount

    def between(self, since: datetime, until: datetime) -> timedelta:
        """Return the time from one instant to the other."""
        return until - since


CONTINUOUS: Final = Continuous()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When people work: weekdays from Monday, 0; times since local midnight; days that differ.

    `periods` are in order and do not overlap. A day off rests although its weekday works, an extra
    day works although its weekday rests.
    """

    zone: ZoneInfo
    weekdays: Collection[int]
    periods: tuple[tuple[timedelta, timedelta], ...]
    days_off: Collection[date] = ()
    extra_days: Collection[date] = ()

    def is_working_day(self, day: date) -> bool:
        """Tell whether anybody works on a local day."""
        if day in self.extra_days:
            return True
        return day.weekday() in self.weekdays and day not in self.days_off


class WorkingTime:
    """Time that passes only while people work.

    The work of each year is summed up once, when an instant of it is asked for; an answer is two
    searches in these sums.
    """

    def __init__(self, rhythm: Rhythm) -> None:
        """Take when people work; a working day has all of its periods."""
        self.day = sum((end - start for start, end in rhythm.periods), timedelta())
        self._rhythm = rhythm
        self._years: dict[int, _Year] = {}

    def after(self, since: datetime, amount: timedelta) -> datetime:
        """Return the first instant by which so much was worked since; it may be negative."""
        if not amount:
            return since
        since = since.astimezone(UTC)
        year = since.year
        sums = self._sums(year)
        wanted = sums.worked_by(since) + amount
        while not _NOTHING < wanted <= sums.total:
            if abs(year - since.year) == _FARTHEST:
                return datetime(year, 1, 1, tzinfo=UTC)
            if wanted > _NOTHING:
                wanted -= sums.total
                year += 1
                sums = self._sums(year)
            else:
                year -= 1
                sums = self._sums(year)
                wanted += sums.total
        return sums.reached(wanted)

    def between(self, since: datetime, until: datetime) -> timedelta:
        """Return how much is worked between two instants; less than nothing the other way round."""
        if until < since:
            return -self.between(until, since)
        since, until = since.astimezone(UTC), until.astimezone(UTC)
        worked = self._sums(until.year).worked_by(until) - self._sums(since.year).worked_by(since)
        for year in range(since.year, until.year):
            worked += self._sums(year).total
        return worked

    def _sums(self, year: int) -> "_Year":
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = _Year(self._rhythm, year)
        return found


class _Year:
    """The work of a year in UTC: when each stretch of it begins and ends, and the sums so far."""

    __slots__ = ("ends", "starts", "sums", "total")

    def __init__(self, rhythm: Rhythm, year: int) -> None:
        self.starts, self.ends = list[datetime](), list[datetime]()
        self.sums, self.total = list[timedelta](), _NOTHING
        for start, end in _stretches(rhythm, year):
            self.total += end - start
            self.starts.append(start)
            self.ends.append(end)
            self.sums.append(self.total)

    def worked_by(self, at: datetime) -> timedelta:
        """Return how much of the year's work is done at an instant of it."""
        last = bisect_right(self.starts, at) - 1
        return _NOTHING if last < 0 else self.sums[last] - max(self.ends[last] - at, _NOTHING)

    def reached(self, worked: timedelta) -> datetime:
        """Return the first instant at which so much is done: more than nothing, at most all."""
        last = bisect_left(self.sums, worked)
        return self.ends[last] - (self.sums[last] - worked)


def _stretches(rhythm: Rhythm, year: int) -> Iterator[tuple[datetime, datetime]]:
    """Yield the stretches of a year's work in their order."""
    for start, end, offset in _offsets(rhythm.zone, year):
        day, last = (start + offset).date(), (end + offset - timedelta.resolution).date()
        while day <= last:
            if rhythm.is_working_day(day):
                midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - offset
                for opens, closes in rhythm.periods:
                    begun, ended = max(midnight + opens, start), min(midnight + closes, end)
                    if begun < ended:
                        yield begun, ended
            day += DAY


def _offsets(zone: ZoneInfo, year: int) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Yield the parts of a year in UTC that have one offset from UTC: start, end, offset."""
    at, end = (datetime(y, 1, 1, tzinfo=UTC) for y in (year, year + 1))
    begun, offset = at, _offset(zone, at)
    while at < end:
        new = _offset(zone, at + DAY)
        if new != offset:
            changed = _change(zone, at, to=new)
            yield begun, changed, offset
            begun, offset = changed, new
        at += DAY
    yield begun, end, offset


def _change(zone: ZoneInfo, before: datetime, *, to: timedelta) -> datetime:
    """Return the second of the day after an instant from which on an offset is in force."""
    seconds = range(DAY // _SECOND)
    found = bisect_left(
        seconds, 1, key=lambda second: int(_offset(zone, before + second * _SECOND) == to)
    )
    return before + found * _SECOND


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or _NOTHING
