"""What the notifier's timers are for, and when the marks of the handling clock are reached."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from schemas.plan.handling_clock import HandlingClock


class TimerKind(StrEnum):
    """What a deadline of a case is for.

    `PART` is one of co-handlers who have not signed, `PARKED` of an answer that came too early,
    `LEFT` one to look whether a department of the case left the plan, `RECOUNT` one to look
    whether its calendar moves the deadline, `MERGED` one to look which cases are merged into
    it, `ARCHIVE` one to archive it,
    `REQUEST` one of requests that nobody decided, `PROMISE` one to tell that a case is not closed
    when its reporters were told that it would be, `FILE` asks for the case's file.
    """

    SIGN = "sign"
    REMIND = "remind"
    OVERDUE = "overdue"
    OVERDUE_FAR = "overdue_far"
    CHECK = "check"
    TRIAGE = "triage"
    PARKED = "parked"
    FILE = "file"
    PART = "part"
    BLOCKED = "blocked"
    LEFT = "left"
    RECOUNT = "recount"
    MERGED = "merged"
    ARCHIVE = "archive"
    REQUEST = "request"
    SUSPENSION = "suspension"
    PROMISE = "promise"


HANDLING_TIMERS = (TimerKind.REMIND, TimerKind.OVERDUE, TimerKind.OVERDUE_FAR)
CASE_TIMERS = (
    *(TimerKind.SIGN, *HANDLING_TIMERS, TimerKind.CHECK),
    *(TimerKind.PART, TimerKind.LEFT, TimerKind.BLOCKED),
)


def marks(
    clock: HandlingClock,
    *,
    now: datetime,
    remind_at: float,
    far_at: float,
    told: Collection[TimerKind],
) -> dict[TimerKind, datetime]:
    """Return when a running clock has its reminder, is overdue, and is far overdue.

    A mark that was passed already is there only if nobody was `told`: its timer is due at once.
    """
    shares = {
        TimerKind.REMIND: remind_at,
        TimerKind.OVERDUE: 1.0,
        TimerKind.OVERDUE_FAR: far_at,
    }
    found = {kind: clock.reaches(share) for kind, share in shares.items()}
    return {
        kind: instant
        for kind, instant in found.items()
        if instant is not None and (instant > now or kind not in told)
    }
