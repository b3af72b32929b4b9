"""By when a case is to be closed, as its reporters were told: from its registration to its closing.

No department's doing moves it. It comes later only where the plan's calendar changes, the case is
another one, may rest or take longer, or is opened again; and it never comes sooner.
"""

from datetime import datetime, timedelta

from schemas.events.clocks import RESIDENT, CaseDeadlineMoved, PromiseMissed
from schemas.events.requests import PendingRequest
from schemas.lifecycle import ENDED
from schemas.plan import Plan
from schemas.plan.limits import Limit, limit_of
from schemas.vocabulary import (
    CALENDAR_CHANGED,
    CASE_CORRECTED,
    CASE_REOPENED,
    MAY_REST,
    MAY_TAKE_LONGER,
    SUPERVISION,
    RequestKind,
)
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.facts import Life, by_system
from services.notifier.domain.lateness import heads_at


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
    yield from _later(file.case, limit, since=None, reason=CASE_CORRECTED, plan=plan, now=now)
    return None


def reopened(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Promise anew from now on: the case was closed, and what it took until then is over."""
    limit = _limit(file.case, plan)
    yield from _later(file.case, limit, since=now, reason=CASE_REOPENED, plan=plan, now=now)
    return None


def allowed(file: CaseFile, pending: PendingRequest, plan: Plan, now: datetime) -> Life:
    """Promise as much time more as a case was allowed to rest, or has longer, just now.

    A promise that was broken before stays so.
    """
    case, clock = file.case, file.case.clock
    if case.promise is None or case.promised_at is None or case.promised_by is None:
        return None
    limit = limit_of(case.promise)
    counting = plan.counting(limit.unit)
    reason, longer, until = "", timedelta(), case.promised_by
    if pending.what is RequestKind.SUSPENSION and pending.until is not None:
        reason, longer = MAY_REST, counting.between(now, pending.until)
    elif pending.what is RequestKind.EXTENSION and clock is not None:
        reason = MAY_TAKE_LONGER
        longer = counting.between(until, clock.counting.after(until, clock.limit))
    if until > now and longer:
        since = counting.after(case.promised_at, longer)
        yield from _later(case, limit, since=since, reason=reason, plan=plan, now=now)
    return None


def missed(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Tell, once of each date, that a case is open when it was to be closed."""
    case = file.case
    if case.state in ENDED or case.promised_by is None or case.promise_missed_at is not None:
        return None
    if case.promised_by <= now:
        fact = PromiseMissed(
            case_id=case.case_id,
            at=now,
            department=case.department,
            person=case.person,
            promised_by=case.promised_by,
            heads=heads_at(plan, max(case.level, 1), case.department or "", SUPERVISION),
        )
        yield by_system(fact)
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
    after = plan.until(limit, begun)
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
