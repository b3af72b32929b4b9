"""Cases whose work rests until a date: they go on by themselves, or earlier by command."""

from datetime import datetime

from schemas.events.acting import Acting
from schemas.events.commands import Resume
from schemas.events.requests import SuspensionEnded
from schemas.plan import Plan
from schemas.vocabulary import CommandKind, PartStatus
from schemas.words.labels import DATE_HAS_COME
from services.notifier.domain.authority import judge_command
from services.notifier.domain.case import CaseFile
from services.notifier.domain.closing import submitted
from services.notifier.domain.facts import Life, by_person, by_system


def resumed(file: CaseFile, said: Resume, plan: Plan, now: datetime) -> Life:
    """Let the work go on before its date (row 17)."""
    refusal = judge_command(file, CommandKind.RESUME)
    if refusal is not None:
        return refusal
    yield by_person(
        suspension_ended(file, now, reason=said.reason, acting=said.acting), said.acting
    )
    return (yield from done_meanwhile(file, plan, now))


def date_has_come(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Let the work go on when its date has come (row 17)."""
    until = file.case.suspended_until
    if until is not None and until <= now:
        yield by_system(suspension_ended(file, now, reason=DATE_HAS_COME))
        return (yield from done_meanwhile(file, plan, now))
    return None


def suspension_ended(
    file: CaseFile, now: datetime, *, reason: str, acting: Acting | None = None
) -> SuspensionEnded:
    """Return that a suspended case goes on, and why."""
    case = file.case
    clock = case.clock if case.blocked is None else None
    return SuspensionEnded(
        case_id=case.case_id,
        at=now,
        department=case.department,
        person=case.person,
        reason=reason,
        left_seconds=case.left_seconds(now),
        due_by=None if clock is None else clock.running(now).due_by,
        acting=acting,
    )


def done_meanwhile(file: CaseFile, plan: Plan, now: datetime) -> Life:
    """Go on to the check if what co-handlers did meanwhile is all that closing asks for."""
    for part in file.parts.values():
        if part.status is PartStatus.DONE:
            return (yield from submitted(file, part, plan, now))
    return None
