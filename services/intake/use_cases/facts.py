"""The events intake tells on `cases.v1`."""

from datetime import datetime

from schemas.events.case import CaseMerged, CaseRegistered, CaseRejected
from schemas.plan import Plan
from schemas.vocabulary import Urgency
from services.assessment.classification import beside_danger
from services.assessment.danger import DangerWords
from services.assessment.refusal import Refusal
from services.intake.domain.dedup import Match, explained
from services.intake.use_cases.judging import Judged, Search


def registered(judged: Judged, *, plan: Plan, at: datetime) -> CaseRegistered:
    """Return that a report became a case, with the grid it was found in."""
    report, category = judged.report, judged.classified.category
    promise, promised_by = judged.assessment.promised(plan, at=at)
    return CaseRegistered(
        case_id=judged.case_id,
        at=at,
        reporter=judged.reporter,
        reported_at=report.reported_at,
        category=category.code,
        class_code=category.class_,
        title_en=category.title_en,
        title_zh=category.title_zh,
        urgency=judged.urgency,
        place=report.place.model_copy(update={"grid": judged.grid}),
        description=report.description or "",
        media=report.media,
        people=report.people,
        promise=str(promise),
        promised_by=promised_by,
        exercise=report.exercise,
        triage=judged.classified.triage,
        classified_by=judged.classified.by,
        plan_version=plan.version,
    )


def merged(
    judged: Judged, match: Match, search: Search, *, danger: DangerWords, at: datetime
) -> CaseMerged:
    """Return that a report joined an open case, and what it says: a word of danger raises it."""
    report, category = judged.report, judged.classified.category
    word = beside_danger(category, report.description or "", danger=danger)
    return CaseMerged(
        case_id=match.case.case_id,
        at=at,
        merged_id=judged.case_id,
        reporter=judged.reporter,
        reported_at=report.reported_at,
        distance_m=round(match.distance_m, 1),
        why=explained(
            match,
            search.sighting,
            category=category.code,
            merging=search.merging,
        ),
        description=report.description or "",
        media=report.media,
        people=report.people,
        urgency=judged.urgency if word is None else Urgency.EMERGENCY,
        danger=word,
        exercise=report.exercise,
    )


def rejected(judged: Judged, refusal: Refusal, *, at: datetime) -> CaseRejected:
    """Return that the plan does not accept a report."""
    return CaseRejected(
        case_id=judged.case_id,
        at=at,
        reporter=judged.reporter,
        reported_at=judged.report.reported_at,
        reason=refusal.reason.value,
        field=refusal.field,
        message_en=refusal.message_en,
        message_zh=refusal.message_zh,
        exercise=judged.report.exercise,
    )
