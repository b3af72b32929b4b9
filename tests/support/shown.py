"""A desk to talk to in tests: real reader, real batch, real database; no broker."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from prometheus_client import CollectorRegistry
from sqlalchemy import select

from schemas import topics
from schemas.plan import Plan
from schemas.roles import ActingRole
from schemas.scopes import Scope
from schemas.vocabulary import Door
from services.access.actor import Actor, ActorKind
from services.desk.domain.totals import totals_of
from services.desk.domain.view import View
from services.desk.handlers import STAGE, CasesReader
from services.desk.metrics import DeskMetrics
from services.desk.store import lists, totals, views
from services.desk.store.lists import VIEW, Found
from services.desk.store.rows import view_of
from services.desk.store.tables import DESK_METADATA
from services.desk.store.wanted import Wanted
from services.desk.use_cases.inputs import Input
from services.kit.records import Message, Record
from services.kit.sql.database import Database
from services.kit.stage.batch import Batch
from tests.support.notifier import NOON, the_plan


def person(
    *roles: ActingRole,
    id_: str = "li-wei",
    departments: Iterable[str] = (),
    sources: Iterable[str] = (),
) -> Actor:
    """Return somebody in these roles, bound to these departments or sources."""
    found = Actor.of_person(id_, id_, roles=roles, departments=departments, areas=())
    return replace(found, sources=frozenset(sources))


def key(*, departments: Iterable[str] = (), sources: Iterable[str] = ()) -> Actor:
    """Return a key that reads cases, bound to these departments or sources."""
    return Actor(
        kind=ActorKind.KEY,
        id="key:test",
        name="test",
        door=Door.HTTP,
        scopes=frozenset({Scope.CASES_READ}),
        departments=frozenset(departments),
        sources=frozenset(sources),
    )


SUPERVISOR = person(ActingRole.SUPERVISOR, id_="chen-jing")


@dataclass(slots=True)
class DeskBench:
    """A desk at its bench: give it records, see what it shows."""

    database: Database
    plan: Plan = field(default_factory=the_plan)
    now: datetime = NOON
    reader: CasesReader = field(init=False)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    letters: list[Message] = field(default_factory=list)
    offset: int = 0

    def __post_init__(self) -> None:
        """Count into this bench's own registry."""
        self.reader = CasesReader(plan=lambda: self.plan, metrics=DeskMetrics(self.registry))

    async def hear(self, *messages: Message) -> None:
        """Let the desk read what was published, in one batch."""
        await self.read(*(self.record(one) for one in messages if _is_read(one.topic)))

    async def read(self, *records: Record) -> None:
        """Let the desk read these records in one batch."""
        found = [i for r in records if (i := self.reader.decode(r)) is not None]
        async with self.database.write() as conn:
            batch = Batch[Input](conn, self.now, STAGE, dead_letter_topic="desk.dead-letters.v1")
            batch.incoming = found
            await self.reader.decide(batch)
        self.letters += batch.letters

    def record(self, message: Message) -> Record:
        """Return a published message as it is read."""
        self.offset += 1
        return Record(
            topic=message.topic,
            partition=0,
            offset=self.offset,
            key=message.key_bytes,
            value=message.value,
            headers=message.headers,
            timestamp_ms=0,
        )

    async def view(self, case_id: UUID) -> View | None:
        """Return what is shown of a case."""
        async with self.database.write() as conn:
            return (await views.load(conn, {case_id})).get(case_id)

    async def listed(self, actor: Actor = SUPERVISOR, **wanted: Any) -> list[Found]:
        """Return a page of what somebody sees."""
        async with self.database.read() as conn:
            return await lists.cases(conn, Wanted(**wanted), actor=actor, now=self.now)

    async def totals(self) -> Counter[str]:
        """Return how many cases became what."""
        async with self.database.read() as conn:
            return await totals.totals(conn)

    async def recounted(self) -> Counter[str]:
        """Return how many of the cases that are shown are what, counted anew."""
        async with self.database.read() as conn:
            rows = await conn.execute(select(VIEW))
        return totals_of(view_of(row) for row in rows.mappings())

    async def rows(self) -> dict[str, list[Found]]:
        """Return all that the desk keeps of cases, by table, in the order of the keys."""
        found = {}
        async with self.database.read() as conn:
            for table in DESK_METADATA.sorted_tables:
                rows = await conn.execute(select(table).order_by(*table.primary_key))
                found[table.name] = [{**row} for row in rows.mappings()]
        return found


def _is_read(topic: str) -> bool:
    named = {topics.CASES, topics.CASE_FILES, topics.NOTICES, topics.FEEDBACK_REFUSALS}
    return topic in named or topic.startswith("assignments.")
