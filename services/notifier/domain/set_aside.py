"""The clocks of departments that had a case before: who gets it back goes on with its own."""

from schemas.events.base import in_utc
from schemas.events.set_aside import MOST_SET_ASIDE, ClockSetAside
from schemas.plan.handling_clock import HandlingClock
from services.notifier.domain.case import Case


def put_aside(case: Case, department: str) -> None:
    """Keep the standing clock of a department that the case is taken from."""
    clock = case.clock
    if clock is None:
        return
    one = ClockSetAside(
        department=department,
        **clock.in_seconds(),
        reminded_at=case.reminded_at,
        overdue_at=case.overdue_at,
        overrun_told_at=case.overrun_told_at,
    )
    others = (kept for kept in case.set_aside if kept.department != department)
    case.set_aside = (*others, one)[-MOST_SET_ASIDE:]


def take_up(case: Case, department: str, *, resumes: bool) -> None:
    """Give a department its own clock back, if it goes on with one that was kept."""
    own = next((kept for kept in case.set_aside if kept.department == department), None)
    case.set_aside = tuple(kept for kept in case.set_aside if kept is not own)
    if own is None or not resumes:
        return
    case.clock = HandlingClock.told(
        limit_seconds=own.limit_seconds,
        used_seconds=own.used_seconds,
        unit=own.unit,
        extensions=own.extensions,
    )
    case.due_by = None
    told = own.reminded_at, own.overdue_at, own.overrun_told_at
    reminded, overdue, overrun = (None if at is None else in_utc(at) for at in told)
    case.reminded_at, case.overdue_at, case.overrun_told_at = reminded, overdue, overrun


def comes_from_another(case: Case, department: str) -> bool:
    """Tell whether somebody else had the case until now."""
    last = case.set_aside[-1].department if case.set_aside else department
    return (case.department or last) != department
