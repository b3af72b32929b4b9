"""A plan that changes while cases are open: who left it keeps nothing, and ends move with the days.

From the decisions on departments that leave and on deadlines that move, and the page on holidays.
"""

from tests.model.case import Case
from tests.model.minutes import reached
from tests.model.parts import GOING_ON, Part
from tests.model.plans import knows
from tests.model.rights import HELD, OPEN
from tests.model.triage import ask
from tests.model.waiting import part_ended


def look(case: Case, now: int) -> None:
    """Look whether a plan that was just taken changes something of a case."""
    if case.state not in OPEN:
        return
    if case.leavers() or (case.department is not None and not knows(case.department)):
        case.left_due = now
    clock = case.clock
    moves = clock is not None and clock.is_due_otherwise
    if moves or _moved(case.waits_for, now) is not None or _is_unasked(case):
        case.recount_due = now


def take_back(case: Case, now: int) -> None:
    """Take from each department that left what it still has; who waits for a check stays."""
    lead = case.lead
    for part in sorted(case.leavers(), key=lambda one: one is not lead):
        if part is lead and case.state in HELD:
            case.tell_left("assignment.revoked", now)
            case.take_away("revoked", now)
        elif part is not lead and part.status in GOING_ON:
            part.status = "revoked"
            case.tell("part.changed")
            case.look_for_signatures()
            part_ended(case, part, now)


def recount(case: Case, now: int) -> None:
    """Tell each end that is another one by the days of now; what is over stays so."""
    if _is_unasked(case):
        ask(case, now)
    until = _moved(case.waits_for, now)
    if case.waits_for is not None and until is not None:
        case.waits_for.due = until
        case.tell("case.deadline_moved")
    if case.clock is not None and case.clock.told_anew(now):
        case.tell("case.deadline_moved")


def _is_unasked(case: Case) -> bool:
    begun = case.state not in {"registered", "assigned", "accepted"}
    return case.unnamed and case.triage_by is None and not begun


def _moved(part: Part | None, now: int) -> int | None:
    """Return until when a part is waited for now, if that is another instant than was told."""
    if part is None or part.due is None or part.due <= now or part.counted is None:
        return None
    until = reached(*part.counted)
    return until if until != part.due else None
