"""A case that nobody could categorise: somebody is asked what it is, and asked again."""

from datetime import datetime

from schemas.events.base import in_utc
from schemas.events.case import CaseRegistered
from schemas.events.triage import TriageRequested
from schemas.lifecycle import OPEN, Actor
from schemas.plan import Plan
from schemas.vocabulary import MAX_LEVEL, SUPERVISION, EscalationTrigger, Urgency
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.facts import Happened, Life, TriageBecameLate
from services.notifier.domain.lateness import escalated, growing, pause_of


def requested(fact: CaseRegistered, plan: Plan, now: datetime) -> TriageRequested:
    """Return who is to say what the case is, and until when: at once, where a word tells of danger.

    Such a word made the case an emergency.
    """
    limits, acceptor = plan.limits, plan.supervision.acceptor
    is_urgent = fact.urgency is Urgency.EMERGENCY
    wait = limits.triage_in_danger if is_urgent else limits.triage
    return TriageRequested(
        case_id=fact.case_id,
        at=now,
        person=None if acceptor is None else acceptor.id,
        triage_by=plan.until(wait, in_utc(fact.at)),
    )


def triage_late(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Go up a level, and tell who is to say what it is, for as long as nobody does."""
    case, triage_by = file.case, file.case.triage_by
    if triage_by is None or triage_by > now or case.state not in OPEN:
        return None
    if case.level < MAX_LEVEL and case.assignment_id is not None:
        yield escalated(file, EscalationTrigger.TRIAGE_LATE, plan=plan, now=now)
    fact = TriageBecameLate(
        case_id=case.case_id, at=now, triage_by=triage_by, again_at=asked_next(case, plan, now)
    )
    yield Happened(fact=fact, actor=Actor.SYSTEM, party=SUPERVISION)
    return None


def asked_next(case: Case, plan: Plan, now: datetime) -> datetime:
    """Return when it is to be said what the case is, or is asked for again, by growing pauses."""
    if case.triage_by is None:
        msg = f"nobody is asked what case {case.case_id} is"
        raise LookupError(msg)
    limits, is_urgent = plan.limits, case.urgency is Urgency.EMERGENCY
    wait = limits.triage_in_danger if is_urgent else limits.triage
    pause = pause_of(wait, plan, case.triage_by - case.registered_at)
    return growing(case.triage_by, pause=pause, plan=plan, now=now)
