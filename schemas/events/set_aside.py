"""The clock of a department that had a case before, as it stands in the file of the case."""

from typing import Annotated, Final

from pydantic import Field

from schemas.events.base import LONGEST_SECONDS, Body, Code, Instant
from schemas.plan.limits import LimitUnit

Counted = Annotated[int, Field(ge=0, le=2**53)]
Spent = Annotated[float, Field(ge=-LONGEST_SECONDS, le=100 * LONGEST_SECONDS)]
MOST_SET_ASIDE: Final = 16
"""Departments whose clocks are kept, the last ones; fewer decline a case than that."""


class ClockSetAside(Body):
    """The handling clock that a department had until the case went to another one.

    It goes on with that if it gets the case back. Seconds are in the time of the limit's `unit`,
    the instants are those of the case while the clock was its own.
    """

    department: Code
    limit_seconds: Spent
    used_seconds: Spent
    unit: LimitUnit = LimitUnit.URGENT_HOUR
    extensions: Counted = 0
    reminded_at: Instant | None = None
    overdue_at: Instant | None = None
    overrun_told_at: Instant | None = None
