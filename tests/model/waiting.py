"""A lead that waits for a co-handler's part: its clock rests, the part has a time of its own."""

from tests.model.case import Case
from tests.model.minutes import passed, reached
from tests.model.parts import GOING_ON, Part

Why = tuple[str, str | None]


def wait(case: Case, blocked_by: str, now: int) -> Why | None:
    """Let the lead wait for a part that somebody has signed for."""
    part = case.live_part(blocked_by)
    if part is None or part.lead or part.status not in GOING_ON:
        return "no_part", "blocked_by"
    if part.status == "offered":
        return "not_signed_for", "blocked_by"
    assert case.clock is not None
    until = reached(case.clock.unit, now, case.clock.limit)
    until = until if part.due is None else min(part.due, until)
    if until <= now:
        return "waited_enough", "blocked_by"
    case.tell("case.blocked")
    case.stop_clock(now)
    case.waits_for, part.due = part, until
    left = passed(case.clock.unit, now, until)
    # An end that was told by another unit stays as it was told.
    is_counted = reached(case.clock.unit, now, left) == until
    part.counted = (case.clock.unit, now, left) if is_counted else None
    return None


def go_on(case: Case, now: int) -> None:
    """Wait no more; the clock goes on unless the case rests."""
    case.tell("case.unblocked")
    case.waits_for = None
    if case.state != "suspended":
        case.run_clock(now)


def part_ended(case: Case, part: Part, now: int) -> None:
    """Let nobody wait for a part that has ended; the work may be done."""
    if case.waits_for is part:
        go_on(case, now)
    case.complete(part, now)


def waited_too_long(case: Case, now: int) -> None:
    """Go on, a level up: the part was not done in its time."""
    part = case.waits_for
    if part is not None and part.due is not None and part.due <= now:
        go_on(case, now)
        case.raise_to(case.level + 1)
