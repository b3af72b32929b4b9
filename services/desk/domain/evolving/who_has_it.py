"""Who has a case: the lead, and the parts of those who help."""

from datetime import timedelta
from functools import partial
from typing import Any, Final

from schemas.events.assignment import CaseAssigned, CoHandlerOffered, Offer, Wanted
from schemas.events.base import in_utc
from schemas.events.case import (
    AssignmentAccepted,
    AssignmentExpired,
    AssignmentRevoked,
    CaseReturned,
    FeedbackSubmitted,
    HandlingStarted,
)
from schemas.events.case_file import FiledPart
from schemas.events.charge import CaseCorrected, CaseReassigned, CoHandlerDropped
from schemas.events.part import PartAskedAgain, PartChanged
from schemas.lifecycle import ENDED
from schemas.plan import Plan
from schemas.plan.calendar import time_of
from schemas.plan.handling_clock import HandlingClock
from schemas.plan.limits import limit_of
from schemas.standing import COUNTED
from schemas.vocabulary import PartStatus, first_level
from services.desk.domain.evolving import Evolves
from services.desk.domain.view import View


def assigned(view: View, fact: CaseAssigned, plan: Plan) -> None:
    """Keep the offers that stand, take the others back, add the new ones; start the clock."""
    at = in_utc(fact.at)
    offers = {offer.assignment_id: offer for offer in (fact.lead, *fact.co_handlers)}
    for id_, part in [*view.parts.items()]:
        if id_ not in offers and part.status in COUNTED:
            view.become(id_, PartStatus.REVOKED, at=at)
    view.parts |= {id_: _offered(o, at) for id_, o in offers.items() if id_ not in view.parts}
    view.held_by(view.parts[fact.lead.assignment_id])
    view.round, view.final, view.urgency = fact.round, fact.final, fact.urgency
    view.level = max(view.level, first_level(fact.urgency))
    view.accepted_at = None
    if view.clock is None or not fact.resumes:
        limit = limit_of(fact.limit_text)
        counting = plan.counting(limit.unit, department=fact.lead.department)
        view.clock = HandlingClock(limit=time_of(limit, counting), unit=limit.unit)
        view.due_by = view.overdue_at = view.exempt_at = None
    view.count_by(plan)
    view.run_clock(view.clock, at=at)
    view.sign_by = at + timedelta(seconds=fact.sign_seconds)


def _offered(offer: Offer, at: Any, *, wanted: Wanted | None = None) -> FiledPart:  # noqa: ANN401 - an instant
    return FiledPart(
        assignment_id=offer.assignment_id,
        department=offer.department,
        tier=offer.tier,
        role=offer.role,
        person=offer.person,
        status=PartStatus.OFFERED,
        offered_at=at,
        sign_by=None if offer.sign_by is None else in_utc(offer.sign_by),
        wanted=wanted,
    )


def _became(view: View, fact: Any, *, status: PartStatus) -> None:  # noqa: ANN401 - whatever names an assignment
    view.become(fact.assignment_id, status, at=in_utc(fact.at))


def _expired(view: View, fact: AssignmentExpired) -> None:
    view.sign_by = None
    _became(view, fact, status=PartStatus.EXPIRED)


def _accepted(view: View, fact: AssignmentAccepted) -> None:
    view.accepted_at, view.sign_by = in_utc(fact.at), None
    _became(view, fact, status=PartStatus.ACCEPTED)


def _returned(view: View, fact: CaseReturned) -> None:
    view.returns += 1
    _taken_away(view, fact, status=PartStatus.DECLINED)


def _taken_away(
    view: View,
    fact: CaseReturned | AssignmentRevoked | CaseReassigned | CaseCorrected,
    *,
    status: PartStatus = PartStatus.REVOKED,
) -> None:
    _became(view, fact, status=status)
    view.stop_clock(at=in_utc(fact.at))


def _corrected(view: View, fact: CaseCorrected) -> None:
    view.category, view.class_code, view.urgency = fact.category, fact.class_code, fact.urgency
    view.title_en, view.title_zh = fact.title_en, fact.title_zh
    if "category" in fact.changed:
        view.triage, view.triage_by, view.watcher = False, None, None
    view.level = max(view.level, first_level(fact.urgency))
    if fact.place is not None:
        view.place = fact.place.model_dump(mode="json", exclude_none=True)
    _taken_away(view, fact)


def _started(view: View, fact: HandlingStarted) -> None:
    view.triage_by = view.watcher = None
    _became(view, fact, status=PartStatus.WORKING)


def _submitted(view: View, fact: FeedbackSubmitted) -> None:
    view.stop_clock(at=in_utc(fact.at))
    view.blocked = None
    _became(view, fact, status=PartStatus.DONE)
    view.change(fact.assignment_id, result=fact.result, evidence=fact.evidence)


def _co_offered(view: View, fact: CoHandlerOffered) -> None:
    """Add a part, or pass one on; of a case that ended meanwhile it is taken back at once."""
    at, known = in_utc(fact.at), view.parts.get(fact.offer.assignment_id)
    if known is None:
        view.parts[fact.offer.assignment_id] = _offered(fact.offer, at, wanted=fact.wanted)
        if view.state in ENDED:
            view.become(fact.offer.assignment_id, PartStatus.REVOKED, at=at)
    elif known.status is PartStatus.OFFERED and known.asked_again_at is not None:
        offered = _offered(fact.offer, at)
        told = {name: getattr(offered, name) for name in ("person", "offered_at", "sign_by")}
        view.change(known.assignment_id, **told, asked_again_at=None, expires_at=None)


def _part_changed(view: View, fact: PartChanged) -> None:
    status = PartStatus(fact.status)
    _became(view, fact, status=status)
    if status is PartStatus.DONE:
        view.change(fact.assignment_id, result=fact.note, evidence=fact.evidence)


def _part_asked_again(view: View, fact: PartAskedAgain) -> None:
    at, until = in_utc(fact.at), in_utc(fact.until)
    view.change(fact.assignment_id, asked_again_at=at, expires_at=until)


EVOLVES: Final[Evolves] = {
    AssignmentExpired: _expired,
    AssignmentAccepted: _accepted,
    CaseReturned: _returned,
    AssignmentRevoked: _taken_away,
    CaseReassigned: _taken_away,
    CaseCorrected: _corrected,
    HandlingStarted: _started,
    FeedbackSubmitted: _submitted,
    CoHandlerOffered: _co_offered,
    CoHandlerDropped: partial(_became, status=PartStatus.REVOKED),
    PartChanged: _part_changed,
    PartAskedAgain: _part_asked_again,
}
"""What each of these facts changes; an assignment does by the plan's calendar besides."""
