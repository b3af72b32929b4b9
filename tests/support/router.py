"""A router to talk to in tests: real reader, real batch, real SQLite file; no broker."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from prometheus_client import CollectorRegistry

from schemas.cloudevents import event_type
from schemas.events.assignment import CaseAssigned, DutyUnfilled, LoopDetected, WorkOrder
from schemas.events.base import CaseFact, event_of
from schemas.events.case import (
    CaseEscalated,
    CaseRegistered,
    CaseReopened,
    CaseReturned,
    Reporter,
)
from schemas.events.incident import Place
from schemas.plan import Plan, load_plan
from schemas.topics import CASES
from schemas.vocabulary import Channel, EscalationTrigger, Urgency, case_id_for
from services.case_events import Told
from services.kit.records import Message, Record, message_of
from services.kit.sql.database import Database
from services.kit.stage.batch import Batch
from services.router.handlers import STAGE, CasesReader
from services.router.metrics import RouterMetrics
from services.router.use_cases.cases import CaseNews

PLAN_FILE = Path("deploy/plans/qingshanhu.toml")
MONDAY_NOON = datetime(2026, 1, 5, 4, 0, tzinfo=UTC)
"""12:00 on a Monday in the plan's time zone."""
MONDAY_NIGHT = datetime(2026, 1, 5, 15, 30, tzinfo=UTC)
"""23:30 on a Monday in the plan's time zone."""
GRID = "36011100300103"

F = TypeVar("F", bound=CaseFact)


@cache
def the_plan() -> Plan:
    """Return the seed district's plan."""
    return load_plan(PLAN_FILE)


def changed_plan(text: Mapping[str, str]) -> bytes:
    """Return the seed district's plan file with each key's first occurrence replaced."""
    found = PLAN_FILE.read_text()
    for old, new in text.items():
        assert old in found, old
        found = found.replace(old, new, 1)
    return found.encode()


def registered(category: str = "E0496", **changes: Any) -> CaseRegistered:
    """Return the registration of a case of a category."""
    known = the_plan().categories.get(category)
    at = changes.pop("at", MONDAY_NOON)
    report = changes.pop("report", "1")
    fields: dict[str, Any] = {
        "case_id": case_id_for("hotline-12345", report),
        "at": at,
        "reported_at": at,
        "reporter": Reporter(source="hotline-12345", source_id=report, channel=Channel.PHONE),
        "category": category,
        "class_code": known.class_ if known else "X",
        "title_en": known.title_en if known else "unheard of",
        "title_zh": known.title_zh if known else "未知",
        "urgency": known.urgency if known else Urgency.GENERAL,
        "place": Place(grid=GRID),
        "classified_by": "code",
        "plan_version": the_plan().version,
    }
    return CaseRegistered(**(fields | changes))


def returned(after: CaseAssigned, reason: str = "not ours", **changes: Any) -> CaseReturned:
    """Return the lead's decline of an assignment."""
    fields: dict[str, Any] = {
        "case_id": after.case_id,
        "at": after.at,
        "assignment_id": after.lead.assignment_id,
        "department": after.lead.department,
        "reason": reason,
    }
    return CaseReturned(**(fields | changes))


def escalated(
    after: CaseAssigned,
    trigger: EscalationTrigger = EscalationTrigger.SIGN_TIMEOUT,
    *,
    level: int = 1,
    due_by: datetime | None = None,
) -> CaseEscalated:
    """Return the escalation of an assignment nobody signed for, or that is late."""
    return CaseEscalated(
        case_id=after.case_id,
        at=after.at,
        level=level,
        trigger=trigger,
        assignment_id=after.lead.assignment_id,
        department=after.lead.department,
        person=after.lead.person,
        due_by=due_by,
    )


def reopened(case_id: UUID, *, at: datetime = MONDAY_NOON) -> CaseReopened:
    """Return the reopening of a case."""
    return CaseReopened(case_id=case_id, at=at, reason="still there")


@dataclass(slots=True)
class Answers:
    """What the router published for one batch."""

    messages: list[Message]
    letters: list[Message]

    def facts(self, kind: type[F], topic: str | None = None) -> list[F]:
        """Return the published facts of a kind, in order."""
        return [
            kind.model_validate_json(m.value or b"")
            for m in self.messages
            if event_type(m.headers) == kind.type and topic in {None, m.topic}
        ]

    @property
    def assigned(self) -> list[CaseAssigned]:
        """The assignments."""
        return self.facts(CaseAssigned)

    @property
    def orders(self) -> list[WorkOrder]:
        """The work orders."""
        return self.facts(WorkOrder)

    @property
    def loops(self) -> list[LoopDetected]:
        """The loops."""
        return self.facts(LoopDetected)

    @property
    def unfilled(self) -> list[DutyUnfilled]:
        """The departments without anybody."""
        return self.facts(DutyUnfilled)


@dataclass(slots=True)
class RouterBench:
    """A router at its bench: give it events, see what it says."""

    database: Database
    plan: Plan = field(default_factory=the_plan)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    metrics: RouterMetrics = field(init=False)
    sequences: dict[tuple[str, UUID], int] = field(default_factory=dict)
    offset: int = 0

    def __post_init__(self) -> None:
        """Count into this bench's own registry."""
        self.metrics = RouterMetrics(self.registry)

    def record(self, fact: CaseNews, *, sequence: int | None = None) -> Record:
        """Return the record in which intake or the notifier tells a fact, as its next."""
        service = "intake" if isinstance(fact, CaseRegistered) else "notifier"
        counted = self.sequences.get((service, fact.case_id), 0) + 1
        number = counted if sequence is None else sequence
        self.sequences[service, fact.case_id] = max(counted - 1, number)
        return self.carrying(event_of(fact, service=service, sequence=number))

    def carrying(self, event: Any) -> Record:  # noqa: ANN401 - a CloudEvent
        """Return the record that carries an event."""
        message = message_of(event, topic=CASES)
        self.offset += 1
        return Record(
            topic=CASES,
            partition=0,
            offset=self.offset,
            key=message.key.encode(),
            value=message.value,
            headers=message.headers,
            timestamp_ms=0,
        )

    async def tell(self, *facts: CaseNews, now: datetime = MONDAY_NOON) -> Answers:
        """Let the router read these facts in one batch."""
        return await self.read([self.record(fact) for fact in facts], now=now)

    async def read(self, records: list[Record], *, now: datetime = MONDAY_NOON) -> Answers:
        """Let the router read these records in one batch."""
        reader = CasesReader(plan=lambda: self.plan, metrics=self.metrics)
        found = [incoming for r in records if (incoming := reader.decode(r)) is not None]
        async with self.database.write() as conn:
            batch = Batch[Told[CaseNews]](
                conn, now, STAGE, dead_letter_topic="router.dead-letters.v1"
            )
            batch.incoming = found
            await reader.decide(batch)
        return Answers([m for lane in batch.outputs.values() for m in lane], batch.letters)

    def counted(self, name: str, **labels: str) -> float:
        """Return a counter's value; 0 when it never counted."""
        return self.registry.get_sample_value(name, labels) or 0.0
