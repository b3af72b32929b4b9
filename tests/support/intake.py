"""Builders for intake's tests: the seed plan, reports, records, and batches on a real database."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from aiokafka import ConsumerRecord

from schemas.cloudevents import CloudEvent, from_kafka
from schemas.events.base import source_of
from schemas.events.incident import IncidentReport
from schemas.plan import load_plan
from schemas.vocabulary import INTAKE
from services.assessment.plan_index import PlanIndex
from services.assessment.position import Position
from services.intake.use_cases.case_news import CaseNews, note_news
from services.intake.use_cases.reports import Recorded, record_reports
from services.kit.records import Incoming, Message, Record
from services.kit.sealing.keys import KeyFile, Ring
from services.kit.sql.database import Database
from services.kit.stage.batch import Batch
from services.kit.stage.said_before import SaidBefore

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
HERE = Position(28.688, 115.952)
"""A place in grid 36011100300101."""

RING = Ring({"first": bytes(range(32))})
"""Master keys that tests seal contacts by."""
KEYS = KeyFile(Path("none"), RING)

_PLAN = Path(__file__).parents[2] / "deploy/plans/qingshanhu.toml"
_METRES_PER_DEGREE = 111_195.08


@cache
def seed_index() -> PlanIndex:
    """Return the seed district's plan with its indexes."""
    return PlanIndex(load_plan(_PLAN))


def north_of(position: Position, metres: float) -> Position:
    """Return the position so many metres to the north."""
    return Position(position.lat + metres / _METRES_PER_DEGREE, position.lon)


def report_data(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a report as JSON has it; a change to None leaves the field out."""
    data: dict[str, Any] = {
        "source": "hotline-12345",
        "id": str(number),
        "channel": "phone",
        "reported_at": NOON.isoformat(),
        "place": {"point": {"lat": HERE.lat, "lon": HERE.lon}},
        "category": "E0192",
        "description": "垃圾桶满了",
    } | changes
    return {name: value for name, value in data.items() if value is not None}


def report_at(position: Position, number: int = 1, **changes: Any) -> IncidentReport:
    """Return a report of something at a position."""
    place = {"point": {"lat": position.lat, "lon": position.lon}}
    return report(number, place=place, **changes)


def report(number: int = 1, **changes: Any) -> IncidentReport:
    """Return a valid report."""
    return IncidentReport.model_validate(report_data(number, **changes), strict=False)


def record(value: bytes | None, *, headers: tuple[tuple[str, bytes], ...] = ()) -> Record:
    """Return a Kafka record."""
    return Record(
        topic="incident-reports.v1",
        partition=0,
        offset=0,
        key=None,
        value=value,
        headers=headers,
        timestamp_ms=0,
    )


async def recorded(
    database: Database,
    reports: Iterable[IncidentReport],
    *,
    now: datetime = NOON,
    pause_seconds: float = 0.0,
    index: PlanIndex | None = None,
    ring: Ring | None = None,
    told_before: Iterable[CloudEvent] = (),
) -> tuple[list[Recorded], list[CloudEvent]]:
    """Record reports as one batch; returns what became of each and the events told.

    With what was told before, a restored intake decides it again.
    """
    async with database.write() as conn:
        incoming = [Incoming(id=r.case_id, event=r, record=record(None)) for r in reports]
        batch = Batch(conn, now, "intake.reports", incoming=incoming)
        batch.said_before = SaidBefore(source_of(INTAKE))
        for offset, told in enumerate(told_before):
            batch.is_past = True
            batch.said_before.note(_record_of(told, offset=offset))
        found = await record_reports(batch, index=index or seed_index(), ring=ring or RING)
        await asyncio.sleep(pause_seconds)
    return found, [event_in(message) for messages in batch.outputs.values() for message in messages]


def _record_of(told: CloudEvent, *, offset: int) -> ConsumerRecord[bytes, bytes]:
    key = told.key.encode()
    return ConsumerRecord("cases.v1", 0, offset, 0, 0, key, told.data, None, 0, 0, told.headers())


async def closed(database: Database, *closures: CaseNews) -> list[Message]:
    """Note closures and corrections as one batch; returns the dead letters."""
    async with database.write() as conn:
        incoming = [Incoming(id=c.case_id, event=c, record=record(None)) for c in closures]
        batch = Batch(conn, NOON, "intake.closures", incoming=incoming, dead_letter_topic="letters")
        await note_news(batch)
    return batch.letters


def event_in(message: Message) -> CloudEvent:
    """Return the event a message carries."""
    return from_kafka(key=message.key.encode(), value=message.value, headers=message.headers)


class FakePublisher:
    """A log in memory; `fault` is raised instead of publishing when it is set."""

    def __init__(self, *, fault: Exception | None = None) -> None:
        self.messages: list[Message] = []
        self.fault = fault
        self._entered = asyncio.Event()
        self._released = asyncio.Event()
        self._released.set()

    def hold(self) -> asyncio.Event:
        """Keep nothing until `release`; returns what is set when somebody publishes."""
        self._released.clear()
        return self._entered

    def release(self) -> None:
        """Keep what is waiting, and what comes."""
        self._released.set()

    async def publish(self, messages: Iterable[Message]) -> None:
        """Keep the messages."""
        if self.fault is not None:
            raise self.fault
        self._entered.set()
        await self._released.wait()
        self.messages.extend(messages)
