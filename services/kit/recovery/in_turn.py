"""Records of the past in the order in which they were decided, whatever topics they stand on.

Each is decided at the instant that its service told then. One of which nothing was told goes with
the last before it on its partition, what became of it could be seen nowhere; but an event of our
own services with the first after it was told, for it may follow from what this one decided.
"""

import heapq
from bisect import bisect_left
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from schemas.cloudevents import NotACloudEvent, event_source, from_kafka
from schemas.events.base import source_of
from services.kit.kafka.placing import placed
from services.kit.records import Incoming, Record, Rejected
from services.kit.recovery.bounds import AHEAD, AT_ONCE
from services.kit.recovery.past import UNKNOWN, Decided, Past, Rank
from services.kit.stage.load import Letter, Load
from services.kit.stage.positions import Place
from services.kit.stage.timers import Deadline

_OURS: Final = source_of("")
_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)


class _Waiting(NamedTuple):
    at: datetime
    rank: Rank
    number: int
    item: Incoming[Any] | Letter

    @property
    def record(self) -> Record:
        return self.item.record


@dataclass(slots=True)
class _Partition:
    """How far one partition was read, and which of its records wait for their turn."""

    end: int
    begin: int
    next: int = 0
    over: bool = False
    last: datetime | None = None
    ranks: dict[str | None, Rank] = field(default_factory=dict)
    ahead: deque[datetime] = field(default_factory=lambda: deque(maxlen=AHEAD))
    waiting: dict[int, None] = field(default_factory=dict)

    @property
    def is_read(self) -> bool:
        return self.over or self.next >= self.end

    @property
    def taken(self) -> int:
        return next(iter(self.waiting), self.next)

    def sure_until(self) -> datetime:
        """Return before which instant nothing more is to come."""
        return min(self.ahead) if len(self.ahead) == AHEAD else _BEFORE_ALL


class InTurn:
    """Takes records as they stand on the topics, and gives loads as they were decided."""

    def __init__(
        self,
        past: Past,
        *,
        lanes: frozenset[int],
        begin: Mapping[Place, int],
        group: Mapping[Place, int],
        ends: Mapping[Place, int],
    ) -> None:
        """Take what was told, and where each partition begins, was left by its group, and ends."""
        self._past = past
        self._lanes = lanes
        self._group = group
        self._instants = past.instants()
        self._partitions = {
            place: _Partition(end=ends[place], begin=at, next=at) for place, at in begin.items()
        }
        self._waiting: list[_Waiting] = []
        self._count = 0

    def add(self, record: Record, found: Incoming[Any] | Rejected | None) -> None:
        """Take the next record of a partition, decoded; None is none of this stage's business.

        What nothing was told of and the group had not read yet is left for later, and with it the
        rest of its partition.
        """
        place = (record.topic, record.partition)
        partition = self._partitions[place]
        if partition.over:
            return
        told = self._past.decided.get(str(found.id)) if isinstance(found, Incoming) else None
        if found is not None and told is None and record.offset >= self._group.get(place, 0):
            partition.over = True
            return
        partition.next = record.offset + 1
        if found is None:
            return
        item = found if isinstance(found, Incoming) else Letter(record, found)
        self._count += 1
        at, rank = self._turn_of(item, told, partition)
        heapq.heappush(self._waiting, _Waiting(at, rank, self._count, item))
        partition.waiting[record.offset] = None

    def _turn_of(
        self, item: Incoming[Any] | Letter, told: Decided | None, partition: _Partition
    ) -> tuple[datetime, Rank]:
        """Return when an item was decided, and its rank among those of its key at that instant."""
        home = item.home if isinstance(item, Incoming) else None
        at = self._since(item.record, partition.last) if told is None else told.at
        if at != partition.last:
            partition.last = at
            partition.ranks.clear()
        if told is not None:
            partition.ahead.append(at)
        rank = UNKNOWN if told is None else told.rank
        if rank == UNKNOWN:
            rank = partition.ranks.get(home, UNKNOWN)
        partition.ranks[home] = rank
        return at, rank

    def _since(self, record: Record, last: datetime | None) -> datetime:
        """Return when a record of which nothing was told was decided at the earliest."""
        at = last or self._instants[0]
        told_at = _told_at(record)
        if told_at is None or told_at <= at:
            return at
        after = bisect_left(self._instants, told_at)
        return self._instants[min(after, len(self._instants) - 1)]

    def next_load(self, *, is_all: bool = False) -> Load[Any] | None:
        """Return what was decided next, None as long as earlier things may be to come.

        With `is_all` nothing more is.
        """
        unread = (p.sure_until() for p in self._partitions.values() if not p.is_read)
        sure = (
            datetime.max.replace(tzinfo=UTC)
            if is_all
            else min(unread, default=datetime.max.replace(tzinfo=UTC))
        )
        at = self._waiting[0].at if self._waiting else sure
        fired = self._past.fired
        if fired and fired[0].at <= at and fired[0].at < sure:
            at = fired[0].at
            return Load(due_of=self._lanes, due=self._take_fired(), at=at)
        if not self._waiting or at >= sure:
            return None
        return self._load_of(at)

    def _take_fired(self) -> frozenset[Deadline]:
        return frozenset(
            Deadline(
                subject=fired.subject,
                kind=fired.kind,
                partition=placed(str(fired.subject), count=len(self._lanes)),
                due_at=fired.due_at,
            )
            for fired in self._past.take_fired()
        )

    def rest(self) -> Load[Any]:
        """Return how far each partition was read once nothing waits, whatever stood there last."""
        return Load(taken={place: one.taken for place, one in self._partitions.items()})

    def _load_of(self, at: datetime) -> Load[Any]:
        items: list[_Waiting] = []
        while self._waiting and self._waiting[0].at == at and len(items) < AT_ONCE:
            items.append(heapq.heappop(self._waiting))
        places = set()
        for one in items:
            place = (one.record.topic, one.record.partition)
            del self._partitions[place].waiting[one.record.offset]
            places.add(place)
        return Load(
            incoming=tuple(one.item for one in items if isinstance(one.item, Incoming)),
            letters=tuple(one.item for one in items if isinstance(one.item, Letter)),
            taken={place: self._partitions[place].taken for place in places},
            at=at,
        )


def _told_at(record: Record) -> datetime | None:
    """Return when one of our services told an event; what others say of their time is not taken."""
    if not event_source(record.headers).startswith(_OURS):
        return None
    try:
        return from_kafka(key=record.key, value=record.value, headers=record.headers).time
    except NotACloudEvent:
        return None
