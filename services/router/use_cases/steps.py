"""What each event does to one case's routing. Pure: state, event and plan in; the next step out."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schemas.events.base import CaseFact
from schemas.events.case import (
    AssignmentRevoked,
    CaseEscalated,
    CaseRegistered,
    CaseReopened,
    CaseReturned,
)
from schemas.plan import Plan, RoutingFacts
from schemas.vocabulary import EscalationTrigger, first_level
from services.router.domain import decisions
from services.router.domain.decisions import Decision, Decline, Outcome, Route
from services.router.domain.routing import terms_of
from services.router.store import Routed
from services.router.use_cases.orders import Assignment, Issue, Occasion, assignment_of

LaterNews = CaseReturned | CaseEscalated | CaseReopened | AssignmentRevoked
CaseNews = CaseRegistered | LaterNews


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event another service told about a case: which service, as its n-th, and the raw data.

    A `replayed` one was put aside before: its number may be passed, and it had no effect.
    """

    fact: CaseNews
    producer: str
    sequence: int
    data: bytes
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What follows from one event: the case after it, and the new assignment if there is one."""

    case: Routed
    outcome: Outcome
    assignment: Assignment | None = None

    @property
    def facts(self) -> tuple[CaseFact, ...]:
        """What to tell on `cases.v1`, in order."""
        return () if self.assignment is None else self.assignment.facts

    @property
    def issues(self) -> tuple[Issue, ...]:
        """The new offers, each with its work order."""
        return () if self.assignment is None else self.assignment.issues


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A case that was routed before, with what was registered about it."""

    case: Routed
    registered: CaseRegistered


def opened(
    registered: CaseRegistered, *, data: bytes, plan: Plan, now: datetime
) -> tuple[Routed, Assignment]:
    """Return a newly registered case with its first assignment; `data` is the event's own."""
    occasion = occasion_of(registered, plan=plan, now=now)
    terms = occasion.terms
    before = Routed(
        case_id=registered.case_id,
        registered=data,
        route=Route(round=0, lead=terms.lead),
        assignment_id=registered.case_id,
        co_offers=(),
        level=first_level(terms.urgency),
        due_by=now,
        rule=terms.rule,
        plan_version=plan.version,
    )
    decision = decisions.on_registered(plan, terms, now=now)
    return _carried_out(decision, occasion, before=before, co_handlers=terms.co_handlers)


def first_step(registered: CaseRegistered, *, data: bytes, plan: Plan, now: datetime) -> Step:
    """Return what the registration of a case leads to."""
    return _step(*opened(registered, data=data, plan=plan, now=now))


def next_step(fact: LaterNews, known: Known, *, plan: Plan, now: datetime) -> Step:
    """Return what an event leads to for a case that was routed before."""
    match fact:
        case CaseReturned():
            return _returned(fact, known, plan=plan, now=now)
        case CaseEscalated():
            return _escalated(fact, known, plan=plan, now=now)
        case CaseReopened():
            return _reopened(known, plan=plan, now=now)
        case AssignmentRevoked():
            return _revoked(fact, known, plan=plan, now=now)


def _returned(fact: CaseReturned, known: Known, *, plan: Plan, now: datetime) -> Step:
    case = known.case
    if fact.department != case.route.lead:
        # It was offered to somebody else meanwhile; that it declined is still worth remembering.
        declined = (*case.route.declined, Decline(fact.department, fact.reason))
        return Step(
            case=replace(case, route=replace(case.route, declined=declined)),
            outcome=Outcome.STALE,
        )
    occasion = occasion_of(known.registered, plan=plan, now=now)
    decision = decisions.on_returned(
        plan,
        occasion.terms,
        case.route,
        reason=fact.reason,
        suggested=fact.suggested_department,
        now=now,
    )
    return _step(*_carried_out(decision, occasion, before=case))


def _escalated(fact: CaseEscalated, known: Known, *, plan: Plan, now: datetime) -> Step:
    case = replace(known.case, level=max(known.case.level, fact.level))
    if fact.assignment_id != case.assignment_id:
        return Step(case=case, outcome=Outcome.STALE)
    if fact.trigger is not EscalationTrigger.SIGN_TIMEOUT:
        return Step(case=case, outcome=Outcome.KEPT)
    # Its handling clock goes on, and the notifier owns it: what it says of its end is copied.
    case = replace(case, due_by=fact.due_by or case.due_by)
    occasion = occasion_of(known.registered, plan=plan, now=now)
    decision = decisions.on_silence(plan, case.route, now=now)
    return _step(*_carried_out(decision, occasion, before=case))


def _reopened(known: Known, *, plan: Plan, now: datetime) -> Step:
    case = known.case
    occasion = occasion_of(known.registered, plan=plan, now=now)
    decision = decisions.on_reopened(plan, occasion.terms, case.route, now=now)
    parts = tuple(offer.department for offer in case.co_offers)
    return _step(*_carried_out(decision, occasion, before=case, co_handlers=parts))


def _revoked(fact: AssignmentRevoked, known: Known, *, plan: Plan, now: datetime) -> Step:
    case = known.case
    if fact.assignment_id != case.assignment_id:
        return Step(case=case, outcome=Outcome.STALE)
    occasion = occasion_of(known.registered, plan=plan, now=now)
    decision = decisions.on_left(plan, occasion.terms, case.route, now=now)
    return _step(*_carried_out(decision, occasion, before=case))


def occasion_of(registered: CaseRegistered, *, plan: Plan, now: datetime) -> Occasion:
    """Return the terms the plan has for a case, judged by the local time of its registration.

    Later rounds judge by the same time, so that the same rule holds through a case's life.
    """
    facts = facts_of(registered, plan=plan)
    return Occasion(
        plan=plan, registered=registered, facts=facts, terms=terms_of(plan, facts), now=now
    )


def facts_of(registered: CaseRegistered, *, plan: Plan) -> RoutingFacts:
    """Return what a plan's rules may ask about a case."""
    local = registered.at.astimezone(plan.timezone)
    return RoutingFacts(
        category=registered.category,
        class_=registered.class_code,
        urgency=registered.urgency,
        grid=registered.place.grid,
        local_time=timedelta(hours=local.hour, minutes=local.minute, seconds=local.second),
        text=registered.description,
        source=registered.reporter.source,
        channel=registered.reporter.channel,
    )


def _carried_out(
    decision: Decision,
    occasion: Occasion,
    *,
    before: Routed,
    co_handlers: tuple[str, ...] | None = None,
) -> tuple[Routed, Assignment]:
    """Carry a decision out; without `co_handlers` these keep the offers they have."""
    assignment = assignment_of(decision, occasion, before=before, co_handlers=co_handlers)
    assigned = assignment.assigned
    case = replace(
        before,
        route=decision.route,
        assignment_id=assigned.lead.assignment_id,
        co_offers=assigned.co_handlers,
        due_by=assignment.due_by,
        rule=occasion.terms.rule,
        plan_version=occasion.plan.version,
    )
    return case, assignment


def _step(case: Routed, assignment: Assignment) -> Step:
    return Step(case=case, outcome=assignment.outcome, assignment=assignment)
