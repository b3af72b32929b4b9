"""A clock that runs is counted anew when the days or hours on which people work are others."""

from datetime import datetime

from schemas.events.clocks import CaseDeadlineMoved
from schemas.plan import Plan
from schemas.vocabulary import CALENDAR_CHANGED
from services.notifier.domain import blocking, promising, triage
from services.notifier.domain.case import CaseFile
from services.notifier.domain.facts import Life, by_system


def recounted(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Tell when the handling clock is due by the calendar of now, and what was promised is over.

    And until when the lead waits for a part.

    Of what nobody could categorise somebody is asked now, if nobody was.

    A limit that ran out stays so.
    """
    yield from triage.requested_now(file, plan, now)
    yield from promising.recounted(file, plan, now)
    yield from blocking.recounted(file, plan, now)
    case = file.case
    if case.clock is None or case.due_by is None or case.overrun_told_at is not None:
        return None
    after = case.clock.due_by
    if after is not None and after != case.due_by:
        fact = CaseDeadlineMoved(
            case_id=case.case_id,
            at=now,
            department=case.department or "",
            person=case.person,
            clock="handling",
            before=case.due_by,
            after=after,
            reason=CALENDAR_CHANGED,
            plan_version=plan.version,
        )
        yield by_system(fact)
    return None
