"""Who may command what, and in which state of a case."""

from schemas.events.acting import Acting
from schemas.lifecycle import OPEN, TERMINAL, commands_in
from schemas.plan import Plan
from schemas.roles import MAY, ActingRole, is_for_the_lead, may
from schemas.vocabulary import CommandKind
from schemas.words.refusals import Reason
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.facts import Refusal

_ON_REQUESTS = frozenset({CommandKind.WITHDRAW_REQUEST, CommandKind.APPROVE, CommandKind.REFUSE})
"""What is said of a request that waits."""
_ALWAYS = frozenset({CommandKind.ANNOTATE, CommandKind.UNSUPERVISE, CommandKind.REQUEST})
"""What is possible until nothing can happen to a case any more."""
_WHILE_OPEN = frozenset({CommandKind.SUPERVISE})
"""What is possible until a case is closed, in whichever state, and changes none."""
_WHILE_HELD = frozenset({CommandKind.ADD_CO_HANDLER, CommandKind.DROP_CO_HANDLER})
"""What is possible, and changes no state, while a department has the case and is to do the work."""
_ENDS_IT = frozenset(
    {
        *(CommandKind.DISMISS, CommandKind.WITHDRAW),
        *(CommandKind.MERGE, CommandKind.REFUSE_REOPENING),
    }
)
"""What takes a case from whoever has it, and gives it to nobody."""
FOR_THE_ROUTER = frozenset({CommandKind.REASSIGN, CommandKind.CORRECT}) | _WHILE_HELD | _ENDS_IT
"""What leads to an assignment, or ends it: it waits for one that is on its way."""


def barred(kind: CommandKind, acting: Acting) -> Refusal | None:
    """Return why this person may not command this of any case."""
    if may(kind, acting.roles):
        return None
    roles = tuple(role for role in ActingRole if role in MAY[kind])
    return Refusal(reason=Reason.WRONG_ROLE, field="acting.roles", detail=roles)


def judge_command(file: CaseFile, kind: CommandKind) -> Refusal | None:
    """Return why the table of the life cycle does not allow a command now."""
    refusal = not_now(file.case)
    return None if kind in refusal.allowed else refusal


def not_now(case: Case) -> Refusal:
    """Return that something cannot be commanded of a case as it is, and what can."""
    state = case.state
    possible = frozenset() if state in TERMINAL else _ALWAYS | commands_in(state)
    possible = possible | _ON_REQUESTS if case.requests else possible - _ON_REQUESTS
    if case.closed_before is None:
        possible -= {CommandKind.REFUSE_REOPENING}
    if state in OPEN:
        possible |= _WHILE_OPEN
    if CommandKind.REASSIGN in possible:
        possible |= _WHILE_HELD
    allowed = tuple(kind for kind in CommandKind if kind in possible)
    return Refusal(reason=Reason.WRONG_STATE, allowed=allowed)


def judge_department(plan: Plan, code: str, *, has_it: bool) -> Refusal | None:
    """Return why the department that a command names cannot be given what it `has_it` already."""
    if code not in plan.departments:
        return Refusal(reason=Reason.UNKNOWN_DEPARTMENT, field="department", detail=code)
    if has_it:
        return Refusal(reason=Reason.HAS_IT_ALREADY, field="department", detail=code)
    return None


def judge_asker(
    case: Case, named: str | None, acting: Acting, *, asked: frozenset[ActingRole], field: str
) -> Refusal | None:
    """Return why somebody cannot ask for the department that they name, or without one.

    It has to lead the case; only roles beside those of departments leave it out. `asked` are the
    roles of what is asked for, `field` names the department.
    """
    is_left_out = named is None and not is_for_the_lead(asked, acting.roles)
    if is_left_out or (named is not None and named == case.department):
        return None
    return Refusal(reason=Reason.NOT_THE_LEAD, field=field, detail=case.department or "-")


def is_early(file: CaseFile, kind: CommandKind) -> bool:
    """Tell whether a command waits for the assignment that the router is about to make."""
    return kind in FOR_THE_ROUTER and file.awaits_assignment
