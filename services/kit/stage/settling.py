"""One transaction of a stage, and what becomes of the item that cannot be in it.

When deciding fails in a way that no repetition mends, the load is halved until the item is found
that fails alone: a record becomes a dead letter, a deadline is put off, and all others have their
effect in their order. What passes by itself is never taken for that.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar
from uuid import UUID

from services.kit.clock import Clock
from services.kit.kafka.publisher import Publisher
from services.kit.metrics import StageMetrics
from services.kit.records import Incoming
from services.kit.sealing.keys import KeyFile
from services.kit.sql.database import Database
from services.kit.sql.faults import DatabaseAway, Rule, broken_rule, is_passing, may_be_of_a_row
from services.kit.sql.waiting import send_waiting
from services.kit.stage import dead_letters, fence, inbox, moved, outbox, positions, skips, timers
from services.kit.stage.batch import Batch, Reader
from services.kit.stage.bounds import ASK_AGAIN, FIRST_PUT_OFF, LOGGED_IDS, LONGEST_PUT_OFF
from services.kit.stage.load import (
    SKIPPED,
    UNFORESEEN,
    Letter,
    Load,
    Undecided,
    Unforeseen,
    unforeseen,
)
from services.kit.stage.outgoing import Outgoing
from services.kit.stage.said_before import SaidBefore
from services.kit.stage.timers import Deadline

E = TypeVar("E")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageParts:
    """What a stage is built of; `fatal` is called with what must stop the process.

    With `letter_keys` its dead letters are sealed.
    """

    name: str
    primary_topic: str
    database: Database
    publisher: Publisher
    clock: Clock
    metrics: StageMetrics
    dead_letter_topic: str
    fatal: Callable[[BaseException], None]
    unforeseen_limit: int = 100
    said_before: SaidBefore = field(default_factory=SaidBefore)
    letter_keys: KeyFile | None = None


def tell(error: Exception, **what: str) -> None:
    """Log once what nobody foresaw, and of which record or deadline."""
    logger.error("failed as nobody foresaw", extra=what, exc_info=error)


class Settling(Generic[E]):
    """The transactions of one stage. `lanes` are those that it has taken."""

    def __init__(self, parts: StageParts, reader: Reader[E]) -> None:
        """Begin without a lane."""
        self.lanes: dict[int, fence.Hold] = {}
        self.outgoing = Outgoing(parts.publisher, fatal=parts.fatal)
        self.due = timers.NextDue(name=parts.name, again_after=ASK_AGAIN)
        self._parts = parts
        self._reader = reader
        self._unforeseen = Unforeseen(parts.unforeseen_limit)
        self._put_offs: dict[tuple[UUID, str], int] = {}

    async def settle(self, load: Load[E], *, again: bool = False) -> int:
        """Commit a load; if that cannot be, all of it but the one item that is in its way.

        Returns how many timers fired. `again` says that it was tried before.
        """
        try:
            return await self._commit(load)
        except Undecided as failed:
            if len(failed.items) > 1:
                return sum([await self.settle(half) for half in failed.halves()])
            if not failed.items:
                raise
            doubled = broken_rule(failed.cause)
            if doubled is not None and doubled[0] is Rule.NO_DOUBLES and not again:
                # Another process wrote the same between our look and our write.
                return await self.settle(load, again=True)
            (item,) = failed.items
            if isinstance(item, Deadline):
                await self._put_off(item, failed.cause)
            else:
                await self._put_aside(item, failed.load, failed.cause)
            return 0

    async def _put_aside(self, item: Incoming[E], load: Load[E], cause: Exception) -> None:
        tell(cause, stage=self._parts.name, record=item.record.position, event_id=str(item.id))
        letter = Letter(item.record, unforeseen(cause), moved=item.moved)
        await self._commit(replace(load, incoming=(), letters=(*load.letters, letter)))

    async def _put_off(self, deadline: Deadline, cause: Exception) -> None:
        """Let a deadline whose decision fails wait, longer each time; the others go on."""
        tell(cause, stage=self._parts.name, subject=str(deadline.subject), timer=deadline.kind)
        self._parts.metrics.unforeseen.labels(stage=self._parts.name, what="timer").inc()
        times = self._put_offs[deadline.subject, deadline.kind] = 1 + self._put_offs.get(
            (deadline.subject, deadline.kind), 0
        )
        pause = min(FIRST_PUT_OFF * 2 ** (times - 1), LONGEST_PUT_OFF)
        later = replace(deadline, due_at=self._parts.clock() + pause)
        lane = deadline.partition
        lanes = {lane: self._owned({lane})[lane]}
        with fence.told_apart(self._parts.name):
            async with self._parts.database.write() as conn:
                await fence.keep(conn, stage=self._parts.name, lanes=lanes)
                await timers.set_all(conn, stage=self._parts.name, deadlines=[later])
        self.due.were_set([later])

    async def _commit(self, load: Load[E]) -> int:
        now = load.at or self._parts.clock()
        aside = sum(letter.rejected.code == UNFORESEEN for letter in load.letters)
        if aside:
            self._unforeseen.check()
        confirmed = self.outgoing.to_be_marked()
        lanes = self._lanes_of(load)
        owned = self._owned(lanes)
        count = await self._parts.publisher.partitions_of(self._parts.primary_topic)
        try:
            async with self._parts.database.write() as conn:
                batch = Batch[E](
                    conn,
                    now,
                    self._parts.name,
                    dead_letter_topic=self._parts.dead_letter_topic,
                    letter_keys=self._parts.letter_keys,
                    held=frozenset(lanes),
                    owns_all=owned.keys() >= {*range(count)},
                    is_past=load.at is not None,
                    said_before=self._parts.said_before,
                )
                chunks = await self._decided(batch, load, owned=owned, confirmed=confirmed)
        except Undecided:
            raise
        except BaseException:
            # The commit may have happened all the same: taking the lanes anew publishes its chunks
            # before anything that follows.
            self.lanes.clear()
            raise
        for chunk in chunks:
            if chunk.partition in self.lanes:
                self.lanes[chunk.partition] = owned[chunk.partition].after_chunk()
        self.due.were_set(batch.timers_set)
        self.outgoing.marked(confirmed)
        self._unforeseen.note(aside=aside, decided=len(batch.incoming))
        self._account(batch, load)
        await self.outgoing.send(chunks)
        return len(batch.due)

    def _lanes_of(self, load: Load[E]) -> set[int]:
        """Return the lanes a load is about; one if the stage has any, for what it publishes."""
        told = {letter.record.partition for letter in load.letters} & self.lanes.keys()
        lanes = {*(i.partition for i in load.incoming), *told, *load.due_of}
        return lanes or {*sorted(self.lanes)[:1]}

    def _owned(self, partitions: set[int]) -> dict[int, fence.Hold]:
        """Return every lane that the stage has. Raises `Fenced` if these are not among them.

        Nor if there are none: every load is about one.
        """
        if not partitions or not partitions <= self.lanes.keys():
            raise fence.Fenced(f"{self._parts.name}: its lanes were taken away meanwhile")
        return dict(self.lanes)

    async def _decided(
        self,
        batch: Batch[E],
        load: Load[E],
        *,
        owned: Mapping[int, fence.Hold],
        confirmed: Sequence[outbox.Chunk],
    ) -> list[outbox.Chunk]:
        """Do all of a load within its transaction and return what is to be published.

        Raises `Undecided` for what may fail because of one of its items.
        """
        conn = batch.conn
        try:
            await self._admit(batch, load)
            if load.due is not None:
                batch.due = await timers.claim(conn, load.due)
            elif load.due_of:
                batch.due = await timers.claim_due(
                    conn, stage=self._parts.name, partitions=load.due_of, now=batch.now
                )
            if batch.incoming or batch.due:
                await self._reader.decide(batch)
                await inbox.forget(conn, stage=self._parts.name, event_ids=batch.refused)
            await outbox.mark_published(conn, chunks=confirmed, now=batch.now)
            chunks = await self._stored(batch, load, owned=owned)
        except Exception as error:
            if isinstance(error, fence.Fenced | DatabaseAway) or is_passing(error):
                raise
            if not may_be_of_a_row(error):
                raise
            raise Undecided(load, batch.due, error) from error
        return chunks

    async def _stored(
        self, batch: Batch[E], load: Load[E], *, owned: Mapping[int, fence.Hold]
    ) -> list[outbox.Chunk]:
        """Store what is to be published and how far the stage is, if its lanes are its own yet."""
        conn, name = batch.conn, self._parts.name
        numbers = {p: hold.next_chunk for p, hold in owned.items()}
        with fence.told_apart(name):
            chunks = await outbox.store(
                conn, stage=name, outputs=batch.outputs, numbers=numbers, now=batch.now
            )
            await positions.advance(conn, stage=name, taken=load.taken)
            kept = {p: owned[p] for p in (owned if batch.keeps_all else batch.held)}
            kept |= {chunk.partition: owned[chunk.partition].after_chunk() for chunk in chunks}
            await fence.keep(conn, stage=name, lanes=kept)
            await send_waiting(conn, last=True)
        return chunks

    async def _admit(self, batch: Batch[E], load: Load[E]) -> None:
        """Let each event and each dead letter through once, first come, in the order read."""
        conn = batch.conn
        refused = {
            dead_letters.letter_id(letter.record, stage=self._parts.name): letter
            for letter in load.letters
        }
        asked = {i.id for i in load.incoming if not i.known_by_state} | refused.keys()
        fresh = await inbox.first_time(conn, stage=self._parts.name, event_ids=asked, now=batch.now)
        fresh |= {i.id for i in load.incoming if i.known_by_state}
        for id_, letter in refused.items():
            if id_ in fresh:
                partition = letter.record.partition
                batch.put_aside(letter.record, letter.rejected, partition=partition)
        for item in load.incoming:
            if item.id in fresh:
                fresh.discard(item.id)
                batch.incoming.append(item)
        await moved.forget(conn, load.moved)
        strays = [(stray.record, lane) for stray, lane in load.strays]
        await moved.hand_over(conn, stage=self._parts.name, records=strays)
        skipped = [skips.place_of(it.record) for it in load.letters if it.rejected.code == SKIPPED]
        await skips.note_taken(conn, skipped, now=batch.now)

    def _account(self, batch: Batch[E], load: Load[E]) -> None:
        self._count(batch, load)
        for due in batch.due:
            self._put_offs.pop((due.subject, due.kind), None)
        if batch.incoming or batch.due:
            logger.info(
                "batch committed",
                extra={
                    "stage": self._parts.name,
                    "events": len(batch.incoming),
                    "timers": len(batch.due),
                    "event_ids": [str(i.id) for i in batch.incoming[:LOGGED_IDS]],
                    "case_ids": sorted(_subjects(batch))[:LOGGED_IDS],
                },
            )

    def _count(self, batch: Batch[E], load: Load[E]) -> None:
        metrics, name = self._parts.metrics, self._parts.name
        repeats = len(load.incoming) - len(batch.incoming)
        metrics.events.labels(stage=name, outcome="processed").inc(len(batch.incoming))
        metrics.events.labels(stage=name, outcome="duplicate").inc(repeats)
        metrics.timers_fired.labels(stage=name).inc(len(batch.due))
        metrics.dead_letters.labels(stage=name).inc(len(batch.letters))
        metrics.moved.labels(stage=name).inc(len(load.strays))
        codes = [letter.rejected.code for letter in load.letters]
        metrics.unforeseen.labels(stage=name, what="record").inc(codes.count(UNFORESEEN))
        metrics.skipped.labels(stage=name).inc(codes.count(SKIPPED))


def _subjects(batch: Batch[E]) -> set[str]:
    """Return the cases that a batch is about; a sender's key that names no case may be anything."""
    named: set[UUID] = {d.subject for d in batch.due}
    homes = {i.home for i in batch.incoming[:LOGGED_IDS] if i.home is not None}
    return {str(subject) for subject in named} | homes
