"""Which readable reports a plan does not accept; a small, closed list.

Time or another plan can lift every one of these reasons.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.assessment.plan_index import PlanIndex
from services.assessment.position import Position

MAX_AHEAD: Final = timedelta(minutes=5)
"""How far the clocks of upstream systems may be ahead of ours."""


class RefusalReason(StrEnum):
    """Why a report is not accepted."""

    OUTSIDE_DISTRICT = "outside_district"
    UNKNOWN_GRID = "unknown_grid"
    IN_THE_FUTURE = "in_the_future"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One reason, the field it is in, and what the reporter reads."""

    reason: RefusalReason
    field: str
    message_en: str
    message_zh: str


def refusal_of(
    *,
    position: Position | None,
    grid: str | None,
    reported_at: datetime,
    now: datetime,
    index: PlanIndex,
) -> Refusal | None:
    """Return why a report at this place and time is not accepted; None when it is.

    A grid the plan lacks is no reason as long as there is a point to find the right one by.
    """
    if position is not None and index.outside(position):
        return _outside(index)
    if position is None and grid is not None and index.plan.grid(grid) is None:
        return Refusal(
            reason=RefusalReason.UNKNOWN_GRID,
            field="place.grid",
            message_en=f"There is no grid {grid!r} here, and the report has no point.",
            message_zh=f"本区没有网格“{grid}”,且上报没有坐标。",
        )
    if reported_at > now + MAX_AHEAD:
        return Refusal(
            reason=RefusalReason.IN_THE_FUTURE,
            field="reported_at",
            message_en="The report is dated more than 5 minutes after it was received.",
            message_zh="上报时间比接收时间晚5分钟以上。",
        )
    return None


def _outside(index: PlanIndex) -> Refusal:
    districts = index.plan.districts
    return Refusal(
        reason=RefusalReason.OUTSIDE_DISTRICT,
        field="place.point",
        message_en=f"The point is outside {', '.join(d.title_en for d in districts)}.",
        message_zh=f"坐标不在{'、'.join(d.title_zh for d in districts)}范围内。",
    )
