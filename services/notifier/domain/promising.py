"""By when a case is to be closed, as its reporters were told: from its registration to its closing.

No department's doing moves it. It comes later only where the plan's calendar changes, the case is
another one or is opened again, and never comes sooner.
"""

from datetime import datetime

from schemas.events.clocks import RESIDENT, CaseDeadlineMoved
from schemas.plan import Plan
from schemas.plan.calendar import due_by
from schemas.plan.limits import Limit, limit_of
from schemas.vocabulary import CALENDAR_CHANGED, CORRECTED, REOPENED
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.facts import Life, by_system


def recounted(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Tell by when it is by the calendar of now; a promise that was broken stays so."""
    case = file.case
    if case.promise is not None and case.promised_by is not None and case.promised_by > now:
        limit = limit_of(case.promise)
        yield from _later(case, limit, since=None, reason=CALENDAR_CHANGED, plan=plan, now=now)
    return None


def corrected(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Promise what the plan does of a case as it is now."""
    limit = _limit(file.case, plan)
    yield from _later(file.case, limit, since=None, reason=CORRECTED, plan=plan, now=now)
    return None


def reopened(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Promise anew from now on: the case was closed, and what it took until then is over."""
    limit = _limit(file.case, plan)
    yield from _later(file.case, limit, since=now, reason=REOPENED, plan=plan, now=now)
    return None


def _limit(case: Case, plan: Plan) -> Limit:
    return plan.promise_of(case.category, urgency=case.urgency)


def _later(
    case: Case, limit: Limit, *, since: datetime | None, reason: str, plan: Plan, now: datetime
) -> Life:
    """Tell the instant at which a limit is over, if that is later than what was promised.

    It is counted from `since`, or from where it was until now.
    """
    begun = since or case.promised_at
    if begun is None or case.promised_by is None:
        return None
    after = due_by(limit, begun, plan.counting(limit.unit))
    if after > case.promised_by:
        fact = CaseDeadlineMoved(
            case_id=case.case_id,
            at=now,
            department=case.department,
            person=case.person,
            clock=RESIDENT,
            before=case.promised_by,
            after=after,
            reason=reason,
            limit_text=str(limit),
            since=since,
            plan_version=plan.version,
        )
        yield by_system(fact)
    return None
