"""Who is late now: whose move it is, which clock runs, until when."""

from dataclasses import dataclass
from datetime import datetime

from schemas.lifecycle import CaseState
from schemas.vocabulary import NOTIFIER, SUPERVISION
from services.notifier.domain.case import Case

_HANDLING = frozenset({CaseState.ACCEPTED, CaseState.HANDLING, CaseState.REWORK})
_NOT_ITS_LEADS = {
    CaseState.FEEDBACK: (SUPERVISION, "check"),
    CaseState.INSPECTING: (SUPERVISION, "check"),
    CaseState.PENDING_CLOSURE: (SUPERVISION, "check"),
    CaseState.SUSPENDED: (NOTIFIER, "suspension"),
}
"""Whose move it is where a department has the case, and by which clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Whose move it is; `until` is empty when no limit runs. Late after `until`."""

    who: str
    person: str | None
    clock: str
    until: datetime | None

    def is_late(self, now: datetime) -> bool:
        """Tell whether the move should have been made."""
        return self.until is not None and self.until < now


def whose_turn(case: Case) -> Turn | None:
    """Return whose move it is in an open case; None when it is closed.

    Where nobody could categorise it, it is up to the supervision to say what it is until somebody
    is at work. Of a suspended one it is ours, to let it go on. Between an offer that ran out and
    the next one, and after a return, it is the router's.
    """
    if case.closed_at is not None:
        return None
    if case.state in _NOT_ITS_LEADS:
        who, clock = _NOT_ITS_LEADS[case.state]
        checks = who == SUPERVISION
        until = case.check_by if checks else case.suspended_until
        return Turn(who=who, person=case.watcher if checks else None, clock=clock, until=until)
    signing = case.state is CaseState.ASSIGNED and case.sign_by is not None
    if signing or case.state in _HANDLING:
        return _while_held(case, signing=signing)
    return Turn(who="router", person=None, clock="dispatch", until=case.dispatch_by)


def _while_held(case: Case, *, signing: bool) -> Turn:
    if case.triage_by is not None:
        return Turn(who=SUPERVISION, person=case.watcher, clock="triage", until=case.triage_by)
    if case.blocked is not None:
        part = case.blocked
        return Turn(who=part.department, person=part.person, clock="part", until=part.until)
    clock, until = ("sign", case.sign_by) if signing else ("handling", case.due_by)
    return Turn(who=case.department or "", person=case.person, clock=clock, until=until)
