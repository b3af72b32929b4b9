"""The machine all three services are: batch in, one transaction, publish, acknowledge.

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
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Generic, TypeVar
from uuid import UUID

from services.kit import dead_letters, fence, inbox, outbox, positions, timers
from services.kit.batch import Batch, Reader
from services.kit.clock import Clock
from services.kit.database import Database
from services.kit.metrics import StageMetrics
from services.kit.outgoing import Outgoing
from services.kit.producer import Publisher
from services.kit.records import Incoming, Record, Rejected

E = TypeVar("E")
logger = logging.getLogger(__name__)

_LOGGED_IDS = 20
_ASK_AGAIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageParts:
    """What a stage is built of; `fatal` is called with what must stop the process."""

    name: str
    primary_topic: str
    database: Database
    publisher: Publisher
    clock: Clock
    metrics: StageMetrics
    dead_letter_topic: str
    fatal: Callable[[BaseException], None]


class Stage(Generic[E]):
    """One consumer group's work, whichever partitions of it this process owns."""

    def __init__(self, parts: StageParts, reader: Reader[E]) -> None:
        """Join the parts with the service's reader; nothing runs yet."""
        self.name = parts.name
        self.primary_topic = parts.primary_topic
        self._parts = parts
        self._reader = reader
        self._lock = asyncio.Lock()
        self._epochs: dict[int, int] = {}
        self._assigned: set[int] = set()
        self._outgoing = Outgoing(parts.publisher, fatal=parts.fatal)
        self._handed_out = False
        self._taken: dict[positions.Place, int] = {}
        self._due = timers.NextDue(name=parts.name, again_after=_ASK_AGAIN)

    # Ownership ------------------------------------------------------------------------------

    def assigned(self, partitions: Collection[int]) -> None:
        """Note which lanes the group gave this process; they are taken before their first use."""
        self._assigned = set(partitions)
        self._parts.metrics.lanes.labels(stage=self.name).set(len(partitions))

    def revoked(self) -> None:
        """Forget every lane; what is owned again is taken, and swept, again."""
        self._assigned = set()
        self._epochs.clear()
        self._taken.clear()

    async def take_lanes(self) -> None:
        """Take the assigned lanes that are not taken yet, publishing what a former owner left."""
        async with self._lock:
            await self._take(self._assigned)

    async def _take(self, partitions: Iterable[int]) -> None:
        for partition in sorted(set(partitions) - self._epochs.keys()):
            await self._outgoing.settle()
            async with self._parts.database.write() as conn:
                epoch = await fence.take(conn, stage=self.name, partition=partition)
                left = await outbox.leftovers(conn, stage=self.name, partition=partition)
            sent = await self._outgoing.send_leftovers(left)
            if sent:
                logger.info(
                    "leftovers published",
                    extra={"stage": self.name, "partition": partition, "chunks": sent},
                )
            self._epochs[partition] = epoch
            self._due.may_have_changed()

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
        incoming, letters = self._decoded(records)
        taken = positions.after(records)
        if not incoming and not letters:
            self._taken |= taken  # noted with the next transaction
        else:
            partitions = {r.partition for r in records}
            async with self._lock:
                # All lanes at once: records of one may lead to events of a case begun on another.
                await self._take(partitions | self._assigned)
                await self._commit(incoming, letters, due_of=(), taken=taken)
        metrics = self._parts.metrics
        metrics.batch_records.labels(stage=self.name).observe(len(records))
        metrics.batch_seconds.labels(stage=self.name).observe(time.perf_counter() - started)

    async def fire_due(self) -> int:
        """Fire the due timers of the lanes this process owns; returns how many.

        A batch that is read already goes first: what was said in time stops a timer.
        """
        if self._handed_out:
            return 0
        async with self._lock:
            owned = sorted(self._epochs.keys() & self._assigned)
            if not owned or not await self._due.is_past(
                self._parts.database, now=self._parts.clock()
            ):
                return 0
            return await self._commit([], [], due_of=owned)

    def _decoded(
        self, records: Sequence[Record]
    ) -> tuple[list[Incoming[E]], list[tuple[Record, Rejected]]]:
        incoming: list[Incoming[E]] = []
        letters: list[tuple[Record, Rejected]] = []
        for record in records:
            try:
                found = self._reader.decode(record)
            except Rejected as rejected:
                letters.append((record, rejected))
                continue
            if found is not None:
                incoming.append(found)
        return incoming, letters

    async def _commit(
        self,
        incoming: list[Incoming[E]],
        letters: list[tuple[Record, Rejected]],
        *,
        due_of: Collection[int],
        taken: Mapping[positions.Place, int] = MappingProxyType({}),
    ) -> int:
        now = self._parts.clock()
        partitions = {*(i.partition for i in incoming), *(r.partition for r, _ in letters), *due_of}
        confirmed = self._outgoing.to_be_marked()
        taken = {**self._taken, **taken}
        try:
            async with self._parts.database.write() as conn:
                numbers = await fence.hold(
                    conn, stage=self.name, epochs=self._epochs, partitions=partitions
                )
                batch = Batch[E](
                    conn, now, self.name, dead_letter_topic=self._parts.dead_letter_topic
                )
                await self._admit(batch, incoming, letters)
                if due_of:
                    batch.due = await timers.claim_due(
                        conn, stage=self.name, partitions=due_of, now=now
                    )
                if batch.incoming or batch.due:
                    await self._reader.decide(batch)
                    await inbox.forget(conn, stage=self.name, event_ids=batch.refused)
                await outbox.mark_published(conn, chunks=confirmed, now=now)
                await positions.advance(conn, stage=self.name, taken=taken)
                chunks = await outbox.store(
                    conn, stage=self.name, outputs=batch.outputs, numbers=numbers, now=now
                )
        except BaseException:
            # The commit may have happened all the same: taking the lanes anew publishes its chunks
            # before anything that follows.
            self._epochs.clear()
            raise
        self._taken.clear()
        self._due.were_set(batch.timers_set)
        self._outgoing.marked(confirmed)
        self._account(batch, asked=len(incoming))
        await self._outgoing.send(chunks)
        return len(batch.due)

    async def _admit(
        self,
        batch: Batch[E],
        incoming: list[Incoming[E]],
        letters: list[tuple[Record, Rejected]],
    ) -> None:
        """Let each event and each dead letter through once, first come, in the order read."""
        refused = {
            dead_letters.letter_id(record, stage=self.name): (record, rejected)
            for record, rejected in letters
        }
        asked = {i.id for i in incoming if not i.known_by_state} | refused.keys()
        fresh = await inbox.first_time(batch.conn, stage=self.name, event_ids=asked, now=batch.now)
        fresh |= {i.id for i in incoming if i.known_by_state}
        for id_, (record, rejected) in refused.items():
            if id_ in fresh:
                batch.put_aside(record, rejected)
        for item in incoming:
            if item.id in fresh:
                fresh.discard(item.id)
                batch.incoming.append(item)

    def _account(self, batch: Batch[E], *, asked: int) -> None:
        metrics = self._parts.metrics
        metrics.events.labels(stage=self.name, outcome="processed").inc(len(batch.incoming))
        metrics.events.labels(stage=self.name, outcome="duplicate").inc(asked - len(batch.incoming))
        metrics.timers_fired.labels(stage=self.name).inc(len(batch.due))
        metrics.dead_letters.labels(stage=self.name).inc(len(batch.letters))
        if batch.incoming or batch.due:
            logger.info(
                "batch committed",
                extra={
                    "stage": self.name,
                    "events": len(batch.incoming),
                    "timers": len(batch.due),
                    "event_ids": [str(i.id) for i in batch.incoming[:_LOGGED_IDS]],
                    "case_ids": sorted(_subjects(batch))[:_LOGGED_IDS],
                },
            )

    @property
    def outbox_age_seconds(self) -> float:
        """How long the oldest chunk has waited for the broker, in seconds."""
        return self._outgoing.age_seconds

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


def _subjects(batch: Batch[E]) -> set[str]:
    named: set[UUID] = {d.subject for d in batch.due}
    keys = {(i.record.key or b"").decode("utf-8", "replace") for i in batch.incoming[:_LOGGED_IDS]}
    return {str(subject) for subject in named} | keys
