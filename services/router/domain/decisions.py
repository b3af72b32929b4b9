"""Who leads a case after each thing that can happen to it.

Pure: the same inputs give the same answer. `DECISIONS` shows at a glance what leads to what.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from schemas.events.assignment import Offer
from schemas.events.base import CaseFact
from schemas.events.case import (
    AssignmentRevoked,
    CaseEscalated,
    CaseReopened,
    CaseReturned,
)
from schemas.events.charge import CaseCorrected, CaseReassigned
from schemas.events.clocks import CaseUrgencyRaised
from schemas.events.ending import CaseUnmerged
from schemas.vocabulary import EscalationTrigger
from services.router.domain.duty import Post, Staffing, Unfilled, post_of, staff, unanswered
from services.router.domain.passed_over import Passed, Why
from services.router.domain.returns import Next, is_final, last_resort, next_department
from services.router.domain.route import LaterNews, Route
from services.router.domain.routing import Occasion


class Outcome(StrEnum):
    """What became of one event; a closed set, so that it can be a metric's label."""

    ASSIGNED = "assigned"
    REASSIGNED = "reassigned"
    REOFFERED = "reoffered"
    FALLBACK = "fallback"
    LOOP = "loop"
    HELPED = "helped"
    KEPT = "kept"
    STALE = "stale"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The next round: who leads, who helps, who was passed over, and what kind of round it is.

    Without `co_handlers` these keep the offers they have. `resumes` says that the department goes
    on with its own clock, of which `left_seconds` are left if it stood; `unfilled` names every
    department of which nobody was left.
    `by_command` tells that somebody in charge named the lead, and no rule did; `keeps` are offers
    to co-handlers that stand beside the new ones.
    """

    lead: Post
    outcome: Outcome
    co_handlers: tuple[Post, ...] | None = None
    passed_over: tuple[Passed, ...] = ()
    unfilled: tuple[Unfilled, ...] = ()
    resumes: bool = False
    left_seconds: float | None = None
    final: bool = False
    by_command: bool = False
    keeps: tuple[Offer, ...] = ()


def unmoved(route: Route, fact: LaterNews) -> Outcome | None:
    """Return what an event is that leads to no new round; None for one that does.

    It is about a round that is over, or the round goes on.
    """
    match fact:
        case CaseReturned():
            return None if fact.department == route.lead else Outcome.STALE
        case CaseEscalated() | AssignmentRevoked() | CaseReassigned() | CaseCorrected() if (
            fact.assignment_id != route.assignment_id
        ):
            return Outcome.STALE
        case _:
            pass
    is_silence = isinstance(fact, CaseEscalated) and fact.trigger is EscalationTrigger.SIGN_TIMEOUT
    goes_on = isinstance(fact, CaseEscalated | CaseUrgencyRaised) and not is_silence
    return Outcome.KEPT if goes_on else None


def opened(on: Occasion) -> Decision:
    """Return the first round of a case."""
    return _begun(on, on.terms.lead, on.terms.co_handlers)


def reopened(route: Route, _: CaseReopened, on: Occasion) -> Decision:
    """Return the round of a reopened case: to its last lead, with everything forgotten."""
    lead = route.lead if route.lead in on.plan.departments else on.terms.lead
    return _begun(on, lead, (offer.department for offer in route.co_offers))


def left(route: Route, _: AssignmentRevoked, on: Occasion) -> Decision:
    """Return who comes after a lead that left the plan: who the plan names now.

    Who declined the case is not asked again; then it is the owner of last resort.
    """
    named = on.terms.lead
    if named in route.tried:
        named = last_resort(on.plan, declined=None)
    staffing = staff(on.plan, named, now=on.now)
    gone = () if route.lead in on.plan.departments else (Passed(route.lead, Why.NOT_IN_PLAN),)
    return _decision(
        staffing,
        Outcome.ASSIGNED,
        passed=(*gone, *_declines(route)),
        final=is_final(on.plan, staffing.department, tried=route.tried),
    )


def reassigned(route: Route, fact: CaseReassigned, on: Occasion) -> Decision:
    """Return the round with the lead that somebody in charge named, who takes it from the last.

    One that declined the case before may not do so again.
    """
    staffing = staff(on.plan, fact.to_department, declined=route.lead, now=on.now)
    decision = _decision(
        staffing,
        Outcome.REASSIGNED,
        passed=(*_declines(route), Passed(route.lead, Why.TAKEN_FROM, fact.reason)),
        final=is_final(on.plan, staffing.department, tried=route.tried),
    )
    return replace(decision, by_command=True)


def corrected(route: Route, _: CaseCorrected, on: Occasion) -> Decision:
    """Return the round of a case that is another one than it was taken for.

    Where the plan names the same department for both, whoever has the case keeps it, and goes on
    with its clock if the limit is the same; co-handlers keep their parts if the same are named.
    """
    before, terms = on.before or on.terms, on.terms
    stays = terms.lead == before.lead and route.lead in on.plan.departments
    lead = route.lead if stays else terms.lead
    if stays and terms.co_handlers == before.co_handlers:
        decision = _decision(staff(on.plan, lead, now=on.now), Outcome.ASSIGNED)
    else:
        decision = _begun(on, lead, terms.co_handlers)
    goes_on = decision.lead.department.code == route.lead and terms.limit == before.limit
    return replace(decision, resumes=goes_on, final=stays and route.final)


def unmerged(route: Route, fact: CaseUnmerged, on: Occasion) -> Decision:
    """Return the round of a case that goes on by itself again: who led it has the rest of its time.

    Co-handlers whose parts were taken back are offered them anew; the others keep what they have.
    """
    lead = route.lead if route.lead in on.plan.departments else on.terms.lead
    decision = _begun(on, lead, fact.co_handlers)
    again = {*fact.co_handlers, decision.lead.department.code}
    return replace(
        decision,
        resumes=decision.lead.department.code == route.lead,
        final=route.final and decision.lead.department.code == route.lead,
        keeps=tuple(one for one in route.co_offers if one.department not in again),
    )


def returned(route: Route, fact: CaseReturned, on: Occasion) -> Decision:
    """Return who comes after a lead that declined; never that lead itself."""
    following = next_department(
        on.plan,
        tried=route.tried,
        suggested=fact.suggested_department,
        co_handlers=on.terms.co_handlers,
    )
    staffing = staff(on.plan, following.department, declined=route.lead, now=on.now)
    outcome = Outcome.FALLBACK if following.resort else Outcome.ASSIGNED
    return _decision(
        staffing,
        Outcome.LOOP if following.loop else outcome,
        passed=_tried_and_passed(route, following),
        final=following.loop or is_final(on.plan, staffing.department, tried=route.tried),
    )


def silent(route: Route, _: CaseEscalated, on: Occasion) -> Decision:
    """Return who is asked after a lead that did not sign: the next of its chain, or it again."""
    staffing = staff(on.plan, route.lead, asked=route.asked, now=on.now)
    same = staffing.department == route.lead
    return _decision(
        staffing,
        Outcome.REOFFERED,
        passed=(*_declines(route), *unanswered(on.plan, route.lead, route.asked)),
        final=route.final
        or (not same and is_final(on.plan, staffing.department, tried=route.tried)),
        resumes=same,
    )


DECISIONS: Final[dict[type[CaseFact], Callable[[Route, Any, Occasion], Decision]]] = {
    CaseReturned: returned,
    CaseEscalated: silent,
    CaseReopened: reopened,
    AssignmentRevoked: left,
    CaseReassigned: reassigned,
    CaseCorrected: corrected,
    CaseUnmerged: unmerged,
}
"""By what happened, for what is not `unmoved` by it: of the route after it, on which terms."""


def _begun(on: Occasion, wanted: str, co_handlers: Iterable[str]) -> Decision:
    """Return a round in which every co-handler is offered its part anew.

    One on call of whom nobody is on duty is offered its part as a department.
    """
    staffing = staff(on.plan, wanted, now=on.now)
    decision = _decision(staffing, Outcome.ASSIGNED)
    posts: list[Post] = []
    passed = list(decision.passed_over)
    for code in co_handlers:
        department = on.plan.departments.get(code)
        if code == staffing.department:
            continue
        if department is None:
            passed.append(Passed(code, Why.NOT_IN_PLAN))
            continue
        post = post_of(on.plan, department, now=on.now)
        if post is None:
            passed.append(Passed(code, Why.NOBODY_FOR_PART))
        posts.append(post or Post(department))
    return replace(decision, co_handlers=tuple(posts), passed_over=tuple(passed))


def _decision(
    staffing: Staffing,
    outcome: Outcome,
    *,
    passed: Iterable[Passed] = (),
    final: bool = False,
    resumes: bool = False,
) -> Decision:
    is_fallback = staffing.passed_over and outcome is not Outcome.LOOP
    return Decision(
        lead=staffing.post,
        outcome=Outcome.FALLBACK if is_fallback else outcome,
        passed_over=(*passed, *staffing.passed_over),
        unfilled=staffing.unfilled,
        final=final,
        resumes=resumes,
    )


def _declines(route: Route) -> Iterable[Passed]:
    return (Passed(one.department, Why.DECLINED, one.reason) for one in route.declined)


def _tried_and_passed(route: Route, following: Next) -> tuple[Passed, ...]:
    """Join why a department declined with why it is not asked now, one entry per department."""
    entries = {passed.candidate: passed for passed in _declines(route)}
    for passed in following.passed_over:
        known = entries.get(passed.candidate)
        entries[passed.candidate] = (
            passed if known is None else replace(known, why=Why.DECLINED_BEFORE)
        )
    return tuple(entries.values())
