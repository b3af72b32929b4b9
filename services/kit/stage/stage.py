"""The machine all services are: batch in, one transaction, publish, acknowledge.

Per batch: decode each record (a bad one becomes a dead letter), then ONE transaction {fence, inbox,
the service's own load-decide-save, outbox chunk}, then publish the chunk in order. The caller
acknowledges the offsets last. Killing the process anywhere loses nothing and doubles nothing:

- before the commit nothing happened, and the records come again;
- after it the chunk is swept by the lane's next owner, and the inbox drops the records;
- a paused process that lost its lane is refused by the fence.
"""

import asyncio
import logging
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from services.kit.kafka.placing import placed
from services.kit.records import Fault, Incoming, Record, Rejected
from services.kit.stage import fence, moved, outbox, positions, skips
from services.kit.stage.batch import Reader
from services.kit.stage.bounds import MOVED_AT_ONCE, WEIGHT_OF_LATEST
from services.kit.stage.load import SKIPPED, Letter, Load, unforeseen
from services.kit.stage.settling import Settling, StageParts, tell

E = TypeVar("E")
logger = logging.getLogger(__name__)


class Stage(Generic[E]):
    """One consumer group's work, whichever partitions of it this process owns."""

    def __init__(self, parts: StageParts, reader: Reader[E]) -> None:
        """Join the parts with the service's reader; nothing runs yet."""
        self.name = parts.name
        self.primary_topic = parts.primary_topic
        self._parts = parts
        self._reader = reader
        self._lock = asyncio.Lock()
        self._settling = Settling(parts, reader)
        self._outgoing, self._due = self._settling.outgoing, self._settling.due
        self._lanes = self._settling.lanes
        self._assigned: set[int] = set()
        self._handed_out = False
        self._taken: dict[positions.Place, int] = {}
        self._looking = moved.Looking()
        self._skips: Mapping[skips.Place, str] = {}
        self.passed_over = asyncio.Event()
        """Set when there was nothing to do for a batch."""
        self.round_seconds = 0.0
        """How long a round takes that decides something: of the last ones the latest count most."""
        self._idle_rounds = parts.metrics.idle_rounds.labels(stage=self.name)
        # Asked at each scrape: whoever would set it may wait for the broker itself.
        parts.metrics.outbox_lag.labels(stage=self.name).set_function(
            lambda: self._outgoing.age_seconds
        )

    # Ownership ------------------------------------------------------------------------------

    def assigned(self, partitions: Collection[int]) -> None:
        """Note which lanes the group gave this process; they are taken before their first use."""
        self._assigned = set(partitions)
        self._parts.metrics.lanes.labels(stage=self.name).set(len(partitions))

    def revoked(self) -> None:
        """Forget every lane; what is owned again is taken, and swept, again."""
        self._assigned = set()
        self._lanes.clear()
        self._taken.clear()

    async def take_lanes(self) -> None:
        """Take the assigned lanes that are not taken yet, publishing what a former owner left."""
        async with self._lock:
            await self._take(self._assigned)

    async def _take(self, partitions: Iterable[int]) -> None:
        for partition in sorted(set(partitions) - self._lanes.keys()):
            await self._outgoing.settle()
            count = await self._parts.publisher.partitions_of(self.primary_topic)
            async with self._parts.database.write() as conn:
                held = await fence.take(conn, stage=self.name, partition=partition, count=count)
                left = await outbox.leftovers(conn, stage=self.name, partition=partition)
                self._skips = await skips.pending(conn)
            sent = await self._outgoing.send_leftovers(left)
            if sent:
                logger.info(
                    "leftovers published",
                    extra={"stage": self.name, "partition": partition, "chunks": sent},
                )
            self._lanes[partition] = held
            self._due.may_have_changed()

    # What was decided before ----------------------------------------------------------------

    async def decide_again(self, load: Load[E]) -> None:
        """Commit a load of an instant that is past, while nothing else feeds the stage.

        Raises `fence.Fenced` or a passing fault: nothing of it was written.
        """
        async with self._lock:
            await self._take(self._assigned)
            await self._settling.settle(load)

    async def decoded_at_home(self, record: Record) -> Incoming[E] | Rejected | None:
        """Decode a record for the lane that decides it, wherever it stands."""
        found = record.unreadable or self._decode(record)
        if not isinstance(found, Incoming) or found.home is None:
            return found
        count = await self._parts.publisher.partitions_of(self.primary_topic)
        return found._replace(lane=placed(found.home, count=count))

    # Work -----------------------------------------------------------------------------------

    def handed_out(self) -> None:
        """Note that a batch was read and is on its way here: it goes before any deadline."""
        self._handed_out = True

    async def process(self, records: Sequence[Record]) -> None:
        """Process a batch; when this returns, its offsets may be acknowledged.

        Raises `fence.Fenced` or a passing fault: nothing was written, deliver the batch again.
        """
        self.handed_out()
        try:
            await self._process(records)
        finally:
            self._handed_out = False

    async def _process(self, records: Sequence[Record]) -> None:
        started = time.perf_counter()
        async with self._lock:
            # All lanes at once: records of one may lead to events of a case begun on another.
            await self._take(self._assigned or {r.partition for r in records})
            load = await self._decoded(records)
            taken = self._taken | positions.after(records)
            if load.is_empty:
                self._taken = taken  # noted with the next transaction
                self.passed_over.set()
            else:
                await self._settling.settle(replace(load, taken=taken))
                self._taken.clear()
                self._note_round(time.perf_counter() - started)
            if load.strays:
                self._looking.at_once()
        metrics = self._parts.metrics
        metrics.batch_records.labels(stage=self.name).observe(len(records))
        metrics.batch_seconds.labels(stage=self.name).observe(time.perf_counter() - started)

    def _note_round(self, seconds: float) -> None:
        self.round_seconds += (seconds - self.round_seconds) * WEIGHT_OF_LATEST

    async def fire_due(self) -> int:
        """Fire the due timers of the lanes this process owns, and take in what was brought there.

        Returns how many timers fired. A batch that is read already goes first: what was said in
        time stops a timer.
        """
        if self._handed_out:
            return 0
        async with self._lock:
            owned = self._lanes.keys() & self._assigned
            if not owned:
                return 0
            load = await self._waiting(owned)
            if load.is_empty:
                self._idle_rounds.inc()
                return 0
            return await self._settling.settle(load)

    async def _waiting(self, owned: Collection[int]) -> Load[E]:
        """Return what is due in these lanes and what was brought there."""
        is_past = await self._due.is_past(self._parts.database, now=self._parts.clock())
        if not (self._looking.is_time() or is_past):
            return Load()
        load = await self._brought(owned)
        if len(load.moved) == MOVED_AT_ONCE:
            self._looking.at_once()
        elif is_past:
            load = replace(load, due_of=frozenset(owned))
        return load

    async def _brought(self, owned: Collection[int]) -> Load[E]:
        """Return what waits in the database for these lanes, and learn what is to be passed over.

        It was decoded when it was brought; by now another release may see it otherwise.
        """
        async with self._parts.database.read() as conn:
            found = await moved.waiting(conn, stage=self.name, lanes=owned)
            self._skips = await skips.pending(conn)
        incoming, letters = [], []
        for id_, lane, record in found:
            decoded = self._decode(record)
            if isinstance(decoded, Incoming):
                incoming.append(decoded._replace(lane=lane, moved=id_))
            else:
                why = decoded or Rejected("not_ours", (Fault("record", "is read no more"),))
                letters.append(Letter(record, why, moved=id_))
        return Load(incoming=tuple(incoming), letters=tuple(letters))

    async def _decoded(self, records: Sequence[Record]) -> Load[E]:
        """Decode each record, and tell those of our own lanes from those of others'."""
        count = await self._parts.publisher.partitions_of(self.primary_topic)
        incoming, letters, strays = [], [], []
        for record in records:
            found = record.unreadable or self._decode(record)
            if isinstance(found, Rejected):
                letters.append(Letter(record, found))
            elif found is not None:
                lane = record.partition if found.home is None else placed(found.home, count=count)
                if lane == record.partition and lane in self._lanes:
                    incoming.append(found)
                else:
                    strays.append((found, lane))
        return Load(incoming=tuple(incoming), letters=tuple(letters), strays=tuple(strays))

    def _decode(self, record: Record) -> Incoming[E] | Rejected | None:
        """Return a record's event, why it is put aside, or None if it is not this stage's."""
        if self._skips and (why := self._skips.get(skips.place_of(record))) is not None:
            return Rejected(SKIPPED, (Fault("record", why),))
        try:
            return self._reader.decode(record)
        except Rejected as rejected:
            return rejected
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this record's alone
            tell(error, stage=self.name, record=record.position)
            return unforeseen(error)

    async def flush(self) -> None:
        """Wait for the broker, and note what it has and how far this stage is.

        So nothing is sent or read again at a restart.
        """
        async with self._lock:
            await self._outgoing.settle()
            confirmed = self._outgoing.confirmed
            if not confirmed and not self._taken:
                return
            async with self._parts.database.write() as conn:
                await outbox.mark_published(conn, chunks=confirmed, now=self._parts.clock())
                await positions.advance(conn, stage=self.name, taken=self._taken)
            self._taken.clear()
            self._outgoing.marked(confirmed)
