"""What the supervision says of work that is said to be done, and when it says nothing."""

from datetime import datetime

from schemas.events.case import CheckFailed, CheckPassed
from schemas.events.feedback import CheckFailedAnswer, CheckPassedAnswer
from schemas.lifecycle import Actor, CaseState
from schemas.plan import Plan
from schemas.vocabulary import MAX_LEVEL, SUPERVISION, EscalationTrigger, Word
from services.notifier.domain.answers import judge_move
from services.notifier.domain.case import CaseFile
from services.notifier.domain.closing import close
from services.notifier.domain.facts import (
    CheckBecameLate,
    Happened,
    Life,
    by_supervision,
)
from services.notifier.domain.lateness import Pause, escalated, growing


def check_passed(
    file: CaseFile, said: CheckPassedAnswer, party: str, _plan: Plan, now: datetime
) -> Life:
    """Close a case that was found done (rows 22 and 23)."""
    refusal = judge_move(file.case, Word.CHECK_PASSED, actor=Actor.SUPERVISION)
    if refusal is not None:
        return refusal
    fact = CheckPassed(case_id=said.case_id, at=now, by=said.by, acting=said.acting)
    yield by_supervision(fact, party)
    return (yield from close(file, now, actor=Actor.SUPERVISION, party=party))


def check_failed(
    file: CaseFile, said: CheckFailedAnswer, party: str, plan: Plan, now: datetime
) -> Life:
    """Send a case back to its lead (row 21), with at least the plan's share of the limit left."""
    case = file.case
    refusal = judge_move(case, Word.CHECK_FAILED, actor=Actor.SUPERVISION)
    if refusal is not None:
        return refusal
    left = None if case.clock is None else case.clock.left_of(plan.limits.rework_floor)
    fact = CheckFailed(
        case_id=case.case_id,
        at=now,
        reason=said.reason,
        failures=case.failures + 1,
        left_seconds=None if left is None else left.total_seconds(),
        acting=said.acting,
    )
    yield by_supervision(fact, party)
    if case.failures == plan.limits.failures_that_raise:  # later ones do not raise it again
        yield escalated(file, EscalationTrigger.REWORK, plan=plan, now=now)
    return None


def check_late(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Go up a level, and tell who is to look; on the top level too, for as long as nobody looks."""
    case, check_by = file.case, file.case.check_by
    if case.state is not CaseState.INSPECTING or check_by is None or check_by > now:
        return None
    if case.level < MAX_LEVEL:
        yield escalated(file, EscalationTrigger.CHECK_LATE, plan=plan, now=now)
    fact = CheckBecameLate(
        case_id=case.case_id,
        at=now,
        check_by=check_by,
        again_at=looked_at_next(check_by, plan, now),
    )
    yield Happened(fact=fact, actor=Actor.SYSTEM, party=SUPERVISION)
    return None


def looked_at_next(check_by: datetime, plan: Plan, now: datetime) -> datetime:
    """Return when a check is due to be looked for, by pauses that grow."""
    return growing(check_by, pause=Pause(plan.limits.check_within), plan=plan, now=now)
