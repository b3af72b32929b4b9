"""How late the effect of a deadline may be: a while after it, or after what was broken then."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from tests.faults.history import Fault, Meta


@dataclass(frozen=True, slots=True)
class Grace:
    """The times of faults on the house's clock, in order and apart by more than `late`."""

    begins: list[datetime]
    ends: list[datetime]
    late: timedelta

    @classmethod
    def of(cls, meta: Meta, faults: Iterable[Fault]) -> Self:
        """Return the grace of a run; a fault without an end lasted no time."""
        late = timedelta(seconds=meta.limits.late)
        begins: list[datetime] = []
        ends: list[datetime] = []
        for fault in sorted(faults, key=lambda f: f.begun_at):
            begin = meta.house_time(fault.begun_at)
            end = meta.house_time(fault.ended_at or fault.begun_at)
            if ends and begin <= ends[-1] + late:
                ends[-1] = max(ends[-1], end)
            else:
                begins.append(begin)
                ends.append(end)
        return cls(begins, ends, late)

    def until(self, mark: datetime) -> datetime:
        """Return the last instant at which the effect of a deadline is not late."""
        latest = mark + self.late
        number = bisect_right(self.ends, mark - self.late)
        while number < len(self.begins) and self.begins[number] <= latest:
            latest = max(latest, self.ends[number] + self.late)
            number += 1
        return latest
