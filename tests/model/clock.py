"""A handling limit on paper: how much of it is used, and when it is over."""

from dataclasses import dataclass, field
from typing import Final

from tests.model.minutes import passed, reached

MARKS: Final = {"remind": (4, 5), "overdue": (1, 1), "overdue_far": (3, 1)}
"""The marks of a handling limit, as shares of it."""


@dataclass
class Clock:
    """A handling limit: of which minutes, how many are used, since when it runs.

    `ends` is when it is over, as it was told.
    """

    limit: int
    unit: str
    used: int = 0
    extensions: int = 0
    since: int | None = None
    ends: int | None = None
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
        """When the limit is over, as it was told; None while the clock stands."""
        return self.ends

    @property
    def is_due_otherwise(self) -> bool:
        """Whether the limit is over at another instant than was told, and nobody was told so."""
        runs = self.since is not None and "overdue" not in self.told
        return runs and self.ends != self.mark("overdue")

    def used_by(self, now: int) -> int:
        """Return how many minutes of the limit are used."""
        return self.used if self.since is None else self.used + passed(self.unit, self.since, now)

    def run(self, now: int) -> None:
        """Go on; a mark that was passed is due at once, unless it was told."""
        self.since = now if self.since is None else self.since
        self.ends = self.mark("overdue") if self.ends is None else self.ends
        marks = {name: self.mark(name) for name in MARKS}
        self.pending = {n: at for n, at in marks.items() if at > now or n not in self.told}

    def stop(self, now: int) -> None:
        """Stand still."""
        self.used, self.since, self.pending = self.used_by(now), None, {}
        self.ends = None

    def told_anew(self, now: int) -> bool:
        """Have the end by the days of now, if it is another one; tell whether it is."""
        if not self.is_due_otherwise:
            return False
        self.ends = None
        self.told.discard("remind")
        self.run(now)
        return True
