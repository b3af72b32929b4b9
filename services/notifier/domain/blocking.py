"""A lead that waits for a co-handler's part: its clock rests, and the part has one of its own."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from schemas.events.acting import Acting
from schemas.events.base import in_utc
from schemas.events.blocking import Blocking, CaseBlocked, CaseUnblocked, Unblocked
from schemas.events.clocks import PART, CaseDeadlineMoved
from schemas.events.feedback import Blocked, Unblock
from schemas.plan import LimitUnit, Plan
from schemas.vocabulary import CALENDAR_CHANGED, EscalationTrigger, PartStatus, Role
from schemas.words.refusals import Reason
from services.notifier.domain.case import CaseFile
from services.notifier.domain.closing import submitted
from services.notifier.domain.facts import Happened, Life, Refusal, by_department, by_system
from services.notifier.domain.lateness import escalated
from services.notifier.domain.part import GOING_ON, Part, live_part

_ENDS: Final = {
    PartStatus.DONE: Unblocked.DONE,
    PartStatus.DECLINED: Unblocked.DECLINED,
    PartStatus.EXPIRED: Unblocked.EXPIRED,
    PartStatus.REVOKED: Unblocked.REVOKED,
}


def blocked(file: CaseFile, lead: Part, said: Blocked, plan: Plan, now: datetime) -> Life:
    """Let the lead's clock rest, if somebody has signed for the part that it waits for."""
    part = live_part(file.parts.values(), department=said.blocked_by)
    if part is None or part.role is Role.LEAD or part.status not in GOING_ON:
        return Refusal(reason=Reason.NO_PART, field="blocked_by", detail=said.blocked_by)
    if part.status is PartStatus.OFFERED:
        return Refusal(reason=Reason.NOT_SIGNED_FOR, field="blocked_by", detail=said.blocked_by)
    until = _until(file, part, plan, now)
    if until <= now or file.case.clock is None:
        return Refusal(reason=Reason.WAITED_ENOUGH, field="blocked_by", detail=until)
    unit = file.case.clock.unit
    left = plan.counting(unit, department=part.department).between(now, until)
    blocking = Blocking(
        assignment_id=part.assignment_id,
        department=part.department,
        person=part.person,
        reason=said.reason,
        until=until,
        since=now,
        limit_seconds=left.total_seconds(),
        unit=unit,
    )
    if until_by(blocking, plan) != until:  # it was told by another unit
        untold = {"since": None, "limit_seconds": None, "unit": None}
        blocking = blocking.model_copy(update=untold)
    fact = CaseBlocked(
        case_id=said.case_id,
        at=now,
        assignment_id=lead.assignment_id,
        department=lead.department,
        blocking=blocking,
        acting=said.acting,
    )
    yield by_department(fact, lead.department)
    return None


def _until(file: CaseFile, part: Part, plan: Plan, now: datetime) -> datetime:
    """Return until when a part may be waited for: it has its time once, however often it blocks.

    In a case that has less time now it has no more than that.
    """
    clock = file.case.clock
    if clock is None:
        return part.due_by or now
    counting = plan.counting(clock.unit, department=part.department)
    until = in_utc(counting.after(now, clock.limit * plan.limits.blocked))
    return until if part.due_by is None else min(part.due_by, until)


def until_by(blocking: Blocking, plan: Plan) -> datetime:
    """Return until when a part is waited for by the calendar of now."""
    if blocking.since is None or blocking.limit_seconds is None or blocking.unit is None:
        return blocking.until
    counting = plan.counting(LimitUnit(blocking.unit), department=blocking.department)
    limit = timedelta(seconds=blocking.limit_seconds)
    return in_utc(counting.after(in_utc(blocking.since), limit))


def recounted(file: CaseFile, plan: Plan, now: datetime) -> Iterator[Happened]:
    """Tell until when the part is waited for by the calendar of now; what is over stays so."""
    blocking = file.case.blocked
    if blocking is None or blocking.until <= now:
        return
    until = until_by(blocking, plan)
    if until != blocking.until:
        fact = CaseDeadlineMoved(
            case_id=file.case.case_id,
            at=now,
            department=blocking.department,
            person=blocking.person,
            clock=PART,
            before=blocking.until,
            after=until,
            reason=CALENDAR_CHANGED,
            plan_version=plan.version,
        )
        yield by_system(fact)


def unblocked(file: CaseFile, lead: Part, said: Unblock, now: datetime) -> Life:
    """Let the lead's clock go on because it says so."""
    yield from lifted(file, Unblocked.SAID, now, party=lead.department, acting=said.acting)
    return None


def part_ended(file: CaseFile, part: Part, plan: Plan, now: datetime) -> Life:
    """Say what follows from the end of a part: nobody waits for it, and the work may be done."""
    blocking = file.case.blocked
    if blocking is not None and blocking.assignment_id == part.assignment_id:
        yield from lifted(file, _ENDS.get(part.status, Unblocked.REVOKED), now)
    return (yield from submitted(file, part, plan, now))


def waited_too_long(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Let the lead's clock go on, and go up a level: the part was not done in its time."""
    blocking = file.case.blocked
    if blocking is None or blocking.until > now:
        return None
    yield from lifted(file, Unblocked.TOO_LATE, now)
    if file.case.assignment_id is not None:
        yield escalated(file, EscalationTrigger.PART_LATE, plan=plan, now=now)
    return None


def lifted(
    file: CaseFile,
    why: Unblocked,
    now: datetime,
    *,
    party: str | None = None,
    acting: Acting | None = None,
) -> Life:
    """Say that the lead waits no longer, and why, if it waits."""
    lead, blocking = file.lead, file.case.blocked
    if lead is None or blocking is None:
        return None
    fact = CaseUnblocked(
        case_id=lead.case_id,
        at=now,
        assignment_id=lead.assignment_id,
        department=lead.department,
        person=lead.person,
        blocked_by=blocking.assignment_id,
        by_department=blocking.department,
        by_person=blocking.person,
        why=why,
        acting=acting,
    )
    yield by_system(fact) if party is None else by_department(fact, party)
    return None
