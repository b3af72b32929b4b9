"""A part of the round that goes on: for a department that is wanted, or the next of its people."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from schemas.events.assignment import (
    CaseAssigned,
    CoHandlerOffered,
    Explanation,
    Offer,
    Wanted,
    WorkOrder,
)
from schemas.events.charge import CoHandlerDropped, CoHandlerWanted
from schemas.events.part import PartAskedAgain
from schemas.vocabulary import CommandKind, Role
from schemas.work_orders import work_order
from services.router.domain.duty import Post, post_of
from services.router.domain.route import Asked, Route
from services.router.domain.routing import Occasion
from services.router.use_cases.offering import offer_of, seconds_to_sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Who is offered a part of the round: what is told on `cases.v1`, and the work order."""

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


Helping = CoHandlerWanted | CoHandlerDropped | PartAskedAgain
"""What changes who helps, and nothing else."""


def without(route: Route, fact: CoHandlerDropped) -> Route:
    """Return the route without a co-handler that was let go."""
    kept = (one for one in route.co_offers if one.assignment_id != fact.assignment_id)
    return replace(route, co_offers=tuple(kept))


def helped(
    route: Route, fact: CoHandlerWanted | PartAskedAgain, on: Occasion
) -> tuple[Route, Joined] | None:
    """Return the route with another offer of a part, and what is told; None where nobody is next.

    The offer takes the place of an older one of its department: of that nobody has signed, or its
    part has ended.
    """
    if isinstance(fact, CoHandlerWanted):
        rule, offer = str(CommandKind.ADD_CO_HANDLER), _wanted(route, fact, on)
        wanted: Wanted | None = Wanted(by=fact.asking_department, reason=fact.reason)
    else:
        rule, offer = fact.type, _next_of_chain(route, fact, on)
        wanted = fact.wanted
    if offer is None:
        return None
    kept = (one for one in route.co_offers if one.department != offer.department)
    route = replace(route, co_offers=(*kept, offer))
    assigned = _assigned(route, on, rule=rule)
    due_by = fact.due_by or route.due_by
    order = work_order(
        offer,
        assigned,
        on.registered,
        plan=on.plan,
        level=route.level,
        due_by=due_by,
        wanted=wanted,
    )
    told = CoHandlerOffered(
        case_id=fact.case_id, at=on.now, offer=offer, assigned=assigned, wanted=wanted
    )
    return route, Joined(facts=(told,), orders=(order,))


def _wanted(route: Route, fact: CoHandlerWanted, on: Occasion) -> Offer | None:
    """Return the offer to a department that somebody wants; None if the plan or the round lacks it.

    One on call of whom nobody is on duty is offered its part as a department.
    """
    department = on.plan.departments.get(fact.department)
    is_known = any(one.assignment_id == fact.assignment_id for one in route.co_offers)
    if department is None or is_known or department.code == route.lead:
        return None
    post = post_of(on.plan, department, now=on.now) or Post(department)
    return _offer(route, fact, post, on)


def _next_of_chain(route: Route, fact: PartAskedAgain, on: Occasion) -> Offer | None:
    """Return the offer to whom of a department on call nobody has asked yet; None if all were."""
    held = next((one for one in route.co_offers if one.assignment_id == fact.assignment_id), None)
    department = on.plan.departments.get(fact.department)
    if held is None or department is None or department.tier.is_staffed:
        return None
    # Where nobody was on duty the department itself was asked.
    asked = tuple(dict.fromkeys((*held.asked, held.person or held.department)))
    post = post_of(on.plan, department, asked=(Asked(one, fact.at) for one in asked), now=on.now)
    return None if post is None else _offer(route, fact, post, on, asked=asked)


def _offer(
    route: Route,
    fact: CoHandlerWanted | PartAskedAgain,
    post: Post,
    on: Occasion,
    *,
    asked: Iterable[str] = (),
) -> Offer:
    offer = offer_of(route.round, post, on, role=Role.CO_HANDLER)
    return offer.model_copy(update={"assignment_id": fact.assignment_id, "asked": tuple(asked)})


def _assigned(route: Route, on: Occasion, *, rule: str) -> CaseAssigned:
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
        why=Explanation(plan_version=on.plan.version, rule=rule, inputs=inputs),
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
