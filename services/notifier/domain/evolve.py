"""The only thing that changes a case: each fact does to its file what it says, and nothing else.

A deadline is what its clock, the plan's calendar and the facts before it say; whoever folds the
same facts under the same plan gets the same file.
"""

from typing import Final

from schemas.events.assignment import CaseAssigned
from schemas.events.base import CaseFact, in_utc
from schemas.events.clocks import CaseUrgencyRaised
from schemas.events.work import hands_with
from schemas.lifecycle import CaseEvent
from schemas.plan import Plan
from services.notifier.domain.case import CaseFile
from services.notifier.domain.evolving import (
    ends,
    how_far,
    parts,
    requests,
    whether_done,
    who_has_it,
    who_is_late,
    who_joined,
    whom_it_waits_for,
)
from services.notifier.domain.facts import Fact, Happened
from services.notifier.domain.part import Part

_MOVES: Final = {str(event): event for event in CaseEvent}

_EVOLVES: Final = (
    who_has_it.EVOLVES
    | parts.EVOLVES
    | whom_it_waits_for.EVOLVES
    | how_far.EVOLVES
    | whether_done.EVOLVES
    | requests.EVOLVES
    | ends.EVOLVES
    | who_is_late.EVOLVES
    | who_joined.EVOLVES
)
"""What changes a file beyond its state, which the table of the life cycle moves."""


def evolve(file: CaseFile, happened: Happened, plan: Plan) -> list[Part]:
    """Let a fact change the file; returns the parts that it changed or brought.

    Raises `IllegalTransition`, and changes nothing, for an event that the table does not allow.
    """
    fact = happened.fact
    event = _MOVES.get(fact.type)
    if event is not None and isinstance(fact, CaseFact):
        file.case.move(event, actor=happened.actor)
    if isinstance(fact, CaseFact):
        file.case.hands = hands_with(file.case.hands, fact)
    changed = _changed(file, fact, plan)
    _note_dispatch(file, fact, plan)
    return changed


def _changed(file: CaseFile, fact: Fact, plan: Plan) -> list[Part]:
    if isinstance(fact, CaseAssigned):
        return who_has_it.assigned(file, fact, plan)
    if isinstance(fact, CaseUrgencyRaised):
        return who_joined.raised(file, fact, plan)
    change = _EVOLVES.get(type(fact))
    return change(file, fact) if change is not None else []


def _note_dispatch(file: CaseFile, fact: Fact, plan: Plan) -> None:
    """Let the router's time begin when it becomes its move, and end when it has said who is next.

    What only notes something of a case that waits already lets it go on.
    """
    case = file.case
    if not file.awaits_assignment:
        case.dispatch_by = None
    elif case.dispatch_by is None:
        case.dispatch_by = in_utc(fact.at) + plan.limits.dispatch
