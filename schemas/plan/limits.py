"""How long things may take: limits of categories, and the plan's own clocks."""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, model_serializer, model_validator
from typing_extensions import override

from schemas.plan.base import Table
from schemas.vocabulary import Urgency


class LimitUnit(StrEnum):
    """The units of the city-management standards (紧急工作时, 工作时, 工作日, 自然日)."""

    MINUTE = "min"
    URGENT_HOUR = "UH"
    WORK_HOUR = "WH"
    WORK_DAY = "WD"
    NATURAL_DAY = "ND"


_CONTINUOUS: Final = {
    LimitUnit.MINUTE: timedelta(minutes=1),
    LimitUnit.URGENT_HOUR: timedelta(hours=1),
    LimitUnit.WORK_HOUR: timedelta(hours=1),
    LimitUnit.WORK_DAY: timedelta(days=1),
    LimitUnit.NATURAL_DAY: timedelta(days=1),
}
LONGEST: Final = timedelta(days=3650)
_LIMIT: Final = re.compile(r"([1-9][0-9]{0,3})\s+(min|UH|WH|WD|ND)")
_DURATION: Final = re.compile(r"([0-9]{1,7})\s*(s|min|h|d)")
_DURATION_UNITS: Final = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}


class Limit(Table):
    """A handling limit as the standards write it, such as `2 UH` or `5 WD`.

    >>> str(Limit.parse("2 UH")), Limit.parse("5 WD").continuous().days
    ('2 UH', 5)
    """

    amount: Annotated[int, Field(ge=1, le=9999)]
    unit: LimitUnit

    @model_validator(mode="after")
    def _within_ten_years(self) -> Self:
        if self.continuous() > LONGEST:
            raise ValueError(f"{self} is longer than ten years")
        return self

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the limit that a text names; `str` of it gives the text back."""
        return cls.model_validate(text)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        if isinstance(value, dict | cls):
            return value
        found = _LIMIT.fullmatch(str(value).strip())
        if found is None:
            raise ValueError(f"{value!r} is no limit; write 30 min, 2 UH, 4 WH, 5 WD or 15 ND")
        return {"amount": int(found[1]), "unit": found[2]}

    @model_serializer
    @override
    def __str__(self) -> str:
        """Write the limit as the plan does."""
        return f"{self.amount} {self.unit}"

    def continuous(self) -> timedelta:
        """Return the limit as uninterrupted time: an hour is an hour, a day 24 hours.

        Working-time calendars (nights, holidays, make-up Saturdays) come later; until then
        work hours and work days run on like urgent hours and natural days, so a deadline is
        never later than the calendar would put it.
        """
        return self.amount * _CONTINUOUS[self.unit]


@lru_cache(maxsize=1_024)
def limit_of(text: str) -> Limit:
    """Return the limit that a text names; events bring few, again and again.

    Raises ValidationError, which is a ValueError.
    """
    return Limit.parse(text)


def parse_duration(value: object) -> object:
    """Return the time that a text such as `5 min`, `2 h` or `14 d` names."""
    if not isinstance(value, str):
        return _only_duration(value)
    found = _DURATION.fullmatch(value.strip())
    if found is None:
        raise ValueError(f"{value!r} is no duration; write 30 s, 5 min, 2 h or 14 d")
    return timedelta(**{_DURATION_UNITS[found[2]]: int(found[1])})


def _only_duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    raise ValueError(f"{value!r} has no unit; write a text such as '5 min', '2 h' or '14 d'")


Duration = Annotated[
    timedelta, Field(ge=timedelta(), le=timedelta(days=366)), BeforeValidator(parse_duration)
]
_BRIEFEST: Final = timedelta(seconds=1)
_Passing = Annotated[timedelta, Field(ge=_BRIEFEST, le=LONGEST)]
Clock = Annotated[_Passing, BeforeValidator(parse_duration)]
"""A duration that passes: a clock of zero would be late at once."""
Pause = Annotated[
    timedelta,
    Field(ge=timedelta(hours=1), le=timedelta(days=366)),
    BeforeValidator(parse_duration),
]
"""How long nobody is asked again."""
Share = Annotated[float, Field(gt=0, le=1, strict=True)]


def _parse_wait(value: object) -> object:
    """Return the limit or the time that a text names; of minutes both are the same."""
    if isinstance(value, str) and (found := _LIMIT.fullmatch(value.strip())):
        return Limit.parse(value) if found[2] != LimitUnit.MINUTE else parse_duration(value)
    wait = value if isinstance(value, Limit) else parse_duration(value)
    # Said here: two kinds to choose from would each have their own to say.
    if isinstance(wait, timedelta) and not _BRIEFEST <= wait <= LONGEST:
        raise ValueError(f"{value!r} is not from 1 s to ten years")
    return wait


Wait = Annotated[_Passing | Limit, BeforeValidator(_parse_wait)]
"""How long somebody is waited for: a time that runs on, such as `5 min`, or a limit as `2 WH`."""


def _sign_defaults() -> dict[Urgency, timedelta | Limit]:
    return {
        Urgency.EMERGENCY: timedelta(minutes=5),
        Urgency.URGENT: timedelta(minutes=15),
        Urgency.GENERAL: Limit(amount=2, unit=LimitUnit.WORK_HOUR),
        Urgency.PROJECT: timedelta(hours=24),
    }


def _offer_defaults() -> dict[Urgency, timedelta | Limit]:
    return _sign_defaults() | {Urgency.GENERAL: timedelta(minutes=60)}


def by_urgency(given: object, *, defaults: Mapping[Urgency, timedelta | Limit]) -> object:
    """Return what a file gives by urgency, with the defaults for those that it leaves out."""
    if not isinstance(given, dict):
        return given
    return {str(urgency): time for urgency, time in defaults.items()} | given


class Limits(Table):
    """The clocks that do not depend on a category; every one has a default.

    `sign` is how long a staffed department has to sign, `offer` how long one person on duty has
    before the next in the chain is asked; either may rest at night, as `2 WH` does. `promise` is
    how long a case may take in all, as its reporter is told, by urgency. `acceptance` is how long a
    report may wait for its registration, `dispatch` a case for who is next, `first_contact` its
    reporter for a word of who signed, `closing` a case that was found done for its end. `remind_at`
    is the share of a limit after which it is yellow, `far_overdue_at` how many times the limit may
    be used until the case is on the top level, `rework_floor` the share of the limit a failed check
    leaves at the least, `failures_that_raise` the failed check that raises the level. `triage` is
    how long there is to say what a case is that nobody could categorise, `triage_in_danger` of one
    with a word of danger. `blocked` is the share of a case's limit for which its lead may wait for
    one part. `asked_every` is what the pauses grow to in which somebody silent is asked again,
    `co_handler_patience` how many times as long as at first a co-handler has to sign once it was
    asked again.
    """

    sign: Mapping[Urgency, Wait] = Field(default_factory=_sign_defaults)
    offer: Mapping[Urgency, Wait] = Field(default_factory=_offer_defaults)
    promise: Mapping[Urgency, Limit] = Field(default_factory=dict)
    acceptance: Clock = timedelta(minutes=15)
    dispatch: Clock = timedelta(minutes=15)
    first_contact: Clock = timedelta(hours=24)
    closing: Clock = timedelta(minutes=15)
    remind_at: Share = 0.8
    far_overdue_at: Annotated[float, Field(ge=1.5, le=20, strict=True)] = 3.0
    reopen_within: Clock = timedelta(days=14)
    reopening_refused_within: Wait = Limit(amount=1, unit=LimitUnit.WORK_DAY)
    archive_after: Clock = timedelta(days=30)
    check_within: Clock = timedelta(minutes=30)
    rework_floor: Share = 0.5
    failures_that_raise: Annotated[int, Field(ge=1, le=100, strict=True)] = 3
    departments_before_fallback: Annotated[int, Field(ge=1, le=100, strict=True)] = 3
    parked_for: Clock = timedelta(minutes=10)
    triage: Wait = Limit(amount=2, unit=LimitUnit.WORK_HOUR)
    triage_in_danger: Wait = timedelta(minutes=5)
    blocked: Share = 1.0
    asked_every: Pause = timedelta(days=1)
    co_handler_patience: Annotated[int, Field(ge=1, le=100, strict=True)] = 3

    @model_validator(mode="before")
    @classmethod
    def _fill_urgencies(cls, value: object) -> object:
        """Let the file name only the urgencies it changes."""
        if not isinstance(value, dict):
            return value
        filled = dict(value)
        for key, defaults in (("sign", _sign_defaults()), ("offer", _offer_defaults())):
            if key in filled:
                filled[key] = by_urgency(filled[key], defaults=defaults)
        return filled
