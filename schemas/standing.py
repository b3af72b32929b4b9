"""Where a case stands for people: whose move it is, by which clock, and what waits for a decision.

Who decides about a case and who shows it read both off in this one way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from pydantic import BaseModel

from schemas.events.blocking import Blocking
from schemas.events.requests import PendingRequest
from schemas.lifecycle import CaseState
from schemas.vocabulary import NOTIFIER, ROUTER, SUPERVISION, PartStatus

_HANDLING: Final = frozenset({CaseState.ACCEPTED, CaseState.HANDLING, CaseState.REWORK})
_NOT_ITS_LEADS: Final = {
    CaseState.FEEDBACK: (SUPERVISION, "check"),
    CaseState.INSPECTING: (SUPERVISION, "check"),
    CaseState.PENDING_CLOSURE: (SUPERVISION, "check"),
    CaseState.SUSPENDED: (NOTIFIER, "suspension"),
}
"""Whose move it is where a department has the case, and by which clock."""
COUNTED: Final = frozenset(
    {PartStatus.OFFERED, PartStatus.ACCEPTED, PartStatus.WORKING, PartStatus.DONE}
)
"""Parts that a closing rule counts, and whose department has to do with the case."""
_AT_WORK: Final = frozenset({PartStatus.ACCEPTED, PartStatus.WORKING})


class Standing(Protocol):
    """What of a case tells whose move it is; what is absent does not run, or nobody has it.

    `watcher` is who of the supervision has the move by name, `blocked` the part that the lead
    waits for, `dispatch_by` until when the router has to name who is next.
    """

    state: CaseState
    closed_at: datetime | None
    department: str | None
    person: str | None
    watcher: str | None
    blocked: Blocking | None
    sign_by: datetime | None
    due_by: datetime | None
    check_by: datetime | None
    triage_by: datetime | None
    dispatch_by: datetime | None
    suspended_until: datetime | None


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


class TurnView(BaseModel):
    """Whose move it is, which clock runs, until when, and whether that has passed."""

    who: str
    person: str | None
    clock: str
    until: datetime | None
    late: bool


class RequestView(BaseModel):
    """What somebody asked for that waits, and who has to decide it until when.

    `person` is who was told by name last.
    """

    request_id: UUID
    what: str
    asked_by: str
    asked_at: datetime
    department: str | None
    reason: str
    until: datetime | None
    legal_basis: str | None
    who: str
    person: str | None
    decide_by: datetime
    late: bool


def whose_turn(case: Standing) -> Turn | None:
    """Return whose move it is in an open case; None when it is closed.

    Where nobody could categorise it, it is up to the supervision to say what it is until somebody
    is at work. Of a suspended one it is the notifier's, to let it go on. Between an offer that ran
    out and the next one, and after a return, it is the router's.
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
    return Turn(who=ROUTER, person=None, clock="dispatch", until=case.dispatch_by)


def _while_held(case: Standing, *, signing: bool) -> Turn:
    if case.triage_by is not None:
        return Turn(who=SUPERVISION, person=case.watcher, clock="triage", until=case.triage_by)
    if case.blocked is not None:
        part = case.blocked
        return Turn(who=part.department, person=part.person, clock="part", until=part.until)
    clock, until = ("sign", case.sign_by) if signing else ("handling", case.due_by)
    return Turn(who=case.department or "", person=case.person, clock=clock, until=until)


def has_to_do(status: PartStatus, *, ended_at: datetime | None, closed_at: datetime | None) -> bool:
    """Tell whether the department of a part has to do with the case.

    A part that only the end of the case took back is one still. One that was declined, ran out or
    went to another is none: what becomes of the case then is not theirs to see.
    """
    ended_with_it = closed_at is not None and ended_at == closed_at
    return status in COUNTED or (status is PartStatus.REVOKED and ended_with_it)


class Helping(Protocol):
    """What of a co-handler's part tells what its department has to do itself."""

    @property
    def assignment_id(self) -> UUID:
        """Which part it is."""

    @property
    def department(self) -> str:
        """Whose it is."""

    @property
    def person(self) -> str | None:
        """Whose it is by name, if anybody's."""

    @property
    def status(self) -> PartStatus:
        """How far it is."""


def turn_of_helper(part: Helping, case: Standing, *, sign_by: datetime | None) -> Turn | None:
    """Return what a co-handler has to do itself, whoever has the move; None once its part is over.

    First it signs for its part, then the part is to be done when the case's limit ends, or by when
    its lead waits for it.
    """
    clock, until = "handling", case.due_by
    if part.status is PartStatus.OFFERED:
        clock, until = "sign", sign_by
    elif part.status not in _AT_WORK:
        return None
    elif case.blocked is not None and case.blocked.assignment_id == part.assignment_id:
        clock, until = "part", case.blocked.until
    return Turn(who=part.department, person=part.person, clock=clock, until=until)


def turn_view(case: Standing, *, now: datetime) -> TurnView | None:
    """Return whose move it is as it is shown at an instant."""
    turn = whose_turn(case)
    if turn is None:
        return None
    return TurnView(
        who=turn.who,
        person=turn.person,
        clock=turn.clock,
        until=turn.until,
        late=turn.is_late(now),
    )


def request_views(requests: Iterable[PendingRequest], *, now: datetime) -> list[RequestView]:
    """Return the requests that wait as they are shown at an instant."""
    return [
        RequestView(
            who=SUPERVISION,
            person=one.watcher,
            late=one.decide_by < now,
            **one.model_dump(include={*RequestView.model_fields}),
        )
        for one in requests
    ]
