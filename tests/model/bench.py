"""A notifier's bench that takes each record once, as a stage does, and shows what it holds."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, ClassVar, Final, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from schemas.events.base import event_of
from schemas.events.case import CaseMerged
from schemas.plan import Plan
from schemas.topics import CASES
from schemas.vocabulary import INTAKE
from services.kit.records import Record, message_of
from services.kit.stage import inbox, timers
from services.kit.stage.batch import Batch
from services.notifier.bounds import SETTLING
from services.notifier.domain.clocks import TimerKind
from services.notifier.handlers import STAGE
from services.notifier.store import reading
from services.notifier.use_cases.inputs import Input
from services.notifier.use_cases.leaving import call_back
from services.notifier.use_cases.recounting import recount
from tests.support.notifier import NotifierBench, Told

_LOOKED_FOR: Final = {TimerKind.LEFT, TimerKind.RECOUNT}
"""Timers of a look through all cases, those of other lives among them."""


class Looked(NamedTuple):
    """A case as the notifier holds it: its row, if it is known, and its parts."""

    row: dict[str, Any] | None
    parts: list[dict[str, Any]]


class RememberingBench(NotifierBench):
    """Takes a record that comes again as a stage does, and nobody reads its notices.

    `looked` is what it held of each case that it was asked about, in the transaction of the batch.
    """

    watched: ClassVar[list[UUID]] = []
    looked: ClassVar[dict[UUID, Looked]] = {}

    @override
    async def read(self, *records: Record) -> Told:
        found = [i for r in records if (i := self.reader.decode(r)) is not None]
        async with self.database.write() as conn:
            batch = Batch[Input](
                conn, self.now, STAGE, dead_letter_topic="notifier.dead-letters.v1"
            )
            asked = {i.id for i in found if not i.known_by_state}
            fresh = await inbox.first_time(conn, stage=STAGE, event_ids=asked, now=self.now)
            for one in found:
                if one.known_by_state or one.id in fresh:
                    fresh.discard(one.id)
                    batch.incoming.append(one)
            return await self._decided(batch)

    @override
    async def pass_time(self, **span: float) -> Told:
        self.now += timedelta(**span)
        async with self.database.write() as conn:
            batch = Batch[Input](conn, self.now, STAGE)
            batch.due = await timers.claim_due(conn, stage=STAGE, partitions=[0], now=self.now)
            return await self._decided(batch)

    async def _decided(self, batch: Batch[Input]) -> Told:
        if batch.incoming or batch.due:
            await self.reader.decide(batch)
        for case_id in self.watched:
            self.looked[case_id] = await _look(batch.conn, case_id)
        return Told([m for lane in batch.outputs.values() for m in lane], batch.letters)

    def joining(self, fact: CaseMerged) -> Record:
        """Return the record in which intake tells that a report joined, which has no number."""
        event = event_of(fact, service=INTAKE, sequence=0, cause=str(fact.merged_id))
        message = message_of(event, topic=CASES)
        return self.record(
            CASES, key=message.key, value=message.value or b"", headers=message.headers
        )

    async def take_plan(self, plan: Plan, cases: Collection[UUID]) -> None:
        """Take another plan, and look now what it changes of these cases."""
        self.plan, before = plan, self.now - SETTLING
        await call_back(self.database, plan=plan, stage=STAGE, now=before)
        await recount(self.database, plan=plan, stage=STAGE, now=before)
        async with self.database.write() as conn:
            due = await self._claimed(conn)
            own = [d for d in due if d.kind not in _LOOKED_FOR or d.subject in cases]
            await timers.set_all(conn, stage=STAGE, deadlines=own)

    async def wake(self, case_id: UUID, kind: str) -> None:
        """Set a timer of a case for now, as a sweep does."""
        due = timers.Deadline(subject=case_id, kind=kind, partition=0, due_at=self.now)
        async with self.database.write() as conn:
            await timers.set_all(conn, stage=STAGE, deadlines=[due])

    async def story(self, case_id: UUID) -> list[dict[str, Any]]:
        """Return the story of a case."""
        async with self.database.read() as conn:
            return await reading.story(conn, case_id)


async def _look(conn: AsyncConnection, case_id: UUID) -> Looked:
    row = await reading.case(conn, case_id)
    parts = await reading.parts(conn, case_id)
    return Looked(row, parts)
