"""From a decision to what is told: the assignment for all, and each department's work order."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas.cloudevents import CloudEvent
from schemas.events.assignment import (
    CaseAssigned,
    DutyUnfilled,
    Explanation,
    LoopDetected,
    Offer,
    PassedOver,
    WorkOrder,
)
from schemas.events.base import CaseFact, source_of
from schemas.events.case import CaseRegistered
from schemas.plan import Plan, RoutingFacts
from schemas.plan.calendar import due_by
from schemas.vocabulary import Role, assignment_id_for, derived_id
from schemas.work_orders import sign_limit, work_order
from services.router.domain.decisions import Decision, Outcome, co_posts
from services.router.domain.duty import Passed, Post
from services.router.domain.routing import Terms
from services.router.store import Round, Routed


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What a decision is made on: plan, case, the plan's terms for it, and the instant."""

    plan: Plan
    registered: CaseRegistered
    facts: RoutingFacts
    terms: Terms
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One new offer with its work order."""

    offer: Offer
    order: WorkOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A round as it is told: facts for `cases.v1` in order, and a work order per new offer.

    `unfilled` are the departments of which nobody was left.
    """

    assigned: CaseAssigned
    outcome: Outcome
    facts: tuple[CaseFact, ...]
    issues: tuple[Issue, ...]
    unfilled: tuple[str, ...]
    due_by: datetime

    @property
    def round(self) -> Round:
        """The round as it is kept."""
        assigned = self.assigned
        return Round(
            case_id=assigned.case_id,
            round=assigned.round,
            at=assigned.at,
            department=assigned.lead.department,
            person=assigned.lead.person,
            outcome=self.outcome,
            final=assigned.final,
            why=assigned.why.model_dump_json(),
        )


def assignment_of(
    decision: Decision, occasion: Occasion, *, before: Routed, co_handlers: tuple[str, ...] | None
) -> Assignment:
    """Return what a decision makes known.

    With `co_handlers` each of them is offered its part anew; without, the offers they have stay. A
    clock that goes on is due when its owner said, as `before` has it.
    """
    route, case_id = decision.route, before.case_id
    lead = offer_of(case_id, route.round, decision.lead, role=Role.LEAD)
    passed = decision.passed_over
    kept = tuple(
        offer
        for offer in before.co_offers
        if offer.department != route.lead and offer.department in occasion.plan.departments
    )
    new: tuple[Offer, ...] = ()
    if co_handlers is not None:
        posts, missing = co_posts(
            occasion.plan, (c for c in co_handlers if c != route.lead), now=occasion.now
        )
        kept, passed = (), (*passed, *missing)
        new = tuple(offer_of(case_id, route.round, p, role=Role.CO_HANDLER) for p in posts)
    assigned = _assigned(
        decision, occasion, lead=lead, co_offers=(*kept, *new), why=_why(occasion, passed)
    )
    fresh = due_by(occasion.terms.limit, occasion.now)
    until = before.due_by if decision.resumes else fresh
    return Assignment(
        assigned=assigned,
        outcome=decision.outcome,
        facts=(*_circumstances(decision, assigned), assigned),
        issues=tuple(
            _issue(offer, assigned, occasion, level=before.level, due_by=until)
            for offer in (lead, *new)
        ),
        unfilled=tuple(one.department for one in decision.unfilled),
        due_by=until,
    )


def _issue(
    offer: Offer, assigned: CaseAssigned, occasion: Occasion, *, level: int, due_by: datetime
) -> Issue:
    order = work_order(
        offer, assigned, occasion.registered, plan=occasion.plan, level=level, due_by=due_by
    )
    return Issue(offer=offer, order=order)


def offer_of(case_id: UUID, round_: int, post: Post, *, role: Role) -> Offer:
    """Return the offer of a case's part to a post."""
    department, person = post.department, post.person
    return Offer(
        assignment_id=assignment_id_for(case_id, round_, department.code),
        department=department.code,
        tier=department.tier,
        role=role,
        person=None if person is None else person.id,
        person_title_en="" if person is None else person.title_en,
        person_title_zh="" if person is None else person.title_zh,
    )


def _assigned(
    decision: Decision,
    occasion: Occasion,
    *,
    lead: Offer,
    co_offers: tuple[Offer, ...],
    why: Explanation,
) -> CaseAssigned:
    terms = occasion.terms
    return CaseAssigned(
        case_id=occasion.registered.case_id,
        at=occasion.now,
        round=decision.route.round,
        lead=lead,
        co_handlers=co_offers,
        urgency=terms.urgency,
        sign_seconds=int(sign_limit(occasion.plan, lead, urgency=terms.urgency).total_seconds()),
        limit_seconds=int(terms.limit.continuous().total_seconds()),
        limit_text=str(terms.limit),
        resumes=decision.resumes,
        final=decision.route.final,
        why=why,
    )


def _circumstances(decision: Decision, assigned: CaseAssigned) -> tuple[CaseFact, ...]:
    """Return what everybody should hear before the assignment itself."""
    case_id, at, owner = assigned.case_id, assigned.at, assigned.lead.department
    unfilled = (
        DutyUnfilled(
            case_id=case_id, at=at, department=one.department, asked=one.asked, owner=owner
        )
        for one in decision.unfilled
    )
    if not decision.loop:
        return tuple(unfilled)
    tried = tuple(dict.fromkeys(decision.route.tried))
    return (LoopDetected(case_id=case_id, at=at, tried=tried, owner=owner), *unfilled)


def _why(occasion: Occasion, passed: tuple[Passed, ...]) -> Explanation:
    facts, terms = occasion.facts, occasion.terms
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
        plan_version=occasion.plan.version,
        rule=terms.rule,
        inputs={name: value for name, value in inputs.items() if value is not None},
        passed_over=tuple(PassedOver(candidate=p.candidate, reason=p.reason) for p in passed),
    )


def order_event(order: WorkOrder, *, cause: str) -> CloudEvent:
    """Return the event that carries a work order; its id follows from the assignment."""
    case = str(order.case_id)
    return CloudEvent(
        id=derived_id("work-order", order.assignment_id),
        type=order.type,
        source=source_of("router"),
        subject=case,
        time=order.at,
        data=order.encoded(),
        key=case,
        cause=cause,
    )
