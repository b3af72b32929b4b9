"""Which fact sets and ends which timer, and when each is due: read off the file, never kept."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas.events.assignment import CaseAssigned, CoHandlerOffered
from schemas.events.blocking import CaseBlocked, CaseUnblocked
from schemas.events.case import (
    AssignmentAccepted,
    AssignmentAskedAgain,
    AssignmentRevoked,
    CaseClosed,
    CaseReturned,
    CheckFailed,
    CheckRequested,
    FeedbackSubmitted,
)
from schemas.events.charge import CaseCorrected, CaseReassigned, CoHandlerDropped
from schemas.events.clocks import CaseDeadlineMoved, CaseUrgencyRaised
from schemas.events.ending import CaseDismissed, CaseMergedInto, CaseWithdrawn, ReopenRefused
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
from schemas.plan import Plan
from schemas.plan.handling_clock import HandlingClock
from services.notifier.domain import triage
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.checks import looked_at_next
from services.notifier.domain.clocks import (
    CASE_TIMERS,
    HANDLING_TIMERS,
    TimerKind,
    marks,
)
from services.notifier.domain.facts import CheckBecameLate, Fact, LimitRanOut, TriageBecameLate
from services.notifier.domain.helping import asked_until, unsigned
from services.notifier.domain.lateness import Pause, asked_next, growing
from services.notifier.domain.leaving import leavers

LOOKED_AT_AGAIN: Final = timedelta(minutes=1)
"""When a case with a department that is not in the plan is looked at: it may only be new there."""


@dataclass(frozen=True, slots=True)
class Timers:
    """The timers that a fact begins, each if the file says when, and those that it ends."""

    begin: tuple[TimerKind, ...] = ()
    end: tuple[TimerKind, ...] = ()


_RARE: Final = (TimerKind.PART, TimerKind.LEFT)

_COUNTED: Final = (*HANDLING_TIMERS, TimerKind.PART)
"""Timers whose instants are counted by the plan of the moment, and told to nobody.

Of parts only those of which no work order told the notifier until when they are to be signed for.
"""

_WAITING: Final = Timers(begin=(TimerKind.REQUEST,))
_OVER: Final = Timers(
    begin=(TimerKind.REQUEST,), end=(*CASE_TIMERS, TimerKind.TRIAGE, TimerKind.SUSPENSION)
)

CLOCKS: Final[dict[type[Fact], Timers]] = {
    TriageRequested: Timers(begin=(TimerKind.TRIAGE,)),
    TriageBecameLate: Timers(begin=(TimerKind.TRIAGE,)),
    CaseAssigned: Timers(begin=(TimerKind.SIGN, *HANDLING_TIMERS, *_RARE)),
    PartAskedAgain: Timers(begin=(TimerKind.PART,)),
    PartChanged: Timers(begin=(TimerKind.PART,)),
    CoHandlerOffered: Timers(begin=(TimerKind.PART,)),
    CoHandlerDropped: Timers(begin=(TimerKind.PART,)),
    CaseBlocked: Timers(begin=(TimerKind.BLOCKED,), end=HANDLING_TIMERS),
    CaseUnblocked: Timers(begin=HANDLING_TIMERS, end=(TimerKind.BLOCKED,)),
    AssignmentAskedAgain: Timers(begin=(TimerKind.SIGN,)),
    AssignmentAccepted: Timers(end=(TimerKind.SIGN,)),
    CaseReturned: Timers(end=CASE_TIMERS),
    AssignmentRevoked: Timers(end=CASE_TIMERS),
    CaseReassigned: Timers(end=CASE_TIMERS),
    CaseCorrected: Timers(end=CASE_TIMERS),
    FeedbackSubmitted: Timers(end=HANDLING_TIMERS),
    CheckRequested: Timers(begin=(TimerKind.CHECK,)),
    CheckBecameLate: Timers(begin=(TimerKind.CHECK,)),
    CheckFailed: Timers(begin=(*HANDLING_TIMERS, *_RARE), end=(TimerKind.CHECK,)),
    CaseDeadlineMoved: Timers(begin=(*HANDLING_TIMERS, TimerKind.BLOCKED)),
    LimitRanOut: Timers(begin=(TimerKind.OVERDUE_FAR,)),
    CaseUrgencyRaised: Timers(begin=(TimerKind.SIGN, *HANDLING_TIMERS, TimerKind.PART)),
    CaseClosed: Timers(end=(*CASE_TIMERS, TimerKind.TRIAGE)),
    RequestSubmitted: _WAITING,
    RequestAskedAgain: _WAITING,
    RequestWithdrawn: _WAITING,
    RequestRefused: _WAITING,
    RequestLapsed: _WAITING,
    CaseSuspended: Timers(begin=(TimerKind.SUSPENSION, TimerKind.REQUEST), end=HANDLING_TIMERS),
    SuspensionEnded: Timers(begin=(*HANDLING_TIMERS, *_RARE), end=(TimerKind.SUSPENSION,)),
    CaseExtended: Timers(begin=(*HANDLING_TIMERS, TimerKind.REQUEST)),
    CaseForceClosed: _OVER,
    AppealApproved: _WAITING,
    CaseDismissed: _OVER,
    CaseMergedInto: _OVER,
    ReopenRefused: _OVER,
    CaseWithdrawn: _OVER,
}
MOVES_HANDLING: Final = frozenset(
    kind for kind, timers in CLOCKS.items() if TimerKind.OVERDUE in (*timers.begin, *timers.end)
)
"""The facts that start, stop or move the handling clock, or may."""


def timers_after(
    fact: Fact, file: CaseFile, *, plan: Plan, now: datetime
) -> dict[TimerKind, datetime | None]:
    """Return when each timer that a fact touches is due by the file as it is now; None: never."""
    touched = CLOCKS.get(type(fact))
    if touched is None:
        return {}
    due = _due(file, touched.begin, plan=plan, now=now)
    begun = {kind: due.get(kind) for kind in touched.begin}
    for kind in _RARE:
        if begun.get(kind) is None:
            begun.pop(kind, None)  # nearly always, and a stale one does nothing
    return dict.fromkeys(touched.end) | begun


def due_again(file: CaseFile, kind: TimerKind, *, plan: Plan, now: datetime) -> datetime | None:
    """Return when a timer of this kind is due that came too early; None where none is.

    The plan may count by other days, or give more time, than when it was set.
    """
    if kind not in _COUNTED:
        return None
    due_at = _due(file, _COUNTED, plan=plan, now=now).get(kind)
    return due_at if due_at is not None and due_at > now else None


def _due(
    file: CaseFile, kinds: Collection[TimerKind], *, plan: Plan, now: datetime
) -> dict[TimerKind, datetime]:
    case = file.case
    due = _up_to_supervision(case, plan=plan, now=now) | _asked(case)
    if case.sign_by is not None:
        is_next = case.has_somebody_else
        due[TimerKind.SIGN] = case.sign_by if is_next else asked_next(case, plan, now)
    if case.clock is not None and TimerKind.OVERDUE_FAR in kinds:
        due |= _of_handling(case, case.clock, plan=plan, now=now)
    if TimerKind.PART in kinds and case.closed_at is None:
        waits = (asked_until(file, part, plan) for part in unsigned(file))
        if (first := min(waits, default=None)) is not None:
            due[TimerKind.PART] = first
    if TimerKind.LEFT in kinds and any(leavers(file, plan)):
        due[TimerKind.LEFT] = now + LOOKED_AT_AGAIN
    return due


def _up_to_supervision(case: Case, *, plan: Plan, now: datetime) -> dict[TimerKind, datetime]:
    """Return when somebody of the supervision is to look what it is, or whether it is done."""
    due = dict[TimerKind, datetime]()
    if case.triage_by is not None:
        due[TimerKind.TRIAGE] = triage.asked_next(case, plan, now)
    if case.check_by is not None:
        due[TimerKind.CHECK] = looked_at_next(case.check_by, plan, now)
    return due


def _asked(case: Case) -> dict[TimerKind, datetime]:
    """Return when a case that rests goes on, and when requests that wait are told of again."""
    due = dict[TimerKind, datetime]()
    if case.blocked is not None:
        due[TimerKind.BLOCKED] = case.blocked.until
    if case.suspended_until is not None:
        due[TimerKind.SUSPENSION] = case.suspended_until
    if case.requests:
        due[TimerKind.REQUEST] = min(one.next_at for one in case.requests)
    return due


def _of_handling(
    case: Case, clock: HandlingClock, *, plan: Plan, now: datetime
) -> dict[TimerKind, datetime]:
    """Return when a running clock has its marks, and when it is told of again that it ran out."""
    # What was told of is judged by now: news that is read late begins in the past.
    told = case.told_marks()
    remind_at, far_at = plan.limits.remind_at, plan.limits.far_overdue_at
    due = marks(clock, now=now, remind_at=remind_at, far_at=far_at, told=told)
    if TimerKind.OVERDUE_FAR not in due and (far := clock.reaches(far_at)) is not None:
        every = Pause(plan.limits.asked_every)
        due[TimerKind.OVERDUE_FAR] = growing(far, pause=every, plan=plan, now=now)
    return due
