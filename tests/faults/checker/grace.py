"""How late the effect of a deadline may be: as long as the house had something else to do.

No seconds are counted: a slow machine may take as long as it likes. What is counted is how often
the house looked for what is due, found nothing to do, and had read all that was said to it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final, Self

from tests.faults.history import Meta, Sample

FIRES: Final = "notifier"
"""Who fires the deadlines that are judged."""
_SETS: Final = ("router", FIRES)
"""Whose events they begin with."""
_ROUNDS: Final = 100
"""Looks that may pass a deadline by; a process looks at most ten times a second."""
_HEARD: Final = 2
"""Looks at the house, with nothing unread, until the event that a deadline begins with has
certainly been read: the first shows that the router told it, the second that it was heard."""
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Grace:
    """When the house was seen with nothing unread, on its clock, and its idle rounds until then."""

    seen: list[datetime]
    rounds: list[int]

    @classmethod
    def of(cls, meta: Meta, timeline: Iterable[Sample]) -> Self:
        """Return the grace of a run; what nobody looked at is excused."""
        seen: list[datetime] = []
        rounds: list[int] = []
        looks = [(None, False), *_looks(timeline)]
        for (before, was_clean), (look, is_clean) in pairwise(looks):
            if look is not None and is_clean:
                gained = _gained(before, look) if before is not None and was_clean else 0
                seen.append(meta.house_time(look.at))
                rounds.append(gained + (rounds[-1] if rounds else 0))
        return cls(seen, rounds)

    def until(self, mark: datetime) -> datetime:
        """Return the last instant at which the effect of a deadline is not late."""
        first = bisect_left(self.seen, mark) + _HEARD
        if first >= len(self.seen):
            return _NEVER
        late = bisect_right(self.rounds, self.rounds[first] + _ROUNDS)
        return self.seen[late] if late < len(self.seen) else _NEVER


def _looks(timeline: Iterable[Sample]) -> Iterable[tuple[Sample, bool]]:
    """Yield each look at who fires, and whether all was read that deadlines begin with."""
    last: dict[str, Sample] = {}
    for sample in timeline:
        last[sample.service] = sample
        if sample.service == FIRES:
            known = [last[service] for service in _SETS if service in last]
            clean = len(known) == len(_SETS) and all(s.ready and not s.lag for s in known)
            yield sample, clean


def _gained(before: Sample, after: Sample) -> int:
    """Return the idle rounds between two looks that every process made; any may own the lane."""
    if before.idle_rounds.keys() != after.idle_rounds.keys():
        return 0
    gained = [count - before.idle_rounds[name] for name, count in after.idle_rounds.items()]
    return max(0, min(gained, default=0))
