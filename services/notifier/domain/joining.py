"""Reports of the same thing: what each says reaches the case, and may make it more urgent."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from schemas.events.blocking import Unblocked
from schemas.events.clocks import CaseUrgencyRaised
from schemas.lifecycle import Actor, CaseState
from schemas.plan import Plan
from schemas.vocabulary import (
    DANGER_TOLD,
    FALLBACK_CATEGORY,
    INTAKE,
    MORE_URGENT,
    Urgency,
)
from schemas.work_orders import sign_by
from services.notifier.domain.blocking import lifted
from services.notifier.domain.case import Case, CaseFile, Follower
from services.notifier.domain.facts import (
    Happened,
    Life,
    MoreWasSaid,
    OthersSaid,
    ReporterJoined,
    TermsTaken,
    by_system,
)
from services.notifier.domain.helping import still_asked
from services.notifier.domain.part import Part
from services.notifier.domain.suspending import done_meanwhile, suspension_ended

MOST_TOLD = 5
"""How many of those who joined before are told to a new lead, the last ones; the story has all."""


def joined(file: CaseFile, followers: Iterable[Follower], plan: Plan, now: datetime) -> Life:
    """Let reports of the same thing join a case: the story keeps what each says."""
    for one in followers:
        fact = ReporterJoined(
            case_id=one.case_id,
            at=one.joined_at,
            merged_id=one.merged_id,
            source=one.source,
            source_id=one.source_id,
            why=one.why,
            urgency=one.said.urgency,
            danger=one.said.danger,
        )
        yield Happened(fact=fact, actor=Actor.INTAKE, party=INTAKE)
        if one.said.is_something:
            yield Happened(fact=_said(one), actor=Actor.INTAKE, party=one.source)
        yield from raised(file, plan, now)
    return None


def _said(one: Follower) -> MoreWasSaid:
    said = one.said
    return MoreWasSaid(
        case_id=one.case_id,
        at=one.joined_at,
        merged_id=one.merged_id,
        description=said.description,
        media=said.media,
        people=said.people,
    )


def told_before(file: CaseFile, followers: Sequence[Follower], now: datetime) -> Life:
    """Tell a new lead what those who joined before said."""
    said = [one.said for one in followers if one.said.is_something]
    if said:
        fact = OthersSaid(
            case_id=file.case.case_id,
            at=now,
            count=len(said),
            descriptions=tuple(one.short for one in said[-MOST_TOLD:]),
        )
        yield by_system(fact)
    return None


def raised(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Raise a case that somebody leads to what a report that joined it says.

    While nobody does it waits: an assignment that was decided before may be on its way. The lead
    keeps the case, which neither rests nor waits for a part any longer if it is an emergency. It
    has less time to sign, and an emergency as much as the plan gives one of which words of danger
    tell, unless its own limit ends sooner. What must be looked at again by the plan is, when it is
    done.
    """
    case, lead, told = file.case, file.lead, file.case.raised
    if told is None or lead is None or not told.urgency.outranks(case.urgency):
        return None
    if case.closed_at is not None or file.awaits_assignment:
        return None
    reason = MORE_URGENT if told.danger is None else DANGER_TOLD
    is_emergency = told.urgency is Urgency.EMERGENCY
    goes_on = case.suspended_until is not None and is_emergency
    if goes_on:
        yield by_system(suspension_ended(file, now, reason=reason))
    if is_emergency:
        yield from lifted(file, Unblocked.EMERGENCY, now)
    due, limit = _sooner(case, plan, now) if is_emergency else (case.due_by, None)
    fact = CaseUrgencyRaised(
        case_id=case.case_id,
        at=now,
        merged_id=told.merged_id,
        department=lead.department,
        person=lead.person,
        urgency=told.urgency,
        before=case.urgency,
        reason=reason,
        sign_by=_sign_by(case, lead, told.urgency, plan=plan, now=now),
        unsigned=tuple(still_asked(file, told.urgency, plan, now)),
        limit_text=limit,
        due_by=due,
    )
    yield by_system(fact)
    yield by_system(_terms(case, plan, now))
    return (yield from done_meanwhile(file, plan, now)) if goes_on else None


def _sooner(case: Case, plan: Plan, now: datetime) -> tuple[datetime | None, str | None]:
    """Return when an emergency is due, and its limit if that ends sooner than what runs."""
    given = plan.danger.limit
    until = plan.until(given, now, department=case.department)
    if case.due_by is None or case.due_by <= until:
        return case.due_by, None
    return until, str(given)


def _terms(case: Case, plan: Plan, now: datetime) -> TermsTaken:
    """Return what closing asks for: what it did, and the check that the urgency of now asks for."""
    category = plan.categories.get(case.category) or plan.category(FALLBACK_CATEGORY)
    must_check = plan.must_check(category, urgency=case.urgency, channel=case.channel)
    return TermsTaken(
        case_id=case.case_id,
        at=now,
        closing=case.closing,
        evidence=tuple(case.evidence),
        must_check=case.must_check or must_check,
    )


def _sign_by(
    case: Case, lead: Part, urgency: Urgency, *, plan: Plan, now: datetime
) -> datetime | None:
    """Return until when an offer that waits is to be signed for: never later than it was."""
    if case.state is not CaseState.ASSIGNED or case.sign_by is None:
        return case.sign_by
    return min(case.sign_by, sign_by(plan, lead, urgency=urgency, at=now))
