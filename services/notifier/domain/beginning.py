"""How a case begins, who joins it, and who gets it: what intake and the router decided."""

from collections.abc import Sequence
from datetime import datetime

from schemas.events.assignment import CaseAssigned, CoHandlerOffered, DutyUnfilled, LoopDetected
from schemas.events.base import in_utc
from schemas.events.case import CaseRegistered
from schemas.lifecycle import Actor, CaseEvent, next_state
from schemas.plan import Plan
from schemas.vocabulary import FALLBACK_CATEGORY, INTAKE, ROUTER, first_level
from services.notifier.domain.case import Case, CaseFile, Follower, Scene
from services.notifier.domain.closing import released_from
from services.notifier.domain.facts import (
    ExerciseBegan,
    Happened,
    Life,
    NowhereFound,
    Reported,
    TermsTaken,
    by_system,
)
from services.notifier.domain.joining import raised, told_before
from services.notifier.domain.part import GOING_ON
from services.notifier.domain.set_aside import comes_from_another
from services.notifier.domain.triage import requested


def file_of(fact: CaseRegistered, *, partition: int) -> CaseFile:
    """Return the file of a case that was just reported (row 1)."""
    reporter = fact.reporter
    case = Case(
        case_id=fact.case_id,
        partition=partition,
        state=next_state(None, CaseEvent.REPORTED, actor=Actor.INTAKE),
        level=first_level(fact.urgency),
        urgency=fact.urgency,
        category=fact.category,
        title_en=fact.title_en,
        title_zh=fact.title_zh,
        source=reporter.source,
        source_id=reporter.source_id,
        channel=reporter.channel,
        exercise=fact.exercise,
        triage=fact.triage,
        reported_at=in_utc(fact.reported_at),
        registered_at=in_utc(fact.at),
        promise=fact.promise,
        promised_at=None if fact.promised_by is None else in_utc(fact.at),
        promised_by=None if fact.promised_by is None else in_utc(fact.promised_by),
    )
    place = fact.place.model_dump(mode="json", exclude_none=True)
    return CaseFile(case=case, scene=Scene(place=place, description=fact.description))


def registered(fact: CaseRegistered, data: bytes, plan: Plan, now: datetime) -> Life:
    """Begin to follow a case: reported and registered at once (rows 1 and 2).

    `data` is the event's JSON, here and below.
    """
    case_id, reporter = fact.case_id, fact.reporter
    reported = Reported(case_id=case_id, at=in_utc(fact.reported_at), reporter=reporter)
    yield Happened(fact=reported, actor=Actor.INTAKE, party=reporter.source)
    yield Happened(fact=fact, actor=Actor.INTAKE, party=INTAKE, heard=data)
    if fact.triage:
        yield by_system(requested(fact, plan, now))
    if fact.exercise:
        contacts = plan.exercises.contacts
        yield by_system(ExerciseBegan(case_id=case_id, at=now, contacts=contacts))
    if fact.place.point is not None and fact.place.point.is_nowhere:
        yield by_system(NowhereFound(case_id=case_id, at=now))
    return None


def assigned(
    file: CaseFile,
    fact: CaseAssigned,
    data: bytes,
    plan: Plan,
    now: datetime,
    *,
    followers: Sequence[Follower] = (),
) -> Life:
    """Give the case to its next lead (rows 8, 10, 12, 26), who hears what `followers` said.

    Who helped and leads now is not told that its help is no longer needed.
    """
    offers = {fact.lead.assignment_id, *(offer.assignment_id for offer in fact.co_handlers)}
    released = [
        part
        for id_, part in file.parts.items()
        if id_ not in offers and part.status in GOING_ON and part.department != fact.lead.department
    ]
    is_new = not fact.resumes or comes_from_another(file.case, fact.lead.department)
    yield Happened(fact=fact, actor=Actor.ROUTER, party=ROUTER, heard=data)
    yield by_system(_terms(file.case, plan, now))
    for one in released_from(released, now=now):
        yield by_system(one)
    if is_new:
        yield from told_before(file, followers, now)
    yield from raised(file, plan, now)
    return None


def _terms(case: Case, plan: Plan, now: datetime) -> TermsTaken:
    """Return what closing asks for; a category that the plan lost is like the fallback."""
    category = plan.categories.get(case.category) or plan.category(FALLBACK_CATEGORY)
    return TermsTaken(
        case_id=case.case_id,
        at=now,
        closing=str(category.closing),
        evidence=tuple(str(kind) for kind in category.evidence),
        must_check=plan.must_check(category, urgency=case.urgency, channel=case.channel),
    )


def told_of(fact: CoHandlerOffered | LoopDetected | DutyUnfilled, data: bytes) -> Life:
    """Keep that a part was offered, a case passed around, or nobody of a department found."""
    yield Happened(fact=fact, actor=Actor.ROUTER, party=ROUTER, heard=data)
    return None
