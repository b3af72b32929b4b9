"""What a batch is counted for: one row per fact. Exercises leave nothing here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from schemas.events.assignment import CaseAssigned, CoHandlerOffered
from schemas.events.base import CaseFact
from schemas.events.blocking import CaseBlocked, CaseUnblocked
from schemas.events.case import (
    AssignmentAccepted,
    AssignmentExpired,
    CaseReturned,
    CheckFailed,
    CheckRequested,
    FeedbackSubmitted,
)
from schemas.events.clocks import CaseUrgencyRaised
from schemas.events.notice import Notice
from schemas.events.part import PartChanged
from schemas.events.requests import SuspensionEnded
from schemas.events.triage import TriageRequested
from schemas.vocabulary import CommandKind, PartStatus, Role, Word
from services.notifier.domain.case import CaseFile
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.facts import Fact, Happened
from services.notifier.domain.part import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A notice and its event's id."""

    id: UUID
    notice: Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How long something took a department, in seconds."""

    department: str
    urgency: str
    seconds: float


@dataclass(slots=True)
class Tally:
    """What happened in a batch, as metrics want it.

    `events` are (type, source), `offers` (department, staffed or person, outcome), `answers` (word,
    outcome), `commands` (kind, outcome); `gaps` are producers of which events are missing;
    `notices` are all that were issued, of exercises too.
    """

    events: list[tuple[str, str]] = field(default_factory=list)
    offers: list[tuple[str, str, str]] = field(default_factory=list)
    signed: list[Span] = field(default_factory=list)
    handled: list[Span] = field(default_factory=list)
    clocks: list[str] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)
    commands: list[tuple[str, str]] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    repeats: list[str] = field(default_factory=list)
    notices: list[Issued] = field(default_factory=list)

    def hear(self, kind: Word | CommandKind, outcome: str) -> None:
        """Count what became of an answer or a command."""
        of_kind = self.answers if isinstance(kind, Word) else self.commands
        of_kind.append((kind, outcome))

    def count(self, file: CaseFile, happened: Happened) -> None:
        """Count a fact that has changed its file."""
        fact, case = happened.fact, file.case
        if case.exercise:
            return
        if isinstance(fact, CaseFact) and happened.heard is None:
            self.events.append((fact.type, case.source))
        for add in COUNTS.get(type(fact), ()):
            add(self, file, fact)


def _offer(outcome: str) -> Callable[[Tally, CaseFile, Any], None]:
    def add(tally: Tally, file: CaseFile, fact: Any) -> None:  # noqa: ANN401 - whatever names an assignment
        _count_offer(tally, file.parts[fact.assignment_id], outcome)

    return add


_ENDS_AN_OFFER: Final = {PartStatus.ACCEPTED, PartStatus.DECLINED, PartStatus.EXPIRED}


def _answered_by_co_handler(tally: Tally, file: CaseFile, fact: PartChanged) -> None:
    part = file.parts[fact.assignment_id]
    if part.role is Role.CO_HANDLER and part.status in _ENDS_AN_OFFER:
        _count_offer(tally, part, part.status)


def _passed_on(tally: Tally, file: CaseFile, fact: CoHandlerOffered) -> None:
    """Count the offer to whom the part was offered before, of a department on call."""
    if fact.offer.asked:
        _count_offer(tally, file.parts[fact.offer.assignment_id], "expired")


def _count_offer(tally: Tally, part: Part, outcome: str) -> None:
    asked = "staffed" if part.tier.is_staffed else "person"
    tally.offers.append((part.department, asked, outcome))


def _signed(tally: Tally, file: CaseFile, fact: AssignmentAccepted) -> None:
    part, urgency = file.parts[fact.assignment_id], file.case.urgency
    seconds = (fact.at - part.offered_at).total_seconds()
    tally.signed.append(Span(department=part.department, urgency=urgency, seconds=seconds))


def _handled(tally: Tally, file: CaseFile, _fact: FeedbackSubmitted) -> None:
    clock, department = file.case.clock, file.case.department
    if clock is not None and department is not None:
        seconds = clock.used.total_seconds()
        tally.handled.append(
            Span(department=department, urgency=file.case.urgency, seconds=seconds)
        )


def _raised(tally: Tally, _file: CaseFile, fact: CaseUrgencyRaised) -> None:
    if fact.limit_text is not None:
        tally.clocks.append("handling")


def _clocks(*kinds: str) -> Callable[[Tally, CaseFile, Any], None]:
    def add(tally: Tally, file: CaseFile, _fact: object) -> None:
        case = file.case
        running = {
            "handling": case.clock is not None and case.clock.since is not None,
            TimerKind.SIGN: case.sign_by is not None,
            TimerKind.CHECK: case.check_by is not None,
            TimerKind.TRIAGE: case.triage_by is not None,
            TimerKind.PART: case.blocked is not None,
        }
        tally.clocks += [kind for kind in kinds if running[kind]]

    return add


COUNTS: Final[dict[type[Fact], tuple[Callable[[Tally, CaseFile, Any], None], ...]]] = {
    TriageRequested: (_clocks(TimerKind.TRIAGE),),
    CaseBlocked: (_clocks(TimerKind.PART),),
    CaseUnblocked: (_clocks("handling"),),
    CoHandlerOffered: (_passed_on,),
    CaseAssigned: (_clocks("handling", TimerKind.SIGN),),
    AssignmentAccepted: (_offer("accepted"), _signed),
    CaseReturned: (_offer("declined"),),
    AssignmentExpired: (_offer("expired"),),
    PartChanged: (_answered_by_co_handler,),
    FeedbackSubmitted: (_handled,),
    CheckRequested: (_clocks(TimerKind.CHECK),),
    CheckFailed: (_clocks("handling"),),
    CaseUrgencyRaised: (_raised,),
    SuspensionEnded: (_clocks("handling"),),
}
