"""Deadlines that ran out: each looks at the case again, and a stale one does nothing."""

from collections.abc import Callable
from typing import Final

from schemas.events.case import AssignmentExpired, CaseReminded
from schemas.lifecycle import Actor, CaseState
from schemas.vocabulary import MAX_LEVEL, SUPERVISION, EscalationTrigger
from services.notifier.domain import notices
from services.notifier.domain.case import Case, CaseFile, PartStatus
from services.notifier.domain.clocks import OVERDUE_FAR, TimerKind
from services.notifier.domain.escalation import raised
from services.notifier.domain.notices import Template
from services.notifier.domain.story import CHECK_LATE
from services.notifier.use_cases.answers import kind_of
from services.notifier.use_cases.escalation import escalate
from services.notifier.use_cases.leaving import take_back
from services.notifier.use_cases.work import Line, Work


def ran_out(work: Work, file: CaseFile, kind: TimerKind) -> None:
    """Do what follows when a deadline of a case ran out, if it still stands."""
    _WHAT_FOLLOWS[kind](work, file)


def _nobody_signed(work: Work, file: CaseFile) -> None:
    """Take the offer back and go up a level; the router offers the case to the next (row 10)."""
    case, lead, sign_by = file.case, file.lead, file.case.sign_by
    if case.state is not CaseState.ASSIGNED or lead is None:
        return
    if sign_by is None or sign_by > work.now or lead.status is not PartStatus.OFFERED:
        return
    lead.become(PartStatus.EXPIRED, now=work.now)
    work.keep_part(lead)
    fact = AssignmentExpired(
        case_id=case.case_id,
        at=work.now,
        assignment_id=lead.assignment_id,
        department=lead.department,
        person=lead.person,
        sign_by=sign_by,
    )
    work.tell(file, fact, actor=Actor.SYSTEM, sign_by=sign_by)
    case.sign_by = None
    if not case.exercise:
        work.tally.offers.append((lead.department, kind_of(lead), "expired"))
    escalate(work, file, trigger=EscalationTrigger.SIGN_TIMEOUT, level=raised(case.level))


def _passed(work: Work, case: Case, *, share: float) -> bool:
    """Tell whether a held case's running clock has used this share of its limit."""
    mark = None if case.clock is None else case.clock.reaches(share)
    return case.assignment_id is not None and mark is not None and mark <= work.now


def _remind(work: Work, file: CaseFile) -> None:
    case, due_by = file.case, file.case.due_by
    if due_by is None or not _passed(work, case, share=work.plan.limits.remind_at):
        return
    case.reminded_at = work.now
    fact = CaseReminded(
        case_id=case.case_id,
        at=work.now,
        department=case.department or "",
        clock="handling",
        due_by=due_by,
    )
    work.tell(file, fact, actor=Actor.SYSTEM, due_by=due_by)
    work.notify(case, Template.REMINDER, notices.handler(case.department or "", case.person))


def _overdue(work: Work, file: CaseFile) -> None:
    case = file.case
    if not _passed(work, case, share=1.0):
        return
    case.note_overrun(now=work.now)
    escalate(work, file, trigger=EscalationTrigger.OVERDUE, level=raised(case.level))
    work.notify(case, Template.OVERDUE, notices.handler(case.department or "", case.person))


def _far_overdue(work: Work, file: CaseFile) -> None:
    if file.case.level < MAX_LEVEL and _passed(work, file.case, share=OVERDUE_FAR):
        escalate(work, file, trigger=EscalationTrigger.OVERDUE, level=MAX_LEVEL)


def _check_late(work: Work, file: CaseFile) -> None:
    """Tell the supervision once that its check is late; nothing else changes."""
    case, check_by = file.case, file.case.check_by
    if case.state is not CaseState.INSPECTING or check_by is None or check_by > work.now:
        return
    line = Line(type=CHECK_LATE, at=work.now, actor=Actor.SYSTEM, party=SUPERVISION, data=b"{}")
    work.note(file, line, check_by=check_by)
    work.notify(case, Template.CHECK_LATE, notices.supervisor(), check_by=check_by)


_WHAT_FOLLOWS: Final[dict[TimerKind, Callable[[Work, CaseFile], None]]] = {
    TimerKind.SIGN: _nobody_signed,
    TimerKind.REMIND: _remind,
    TimerKind.OVERDUE: _overdue,
    TimerKind.OVERDUE_FAR: _far_overdue,
    TimerKind.CHECK: _check_late,
    TimerKind.LEFT: take_back,
}
"""For every kind but `PARKED`, which is no deadline of a case."""
