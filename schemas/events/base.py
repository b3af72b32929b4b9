"""What all event bodies share: how strict they are, and how they are read and written."""

import re
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from schemas.cloudevents import CloudEvent
from schemas.plan.limits import limit_of
from schemas.vocabulary import MAX_LEVEL, derived_id


def storable(text: str) -> str:
    """Refuse what no database column and no terminal takes: NUL."""
    if "\x00" in text:
        msg = "must not contain NUL"
        raise ValueError(msg)
    return text


def _on_one_line(text: str) -> str:
    """Refuse what breaks a line of a log, of a terminal or of a URL."""
    if _CONTROL.search(text):
        msg = "must not contain line breaks or other control characters"
        raise ValueError(msg)
    return text


def _askable(text: str) -> str:
    """Refuse what a client of HTTP takes for a way up and down in the path."""
    if not {".", ".."}.isdisjoint(text.split("/")):
        msg = "must not have '.' or '..' alone or between slashes: no URL could name it"
        raise ValueError(msg)
    return text


def _not_blank(text: str) -> str:
    """Refuse what says nothing."""
    if not text.strip():
        msg = "is blank: say it in words"
        raise ValueError(msg)
    return text


def _limit(text: str) -> str:
    """Refuse what is no limit of the standards."""
    return str(limit_of(text))


def _calendar(given: object) -> object:
    """Refuse what pydantic would read as seconds since 1970, and years that overflow in UTC."""
    year = given.year if isinstance(given, datetime) else None
    if isinstance(given, str) and given[:4].isdecimal() and given[4:5] == "-":
        year = int(given[:4])
    if year is None or year not in _YEARS:
        msg = f"must be an RFC 3339 instant, from {_YEARS.start} to {_YEARS.stop - 1}"
        raise ValueError(msg)
    return given


_YEARS: Final = range(1900, 2200)

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

MOST_CHARACTERS: Final = 16_000
"""More than any sentence of ours has when every name and answer in it is as long as it may be."""
MOST_SAID: Final = 2_000
"""Characters of what somebody says in their own words."""
MOST_LISTED: Final = 1_000
MOST_ROUNDS: Final = 10_000
LONGEST_SECONDS: Final = 3650 * 24 * 60 * 60
"""Ten years, as the plan's longest limit."""

Text = Annotated[str, StringConstraints(max_length=MOST_CHARACTERS), AfterValidator(storable)]
OwnWords = Annotated[
    Text, StringConstraints(min_length=1, max_length=MOST_SAID), AfterValidator(_not_blank)
]
"""What somebody says: a reason, a note, a result."""
Level = Annotated[int, Field(ge=0, le=MAX_LEVEL)]
"""A step of the ladder of escalation."""
Round = Annotated[int, Field(ge=1, le=MOST_ROUNDS)]
"""Which assignment of a case it is, from 1."""
Seconds = Annotated[int, Field(gt=0, le=LONGEST_SECONDS)]
"""How long a clock runs."""
LimitText = Annotated[Text, AfterValidator(_limit)]
"""A handling limit as the standards write it, such as `4 WH`."""
LeftSeconds = Annotated[float, Field(ge=-LONGEST_SECONDS, le=LONGEST_SECONDS)]
"""What is left of a clock that goes on; less than nothing when its limit was over already."""
Identifier = Annotated[
    str, StringConstraints(max_length=MOST_CHARACTERS), AfterValidator(_on_one_line)
]
"""An id that somebody else gave: any text on one line."""
PathIdentifier = Annotated[Identifier, AfterValidator(_askable)]
"""An `Identifier` that the path of a URL can carry, slashes included."""
# Not strict inside: `_calendar` has let nothing through but a text of a date or a datetime.
Instant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_calendar)]
"""A moment with its offset from UTC, far enough from the calendar's ends to add any limit to it."""
Code = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
]
"""A short name out of letters, digits, dot, dash and underscore: a source, a department, a rule."""


class Body(BaseModel):
    """A part of an event's data: immutable, exact about types, tolerant of fields it does not know.

    Unknown fields are accepted so that a producer may be ahead of its consumers.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", strict=True, allow_inf_nan=False, ser_json_inf_nan="null"
    )


class CaseFact(Body):
    """The data of an event on `cases.v1`: which case it is about, and when it became true."""

    type: ClassVar[str]

    case_id: UUID
    at: Instant

    def encoded(self) -> bytes:
        """Return the data as JSON bytes, absent optional fields left out."""
        # What `model_dump_json` calls, without its detour over text.
        return self.__pydantic_serializer__.to_json(self, exclude_none=True)


def event_of(
    fact: CaseFact, *, service: str, sequence: int, cause: str = "", id_: UUID | None = None
) -> CloudEvent:
    """Return the event that tells a fact.

    Its id is `id_`, or follows from who tells what as the n-th. `sequence` is the service's own
    numbering of the case's events from 1, 0 for one that stands outside it and is told apart by
    its cause; `cause` is the id of the event, or the name of the timer, that led here. The key is
    the case, so order per case holds.
    """
    case = str(fact.case_id)
    return CloudEvent(
        id=id_ or derived_id("event", service, case, fact.type, sequence or cause),
        type=fact.type,
        source=source_of(service),
        subject=case,
        time=fact.at,
        data=fact.encoded(),
        key=case,
        sequence=sequence,
        cause=cause,
    )


def source_of(service: str) -> str:
    """Return a service as a CloudEvents source."""
    return f"/tongxin/{service}"


def in_utc(instant: datetime) -> datetime:
    """Return the same instant with offset zero, as databases keep it."""
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)
