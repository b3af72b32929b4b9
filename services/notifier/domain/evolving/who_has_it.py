"""Who has the case: an offer comes, is signed for, runs out or is taken back; and what it is."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from schemas.events.assignment import CaseAssigned
from schemas.events.base import in_utc
from schemas.events.case import (
    AssignmentAccepted,
    AssignmentExpired,
    AssignmentRevoked,
    CaseReturned,
)
from schemas.events.charge import (
    CaseCorrected,
    CaseReassigned,
    CaseSupervised,
    CaseUnsupervised,
)
from schemas.plan import Plan
from schemas.plan.calendar import time_of
from schemas.plan.handling_clock import HandlingClock
from schemas.plan.limits import limit_of
from schemas.standing import COUNTED
from schemas.vocabulary import PartStatus, first_level
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.evolving import Evolves
from services.notifier.domain.evolving.parts import became
from services.notifier.domain.facts import TermsTaken
from services.notifier.domain.part import Part
from services.notifier.domain.set_aside import put_aside, take_up


def assigned(file: CaseFile, fact: CaseAssigned, plan: Plan) -> list[Part]:
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
    lead = fact.lead.department
    if case.department not in {None, lead}:
        _set_aside(case, case.department or lead, at=at)
    case.held_by(file.parts[fact.lead.assignment_id])
    case.round, case.final = fact.round, fact.final
    case.urgency = fact.urgency
    case.level = max(case.level, first_level(fact.urgency))
    case.assigned_at, case.accepted_at = at, None
    _start_handling(case, fact, plan, at)
    case.sign_by = at + timedelta(seconds=fact.sign_seconds)
    return [*gone, *new.values()]


def _start_handling(case: Case, fact: CaseAssigned, plan: Plan, at: datetime) -> None:
    """Let a department go on with its own clock, also of before; another one gets a fresh one."""
    department = fact.lead.department
    take_up(case, department, resumes=fact.resumes)
    if case.clock is None or not fact.resumes:
        limit = limit_of(fact.limit_text)
        counting = plan.counting(limit.unit, department=department)
        case.clock = HandlingClock(limit=time_of(limit, counting), unit=limit.unit)
        case.due_by = case.reminded_at = case.overdue_at = case.exempt_at = None
        case.overrun_told_at = None
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
    return became(file, fact, PartStatus.EXPIRED)


def _accepted(file: CaseFile, fact: AssignmentAccepted) -> list[Part]:
    file.case.accepted_at, file.case.sign_by = fact.at, None
    return became(file, fact, PartStatus.ACCEPTED)


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
    changed = became(file, fact, status)
    _set_aside(file.case, fact.department, at=in_utc(fact.at))
    file.case.held_by_nobody()
    return changed


def _set_aside(case: Case, department: str, *, at: datetime) -> None:
    case.stop_clock(now=at)
    put_aside(case, department)


def _corrected(file: CaseFile, fact: CaseCorrected) -> list[Part]:
    case = file.case
    case.category, case.urgency = fact.category, fact.urgency
    case.title_en, case.title_zh = fact.title_en, fact.title_zh
    if "category" in fact.changed:
        case.triage, case.triage_by, case.watcher = False, None, None
    case.level = max(case.level, first_level(fact.urgency))
    if {"category", "urgency"} & {*fact.changed}:
        case.raised = None  # who is in charge knows better than who reported it
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


EVOLVES: Final[Evolves] = {
    TermsTaken: _terms_taken,
    AssignmentExpired: _expired,
    AssignmentAccepted: _accepted,
    CaseReturned: _returned,
    AssignmentRevoked: _revoked,
    CaseReassigned: _revoked,
    CaseCorrected: _corrected,
    CaseSupervised: _supervised,
    CaseUnsupervised: _supervised,
}
"""What each of these facts changes; an assignment does by the plan's calendar besides."""
