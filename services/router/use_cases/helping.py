"""A part of the round that goes on, offered to a department that somebody wants to help."""

from dataclasses import dataclass, replace

from schemas.events.assignment import CaseAssigned, CoHandlerOffered, Explanation, Offer, WorkOrder
from schemas.events.charge import CoHandlerDropped, CoHandlerWanted
from schemas.vocabulary import CommandKind, Role
from schemas.work_orders import work_order
from services.router.domain.duty import Post, post_of
from services.router.domain.route import Route
from services.router.domain.routing import Occasion
from services.router.use_cases.offering import offer_of, seconds_to_sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A co-handler that joined the round: what is told on `cases.v1`, and its work order."""

    facts: tuple[CoHandlerOffered, ...]
    orders: tuple[WorkOrder, ...]

    @property
    def new_offers(self) -> tuple[Offer, ...]:
        """The offers that nobody had before."""
        return tuple(fact.offer for fact in self.facts)

    @property
    def unfilled(self) -> tuple[str, ...]:
        """No department: one of which nobody is on duty is offered its part all the same."""
        return ()


Helping = CoHandlerWanted | CoHandlerDropped
"""What changes who helps, and nothing else."""


def without(route: Route, fact: CoHandlerDropped) -> Route:
    """Return the route without a co-handler that was let go."""
    kept = (one for one in route.co_offers if one.assignment_id != fact.assignment_id)
    return replace(route, co_offers=tuple(kept))


def helped(route: Route, fact: CoHandlerWanted, on: Occasion) -> tuple[Route, Joined] | None:
    """Return the route with another co-handler; None for one that the plan or the round has not.

    One on call of whom nobody is on duty is offered its part as a department.
    """
    department = on.plan.departments.get(fact.department)
    has_part = {route.lead, *(one.department for one in route.co_offers)}
    if department is None or department.code in has_part:
        return None
    post = post_of(on.plan, department, now=on.now) or Post(department)
    offer = offer_of(fact.case_id, route.round, post, role=Role.CO_HANDLER)
    offer = offer.model_copy(update={"assignment_id": fact.assignment_id})
    route = replace(route, co_offers=(*route.co_offers, offer))
    assigned = _assigned(route, on)
    due_by = fact.due_by or route.due_by
    order = work_order(
        offer, assigned, on.registered, plan=on.plan, level=route.level, due_by=due_by
    )
    told = CoHandlerOffered(case_id=fact.case_id, at=on.now, offer=offer, assigned=assigned)
    return route, Joined(facts=(told,), orders=(order,))


def _assigned(route: Route, on: Occasion) -> CaseAssigned:
    """Return the round that goes on, as it is now."""
    terms, lead = on.terms, _lead(route, on)
    inputs = {"category": on.facts.category, "urgency": str(on.facts.urgency)}
    return CaseAssigned(
        case_id=on.registered.case_id,
        at=on.now,
        round=route.round,
        lead=lead,
        co_handlers=route.co_offers,
        urgency=terms.urgency,
        sign_seconds=seconds_to_sign(lead, terms.urgency, on),
        limit_seconds=int(terms.limit.continuous().total_seconds()),
        limit_text=str(terms.limit),
        resumes=True,
        final=route.final,
        why=Explanation(
            plan_version=on.plan.version, rule=CommandKind.ADD_CO_HANDLER, inputs=inputs
        ),
    )


def _lead(route: Route, on: Occasion) -> Offer:
    department = on.plan.departments.get(route.lead)
    known = department or on.plan.department(on.plan.fallback.owner)
    return Offer(
        assignment_id=route.assignment_id,
        department=route.lead,
        tier=known.tier,
        role=Role.LEAD,
        person=route.person,
    )
