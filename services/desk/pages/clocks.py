"""The clock that runs for a case: how much of it is left, and how near its end it is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas.plan import Plan
from schemas.plan.calendar import WORKING_UNITS
from schemas.plan.handling_clock import HandlingClock
from schemas.standing import Turn, whose_turn
from services.desk.domain.own_clocks import own_turn
from services.desk.domain.view import View

_YELLOW: Final = 0.8
"""From this share of a limit on it is nearly used (domain handbook, 1.5)."""
_RESTING: Final = frozenset({"part", "suspension"})
"""Clocks while which the lead's own stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockShown:
    """Whose move a case is, or what a reader has to do itself, by which clock, and how that stands.

    `colour` is green, yellow or red, or `resting` while the lead's own clock stands. `left` is what
    is left until its end, or how long that was ago: of `working` time where the limit counts in
    that; absent where no limit runs.
    """

    turn: Turn
    colour: str
    left: timedelta | None = None
    working: bool = False


def clock_of(
    view: View, *, plan: Plan, now: datetime, theirs: Collection[str] = ()
) -> ClockShown | None:
    """Return the clock of whoever has the move; None once the case ended.

    To a reader one of whose departments helps, and none leads, that of its part, if that runs.
    """
    turn = own_turn(view, theirs) or whose_turn(view)
    if turn is None:
        return None
    if turn.until is None:
        return ClockShown(turn=turn, colour="resting")
    if turn.clock == "handling" and view.clock is not None:
        return _handling(turn, view, view.clock, plan=plan, now=now)
    began = _began(view, turn)
    share = 0.0 if began is None else (now - began) / (turn.until - began)
    colour = _colour(share, turn, now=now)
    if turn.clock in _RESTING and colour != "red":
        colour = "resting"
    return ClockShown(turn=turn, colour=colour, left=abs(turn.until - now))


def _handling(
    turn: Turn, view: View, clock: HandlingClock, *, plan: Plan, now: datetime
) -> ClockShown:
    """Return the handling clock, as its limit counts the time."""
    counting = plan.counting(clock.unit, department=view.department)
    clock = clock.counted_by(counting)
    return ClockShown(
        turn=turn,
        colour=_colour(clock.elapsed(now) / clock.whole, turn, now=now),
        # To the end as it was told: one that is over stays so, whatever days the plan has now.
        left=abs(counting.between(now, turn.until or now)),
        working=clock.unit in WORKING_UNITS,
    )


def _colour(share: float, turn: Turn, *, now: datetime) -> str:
    # Red are those that `GET /cases?late=true` has for whoever reads, and no other.
    if turn.is_late(now):
        return "red"
    return "yellow" if share >= _YELLOW else "green"


def _began(view: View, turn: Turn) -> datetime | None:
    """Return since when a clock runs of which a view knows that."""
    if turn.clock == "triage":
        return view.registered_at
    part = view.part_of(turn.who)
    return part.offered_at if part is not None and turn.clock == "sign" else None
