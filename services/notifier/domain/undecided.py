"""Requests that nobody decides, and those that have nothing to be decided any more."""

from datetime import datetime

from schemas.events.requests import PendingRequest, RequestAskedAgain, RequestLapsed
from schemas.lifecycle import Actor, is_possible
from schemas.plan import Plan
from schemas.vocabulary import SUPERVISION, raised
from schemas.words.labels import LEAD_CHANGED, NOT_POSSIBLE
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.facts import Life, by_system
from services.notifier.domain.grants import GRANTS, about
from services.notifier.domain.lateness import growing, heads_at, pause_of


def nobody_decided(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Tell again whoever has to decide, in pauses that grow to a day, for as long as it takes."""
    case = file.case
    for pending in case.requests:
        if pending.next_at <= now and _over(case, pending, plan, now) is None:
            fact = RequestAskedAgain(
                **about(case, pending, now),
                decide_by=pending.decide_by,
                again_at=_again_at(case, pending, plan, now),
                level=raised(pending.level),
                heads=heads_at(plan, raised(pending.level), SUPERVISION),
            )
            yield by_system(fact)
    return None


def _again_at(case: Case, pending: PendingRequest, plan: Plan, now: datetime) -> datetime:
    wait = plan.requests.decide[case.urgency]
    pause = pause_of(wait, plan, pending.decide_by - pending.asked_at)
    again = growing(pending.decide_by, pause=pause, plan=plan, now=now)
    ends = GRANTS[pending.what].ends(case, pending)
    return again if ends is None else min(again, ends)


def lapsed(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """End each request that can be granted no more, after whatever happened to the case."""
    case = file.case
    for pending in case.requests:
        reason = _over(case, pending, plan, now)
        if reason is not None:
            told = about(case, pending, now)
            if pending.department not in {None, case.department}:
                told |= {"department": pending.department, "person": None}
            yield by_system(RequestLapsed(**told, reason=reason))
    return None


def _over(case: Case, pending: PendingRequest, plan: Plan, now: datetime) -> str | None:
    """Return why a request has nothing to be decided any more."""
    if pending.assignment_id not in {None, case.assignment_id}:
        return LEAD_CHANGED
    row = GRANTS[pending.what]
    can_be = is_possible(case.state, row.event, actor=Actor.PERSON)
    if not can_be or row.unfit(case, pending, plan, now) is not None:
        return NOT_POSSIBLE
    return None
