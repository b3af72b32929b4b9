"""Time in whole minutes, counted one by one: slow, plain, and nobody else's arithmetic.

Minute 0 is midnight before Monday, 5 January 2026, where the seed district is.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from tomllib import loads
from typing import Final
from zoneinfo import ZoneInfo

from schemas.standing import Turn

HOUR: Final = 60
DAY: Final = 24 * HOUR
NOON: Final = 12 * HOUR
DISPATCH: Final = 15
"""How long the router has to say who is next."""
_FIRST: Final = date(2026, 1, 5)
_DAYS: Final = 700
_WORK: Final = ((8 * HOUR, 12 * HOUR), (14 * HOUR, 18 * HOUR))
_SATURDAY: Final = 5
_MIDNIGHT: Final = datetime(2026, 1, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
_RUN_ON: Final = {"min", "UH", "ND"}


def _worked(more_off: Collection[date]) -> Iterator[bool]:
    """Yield of each minute whether people work in it, if these days are off besides."""
    plan = loads(Path("deploy/plans/qingshanhu.toml").read_text(encoding="utf-8"))
    years = plan["calendar"].values()
    off = {day for year in years for day in year["holidays"]} | {*more_off}
    extra = {day for year in years for day in year.get("workdays", [])}
    for number in range(_DAYS):
        day = _FIRST + timedelta(days=number)
        works = day in extra or (day.weekday() < _SATURDAY and day not in off)
        for minute in range(DAY):
            yield works and any(begin <= minute < end for begin, end in _WORK)


@cache
def _sums(more_off: frozenset[date]) -> list[int]:
    """Return how many minutes were worked before each minute."""
    return [0, *accumulate(_worked(more_off))]


@dataclass
class _Days:
    """The days of now: how many minutes were worked before each minute."""

    sums: list[int]


MORE_OFF: Final = frozenset({date(2026, 1, 6), date(2026, 1, 12), date(2026, 1, 13)})
"""Days that a plan may have off besides."""
_NOW: Final = _Days(_sums(frozenset()))


def count_by(more_off: frozenset[date]) -> None:
    """Count working time as if these days were off besides, from now on."""
    _NOW.sums = _sums(more_off)


def passed(unit: str, since: int, until: int) -> int:
    """Return how many minutes of a limit in this unit pass between two minutes."""
    return until - since if unit in _RUN_ON else _NOW.sums[until] - _NOW.sums[since]


def reached(unit: str, since: int, amount: int) -> int:
    """Return the first minute by which so many have passed, also for an amount below 0."""
    if unit in _RUN_ON or amount == 0:
        return since + amount
    return bisect_left(_NOW.sums, _NOW.sums[since] + amount)


def growing(at: int, wait: tuple[str, int], told: int, now: int) -> int:
    """Return the first later one of these: after a pause, then twice that, at last a day.

    After a limit in working time the pauses rest with those who work, and a day is one of theirs.
    """
    unit, pause, longest = wait[0], told, DAY
    if unit not in _RUN_ON:
        pause, longest = wait[1], 8 * HOUR
    pause = min(pause, longest)
    while at <= now:
        at, pause = reached(unit, at, pause), min(2 * pause, longest)
    return at


def instant(minute: int) -> datetime:
    """Return the instant at which a minute begins."""
    return _MIDNIGHT + timedelta(minutes=minute)


def minute_of(at: datetime | None) -> float | None:
    """Return the minute of an instant; it is whole if nothing else is said."""
    return None if at is None else (at - _MIDNIGHT) / timedelta(minutes=1)


def told_of(turn: Turn) -> tuple[str, str, float | None]:
    """Return a turn as the model has it."""
    return turn.who, turn.clock, minute_of(turn.until)
