"""A handling limit on paper: how much of it is used, and when it is over."""

from dataclasses import dataclass, field
from typing import Final

from tests.model.minutes import passed, reached

MARKS: Final = {"remind": (4, 5), "overdue": (1, 1), "overdue_far": (3, 1)}
"""The marks of a handling limit, as shares of it."""


@dataclass
class Clock:
    """A handling limit: of which minutes, how many are used, since when it runs."""

    limit: int
    unit: str
    used: int = 0
    extensions: int = 0
    since: int | None = None
    told: set[str] = field(default_factory=set)
    pending: dict[str, int] = field(default_factory=dict)

    @property
    def whole(self) -> int:
        """The limit, with what was added to it."""
        return self.limit * (1 + self.extensions)

    def mark(self, name: str) -> int:
        """Return when a running clock reaches a mark."""
        assert self.since is not None
        share, of = MARKS[name]
        return reached(self.unit, self.since, self.whole * share // of - self.used)

    @property
    def due(self) -> int | None:
        """When the limit is over; None while the clock stands."""
        return None if self.since is None else self.mark("overdue")

    def used_by(self, now: int) -> int:
        """Return how many minutes of the limit are used."""
        return self.used if self.since is None else self.used + passed(self.unit, self.since, now)

    def run(self, now: int) -> None:
        """Go on; a mark that was passed is due at once, unless it was told."""
        self.since = now if self.since is None else self.since
        marks = {name: self.mark(name) for name in MARKS}
        self.pending = {n: at for n, at in marks.items() if at > now or n not in self.told}

    def stop(self, now: int) -> None:
        """Stand still."""
        self.used, self.since, self.pending = self.used_by(now), None, {}
