"""What a batch is counted for; exercises leave nothing here."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from schemas.events.assignment import CaseAssigned, Offer
from schemas.events.notice import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What a department is offered in a round, on which level, and until when."""

    offer: Offer
    assigned: CaseAssigned
    level: int
    due_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A notice and its event's id; `offered` is what it tells of, if that is an offer."""

    id: UUID
    notice: Notice
    offered: Offered | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How long something took a department, in seconds."""

    department: str
    urgency: str
    seconds: float


@dataclass(slots=True)
class Tally:
    """What happened in a batch, as metrics want it.

    `events` are (type, source), `offers` (department, desk or person, outcome), `answers` (word,
    outcome); `gaps` are producers of which events are missing; `notices` are all that were issued,
    of exercises too.
    """

    events: list[tuple[str, str]] = field(default_factory=list)
    offers: list[tuple[str, str, str]] = field(default_factory=list)
    signed: list[Span] = field(default_factory=list)
    handled: list[Span] = field(default_factory=list)
    clocks: list[str] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    repeats: list[str] = field(default_factory=list)
    notices: list[Issued] = field(default_factory=list)
