"""A department that left the plan keeps no case: it goes to who is responsible now."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from schemas.events.case import LEFT_THE_PLAN, AssignmentRevoked, PartChanged
from schemas.lifecycle import Actor, CaseState
from schemas.plan import Plan
from services.kit.sql.database import Database
from services.kit.stage import timers
from services.kit.stage.timers import Deadline
from services.notifier.domain import labels
from services.notifier.domain.case import GOING_ON, CaseFile, Part, PartStatus
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.closing import is_done
from services.notifier.domain.words import Words
from services.notifier.store import leavers
from services.notifier.use_cases.closing import SUBMITTING, submit
from services.notifier.use_cases.timing import end_clocks
from services.notifier.use_cases.work import Work

SETTLING: Final = timedelta(seconds=5)
"""How long the router has to take the same plan, once the notifier has it."""
_HELD: Final = frozenset(
    {CaseState.ASSIGNED, CaseState.ACCEPTED, CaseState.HANDLING, CaseState.REWORK}
)
_NOT_THERE: Final = Words("it is not in the plan any more", "该单位已不在预案中")


async def call_back(database: Database, *, plan: Plan, stage: str, now: datetime) -> int:
    """Set a timer for every open case with a department that the plan lacks; returns how many.

    A portion at a time; the lane's owner looks at each case again when its timer fires.
    """
    found, after = 0, leavers.BEFORE_ALL
    while True:
        async with database.write() as conn:
            portion = await leavers.open_with_others(conn, plan.departments, after=after)
            due = [
                Deadline(
                    subject=one.case_id,
                    kind=TimerKind.LEFT,
                    partition=one.partition,
                    due_at=now + SETTLING,
                )
                for one in portion
            ]
            await timers.set_all(conn, stage=stage, deadlines=due)
        found += len(portion)
        if len(portion) < leavers.AT_ONCE:
            return found
        after = portion[-1].registered_at, portion[-1].case_id


def take_back(work: Work, file: CaseFile) -> None:
    """Take from each department that the plan lacks what it still has of a case.

    A case that its lead said is done waits for the check all the same.
    """
    lead = file.lead
    if lead is not None and file.case.state in _HELD and _has_left(work, lead):
        _take_case(work, file, lead)
    for part in list(_leavers(work, file)):
        if part is not lead:
            _take_part(work, file, part)


def watch_leavers(work: Work, file: CaseFile) -> None:
    """Look at a case again soon when a department in it is not in the plan.

    Router and notifier take a new plan one after the other: who is unknown may only be new.
    """
    if any(_leavers(work, file)):
        work.arm(file.case, TimerKind.LEFT, work.now + timedelta(minutes=1))


def _leavers(work: Work, file: CaseFile) -> Iterable[Part]:
    return (part for part in file.parts.values() if _has_left(work, part))


def _has_left(work: Work, part: Part) -> bool:
    return part.status in GOING_ON and part.department not in work.plan.departments


def _take_case(work: Work, file: CaseFile, lead: Part) -> None:
    case = file.case
    fact = AssignmentRevoked(
        case_id=case.case_id,
        at=work.now,
        assignment_id=lead.assignment_id,
        department=lead.department,
        reason=LEFT_THE_PLAN,
    )
    work.tell(file, fact, actor=Actor.SYSTEM)
    lead.become(PartStatus.REVOKED, now=work.now)
    work.keep_part(lead)
    end_clocks(work, case)
    case.held_by_nobody()


def _take_part(work: Work, file: CaseFile, part: Part) -> None:
    """Take back the part of a co-handler; it may be what the closing rule waited for."""
    part.become(PartStatus.REVOKED, now=work.now)
    work.keep_part(part)
    fact = PartChanged(
        case_id=part.case_id,
        at=work.now,
        assignment_id=part.assignment_id,
        department=part.department,
        status=part.status,
        note=_NOT_THERE.en,
    )
    work.tell(
        file,
        fact,
        actor=Actor.SYSTEM,
        department=work.name(part.department),
        status=labels.STATUS[part.status],
        note=_NOT_THERE,
    )
    if file.case.state in SUBMITTING and is_done(file):
        submit(work, file, last=part)
