"""Whom a fact is told to, and in which words: one row per fact."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from schemas.events.assignment import CaseAssigned, CoHandlerOffered, DutyUnfilled, LoopDetected
from schemas.events.blocking import CaseBlocked, CaseUnblocked, Unblocked
from schemas.events.case import (
    AssignmentAskedAgain,
    CaseClosed,
    CaseEscalated,
    CaseRegistered,
    CaseReminded,
    CaseReopened,
    CheckFailed,
    CheckRequested,
)
from schemas.events.charge import (
    CaseCorrected,
    CaseReassigned,
    CaseSupervised,
    CaseUnsupervised,
    CoHandlerDropped,
)
from schemas.events.clocks import (
    PART,
    RESIDENT,
    CaseDeadlineMoved,
    CaseUrgencyRaised,
    PromiseMissed,
)
from schemas.events.ending import (
    CaseDismissed,
    CaseJoined,
    CaseLeft,
    CaseMergedInto,
    CaseUnmerged,
    CaseWithdrawn,
    ReopenRefused,
)
from schemas.events.part import PartAskedAgain, PartChanged
from schemas.events.requests import (
    AppealApproved,
    CaseExtended,
    CaseForceClosed,
    CaseSuspended,
    RequestAskedAgain,
    RequestLapsed,
    RequestRefused,
    RequestSubmitted,
    RequestWithdrawn,
    SuspensionEnded,
)
from schemas.events.triage import TriageRequested
from schemas.lifecycle import Actor
from schemas.vocabulary import PartStatus
from schemas.words.templates import Template
from services.notifier.domain.case import CaseFile
from services.notifier.domain.facts import (
    CheckBecameLate,
    Fact,
    Happened,
    LimitRanOut,
    MoreWasSaid,
    OthersSaid,
    PartReleased,
    ReporterJoined,
    TriageBecameLate,
)
from services.notifier.domain.notices import (
    Address,
    by_name,
    handler,
    reporter,
    supervisor,
)
from services.notifier.domain.part import GOING_ON, Part
from services.notifier.domain.whom import (
    CLOSED,
    GIVEN_UP,
    To,
    lead_of_open,
    who_joined,
    who_joined_one_that_is,
    who_loses_it,
)


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told to whom, by the case, what happened, and the parts that it changed.

    `to` is None for the reporter and everybody who joined the case. A row that is `of` a clock
    holds for facts about that one only.
    """

    template: Template
    to: To | None
    of: str | None = None

    def holds(self, fact: Fact) -> bool:
        """Tell whether this is told of a fact."""
        return self.of is None or getattr(fact, "clock", None) == self.of


def _reporter(file: CaseFile, _happened: Happened, _parts: object) -> Iterable[Address]:
    yield reporter(file.case.source, file.case.source_id)


def _supervision(_file: CaseFile, _happened: Happened, _parts: object) -> Iterable[Address]:
    yield supervisor()


def _lead(file: CaseFile, _happened: Happened, _parts: object) -> Iterable[Address]:
    if file.case.department is not None:
        yield handler(file.case.department, file.case.person)


def _named(_file: CaseFile, happened: Happened, _parts: object) -> Iterable[Address]:
    """Return the department that the fact names."""
    fact: Any = happened.fact
    if fact.department is not None:
        yield handler(fact.department, fact.person)


def _named_and_supervision(file: CaseFile, happened: Happened, parts: object) -> Iterable[Address]:
    yield from _named(file, happened, parts)
    yield supervisor()


def _at_it(file: CaseFile, happened: Happened, _parts: object) -> Iterable[Address]:
    """Return the department that the fact names, and everybody who is still at a part."""
    yield from _named(file, happened, _parts)
    for part in file.parts.values():
        if part.status in GOING_ON:
            yield handler(part.department, part.person)


def _at_work_and_supervision(
    file: CaseFile, happened: Happened, parts: object
) -> Iterable[Address]:
    """Return everybody who is at a part of the case, and the supervision."""
    yield from dict.fromkeys(_at_it(file, happened, parts))
    yield supervisor()


def _offered(_file: CaseFile, _happened: Happened, parts: Sequence[Part]) -> Iterable[Address]:
    for part in parts:
        if part.status is PartStatus.OFFERED:
            yield handler(part.department, part.person)


def _supervision_if_somebody_wants_to_know(
    file: CaseFile, _happened: Happened, _parts: object
) -> Iterable[Address]:
    if file.case.supervised_for is not None:
        yield supervisor()


def _lead_and_supervision(file: CaseFile, happened: Happened, parts: object) -> Iterable[Address]:
    yield from _lead(file, happened, parts)
    yield supervisor()


def _waited_for(_file: CaseFile, happened: Happened, _parts: object) -> Iterable[Address]:
    """Return whose part the lead waits for."""
    fact: Any = happened.fact
    yield handler(fact.blocking.department, fact.blocking.person)


def _lead_and_who_is_late(file: CaseFile, happened: Happened, parts: object) -> Iterable[Address]:
    """Return the lead, whose clock goes on, and who did not do its part in time."""
    fact: Any = happened.fact
    yield from _lead(file, happened, parts)
    if fact.why is Unblocked.TOO_LATE:
        yield handler(fact.by_department, fact.by_person)


def _heads(_file: CaseFile, happened: Happened, _parts: object) -> Iterable[Address]:
    """Return whom the fact names as told because the case rose, or nobody signs."""
    fact: Any = happened.fact
    yield from by_name(fact.heads)


def _and_heads(others: To) -> To:
    def found(file: CaseFile, happened: Happened, parts: Sequence[Part]) -> Iterable[Address]:
        yield from others(file, happened, parts)
        yield from _heads(file, happened, parts)

    return found


def _watcher(file: CaseFile, _happened: Happened, _parts: object) -> Iterable[Address]:
    """Return whose move of the supervision's it is: one person, where one is named."""
    yield supervisor(file.case.watcher)


def _who_goes_on_without_it(
    file: CaseFile, happened: Happened, parts: Sequence[Part]
) -> Iterable[Address]:
    """Return who has the case and who looks after it, if nobody signed for the part."""
    if any(part.status is PartStatus.EXPIRED for part in parts):
        yield from _lead_and_supervision(file, happened, parts)


def _supervision_unless_it_said_so(
    _file: CaseFile, happened: Happened, _parts: object
) -> Iterable[Address]:
    if happened.actor is Actor.REPORTER:
        yield supervisor()


def _ended(template: Template) -> Sequence[Telling]:
    """Return what is told of an end that is no closing."""
    return (
        Telling(template, None),
        Telling(Template.TAKEN_BACK, who_loses_it),
        Telling(Template.SUPERVISED_ENDED, _supervision_if_somebody_wants_to_know),
    )


TELLS: Final[dict[type[Fact], Sequence[Telling]]] = {
    CaseRegistered: [Telling(Template.REGISTERED, _reporter)],
    ReporterJoined: [
        Telling(Template.JOINED, who_joined),
        Telling(Template.CLOSED, who_joined_one_that_is(CLOSED)),
        Telling(Template.JOINED_IN_VAIN, who_joined_one_that_is(GIVEN_UP)),
    ],
    MoreWasSaid: [Telling(Template.MORE_SAID, _lead)],
    OthersSaid: [Telling(Template.SAID_BEFORE, _lead)],
    CaseUrgencyRaised: [Telling(Template.RAISED, _at_work_and_supervision)],
    CaseAssigned: [Telling(Template.OFFERED, _offered)],
    AssignmentAskedAgain: [Telling(Template.ASKED_AGAIN, _and_heads(_lead_and_supervision))],
    CaseCorrected: [Telling(Template.CORRECTED, _at_it)],
    CoHandlerOffered: [Telling(Template.HELP, _offered)],
    CoHandlerDropped: [Telling(Template.RELEASED, _named)],
    CaseSupervised: [Telling(Template.SUPERVISED, _named)],
    CaseUnsupervised: [Telling(Template.UNSUPERVISED, _named)],
    CaseReassigned: [Telling(Template.REASSIGNED, _named)],
    PartAskedAgain: [Telling(Template.PART_ASKED_AGAIN, _and_heads(_named))],
    PartChanged: [Telling(Template.WITHOUT, _who_goes_on_without_it)],
    CaseBlocked: [Telling(Template.BLOCKING, _waited_for)],
    CaseUnblocked: [Telling(Template.UNBLOCKED, _lead_and_who_is_late)],
    PartReleased: [Telling(Template.RELEASED, _named)],
    LoopDetected: [Telling(Template.LOOP, _supervision)],
    DutyUnfilled: [Telling(Template.UNFILLED, _supervision)],
    CaseDeadlineMoved: [
        Telling(Template.DEADLINE_MOVED, _named, of="handling"),
        Telling(Template.PART_MOVED, _named, of=PART),
        Telling(Template.PROMISE_MOVED, None, of=RESIDENT),
    ],
    PromiseMissed: [
        Telling(Template.PROMISE_MISSED, _and_heads(_lead_and_supervision)),
        Telling(Template.PROMISE_BROKEN, None),
    ],
    CaseReminded: [Telling(Template.REMINDER, _lead)],
    CaseEscalated: [Telling(Template.ESCALATED, _and_heads(_supervision))],
    LimitRanOut: [Telling(Template.OVERDUE, _and_heads(_lead))],
    CheckRequested: [Telling(Template.CHECK_REQUESTED, _supervision)],
    TriageRequested: [Telling(Template.TRIAGE, _watcher)],
    TriageBecameLate: [Telling(Template.TRIAGE_LATE, _watcher)],
    CheckBecameLate: [Telling(Template.CHECK_LATE, _watcher)],
    CheckFailed: [Telling(Template.REWORK, _lead)],
    CaseClosed: [
        Telling(Template.CLOSED, None),
        Telling(Template.SUPERVISED_CLOSED, _supervision_if_somebody_wants_to_know),
    ],
    RequestSubmitted: [Telling(Template.REQUESTED, _supervision)],
    RequestAskedAgain: [Telling(Template.DECIDE, _and_heads(_supervision))],
    RequestWithdrawn: [Telling(Template.REQUEST_WITHDRAWN, _supervision)],
    RequestRefused: [Telling(Template.REQUEST_REFUSED, _named)],
    RequestLapsed: [Telling(Template.REQUEST_LAPSED, _named_and_supervision)],
    CaseSuspended: [Telling(Template.SUSPENDED, _named), Telling(Template.RESTS, None)],
    SuspensionEnded: [Telling(Template.RESUMED, _named)],
    CaseExtended: [Telling(Template.EXTENDED, _named)],
    CaseForceClosed: [
        Telling(Template.FORCE_CLOSED, None),
        Telling(Template.FORCE_CLOSED, _supervision_if_somebody_wants_to_know),
    ],
    AppealApproved: [Telling(Template.EXEMPT, _named)],
    CaseMergedInto: _ended(Template.MERGED_INTO),
    ReopenRefused: _ended(Template.REOPEN_REFUSED),
    CaseUnmerged: [Telling(Template.UNMERGED, None)],
    CaseJoined: [Telling(Template.CASE_JOINED, lead_of_open)],
    CaseLeft: [Telling(Template.CASE_LEFT, lead_of_open)],
    CaseDismissed: _ended(Template.DISMISSED),
    CaseWithdrawn: _ended(Template.WITHDRAWN),
    CaseReopened: [
        Telling(Template.REOPENED, None),
        Telling(Template.REOPENED, _named),
        Telling(Template.REOPENED, _supervision_unless_it_said_so),
    ],
}
