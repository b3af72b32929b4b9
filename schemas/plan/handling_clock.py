"""The handling clock: how much of a case's limit is used, and when it is over.

Its time passes as the plan says for the limit's unit: on and on, or only while people work. It
stands after a return, the same department goes on with the remainder, another department gets a
fresh one, a failed check leaves at least a share of the limit. Whoever owns it and whoever shows
it count alike.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from schemas.plan.limits import LimitUnit
from schemas.plan.working_time import CONTINUOUS, Counting


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingClock:
    """A limit, how much of it was used before `since`, and since when it runs (None: it stands).

    `limit` and `used` are in the time of the limit's `unit`, which `counting` tells of. Each of the
    `extensions` adds the limit once more.
    """

    limit: timedelta
    used: timedelta = timedelta()
    since: datetime | None = None
    unit: LimitUnit = LimitUnit.URGENT_HOUR
    extensions: int = 0
    counting: Counting = field(default=CONTINUOUS, compare=False, repr=False)

    @classmethod
    def told(
        cls,
        *,
        limit_seconds: float,
        used_seconds: float,
        unit: LimitUnit,
        extensions: int,
        since: datetime | None = None,
    ) -> Self:
        """Return a clock as rows and files tell of it, in seconds."""
        return cls(
            limit=timedelta(seconds=limit_seconds),
            used=timedelta(seconds=used_seconds),
            since=since,
            unit=unit,
            extensions=extensions,
        )

    def in_seconds(self) -> dict[str, Any]:
        """Return what `told` makes a clock of that stands."""
        return {
            "limit_seconds": self.limit.total_seconds(),
            "used_seconds": self.used.total_seconds(),
            "unit": self.unit,
            "extensions": self.extensions,
        }

    @property
    def whole(self) -> timedelta:
        """The limit with what was added to it."""
        return self.limit * (1 + self.extensions)

    def counted_by(self, counting: Counting) -> Self:
        """Return the clock with its time passing as this says."""
        return replace(self, counting=counting)

    def extended(self) -> Self:
        """Return the clock with its limit added once more."""
        return replace(self, extensions=self.extensions + 1)

    def elapsed(self, now: datetime) -> timedelta:
        """Return how much time the clock has counted."""
        if self.since is None:
            return self.used
        return self.used + max(self.counting.between(self.since, now), timedelta())

    def running(self, now: datetime) -> Self:
        """Return the clock going on; one that runs already stays as it is."""
        return self if self.since is not None else replace(self, since=now)

    def stopped(self, now: datetime) -> Self:
        """Return the clock standing, with what it has counted."""
        return replace(self, used=self.elapsed(now), since=None)

    def left(self, now: datetime) -> timedelta:
        """Return what is left of the limit; less than nothing when it is over."""
        return self.whole - self.elapsed(now)

    def left_of(self, share: float) -> timedelta:
        """Return what is left of the standing clock's limit, at least this share of it."""
        return max(self.whole - self.used, self.limit * share)

    def with_left(self, left: timedelta) -> Self:
        """Return the clock standing, with so much left."""
        return replace(self, used=self.whole - left, since=None)

    def reaches(self, share: float) -> datetime | None:
        """Return when this share of the limit is used up; None while the clock stands."""
        if self.since is None:
            return None
        return self.counting.after(self.since, self.whole * share - self.used)

    @property
    def due_by(self) -> datetime | None:
        """When the whole limit is used up; None while the clock stands."""
        return self.reaches(1.0)
