"""From what happened to a case to the round that follows: its facts, and the work orders."""

from dataclasses import dataclass, replace
from datetime import datetime

from schemas.events.assignment import (
    CaseAssigned,
    DutyUnfilled,
    Explanation,
    LoopDetected,
    Offer,
    PassedOver,
    WorkOrder,
)
from schemas.events.base import CaseFact
from schemas.events.case import CaseEscalated, CaseRegistered
from schemas.events.charge import CaseCorrected, CoHandlerDropped
from schemas.plan import Plan
from schemas.vocabulary import CommandKind, Role
from schemas.work_orders import as_corrected, work_order
from services.router.domain import route as evolve
from services.router.domain.decisions import DECISIONS, Decision, Outcome, opened, unmoved
from services.router.domain.route import LaterNews, Route
from services.router.domain.routing import Occasion, occasion_of
from services.router.use_cases.helping import Helping, Joined, helped, without
from services.router.use_cases.offering import offer_of, seconds_to_sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """An assignment as it is told: facts for `cases.v1` in order, and the new offers' orders."""

    circumstances: tuple[CaseFact, ...]
    assigned: CaseAssigned
    orders: tuple[WorkOrder, ...]

    @property
    def facts(self) -> tuple[CaseFact, ...]:
        """What everybody hears, the assignment last."""
        return (*self.circumstances, self.assigned)

    @property
    def new_offers(self) -> tuple[Offer, ...]:
        """The offers that nobody had before."""
        ordered = {order.assignment_id for order in self.orders}
        offers = (self.assigned.lead, *self.assigned.co_handlers)
        return tuple(offer for offer in offers if offer.assignment_id in ordered)

    @property
    def unfilled(self) -> tuple[str, ...]:
        """The departments of which nobody was left."""
        return tuple(f.department for f in self.circumstances if isinstance(f, DutyUnfilled))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What follows from one event: where the case stands, and the new round if there is one.

    Or who joined the round that goes on.
    """

    route: Route
    outcome: Outcome
    round: Round | None = None
    joined: Joined | None = None


def first_step(registered: CaseRegistered, *, plan: Plan, now: datetime) -> Step:
    """Return what the registration of a case leads to."""
    on = occasion_of(registered, plan=plan, now=now)
    return _step(None, opened(on), on)


def next_step(
    route: Route, fact: LaterNews, registered: CaseRegistered, *, plan: Plan, now: datetime
) -> Step:
    """Return what an event leads to for a case that was routed before."""
    route = evolve.heard(route, fact)
    outcome = unmoved(route, fact)
    if outcome is not None:
        return Step(route=route, outcome=outcome)
    on = occasion_of(registered, plan=plan, now=now)
    if isinstance(fact, CaseCorrected):
        known = occasion_of(as_corrected(registered, fact), plan=plan, now=now)
        on = replace(known, before=on.terms)
    decision = DECISIONS[type(fact)](route, fact, on)
    is_others = decision.lead.department.code != route.lead
    if is_others or not isinstance(fact, CaseEscalated):
        route = route.resting(fact, (on.before or on.terms).limit, plan=plan, now=now)
    left = route.left_of(decision.lead.department.code, on.terms.limit)
    if left is not None:
        decision = replace(decision, resumes=True, left_seconds=left)
    return _step(route, decision, on)


def help_step(
    route: Route, fact: Helping, registered: CaseRegistered, *, plan: Plan, now: datetime
) -> Step:
    """Return what follows when a co-handler is added, let go, or does not sign."""
    if isinstance(fact, CoHandlerDropped):
        return Step(route=without(route, fact), outcome=Outcome.KEPT)
    found = helped(route, fact, occasion_of(registered, plan=plan, now=now))
    if found is None:
        return Step(route=route, outcome=Outcome.STALE)
    return Step(route=found[0], outcome=Outcome.HELPED, joined=found[1])


def _step(before: Route | None, decision: Decision, on: Occasion) -> Step:
    assigned = _assigned(before, decision, on)
    route = evolve.assigned(before, assigned, left=decision.left_seconds, plan=on.plan)
    known = set() if before is None else {offer.assignment_id for offer in before.co_offers}
    orders = tuple(
        work_order(
            offer, assigned, on.registered, plan=on.plan, level=route.level, due_by=route.due_by
        )
        for offer in (assigned.lead, *assigned.co_handlers)
        if offer.assignment_id not in known
    )
    circumstances = _circumstances(route, decision, assigned)
    told = Round(circumstances=circumstances, assigned=assigned, orders=orders)
    return Step(route=route, outcome=decision.outcome, round=told)


def _assigned(before: Route | None, decision: Decision, on: Occasion) -> CaseAssigned:
    case_id, round_ = on.registered.case_id, 1 if before is None else before.round + 1
    lead, terms = offer_of(round_, decision.lead, on, role=Role.LEAD), on.terms
    if decision.co_handlers is not None:
        parts = [
            *decision.keeps,
            *(offer_of(round_, p, on, role=Role.CO_HANDLER) for p in decision.co_handlers),
        ]
    else:
        parts = [
            offer
            for offer in (() if before is None else before.co_offers)
            if offer.department != lead.department and offer.department in on.plan.departments
        ]
    return CaseAssigned(
        case_id=case_id,
        at=on.now,
        round=round_,
        lead=lead,
        co_handlers=tuple(parts),
        urgency=terms.urgency,
        sign_seconds=seconds_to_sign(lead, terms.urgency, on),
        limit_seconds=int(terms.limit.continuous().total_seconds()),
        limit_text=str(terms.limit),
        resumes=decision.resumes,
        final=decision.final,
        why=_why(decision, on),
    )


def _circumstances(
    route: Route, decision: Decision, assigned: CaseAssigned
) -> tuple[CaseFact, ...]:
    """Return what everybody should hear before the assignment itself."""
    case_id, at, owner = assigned.case_id, assigned.at, assigned.lead.department
    unfilled = tuple(
        DutyUnfilled(
            case_id=case_id, at=at, department=one.department, asked=one.asked, owner=owner
        )
        for one in decision.unfilled
    )
    if decision.outcome is not Outcome.LOOP:
        return unfilled
    tried = tuple(dict.fromkeys(route.tried))
    return (LoopDetected(case_id=case_id, at=at, tried=tried, owner=owner), *unfilled)


def _why(decision: Decision, on: Occasion) -> Explanation:
    facts, terms = on.facts, on.terms
    minutes = int(facts.local_time.total_seconds()) // 60
    inputs = {
        "category": facts.category,
        "class": facts.class_,
        "urgency": str(facts.urgency),
        "grid": facts.grid,
        "local_time": f"{minutes // 60:02}:{minutes % 60:02}",
        "source": facts.source,
        "channel": str(facts.channel),
        "text": terms.word,
    }
    return Explanation(
        plan_version=on.plan.version,
        rule=CommandKind.REASSIGN if decision.by_command else terms.rule,
        inputs={name: value for name, value in inputs.items() if value is not None},
        passed_over=tuple(
            PassedOver(candidate=one.candidate, reason=one.reason) for one in decision.passed_over
        ),
    )
