"""A case that nobody could categorise: somebody is asked what it is, and asked again."""

from datetime import datetime
from typing import Final
from uuid import UUID

from schemas.events.base import in_utc
from schemas.events.case import CaseRegistered
from schemas.events.triage import TriageRequested
from schemas.lifecycle import OPEN, Actor, CaseState
from schemas.plan import Plan
from schemas.vocabulary import MAX_LEVEL, SUPERVISION, EscalationTrigger, Urgency
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.facts import Happened, Life, TriageBecameLate, by_system
from services.notifier.domain.lateness import escalated, growing, pause_of

NOBODY_AT_WORK: Final = frozenset({CaseState.REGISTERED, CaseState.ASSIGNED, CaseState.ACCEPTED})
"""States in which somebody still has to see what a case is."""


def requested(fact: CaseRegistered, plan: Plan, now: datetime) -> TriageRequested:
    """Return who is to say what the case is, and until when: at once, where a word tells of danger.

    Such a word made the case an emergency.
    """
    return _requested(fact.case_id, fact.urgency, plan, since=in_utc(fact.at), now=now)


def requested_now(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Ask what a case is that nobody was asked about, as none was before there was a clock."""
    case = file.case
    if case.triage and case.triage_by is None and case.state in NOBODY_AT_WORK:
        yield by_system(_requested(case.case_id, case.urgency, plan, since=now, now=now))
    return None


def _requested(
    case_id: UUID, urgency: Urgency, plan: Plan, *, since: datetime, now: datetime
) -> TriageRequested:
    limits, acceptor = plan.limits, plan.supervision.acceptor
    wait = limits.triage_in_danger if urgency is Urgency.EMERGENCY else limits.triage
    return TriageRequested(
        case_id=case_id,
        at=now,
        person=None if acceptor is None else acceptor.id,
        triage_by=plan.until(wait, since),
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
