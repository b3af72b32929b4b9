"""Closed cases that nobody opened again for so long that nothing can happen to them any more."""

from datetime import datetime

from schemas.events.ending import CaseArchived
from schemas.lifecycle import Actor, CaseEvent, is_possible
from schemas.plan import Plan
from services.notifier.domain.case import CaseFile
from services.notifier.domain.facts import Life, by_system


def archived(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Archive a case whose closing is as long ago as the plan says (row 27)."""
    case = file.case
    possible = is_possible(case.state, CaseEvent.ARCHIVED, actor=Actor.SYSTEM)
    if not possible or case.closed_at is None:
        return None
    if case.closed_at + plan.limits.archive_after <= now:
        yield by_system(CaseArchived(case_id=case.case_id, at=now, closed_at=case.closed_at))
    return None
