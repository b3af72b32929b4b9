"""What was asked for, what was granted, and what else moves a clock or puts a mark on a case."""

from datetime import datetime
from typing import Final

from schemas.events.base import in_utc
from schemas.events.blocking import CaseBlocked, CaseUnblocked
from schemas.events.case import CaseEscalated, CaseMerged
from schemas.events.charge import CaseSupervised, CaseUnsupervised
from schemas.events.clocks import PART, RESIDENT, CaseDeadlineMoved, CaseUrgencyRaised
from schemas.events.requests import (
    AppealApproved,
    CaseExtended,
    CaseForceClosed,
    CaseSuspended,
    PendingRequest,
    RequestAskedAgain,
    RequestLapsed,
    RequestRefused,
    RequestSubmitted,
    RequestWithdrawn,
    SuspensionEnded,
)
from schemas.events.triage import TriageRequested
from schemas.plan import Plan
from schemas.plan.calendar import time_of
from schemas.plan.handling_clock import HandlingClock
from schemas.plan.limits import limit_of
from schemas.vocabulary import SUPERVISION, UP_TO_SUPERVISION, EscalationTrigger, first_level
from services.desk.domain.evolving import Evolves
from services.desk.domain.evolving.how_it_ends import closed_with
from services.desk.domain.view import View

_Approved = CaseSuspended | CaseExtended | CaseForceClosed | AppealApproved


def raised(view: View, fact: CaseUrgencyRaised, plan: Plan) -> None:
    """Let the case be more urgent, with less time; what its clock counted so far is over."""
    view.urgency = fact.urgency
    view.level = max(view.level, first_level(fact.urgency))
    view.sign_by = None if fact.sign_by is None else in_utc(fact.sign_by)
    if fact.limit_text is not None:
        limit = limit_of(fact.limit_text)
        counting = plan.counting(limit.unit, department=fact.department)
        clock = HandlingClock(limit=time_of(limit, counting), unit=limit.unit, counting=counting)
        view.due_by = None
        view.run_clock(clock, at=in_utc(fact.at))
    for one in fact.unsigned:
        part = view.parts.get(one.assignment_id)
        is_asked_again = part is not None and part.asked_again_at is not None
        ends = "expires_at" if is_asked_again else "sign_by"
        view.change(one.assignment_id, **{ends: in_utc(one.until)})


def _requested(view: View, fact: RequestSubmitted) -> None:
    pending = PendingRequest(
        request_id=fact.request_id,
        what=fact.what,
        asked_by="-" if fact.acting is None else fact.acting.person,
        asked_at=in_utc(fact.at),
        department=fact.department,
        assignment_id=fact.assignment_id,
        reason=fact.reason,
        until=None if fact.until is None else in_utc(fact.until),
        legal_basis=fact.legal_basis,
        decide_by=in_utc(fact.decide_by),
        next_at=in_utc(fact.decide_by),
        level=fact.level,
    )
    view.requests = (*view.requests, pending)


def _asked_again(view: View, fact: RequestAskedAgain) -> None:
    told: dict[str, object] = {"next_at": in_utc(fact.again_at), "level": fact.level}
    if fact.heads:
        told["watcher"] = fact.heads[0].person
    view.requests = tuple(
        one.model_copy(update=told) if one.request_id == fact.request_id else one
        for one in view.requests
    )


def _over(view: View, fact: RequestLapsed | RequestWithdrawn | RequestRefused | _Approved) -> None:
    view.requests = tuple(one for one in view.requests if one.request_id != fact.request_id)


def _suspended(view: View, fact: CaseSuspended) -> None:
    _over(view, fact)
    view.stop_clock(at=in_utc(fact.at))
    view.suspended_until = in_utc(fact.until)


def _resumed(view: View, fact: SuspensionEnded) -> None:
    view.suspended_until = None
    view.go_on(at=in_utc(fact.at))


def _extended(view: View, fact: CaseExtended) -> None:
    _over(view, fact)
    if view.clock is not None:
        view.clock = view.clock.extended()
        view.due_by = in_utc(fact.after) if view.clock.since is not None else None


def _force_closed(view: View, fact: CaseForceClosed) -> None:
    _over(view, fact)
    closed_with(view, fact.reason, at=in_utc(fact.at))


def _exempted(view: View, fact: AppealApproved) -> None:
    _over(view, fact)
    view.exempt_at = in_utc(fact.at)


def _blocked(view: View, fact: CaseBlocked) -> None:
    """Let the handling clock rest; the part has its own time from now on."""
    view.stop_clock(at=in_utc(fact.at))
    until = in_utc(fact.blocking.until)
    view.blocked = fact.blocking.model_copy(update={"until": until})
    view.change(fact.blocking.assignment_id, due_by=until)


def _unblocked(view: View, fact: CaseUnblocked) -> None:
    view.blocked = None
    view.go_on(at=in_utc(fact.at))


def _to_be_categorised(view: View, fact: TriageRequested) -> None:
    view.triage_by, view.watcher = in_utc(fact.triage_by), fact.person


def _escalated(view: View, fact: CaseEscalated) -> None:
    view.level = fact.level
    if fact.trigger in UP_TO_SUPERVISION:
        named = (head.person for head in fact.heads if head.party == SUPERVISION)
        view.watcher = next(named, view.watcher)
    if fact.trigger is EscalationTrigger.OVERDUE:
        view.note_overrun(at=in_utc(fact.at))


def _deadline_moved(view: View, fact: CaseDeadlineMoved) -> None:
    if fact.clock == RESIDENT:
        view.promised_by = in_utc(fact.after)
    elif fact.clock == PART:
        _part_moved(view, in_utc(fact.after))
    else:
        view.due_by = in_utc(fact.after)


def _part_moved(view: View, until: datetime) -> None:
    if view.blocked is not None:
        view.blocked = view.blocked.model_copy(update={"until": until})
        view.change(view.blocked.assignment_id, due_by=until)


def _supervised(view: View, fact: CaseSupervised) -> None:
    view.supervised_for = fact.supervised_for


def _unsupervised(view: View, _fact: CaseUnsupervised) -> None:
    view.supervised_for = None


def _report_joined(view: View, _fact: CaseMerged) -> None:
    view.joined += 1


EVOLVES: Final[Evolves] = {
    RequestSubmitted: _requested,
    RequestAskedAgain: _asked_again,
    RequestWithdrawn: _over,
    RequestRefused: _over,
    RequestLapsed: _over,
    CaseSuspended: _suspended,
    SuspensionEnded: _resumed,
    CaseExtended: _extended,
    CaseForceClosed: _force_closed,
    AppealApproved: _exempted,
    CaseBlocked: _blocked,
    CaseUnblocked: _unblocked,
    TriageRequested: _to_be_categorised,
    CaseEscalated: _escalated,
    CaseDeadlineMoved: _deadline_moved,
    CaseSupervised: _supervised,
    CaseUnsupervised: _unsupervised,
    CaseMerged: _report_joined,
}
"""What each of these facts changes; a raised urgency does by the plan's calendar besides."""
