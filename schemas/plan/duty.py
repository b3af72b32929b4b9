"""Who is on call: persons, shifts, and the chain they make at an instant.

Shifts are in the plan's local wall-clock time; one whose end is not after its start runs past
midnight and belongs to the day it starts on: `08:00` to `08:00` is a round of 24 hours.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import override

from schemas.person_ids import of_a_person
from schemas.plan.base import DAY, Table, Text, Titled

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY_SETS: Final = {name: frozenset({number}) for number, name in enumerate(DAYS)} | {
    "weekdays": frozenset(range(5)),
    "weekend": frozenset({5, 6}),
    "all": frozenset(range(7)),
}
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_MINUTE: Final = timedelta(minutes=1)
_MINUTES_A_DAY: Final = DAY // _MINUTE


class Person(Titled):
    """Somebody on call, named by role; the id stays when the holder of the role changes."""

    id: Annotated[Text, Field(max_length=100), AfterValidator(of_a_person)]

    @model_validator(mode="before")
    @classmethod
    def _refuse_unresolved(cls, value: object) -> object:
        """Explain an id that the department's `people` do not contain."""
        if isinstance(value, str):
            raise PydanticCustomError("unknown_person", "unknown person '{id}'", {"id": value})
        return value


def parse_clock(value: object) -> object:
    """Return the time since midnight that `HH:MM` names; `24:00` is the end of the day.

    >>> parse_clock("22:30")
    datetime.timedelta(seconds=81000)
    """
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise ValueError(f"{value!r} is no time of day; write HH:MM from 00:00 to 24:00")
    hours, minutes = value.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def format_clock(since_midnight: timedelta) -> str:
    """Write a time since midnight as `HH:MM`."""
    hours, minutes = divmod(since_midnight // _MINUTE, 60)
    return f"{hours:02}:{minutes:02}"


def _known_days(value: object) -> object:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not names:
        raise ValueError("name at least one day")
    unknown = [name for name in names if name not in _DAY_SETS]
    if unknown:
        raise ValueError(f"unknown day {unknown[0]!r}; write {', '.join(_DAY_SETS)}")
    return tuple(names)


Days = Annotated[tuple[str, ...], BeforeValidator(_known_days)]
"""Days of the week: `mon` to `sun`, `weekdays`, `weekend`, `all`."""


def weekdays_of(days: Iterable[str]) -> frozenset[int]:
    """Return the days of the week that names stand for, Monday being 0.

    >>> sorted(weekdays_of(["weekend", "wed"]))
    [2, 5, 6]
    """
    return frozenset().union(*(_DAY_SETS[day] for day in days))


TimeOfDay = Annotated[timedelta, Field(ge=timedelta(), le=DAY), BeforeValidator(parse_clock)]


def within_day(start: timedelta, end: timedelta, since_midnight: timedelta) -> bool:
    """Tell whether a time of day lies in [start, end), which may run past midnight."""
    if start < end:
        return start <= since_midnight < end
    return since_midnight >= start or since_midnight < end


class Shift(Table):
    """A person, and the deputies in order, on call on some days between two times."""

    days: Days
    start: TimeOfDay
    end: TimeOfDay
    person: Person
    deputies: tuple[Person, ...] = ()

    @model_validator(mode="after")
    def _starts_within_the_day(self) -> Self:
        if self.start >= DAY:
            raise ValueError("a shift starts before 24:00")
        return self

    @cached_property
    def weekdays(self) -> frozenset[int]:
        """Return the days it starts on, Monday being 0."""
        return weekdays_of(self.days)

    def covers(self, weekday: int, since_midnight: timedelta) -> bool:
        """Tell whether the shift runs at a local weekday and time of day."""
        if not within_day(self.start, self.end, since_midnight):
            return False
        began_today = self.start < self.end or since_midnight >= self.start
        return (weekday if began_today else (weekday - 1) % 7) in self.weekdays


@dataclass(frozen=True, slots=True)
class DutyGap:
    """A stretch of one local day on which no shift runs; Monday is day 0."""

    day: int
    start: timedelta
    end: timedelta

    @override
    def __str__(self) -> str:
        """Write the gap as `mon 18:00-24:00`."""
        return f"{DAYS[self.day]} {format_clock(self.start)}-{format_clock(self.end)}"


def gaps_between(shifts: Iterable[Shift]) -> list[DutyGap]:
    """Return every stretch of the week that no shift covers, day by day."""
    covered = [bytearray(_MINUTES_A_DAY) for _ in DAYS]
    for shift in shifts:
        for day in shift.weekdays:
            _cover(covered, shift, day)
    return [gap for day, minutes in enumerate(covered) for gap in _gaps_of(day, minutes)]


def _cover(covered: list[bytearray], shift: Shift, day: int) -> None:
    start, end = shift.start // _MINUTE, shift.end // _MINUTE
    if start < end:
        covered[day][start:end] = b"\x01" * (end - start)
        return
    covered[day][start:] = b"\x01" * (_MINUTES_A_DAY - start)
    covered[(day + 1) % 7][:end] = b"\x01" * end


def _gaps_of(day: int, minutes: bytearray) -> list[DutyGap]:
    return [
        DutyGap(day, run.start() * _MINUTE, run.end() * _MINUTE)
        for run in re.finditer(rb"\x00+", minutes)
    ]
