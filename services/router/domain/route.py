"""Where the routing of a case stands. It is a fold over what was heard of it and told of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from schemas.events.assignment import CaseAssigned, Offer
from schemas.events.case import (
    AssignmentRevoked,
    CaseEscalated,
    CaseReopened,
    CaseReturned,
)
from schemas.events.charge import CaseCorrected, CaseReassigned
from schemas.events.clocks import CaseUrgencyRaised
from schemas.events.ending import CaseUnmerged
from schemas.plan import Plan
from schemas.plan.limits import Limit, limit_of
from schemas.vocabulary import first_level

LaterNews = (
    CaseReturned
    | CaseEscalated
    | CaseReopened
    | AssignmentRevoked
    | CaseReassigned
    | CaseCorrected
    | CaseUnmerged
    | CaseUrgencyRaised
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who was offered the case and has not answered since; a staffed department has no person."""

    person: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Decline:
    """A department that said the case is not theirs, and why."""

    department: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rest:
    """What a department had left of a limit when the case went to another, in the limit's time."""

    department: str
    limit: str
    left_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The round a case is in: who leads it on which terms, who declined, who is silent.

    `asked` are those of the lead's department only; `declined` goes back to the last opening, and
    so do `rests`, of the departments that had the case before.
    """

    round: int
    lead: str
    person: str | None
    assignment_id: UUID
    co_offers: tuple[Offer, ...]
    asked: tuple[Asked, ...]
    declined: tuple[Decline, ...]
    final: bool
    level: int
    due_by: datetime
    rule: str
    plan_version: str
    rests: tuple[Rest, ...] = ()

    @property
    def tried(self) -> tuple[str, ...]:
        """The departments that declined, in order."""
        return tuple(decline.department for decline in self.declined)

    def left_of(self, department: str, limit: Limit) -> float | None:
        """Return how many seconds a department had left of a limit; None if it had none of it."""
        own = (one for one in self.rests if (one.department, one.limit) == (department, str(limit)))
        return next((one.left_seconds for one in own), None)

    def resting(self, fact: LaterNews, limit: Limit, *, plan: Plan, now: datetime) -> "Route":
        """Return the route with what its lead had left when the case was taken from it."""
        if isinstance(fact, CaseEscalated):
            counting = plan.counting(limit.unit, department=self.lead)
            left: float | None = counting.between(now, self.due_by).total_seconds()
        else:
            left = getattr(fact, "left_seconds", None)
        if left is None:
            return self
        others = (one for one in self.rests if one.department != self.lead)
        return replace(self, rests=(*others, Rest(self.lead, str(limit), left)))


def heard(route: Route, fact: LaterNews) -> Route:
    """Return the route after what the notifier told of the case."""
    match fact:
        case CaseReturned():
            decline = Decline(fact.department, fact.reason)
            return replace(route, declined=(*route.declined, decline))
        case CaseEscalated() | CaseUrgencyRaised():
            return _risen(route, fact)
        case CaseReopened() | CaseCorrected():
            # Of another category they said nothing yet.
            is_other = isinstance(fact, CaseReopened) or "category" in fact.changed
            rests = () if isinstance(fact, CaseReopened) else route.rests
            return replace(route, declined=() if is_other else route.declined, rests=rests)
        case AssignmentRevoked() | CaseReassigned() | CaseUnmerged():
            # A clock that goes on is the notifier's, which says when it ends.
            ends = fact.due_by if isinstance(fact, CaseUnmerged) else None
            return replace(route, due_by=ends or route.due_by)


def _risen(route: Route, fact: CaseEscalated | CaseUrgencyRaised) -> Route:
    """Return the route on its level; the notifier owns its handling clock and says when it ends."""
    if isinstance(fact, CaseEscalated):
        level, of_it = fact.level, fact.assignment_id == route.assignment_id
    else:
        level, of_it = first_level(fact.urgency), fact.department == route.lead
    ends = fact.due_by if of_it else None
    return replace(route, level=max(route.level, level), due_by=ends or route.due_by)


def assigned(route: Route | None, fact: CaseAssigned, *, left: float | None, plan: Plan) -> Route:
    """Return the route after an assignment; None is that of a case that had none yet.

    `left` are the seconds of its own clock that a department has which gets the case back.
    """
    lead, before = fact.lead, route if fact.resumes else None
    asked = () if before is None or before.lead != lead.department else before.asked
    # A staffed department that is asked again keeps the instant it was asked first.
    if all(one.person != lead.person for one in asked):
        asked = (*asked, Asked(lead.person, fact.at))
    limit = limit_of(fact.limit_text)
    ends = plan.until(limit, fact.at, department=lead.department)
    if left is not None:
        counting = plan.counting(limit.unit, department=lead.department)
        ends = counting.after(fact.at, timedelta(seconds=left))
    elif before is not None:
        ends = before.due_by
    rests = () if route is None else route.rests
    return Route(
        round=fact.round,
        lead=lead.department,
        person=lead.person,
        assignment_id=lead.assignment_id,
        co_offers=fact.co_handlers,
        asked=asked,
        declined=() if route is None else route.declined,
        final=fact.final,
        level=first_level(fact.urgency) if route is None else route.level,
        due_by=ends,
        rule=fact.why.rule,
        plan_version=fact.why.plan_version,
        rests=tuple(one for one in rests if one.department != lead.department),
    )
