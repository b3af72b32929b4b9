"""From "it is done" to closed, back to work, and open again."""

from typing import Final

from schemas.events.case import (
    CaseClosed,
    CaseReopened,
    CheckFailed,
    CheckPassed,
    CheckRequested,
    CheckWaived,
    Evidence,
    FeedbackSubmitted,
)
from schemas.events.feedback import CheckFailedAnswer, CheckPassedAnswer, Reopen
from schemas.lifecycle import Actor, CaseEvent, CaseState
from schemas.vocabulary import REPORTERS, SUPERVISION, EscalationTrigger
from services.notifier.domain import notices
from services.notifier.domain.answers import Reason, Refusal, judge_move
from services.notifier.domain.case import GOING_ON, Case, CaseFile, Part, PartStatus
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.closing import may_reopen
from services.notifier.domain.escalation import FAILURES_THAT_RAISE, raised
from services.notifier.domain.notices import Template
from services.notifier.use_cases.escalation import escalate
from services.notifier.use_cases.inputs import Answer
from services.notifier.use_cases.tally import Span
from services.notifier.use_cases.timing import end_clocks, run_clock, stop_clock
from services.notifier.use_cases.work import Work

SUBMITTING: Final = frozenset({CaseState.HANDLING, CaseState.REWORK})
"""States in which the work can become done as a whole."""


def submit(work: Work, file: CaseFile, *, last: Part) -> None:
    """Tell that the work is done (row 19), and let it be checked or closed; `last` completed it."""
    case, lead = file.case, file.lead
    part = lead if lead is not None and lead.status is PartStatus.DONE else last
    result = part.result or ""
    fact = FeedbackSubmitted(
        case_id=case.case_id,
        at=work.now,
        assignment_id=part.assignment_id,
        department=part.department,
        result=result,
        evidence=tuple(Evidence(**proof) for proof in part.evidence),
    )
    department = work.name(part.department)
    work.tell(
        file,
        fact,
        actor=Actor.DEPARTMENT,
        party=part.department,
        department=department,
        result=result,
    )
    stop_clock(work, case)
    _count_handled(work, case)
    if case.must_check:
        _request_check(work, file)
        return
    why = "the plan asks for none"
    waived = CheckWaived(case_id=case.case_id, at=work.now, why=why)
    work.tell(file, waived, actor=Actor.SYSTEM, why=why)
    _close(work, file, actor=Actor.SYSTEM, party="")


def _count_handled(work: Work, case: Case) -> None:
    if case.clock is not None and case.department is not None and not case.exercise:
        seconds = case.clock.used.total_seconds()
        work.tally.handled.append(
            Span(department=case.department, urgency=case.urgency, seconds=seconds)
        )


def _request_check(work: Work, file: CaseFile) -> None:
    case, why = file.case, "the plan asks for it"
    case.check_by = work.now + work.plan.limits.check_within
    fact = CheckRequested(case_id=case.case_id, at=work.now, why=why)
    work.tell(file, fact, actor=Actor.SYSTEM, why=why)
    work.arm(case, TimerKind.CHECK, case.check_by)
    work.count_clock(case, TimerKind.CHECK)
    work.notify(case, Template.CHECK_REQUESTED, notices.supervisor(), check_by=case.check_by)


def _close(work: Work, file: CaseFile, *, actor: Actor, party: str) -> None:
    """Close a case (row 23); everybody who waits for it is told at the end of the batch."""
    case = file.case
    end_clocks(work, case)
    result = _result_of(file)
    fact = CaseClosed(
        case_id=case.case_id,
        at=work.now,
        department=case.department or "",
        result=result,
        overdue=case.overdue_at is not None,
    )
    work.tell(file, fact, actor=actor, party=party or SUPERVISION, result=result)
    for part in file.parts.values():
        if part.status in GOING_ON:
            work.release(case, part)
    case.closed_at, case.closed_result = work.now, result
    work.count_case(case, "closed")
    days = work.plan.limits.reopen_within.days
    work.announce(case, Template.CLOSED, result=result, days=days)


def _result_of(file: CaseFile) -> str:
    """Return what the lead said came out; else what the last co-handler who finished said."""
    done = [part for part in file.parts.values() if part.status is PartStatus.DONE]
    lead = file.lead
    if lead in done and lead is not None:
        return lead.result or ""
    last = max(done, key=lambda part: part.ended_at or part.offered_at, default=None)
    return "" if last is None else last.result or ""


def check_passed(
    work: Work, file: CaseFile, answer: Answer, *, said: CheckPassedAnswer
) -> Refusal | None:
    """Close a case that was found done (rows 22 and 23); returns why when it changes nothing."""
    refused = judge_move(file.case, CaseEvent.CHECK_PASSED, actor=Actor.SUPERVISION)
    if refused is None:
        fact = CheckPassed(case_id=said.case_id, at=work.now, by=said.by)
        work.tell(file, fact, actor=Actor.SUPERVISION, party=answer.party)
        _close(work, file, actor=Actor.SUPERVISION, party=answer.party)
    return refused


def check_failed(
    work: Work, file: CaseFile, answer: Answer, *, said: CheckFailedAnswer
) -> Refusal | None:
    """Send a case back to its lead (row 21); returns why when it changes nothing.

    The handling clock goes on with what is left, at least the plan's share of the limit.
    """
    case = file.case
    refused = judge_move(case, CaseEvent.CHECK_FAILED, actor=Actor.SUPERVISION)
    if refused is not None:
        return refused
    case.failures += 1
    fact = CheckFailed(
        case_id=case.case_id, at=work.now, reason=said.reason, failures=case.failures
    )
    work.tell(
        file,
        fact,
        actor=Actor.SUPERVISION,
        party=answer.party,
        reason=said.reason,
        failures=case.failures,
    )
    _back_to_work(work, file)
    if case.department is not None:
        address = notices.handler(case.department, case.person)
        work.notify(case, Template.REWORK, address, reason=said.reason)
    if case.failures == FAILURES_THAT_RAISE:
        escalate(work, file, trigger=EscalationTrigger.REWORK, level=raised(case.level))
    return None


def _back_to_work(work: Work, file: CaseFile) -> None:
    case, lead = file.case, file.lead
    case.check_by = None
    work.disarm(case, [TimerKind.CHECK])
    if lead is not None:
        lead.become(PartStatus.WORKING, now=work.now)
        work.keep_part(lead)
    if case.clock is not None:
        case.reminded_at = None
        left = case.clock.at_least(work.plan.limits.rework_floor)
        run_clock(work, case, left, since=work.now)


def reopen(work: Work, file: CaseFile, answer: Answer, *, said: Reopen) -> Refusal | None:
    """Open a closed case again (row 25); returns why when it changes nothing.

    Reporters may within the plan's time, the supervision at any time. Who was told that it is
    closed is told; so are who led it, and the supervision when it did not say so itself.
    """
    case = file.case
    actor = Actor.REPORTER if answer.party == REPORTERS else Actor.SUPERVISION
    refused = judge_move(case, CaseEvent.REOPENED, actor=actor)
    if refused is not None or case.closed_at is None:
        return refused
    within = work.plan.limits.reopen_within
    if actor is Actor.REPORTER and not may_reopen(case.closed_at, now=work.now, within=within):
        return Refusal(reason=Reason.TOO_LATE, detail=case.closed_at + within)
    fact = CaseReopened(case_id=case.case_id, at=work.now, reason=said.reason)
    work.tell(file, fact, actor=actor, party=answer.party, reason=said.reason)
    work.announce(case, Template.REOPENED)
    if case.department is not None:
        work.notify(case, Template.REOPENED, notices.handler(case.department, case.person))
    if actor is Actor.REPORTER:
        work.notify(case, Template.REOPENED, notices.supervisor())
    case.closed_at = case.closed_result = None
    case.held_by_nobody()
    work.count_case(case, "closed", change=-1)
    return None
