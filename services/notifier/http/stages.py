"""The stages of a case and the clock of each party, as a person checks them."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from pydantic import BaseModel

from schemas.plan import Plan
from schemas.standing import Turn
from services.notifier.domain.case import CaseFile
from services.notifier.domain.colours import Colour
from services.notifier.domain.own_clocks import own_clocks
from services.notifier.domain.stages import Stage


class SegmentView(BaseModel):
    """From when to when a clock ran, and the lines of the story that began and ended that."""

    since: datetime
    until: datetime | None
    began_by: int
    ended_by: int | None


class StageView(BaseModel):
    """A clock of a stage, or that of who reported (`resident`): what of its limit is used and left.

    Its segments add up to `used`. Seconds of `resident` are in its limit's own time.
    """

    clock: str
    who: str
    person: str | None
    limit_seconds: float
    used_seconds: float
    left_seconds: float
    due_by: datetime
    late: bool
    colour: Colour
    segments: list[SegmentView]


class OwnClockView(BaseModel):
    """What one party has to do now, by which clock and until when, whoever's move it is.

    `late_now` tells that the case waits for it: of one at the most.
    """

    who: str
    person: str | None
    clock: str
    due_by: datetime | None
    late: bool
    late_now: bool


def stage_views(stages: Iterable[Stage], *, now: datetime, remind_at: float) -> Iterator[StageView]:
    """Yield clocks as they are shown at an instant."""
    for stage in stages:
        running, used = stage.running, stage.used(now)
        yield StageView(
            clock=running.clock,
            who=running.who,
            person=running.person,
            limit_seconds=stage.limit.total_seconds(),
            used_seconds=used.total_seconds(),
            left_seconds=(stage.limit - used).total_seconds(),
            due_by=running.due_by,
            late=stage.is_late(now),
            colour=stage.colour(now, remind_at=remind_at),
            segments=[
                SegmentView(
                    since=one.since, until=one.until, began_by=one.began, ended_by=one.ended
                )
                for one in stage.stretches
            ],
        )


def own_clock_views(file: CaseFile | None, plan: Plan, *, now: datetime) -> Iterator[OwnClockView]:
    """Yield the clock of each party of a case; that of whose move it is comes first."""
    turns = [] if file is None else [*own_clocks(file, plan)]
    for number, turn in enumerate(turns):
        yield _own(turn, now=now, is_move=number == 0)


def _own(turn: Turn, *, now: datetime, is_move: bool) -> OwnClockView:
    late = turn.is_late(now)
    return OwnClockView(
        who=turn.who,
        person=turn.person,
        clock=turn.clock,
        due_by=turn.until,
        late=late,
        late_now=late and is_move,
    )
