"""A stage with the smallest possible service around it, for tests of the machine itself."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from aiokafka.structs import RecordMetadata
from prometheus_client import CollectorRegistry
from sqlalchemy import MetaData, func, select, text
from sqlmodel import Field
from typing_extensions import override

from schemas.cloudevents import CloudEvent
from schemas.vocabulary import derived_id
from services.kit.kafka.publisher import Publisher
from services.kit.metrics import StageMetrics
from services.kit.records import Fault, Incoming, Message, Record, Rejected, message_of
from services.kit.sql.database import Database, open_database, open_engine
from services.kit.sql.declaring import Named, insert_into, merged_metadata, table_of
from services.kit.stage import timers
from services.kit.stage.batch import Batch, Reader
from services.kit.stage.decoding import cloud_event
from services.kit.stage.settling import StageParts
from services.kit.stage.stage import Stage
from services.kit.stage.tables import PLUMBING
from tests.support.databases import Place

TOY = MetaData()
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Tally(Named, table=True):
    """How many events a subject had."""

    metadata = TOY

    subject: str = Field(primary_key=True)
    events: int


@dataclass
class ManualClock:
    """A clock the test moves."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Toy(Reader[str]):
    """Counts events per subject, answers each with its number, and sets a timer when told to.

    It fails at a `toy.hard` event, of which the database does not take a row at `toy.unfit`, for
    lack of a table at `toy.unready`, at the timers `hard_timers`, and whenever `fail_with` says so.
    At `toy.alone` it asks whether other processes work at the stage; `alone` are the answers.
    """

    out: str
    fail_with: list[Exception] = field(default_factory=list)
    hard_timers: set[UUID] = field(default_factory=set)
    alone: list[bool] = field(default_factory=list)

    @override
    def decode(self, record: Record) -> Incoming[str] | None:
        event = cloud_event(record)
        if event.type == "toy.bad":
            raise Rejected("bad", (Fault("type", "is bad"),))
        if event.type == "toy.other":
            return None
        if event.type == "toy.puzzling":
            raise LookupError("nobody foresaw this")
        home = event.subject if event.type == "toy.homed" else None
        told = f"{event.type}:{event.subject}"
        return Incoming(id=event.id, event=told, record=record, home=home)

    @override
    async def decide(self, batch: Batch[str]) -> None:
        if self.fail_with:
            raise self.fail_with.pop()
        await self._stumble(batch)
        if any(i.event.startswith("toy.alone:") for i in batch.incoming):
            self.alone.append(batch.is_alone())
        table = table_of(Tally)
        subjects = [i.event.split(":")[1] for i in batch.incoming]
        rows = await batch.conn.execute(select(table).where(table.c.subject.in_(subjects)))
        counts = {row.subject: row.events for row in rows}
        deadlines = []
        for incoming in batch.incoming:
            kind, subject = incoming.event.split(":")
            counts[subject] = counts.get(subject, 0) + 1
            self._answer(batch, subject, counts[subject], partition=incoming.partition)
            if kind == "toy.timed":
                deadlines.append(
                    timers.Deadline(
                        subject=derived_id("toy", subject),
                        kind="ring",
                        partition=incoming.partition,
                        due_at=batch.now + timedelta(seconds=60),
                    )
                )
        for due in batch.due:
            self._answer(batch, str(due.subject), 0, partition=due.partition)
        await batch.set_timers(deadlines)
        if counts:
            insert = insert_into(Tally, dialect=batch.conn.dialect)
            await batch.conn.execute(
                insert.on_conflict_do_update(
                    index_elements=[table.c.subject], set_={"events": insert.excluded.events}
                ),
                [{"subject": s, "events": n} for s, n in counts.items()],
            )

    async def _stumble(self, batch: Batch[str]) -> None:
        for incoming in batch.incoming:
            match incoming.event.partition(":")[0]:
                case "toy.hard":
                    raise ZeroDivisionError(incoming.event)
                case "toy.unfit":
                    await batch.conn.execute(text("INSERT INTO tally (subject) VALUES (NULL)"))
                case "toy.unready":
                    await batch.conn.execute(text("SELECT * FROM table_of_the_next_release"))
                case _:
                    continue
        for due in batch.due:
            if due.subject in self.hard_timers:
                raise ArithmeticError(str(due.subject))

    def _answer(self, batch: Batch[str], subject: str, number: int, *, partition: int) -> None:
        event = toy_event(subject, number=number, kind="toy.answered")
        batch.emit(message_of(event, topic=self.out), partition=partition)


def toy_event(subject: str, *, number: int, kind: str = "toy.happened") -> CloudEvent:
    """Return the n-th event about a subject."""
    return CloudEvent(
        id=derived_id("toy-event", kind, subject, number),
        type=kind,
        source="/toy",
        subject=subject,
        time=NOON,
        data=b"{}",
        key=subject,
        sequence=number,
    )


def record_of(event: CloudEvent, *, offset: int, partition: int = 0, topic: str = "in") -> Record:
    """Return the record that carries an event."""
    return Record(
        topic=topic,
        partition=partition,
        offset=offset,
        key=event.key.encode(),
        value=event.data,
        headers=event.headers(),
        timestamp_ms=0,
    )


class MemoryPublisher(Publisher):
    """A publisher that keeps what it is given; `broken` makes it fail."""

    def __init__(self) -> None:
        super().__init__("nowhere:0", client_id="memory")
        self.sent: list[Message] = []
        self.broken = False
        self.partitions = 4

    @override
    async def partitions_of(self, topic: str) -> int:
        return self.partitions

    @override
    async def enqueue(self, messages: Iterable[Message]) -> list[asyncio.Future[RecordMetadata]]:
        futures: list[asyncio.Future[RecordMetadata]] = []
        for message in messages:
            future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            if self.broken:
                future.set_exception(ConnectionError("the broker is away"))
            else:
                self.sent.append(message)
                future.set_result(None)
            futures.append(future)
        return futures


@dataclass
class Rig:
    """A toy stage and all its parts."""

    stage: Stage[str]
    toy: Toy
    database: Database
    publisher: Publisher
    clock: ManualClock
    fatal: list[BaseException]
    registry: CollectorRegistry

    async def counts(self) -> dict[str, int]:
        table = table_of(Tally)
        async with self.database.read() as conn:
            return {r.subject: r.events for r in await conn.execute(select(table))}

    @property
    def sent(self) -> list[Message]:
        """What was published, in order."""
        assert isinstance(self.publisher, MemoryPublisher)
        return self.publisher.sent

    def counted(self, metric: str, **labels: str) -> float:
        """Return a counter of the stage's, such as `tongxin_unforeseen_total`."""
        return self.registry.get_sample_value(metric, {"stage": "toy", **labels}) or 0.0

    async def rows(self, model: type[Named]) -> int:
        async with self.database.read() as conn:
            found = await conn.execute(select(func.count()).select_from(table_of(model)))
            return int(found.scalar_one())


async def _create_tables(url: str) -> None:
    engine = open_engine(url)
    async with engine.begin() as conn:
        await conn.run_sync(merged_metadata(PLUMBING, TOY).create_all)
    await engine.dispose()


@asynccontextmanager
async def toy_rig(
    place: Place,
    *,
    publisher: Publisher | None = None,
    out: str = "out",
    name: str = "toy",
    primary: str = "in",
    open_it: Callable[[str], Database] = open_database,
    unforeseen_limit: int = 100,
) -> AsyncIterator[Rig]:
    """Build a toy stage on the place's database; two rigs on one place are two processes."""
    database = open_it(await place.filled("toy", _create_tables))
    clock, fatal, toy = ManualClock(), list[BaseException](), Toy(out)
    used = publisher or MemoryPublisher()
    registry = CollectorRegistry()
    parts = StageParts(
        name=name,
        primary_topic=primary,
        database=database,
        publisher=used,
        clock=clock,
        metrics=StageMetrics(registry),
        dead_letter_topic="toy.dead-letters.v1",
        fatal=fatal.append,
        unforeseen_limit=unforeseen_limit,
    )
    try:
        yield Rig(Stage(parts, toy), toy, database, used, clock, fatal, registry)
    finally:
        await database.close()


def subjects_of(messages: list[Message]) -> list[tuple[str, int]]:
    """Return who was answered, and with which number, in the order published."""
    told = []
    for message in messages:
        headers = dict(message.headers)
        told.append((headers["ce_subject"].decode(), int(headers.get("ce_sequence", b"0"))))
    return told
