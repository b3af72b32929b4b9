"""Who of a department on call is asked now, until when, and when nobody will be."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.plan import Department, Person, Shift, duty_gaps

_WEEK = 7
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    """Whom a department asks now, in order; `until` is when the shift of the first one ends.

    Without a shift now there is no `until`: the head is asked, or nobody. `nobody_from` is when
    there will be nobody the next time, if ever.
    """

    chain: tuple[Person, ...]
    until: datetime | None
    nobody_from: datetime | None


def on_call(department: Department, *, now: datetime, timezone: ZoneInfo) -> OnCall:
    """Return whom a department asks at an instant, by its shifts in the city's time."""
    local = now.astimezone(timezone)
    today = local.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = local - today
    shift = next(iter(department.shifts_at(now, timezone)), None)
    return OnCall(
        chain=department.on_duty(now, timezone),
        until=None if shift is None else _end_of(shift, today, passed),
        nobody_from=_nobody_from(department, today, passed),
    )


def _end_of(shift: Shift, today: datetime, passed: timedelta) -> datetime:
    ends_tomorrow = shift.start >= shift.end and passed >= shift.start
    return today + shift.end + timedelta(days=ends_tomorrow)


def _nobody_from(department: Department, today: datetime, passed: timedelta) -> datetime | None:
    """Return when the next gap begins; one that is now began already, and does not count."""
    if department.head is not None:
        return None
    gaps = duty_gaps(department)
    # They are told day by day: what goes on at midnight began before.
    go_on = {(gap.day + 1) % _WEEK for gap in gaps if gap.end == _DAY}
    begins = (
        timedelta(days=(gap.day - today.weekday()) % _WEEK) + gap.start
        for gap in gaps
        if gap.start or gap.day not in go_on
    )
    later = (one if one > passed else one + timedelta(days=_WEEK) for one in begins)
    return min((today + one for one in later), default=None)
