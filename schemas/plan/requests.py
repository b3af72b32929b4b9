"""How often and for how long things may be asked for, and until when that is decided."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, field_validator

from schemas.plan.base import DAY, Table
from schemas.plan.limits import Limit, LimitUnit, Wait, by_urgency, parse_duration
from schemas.vocabulary import Urgency

_A_YEAR: Final = 365 * DAY
Times = Annotated[int, Field(ge=0, le=10, strict=True)]
Rest = Annotated[timedelta, Field(ge=DAY, le=_A_YEAR), BeforeValidator(parse_duration)]


def _decided_within() -> dict[Urgency, timedelta | Limit]:
    return {
        Urgency.EMERGENCY: timedelta(minutes=15),
        Urgency.URGENT: timedelta(minutes=30),
        Urgency.GENERAL: Limit(amount=4, unit=LimitUnit.WORK_HOUR),
        Urgency.PROJECT: Limit(amount=1, unit=LimitUnit.WORK_DAY),
    }


class Requests(Table):
    """What a case may be granted, how often, and how long whoever decides has for it.

    `decide` is by the urgency of the case. `suspension` is the longest one. An appeal is taken
    `appeal_within` of the closing.
    """

    decide: Mapping[Urgency, Wait] = Field(default_factory=_decided_within)
    suspension: Rest = _A_YEAR
    suspensions: Times = 1
    extensions: Times = 2
    appeals: Times = 1
    appeal_within: Wait = Field(default_factory=lambda: Limit(amount=5, unit=LimitUnit.WORK_DAY))

    @field_validator("decide", mode="before")
    @classmethod
    def _fill_urgencies(cls, value: object) -> object:
        """Let the file name only the urgencies it changes."""
        return by_urgency(value, defaults=_decided_within())
