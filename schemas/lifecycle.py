"""The life of a case as one table: 20 states and 35 transitions.

28 of these are the domain handbook's (part c), those after them are our own.
Every state change anywhere in Tongxin is a row of `TRANSITIONS`; nothing else may change a state.
Rows whose behaviour a later capability brings are here already, so that an event stored today
stays legal then. What a person may command is a row with a `command`, and who may is that
command's in `schemas/roles.py`. Standard library only.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.roles import MAY, ActingRole
from schemas.vocabulary import CommandKind


class CaseState(StrEnum):
    """Where a case stands."""

    REPORTED = "reported"
    VERIFYING = "verifying"
    NOT_ACCEPTED = "not_accepted"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    REGISTERED = "registered"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    HANDLING = "handling"
    RETURNED = "returned"
    CONSULTATION = "consultation"
    SUSPENDED = "suspended"
    FEEDBACK = "feedback"
    INSPECTING = "inspecting"
    REWORK = "rework"
    PENDING_CLOSURE = "pending_closure"
    CLOSED = "closed"
    FORCE_CLOSED = "force_closed"
    REOPENED = "reopened"
    ARCHIVED = "archived"


class CaseEvent(StrEnum):
    """What can happen to a case; the values are the CloudEvents types on `cases.v1`."""

    REPORTED = "case.reported"
    REGISTERED = "case.registered"
    VERIFICATION_REQUESTED = "verification.requested"
    VERIFICATION_CONFIRMED = "verification.confirmed"
    VERIFICATION_UNCLEAR = "verification.unclear"
    REJECTED = "case.rejected"
    MERGED = "case.merged"
    WITHDRAWN = "case.withdrawn"
    DISMISSED = "case.dismissed"
    MERGED_INTO = "case.merged_into"
    UNMERGED = "case.unmerged"
    ASSIGNED = "case.assigned"
    ACCEPTED = "assignment.accepted"
    EXPIRED = "assignment.expired"
    RETURNED = "case.returned"
    REVOKED = "assignment.revoked"
    REASSIGNED = "case.reassigned"
    CORRECTED = "case.corrected"
    CONSULTATION_OPENED = "consultation.opened"
    CONSULTATION_DECIDED = "consultation.decided"
    STARTED = "handling.started"
    SUSPENDED = "suspension.approved"
    RESUMED = "suspension.ended"
    EXTENDED = "extension.approved"
    FEEDBACK_SUBMITTED = "feedback.submitted"
    CHECK_REQUESTED = "check.requested"
    CHECK_FAILED = "check.failed"
    CHECK_PASSED = "check.passed"
    CHECK_WAIVED = "check.waived"
    CLOSED = "case.closed"
    FORCE_CLOSED = "case.force_closed"
    REOPENED = "case.reopened"
    REOPEN_REFUSED = "reopen.refused"
    ARCHIVED = "case.archived"
    APPEAL_APPROVED = "appeal.approved"


class Actor(StrEnum):
    """Who may cause a transition.

    `SYSTEM` is a clock or a rule of the plan, `PERSON` somebody whose command it was.
    """

    INTAKE = "intake"
    ROUTER = "router"
    SYSTEM = "system"
    DEPARTMENT = "department"
    SUPERVISION = "supervision"
    REPORTER = "reporter"
    COLLECTOR = "collector"
    PERSON = "person"


TERMINAL: Final = frozenset({CaseState.NOT_ACCEPTED, CaseState.WITHDRAWN, CaseState.ARCHIVED})
"""States that nothing leaves."""

ENDED: Final = TERMINAL | {CaseState.CLOSED, CaseState.FORCE_CLOSED, CaseState.MERGED}
"""States in which nobody is late: terminal ones, closed ones that may still be reopened, and merged
ones, which may be taken apart again."""

OPEN: Final = frozenset(CaseState) - ENDED


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table.

    `number` is the row's number in the domain handbook, `from_states` is empty for the birth of a
    case, and `outcomes` maps each event that may cause it to the state it leads to. `command` is
    what a person says for it to happen.
    """

    number: int
    from_states: frozenset[CaseState]
    outcomes: tuple[tuple[CaseEvent, CaseState], ...]
    who_may: frozenset[Actor]
    command: CommandKind | None = None

    @property
    def roles(self) -> frozenset[ActingRole]:
        """The roles in which a person may cause it; empty where that is no matter of roles."""
        return frozenset() if self.command is None else MAY[self.command]


class IllegalTransition(ValueError):
    """The table has no row for this event in this state."""

    def __init__(self, state: CaseState | None, event: CaseEvent) -> None:
        """Keep what was tried, for the reason a user reads."""
        self.state = state
        self.event = event
        self.allowed = allowed_events(state)
        names = ", ".join(sorted(self.allowed)) or "nothing"
        super().__init__(f"{event} is not allowed in state {state or '(none)'}; allowed: {names}")


def _row(
    number: int,
    from_states: frozenset[CaseState] | set[CaseState],
    outcomes: dict[CaseEvent, CaseState],
    *who_may: Actor,
    command: CommandKind | None = None,
) -> Transition:
    people = {Actor.PERSON} if command is not None else set[Actor]()
    return Transition(
        number,
        frozenset(from_states),
        tuple(outcomes.items()),
        frozenset({*who_may, *people}),
        command,
    )


def _table() -> tuple[Transition, ...]:
    s, e, a = CaseState, CaseEvent, Actor
    held = {s.ASSIGNED, s.ACCEPTED, s.HANDLING, s.REWORK}
    return (
        _row(1, set(), {e.REPORTED: s.REPORTED}, a.INTAKE),
        _row(2, {s.REPORTED}, {e.REGISTERED: s.REGISTERED}, a.INTAKE),
        _row(3, {s.REPORTED}, {e.VERIFICATION_REQUESTED: s.VERIFYING}, a.INTAKE, a.SUPERVISION),
        _row(
            4,
            {s.VERIFYING},
            {e.VERIFICATION_CONFIRMED: s.REGISTERED, e.VERIFICATION_UNCLEAR: s.REPORTED},
            a.COLLECTOR,
        ),
        _row(5, {s.VERIFYING, s.REPORTED}, {e.REJECTED: s.NOT_ACCEPTED}, a.INTAKE, a.SUPERVISION),
        _row(6, {s.REPORTED, s.REGISTERED}, {e.MERGED: s.MERGED}, a.INTAKE, a.SUPERVISION),
        _row(
            7,
            {s.REPORTED, s.VERIFYING, s.REGISTERED, s.ASSIGNED},
            {e.WITHDRAWN: s.WITHDRAWN},
            a.REPORTER,
            command=CommandKind.WITHDRAW,
        ),
        _row(8, {s.REGISTERED}, {e.ASSIGNED: s.ASSIGNED}, a.ROUTER),
        _row(9, {s.ASSIGNED}, {e.ACCEPTED: s.ACCEPTED}, a.DEPARTMENT),
        # The expiry and the router's next offer: to the deputy, the head, the next level.
        _row(10, {s.ASSIGNED}, {e.EXPIRED: s.ASSIGNED, e.ASSIGNED: s.ASSIGNED}, a.SYSTEM, a.ROUTER),
        _row(11, {s.ASSIGNED, s.ACCEPTED}, {e.RETURNED: s.RETURNED}, a.DEPARTMENT),
        _row(12, {s.RETURNED}, {e.ASSIGNED: s.ASSIGNED}, a.ROUTER),
        _row(13, {s.RETURNED}, {e.CONSULTATION_OPENED: s.CONSULTATION}, a.ROUTER, a.SUPERVISION),
        _row(14, {s.CONSULTATION}, {e.CONSULTATION_DECIDED: s.ASSIGNED}, a.SUPERVISION, a.SYSTEM),
        _row(15, {s.ACCEPTED}, {e.STARTED: s.HANDLING}, a.DEPARTMENT),
        _row(16, {s.HANDLING}, {e.SUSPENDED: s.SUSPENDED}, command=CommandKind.APPROVE),
        _row(17, {s.SUSPENDED}, {e.RESUMED: s.HANDLING}, a.SYSTEM, command=CommandKind.RESUME),
        _row(18, {s.HANDLING}, {e.EXTENDED: s.HANDLING}, command=CommandKind.APPROVE),
        _row(19, {s.HANDLING, s.REWORK}, {e.FEEDBACK_SUBMITTED: s.FEEDBACK}, a.DEPARTMENT),
        _row(20, {s.FEEDBACK}, {e.CHECK_REQUESTED: s.INSPECTING}, a.SUPERVISION, a.SYSTEM),
        _row(21, {s.INSPECTING, s.FEEDBACK}, {e.CHECK_FAILED: s.REWORK}, a.SUPERVISION),
        _row(
            22,
            {s.INSPECTING, s.FEEDBACK},
            {e.CHECK_PASSED: s.PENDING_CLOSURE, e.CHECK_WAIVED: s.PENDING_CLOSURE},
            a.SUPERVISION,
            a.SYSTEM,
        ),
        _row(23, {s.PENDING_CLOSURE}, {e.CLOSED: s.CLOSED}, a.SUPERVISION, a.SYSTEM),
        _row(24, OPEN, {e.FORCE_CLOSED: s.FORCE_CLOSED}, command=CommandKind.APPROVE),
        _row(
            25,
            {s.CLOSED, s.FORCE_CLOSED},
            {e.REOPENED: s.REOPENED},
            a.REPORTER,
            a.SUPERVISION,
        ),
        _row(
            26,
            {s.REOPENED},
            {e.ASSIGNED: s.ASSIGNED, e.REOPEN_REFUSED: s.CLOSED},
            a.ROUTER,
            a.SUPERVISION,
        ),
        _row(27, {s.CLOSED, s.FORCE_CLOSED}, {e.ARCHIVED: s.ARCHIVED}, a.SYSTEM),
        # An appeal changes statistics only; the fact of the overrun and the state stay.
        _row(28, {s.CLOSED}, {e.APPEAL_APPROVED: s.CLOSED}, command=CommandKind.APPROVE),
        # Not in the handbook: the department that has the case left the plan.
        _row(29, held, {e.REVOKED: s.RETURNED}, a.SYSTEM),
        # Nor this: somebody in charge names another lead, which the handbook does in row 12 only.
        _row(30, held, {e.REASSIGNED: s.RETURNED}, command=CommandKind.REASSIGN),
        # A case that is another one than it was taken for is assigned anew.
        _row(31, held, {e.CORRECTED: s.RETURNED}, command=CommandKind.CORRECT),
        # Row 5 once a case is registered: nobody should work at it, and it counts as none.
        _row(32, held | {s.SUSPENDED}, {e.DISMISSED: s.NOT_ACCEPTED}, command=CommandKind.DISMISS),
        # Row 6 by hand, and taken back.
        _row(33, held | {s.SUSPENDED}, {e.MERGED_INTO: s.MERGED}, command=CommandKind.MERGE),
        _row(34, {s.MERGED}, {e.UNMERGED: s.RETURNED}, command=CommandKind.UNMERGE),
        # Row 26 when the router has assigned it, which it does at once: until work on it begins.
        _row(
            35,
            {s.ASSIGNED, s.ACCEPTED},
            {e.REOPEN_REFUSED: s.CLOSED},
            command=CommandKind.REFUSE_REOPENING,
        ),
    )


TRANSITIONS: Final = _table()

_NEXT: Final = {
    (state, event): (target, row.who_may)
    for row in TRANSITIONS
    for state in (row.from_states or {None})
    for event, target in row.outcomes
}


def next_state(state: CaseState | None, event: CaseEvent, *, actor: Actor) -> CaseState:
    """Return the state that `event`, caused by `actor`, leads to; None is a case not yet born.

    Raises `IllegalTransition` when the table has no such row or the actor may not cause it.

    >>> next_state(CaseState.RETURNED, CaseEvent.ASSIGNED, actor=Actor.ROUTER)
    <CaseState.ASSIGNED: 'assigned'>
    """
    found = _NEXT.get((state, event))
    if found is None or actor not in found[1]:
        raise IllegalTransition(state, event)
    return found[0]


def commands_in(state: CaseState) -> frozenset[CommandKind]:
    """Return the commands that have a row in the table for a state.

    >>> CommandKind.REASSIGN in commands_in(CaseState.HANDLING)
    True
    """
    return frozenset(
        row.command for row in TRANSITIONS if row.command is not None and state in row.from_states
    )


def is_possible(state: CaseState | None, event: CaseEvent, *, actor: Actor) -> bool:
    """Tell whether the table lets an actor cause an event in a state."""
    found = _NEXT.get((state, event))
    return found is not None and actor in found[1]


def led_to(state: CaseState | None, event: CaseEvent) -> CaseState | None:
    """Return where the table leads, whoever causes it; None when it has no such row.

    For observers, who see what happened but not who may have caused it.
    """
    found = _NEXT.get((state, event))
    return None if found is None else found[0]


def allowed_events(state: CaseState | None) -> frozenset[CaseEvent]:
    """Return every event the table allows in a state."""
    return frozenset(event for from_state, event in _NEXT if from_state == state)
