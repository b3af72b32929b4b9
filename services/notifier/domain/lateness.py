"""Clocks that ran out: each looks at the case again, and a stale one does nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas.events.base import in_utc
from schemas.events.case import (
    AssignmentAskedAgain,
    AssignmentExpired,
    CaseEscalated,
    CaseReminded,
    Head,
)
from schemas.lifecycle import CaseState
from schemas.plan import Plan
from schemas.plan.base import DAY
from schemas.plan.calendar import WORKING_UNITS, time_of
from schemas.plan.heads import Peopled
from schemas.plan.limits import Limit
from schemas.plan.working_time import CONTINUOUS, Counting
from schemas.vocabulary import MAX_LEVEL, SUPERVISION, EscalationTrigger, PartStatus, raised
from services.notifier.domain.case import Case, CaseFile
from services.notifier.domain.facts import Happened, Life, LimitRanOut, by_system
from services.notifier.domain.part import Part

SHORTEST_PAUSE: Final = timedelta(seconds=1)


def nobody_signed(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Take the offer back and go up a level; the router offers the case to the next (row 10).

    Where there is no next, the offer stands and its department is asked again.
    """
    case, lead, sign_by = file.case, file.lead, file.case.sign_by
    if case.state is not CaseState.ASSIGNED or lead is None or sign_by is None:
        return None
    if sign_by > now or lead.status is not PartStatus.OFFERED:
        return None
    if not case.has_somebody_else:
        yield by_system(_asked_again(case, lead, plan=plan, sign_by=sign_by, now=now))
        return None
    fact = AssignmentExpired(
        case_id=case.case_id,
        at=now,
        assignment_id=lead.assignment_id,
        department=lead.department,
        person=lead.person,
        sign_by=sign_by,
    )
    yield by_system(fact)
    yield escalated(file, EscalationTrigger.SIGN_TIMEOUT, plan=plan, now=now)
    return None


def asked_next(case: Case, plan: Plan, now: datetime) -> datetime:
    """Return when a department that must sign is asked again."""
    if case.sign_by is None or case.assigned_at is None:
        msg = f"case {case.case_id} waits for nobody to sign"
        raise LookupError(msg)
    is_staffed = case.tier is not None and case.tier.is_staffed
    wait = (plan.limits.sign if is_staffed else plan.limits.offer)[case.urgency]
    pause = pause_of(wait, plan, case.sign_by - case.assigned_at, department=case.department)
    return growing(case.sign_by, pause=pause, plan=plan, now=now)


@dataclass(frozen=True, slots=True)
class Pause:
    """How long nobody is asked again at first, in time that passes as its counting says."""

    length: timedelta
    counting: Counting = CONTINUOUS


def pause_of(
    wait: timedelta | Limit, plan: Plan, told: timedelta, *, department: str | None = None
) -> Pause:
    """Return the first pause of who was waited for so long; one in working time rests at night.

    `told` is how long it was, as it was told then.
    """
    if isinstance(wait, Limit) and wait.unit in WORKING_UNITS:
        counting = plan.counting(wait.unit, department=department)
        return Pause(time_of(wait, counting), counting)
    return Pause(told)


def growing(due: datetime, *, pause: Pause, plan: Plan, now: datetime) -> datetime:
    """Return when somebody who is silent is asked next: when it is due, then after twice the pause.

    The pauses grow to the plan's longest, for as long as he is silent; of working time a day is one
    working day.
    """
    counting = pause.counting
    longest = plan.limits.asked_every * (counting.day / DAY)
    length = max(min(pause.length, longest), SHORTEST_PAUSE)
    while due <= now:
        due = in_utc(counting.after(due, length))
        length = min(length * 2, longest)
    return due


def _asked_again(
    case: Case, lead: Part, *, plan: Plan, sign_by: datetime, now: datetime
) -> AssignmentAskedAgain:
    return AssignmentAskedAgain(
        case_id=case.case_id,
        at=now,
        assignment_id=lead.assignment_id,
        department=lead.department,
        sign_by=sign_by,
        again_at=asked_next(case, plan, now),
        heads=heads_at(plan, case.level, lead.department, SUPERVISION),
    )


def remind(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Remind the lead when most of the limit is used; who was told that it is over needs none."""
    case, due_by = file.case, file.case.due_by
    if due_by is None or case.overrun_told_at is not None:
        return None
    if has_used(case, plan.limits.remind_at, now=now):
        fact = CaseReminded(
            case_id=case.case_id,
            at=now,
            department=case.department or "",
            clock="handling",
            due_by=due_by,
        )
        yield by_system(fact)
    return None


def overdue(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Go up a level, and tell the lead: once, before anything else is decided of the case."""
    case = file.case
    if case.assignment_id is not None and case.is_overrun(now):
        yield escalated(file, EscalationTrigger.OVERDUE, plan=plan, now=now)
        yield by_system(LimitRanOut(case_id=case.case_id, at=now))
    return None


def far_overdue(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Go up to the top; there the lead and whom the plan names are told again every day."""
    case = file.case
    if not has_used(case, plan.limits.far_overdue_at, now=now):
        return None
    if case.level < MAX_LEVEL:
        yield escalated(file, EscalationTrigger.OVERDUE, plan=plan, now=now, to=MAX_LEVEL)
    heads = heads_at(plan, case.level, case.department or "", SUPERVISION)
    yield by_system(LimitRanOut(case_id=case.case_id, at=now, heads=heads))
    return None


def has_used(case: Case, share: float, *, now: datetime) -> bool:
    """Tell whether a held case's running clock has used this share of its limit."""
    mark = None if case.clock is None else case.clock.reaches(share)
    return case.assignment_id is not None and mark is not None and mark <= now


def escalated(
    file: CaseFile,
    trigger: EscalationTrigger,
    *,
    plan: Plan,
    now: datetime,
    to: int | None = None,
) -> Happened:
    """Return that a held case rises, to the next level or one that is named.

    On the top level it stays, and is told of again.
    """
    case = file.case
    level = raised(case.level) if to is None else to
    if case.assignment_id is None or case.department is None:
        msg = f"case {case.case_id} is held by nobody and cannot be escalated"
        raise LookupError(msg)
    fact = CaseEscalated(
        case_id=case.case_id,
        at=now,
        level=level,
        trigger=trigger,
        assignment_id=case.assignment_id,
        department=case.department,
        person=case.person,
        due_by=case.due_by,
        heads=heads_at(plan, level, case.department, SUPERVISION),
    )
    return by_system(fact)


def heads_at(plan: Plan, level: int, *parties: str) -> tuple[Head, ...]:
    """Return whom the plan names for a level in each of these parties."""
    known: dict[str, Peopled] = {**plan.departments, SUPERVISION: plan.supervision}
    named = ((code, known[code].head_at(level)) for code in parties if code in known)
    return tuple(
        Head(party=code, person=one.id, title_en=one.title_en, title_zh=one.title_zh)
        for code, one in named
        if one is not None
    )
