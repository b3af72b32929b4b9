"""Clocks that start, stand and end, with their timers."""

from datetime import datetime

from services.notifier.domain.case import Case
from services.notifier.domain.clocks import CASE_TIMERS, HANDLING_TIMERS, HandlingClock, marks
from services.notifier.use_cases.work import Work


def run_clock(work: Work, case: Case, clock: HandlingClock, *, since: datetime) -> None:
    """Let a handling clock run for a case and set the timers of its marks.

    What was told of is judged by now, not by `since`: news that is read late begins in the past.
    """
    case.clock = clock.running(since)
    remind_at = work.plan.limits.remind_at
    ahead = marks(case.clock, now=work.now, remind_at=remind_at, told=case.told_marks())
    work.disarm(case, HANDLING_TIMERS)
    for kind, due_at in ahead.items():
        work.arm(case, kind, due_at)
    work.count_clock(case, "handling")


def stop_clock(work: Work, case: Case) -> None:
    """Let the handling clock stand; an overrun nobody noted yet is noted."""
    if case.clock is not None:
        case.note_overrun(now=work.now)
        case.clock = case.clock.stopped(work.now)
    work.disarm(case, HANDLING_TIMERS)


def end_clocks(work: Work, case: Case) -> None:
    """Stop every clock of a case: nobody is late any more."""
    stop_clock(work, case)
    case.sign_by = case.check_by = None
    work.disarm(case, CASE_TIMERS)
