"""The only thing that changes a case: each fact does to its file what it says, and nothing else.

A deadline is what its clock, the plan's calendar and the facts before it say; whoever folds the
same facts under the same plan gets the same file.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from schemas.events.assignment import CaseAssigned, CoHandlerOffered
from schemas.events.base import CaseFact, in_utc
from schemas.events.case import (
    AssignmentAccepted,
    AssignmentExpired,
    AssignmentRevoked,
    CaseClosed,
    CaseDeadlineMoved,
    CaseEscalated,
    CaseReminded,
    CaseReopened,
    CaseReturned,
    CheckFailed,
    CheckRequested,
    FeedbackSubmitted,
    HandlingStarted,
)
from schemas.events.charge import (
    CaseCorrected,
    CaseReassigned,
    CaseSupervised,
    CaseUnsupervised,
    CoHandlerDropped,
)
from schemas.events.part import PartAskedAgain, PartChanged
from schemas.lifecycle import ENDED, CaseEvent
from schemas.plan import Plan
from schemas.plan.calendar import time_of
from schemas.plan.limits import limit_of
from schemas.vocabulary import EscalationTrigger, PartStatus, first_level
from services.notifier.domain.case import COUNTED, GOING_ON, Case, CaseFile, Part
from services.notifier.domain.clocks import HandlingClock
from services.notifier.domain.facts import Fact, Happened, TermsTaken

_MOVES: Final = frozenset(str(event) for event in CaseEvent)


def evolve(file: CaseFile, happened: Happened, plan: Plan) -> list[Part]:
    """Let a fact change the file; returns the parts that it changed or brought.

    Raises `IllegalTransition`, and changes nothing, for an event that the table does not allow.
    """
    fact = happened.fact
    if isinstance(fact, CaseFact) and fact.type in _MOVES:
        file.case.move(CaseEvent(fact.type), actor=happened.actor)
    if isinstance(fact, CaseAssigned):
        return _assigned(file, fact, plan)
    change = _EVOLVES.get(type(fact))
    return change(file, fact) if change is not None else []


# Who has it ---------------------------------------------------------------------------------


def _assigned(file: CaseFile, fact: CaseAssigned, plan: Plan) -> list[Part]:
    """Keep the offers that stand, take the others back, add the new ones; start both clocks."""
    case, at = file.case, in_utc(fact.at)
    offers = {offer.assignment_id: offer for offer in (fact.lead, *fact.co_handlers)}
    gone = [
        part for id_, part in file.parts.items() if id_ not in offers and part.status in COUNTED
    ]
    for part in gone:
        part.become(PartStatus.REVOKED, now=at)
    new = {
        id_: Part.of(o, case_id=fact.case_id, at=at)
        for id_, o in offers.items()
        if id_ not in file.parts
    }
    file.parts |= new
    case.held_by(file.parts[fact.lead.assignment_id])
    case.round, case.final = fact.round, fact.final
    case.urgency = fact.urgency
    case.level = max(case.level, first_level(fact.urgency))
    case.assigned_at, case.accepted_at = at, None
    _start_handling(case, fact, plan, at)
    case.sign_by = at + timedelta(seconds=fact.sign_seconds)
    return [*gone, *new.values()]


def _start_handling(case: Case, fact: CaseAssigned, plan: Plan, at: datetime) -> None:
    """Let the same department go on with its clock; another one gets a fresh one."""
    department = fact.lead.department
    if case.clock is None or not fact.resumes:
        limit = limit_of(fact.limit_text)
        counting = plan.counting(limit.unit, department=department)
        case.clock = HandlingClock(limit=time_of(limit, counting), unit=limit.unit)
        case.due_by = case.reminded_at = case.overdue_at = None
    case.count_by(plan, department=department)
    case.run_clock(case.clock, now=at)


def _terms_taken(file: CaseFile, fact: TermsTaken) -> list[Part]:
    case = file.case
    case.closing, case.evidence = fact.closing, [*fact.evidence]
    case.must_check = fact.must_check
    return []


def _expired(file: CaseFile, fact: AssignmentExpired) -> list[Part]:
    """Take the offer back; the router offers the case to the next (row 10)."""
    file.case.sign_by = None
    return _became(file, fact, PartStatus.EXPIRED)


def _accepted(file: CaseFile, fact: AssignmentAccepted) -> list[Part]:
    file.case.accepted_at, file.case.sign_by = fact.at, None
    return _became(file, fact, PartStatus.ACCEPTED)


def _returned(file: CaseFile, fact: CaseReturned) -> list[Part]:
    file.case.returns += 1
    return _taken_away(file, fact, PartStatus.DECLINED)


def _revoked(file: CaseFile, fact: AssignmentRevoked | CaseReassigned) -> list[Part]:
    return _taken_away(file, fact, PartStatus.REVOKED)


def _taken_away(
    file: CaseFile,
    fact: CaseReturned | AssignmentRevoked | CaseReassigned | CaseCorrected,
    status: PartStatus,
) -> list[Part]:
    """Take the case from its lead; its clock stands until the router names the next."""
    changed = _became(file, fact, status)
    file.case.stop_clock(now=fact.at)
    file.case.held_by_nobody()
    return changed


def _corrected(file: CaseFile, fact: CaseCorrected) -> list[Part]:
    case = file.case
    case.category, case.urgency = fact.category, fact.urgency
    case.title_en, case.title_zh = fact.title_en, fact.title_zh
    case.triage = case.triage and "category" not in fact.changed
    case.level = max(case.level, first_level(fact.urgency))
    if fact.place is not None:
        place = fact.place.model_dump(mode="json", exclude_none=True)
        file.moved_to = place
        if file.scene is not None:
            file.scene = replace(file.scene, place=place)
    file.is_corrected = True
    return _taken_away(file, fact, PartStatus.REVOKED)


def _supervised(file: CaseFile, fact: CaseSupervised | CaseUnsupervised) -> list[Part]:
    lifted = isinstance(fact, CaseUnsupervised)
    file.case.supervised_for = None if lifted else fact.supervised_for
    return []


def _co_offered(file: CaseFile, fact: CoHandlerOffered) -> list[Part]:
    """Add a part; of a case that ended meanwhile it is taken back at once."""
    part = Part.of(fact.offer, case_id=fact.case_id, at=in_utc(fact.at))
    if part.assignment_id in file.parts:
        return []
    if file.case.state in ENDED:
        part.become(PartStatus.REVOKED, now=fact.at)
    file.parts[part.assignment_id] = part
    return [part]


# How far it is ------------------------------------------------------------------------------


def _started(file: CaseFile, fact: HandlingStarted) -> list[Part]:
    return _became(file, fact, PartStatus.WORKING)


def _part_asked_again(file: CaseFile, fact: PartAskedAgain) -> list[Part]:
    part = file.parts[fact.assignment_id]
    part.asked_again_at = fact.at
    return [part]


def _part_changed(file: CaseFile, fact: PartChanged) -> list[Part]:
    status = PartStatus(fact.status)
    changed = _became(file, fact, status)
    if status is PartStatus.DONE:
        file.parts[fact.assignment_id].keep(fact.note, fact.evidence)
    return changed


def _submitted(file: CaseFile, fact: FeedbackSubmitted) -> list[Part]:
    file.case.stop_clock(now=fact.at)
    changed = _became(file, fact, PartStatus.DONE)
    file.parts[fact.assignment_id].keep(fact.result, fact.evidence)
    return changed


def _became(file: CaseFile, fact: Any, status: PartStatus) -> list[Part]:  # noqa: ANN401 - whatever names an assignment
    part = file.parts[fact.assignment_id]
    part.become(status, now=fact.at)
    return [part]


# Whether it is done -------------------------------------------------------------------------


def _check_requested(file: CaseFile, fact: CheckRequested) -> list[Part]:
    file.case.check_by = fact.check_by
    return []


def _check_failed(file: CaseFile, fact: CheckFailed) -> list[Part]:
    """Send it back to its lead; the handling clock goes on with what the fact leaves of it."""
    case, lead = file.case, file.lead
    case.failures, case.check_by = fact.failures, None
    if case.clock is not None and fact.left_seconds is not None:
        case.reminded_at = None
        left = timedelta(seconds=fact.left_seconds)
        case.run_clock(case.clock.with_left(left), now=fact.at)
    if lead is None:
        return []
    lead.become(PartStatus.WORKING, now=fact.at)
    return [lead]


def _closed(file: CaseFile, fact: CaseClosed) -> list[Part]:
    case = file.case
    case.stop_clock(now=fact.at)
    case.sign_by = case.check_by = None
    case.closed_at, case.closed_result = fact.at, fact.result
    released = [part for part in file.parts.values() if part.status in GOING_ON]
    for part in released:
        part.become(PartStatus.REVOKED, now=fact.at)
    return released


def _reopened(file: CaseFile, _fact: CaseReopened) -> list[Part]:
    file.case.closed_at = file.case.closed_result = None
    file.case.held_by_nobody()
    return []


# Who is late --------------------------------------------------------------------------------


def _reminded(file: CaseFile, fact: CaseReminded) -> list[Part]:
    file.case.reminded_at = fact.at
    return []


def _escalated(file: CaseFile, fact: CaseEscalated) -> list[Part]:
    file.case.level = fact.level
    if fact.trigger is EscalationTrigger.OVERDUE:
        file.case.note_overrun(now=fact.at)
    return []


def _deadline_moved(file: CaseFile, fact: CaseDeadlineMoved) -> list[Part]:
    """Keep the new end; who was reminded of the old one is reminded again."""
    file.case.due_by, file.case.reminded_at = fact.after, None
    return []


_EVOLVES: Final[dict[type[Fact], Callable[[CaseFile, Any], list[Part]]]] = {
    TermsTaken: _terms_taken,
    AssignmentExpired: _expired,
    AssignmentAccepted: _accepted,
    CaseReturned: _returned,
    AssignmentRevoked: _revoked,
    CaseReassigned: _revoked,
    CaseCorrected: _corrected,
    CaseSupervised: _supervised,
    CaseUnsupervised: _supervised,
    CoHandlerOffered: _co_offered,
    CoHandlerDropped: partial(_became, status=PartStatus.REVOKED),
    HandlingStarted: _started,
    PartAskedAgain: _part_asked_again,
    PartChanged: _part_changed,
    FeedbackSubmitted: _submitted,
    CheckRequested: _check_requested,
    CheckFailed: _check_failed,
    CaseClosed: _closed,
    CaseReopened: _reopened,
    CaseReminded: _reminded,
    CaseEscalated: _escalated,
    CaseDeadlineMoved: _deadline_moved,
}
"""What changes a file beyond its state, which the table of the life cycle moves.

An assignment does too, by the plan's calendar besides.
"""
