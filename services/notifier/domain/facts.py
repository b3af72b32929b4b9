"""What happens to a case: the events on `cases.v1`, and what only its file and its story keep."""

import json
from collections.abc import Generator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar, NamedTuple
from uuid import UUID

from typing_extensions import override

from schemas.events.acting import Acting
from schemas.events.base import CaseFact
from schemas.events.case import Head, Reporter
from schemas.lifecycle import Actor, CaseEvent
from schemas.roles import ActingRole
from schemas.vocabulary import NOTIFIER, CommandKind, Urgency, Word
from schemas.words.form import Words
from schemas.words.refusals import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A fact that is no event: which case it is about, and when it became true."""

    type: ClassVar[str]

    case_id: UUID
    at: datetime

    def encoded(self) -> bytes:
        """Return what the note says besides, as JSON bytes."""
        own = (f.name for f in fields(self) if f.name not in {"case_id", "at"})
        return json.dumps({name: getattr(self, name) for name in own}, default=str).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported(Note):
    """Somebody reported it, before it was registered."""

    type: ClassVar[str] = CaseEvent.REPORTED

    reporter: Reporter

    @override
    def encoded(self) -> bytes:
        """Return the reporter as JSON bytes."""
        return self.reporter.model_dump_json().encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseBegan(Note):
    """The case is an exercise, and these contacts are told of it."""

    type: ClassVar[str] = "exercise"

    contacts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NowhereFound(Note):
    """The point that was reported is no place."""

    type: ClassVar[str] = "place.nowhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterJoined(Note):
    """Another report of the same thing joined the case."""

    type: ClassVar[str] = CaseEvent.MERGED

    merged_id: UUID
    source: str
    source_id: str
    why: str
    urgency: Urgency | None = None
    danger: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreWasSaid(Note):
    """What a report that joined the case says of it."""

    type: ClassVar[str] = "report.said"

    merged_id: UUID
    description: str
    media: tuple[str, ...]
    people: int | None

    @property
    def photos(self) -> int:
        """How many photos it has."""
        return len(self.media)


@dataclass(frozen=True, slots=True, kw_only=True)
class OthersSaid(Note):
    """What others had said before the case came to its lead: how many, and the last of them."""

    type: ClassVar[str] = "reports.said"

    count: int
    descriptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsTaken(Note):
    """What closing asks for, as the plan said when the case was assigned or became more urgent."""

    type: ClassVar[str] = "terms.taken"

    closing: str
    evidence: tuple[str, ...]
    must_check: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PartReleased(Note):
    """Somebody who was still at a part is no longer needed."""

    type: ClassVar[str] = "part.released"

    department: str
    person: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRanOut(Note):
    """The handling limit is over: its department is told, and later `heads` by name."""

    type: ClassVar[str] = "limit.ran_out"

    heads: tuple[Head, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckBecameLate(Note):
    """Nobody looked until `check_by`; who is to is told again at `again_at`."""

    type: ClassVar[str] = "check.late"

    check_by: datetime
    again_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageBecameLate(Note):
    """Nobody said until `triage_by` what the case is; who is to is told again at `again_at`."""

    type: ClassVar[str] = "triage.late"

    triage_by: datetime
    again_at: datetime


Fact = CaseFact | Note


class Happened(NamedTuple):
    """A fact, who caused it and whose words they were; `heard` is the JSON of somebody's event.

    An event without it is ours to tell.
    """

    fact: Fact
    actor: Actor
    party: str = NOTIFIER
    heard: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why what was said changes nothing, what could be said instead, and the detail to name.

    `field` is what to mend in it, where it is one.
    """

    reason: Reason
    allowed: tuple[Word | CommandKind, ...] = ()
    detail: str | datetime | Words | tuple[ActingRole, ...] = ""
    field: str | None = None
    missing: tuple[str, ...] = ()


Life = Generator[Happened, None, Refusal | None]
"""What follows from something that was heard, or the refusal of it.

Each fact has changed the file when the decision goes on to the next one.
"""


def by_system(fact: Fact) -> Happened:
    """Return what a clock or a rule of the plan caused."""
    return Happened(fact=fact, actor=Actor.SYSTEM)


def by_supervision(fact: Fact, party: str) -> Happened:
    """Return what the supervision caused."""
    return Happened(fact=fact, actor=Actor.SUPERVISION, party=party)


def by_person(fact: Fact, acting: Acting) -> Happened:
    """Return what somebody commanded."""
    return Happened(fact=fact, actor=Actor.PERSON, party=acting.person)


def by_department(fact: Fact, department: str) -> Happened:
    """Return what a department caused."""
    return Happened(fact=fact, actor=Actor.DEPARTMENT, party=department)
