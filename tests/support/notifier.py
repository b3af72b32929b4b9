"""A notifier to talk to in tests: real reader, real batch, real SQLite file; no broker."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas import topics
from schemas.cloudevents import event_type
from schemas.events.assignment import (
    CaseAssigned,
    CoHandlerOffered,
    DutyUnfilled,
    Explanation,
    LoopDetected,
    Offer,
)
from schemas.events.base import CaseFact, event_of
from schemas.events.case import CaseMerged, CaseRegistered, CaseRejected, Reporter
from schemas.events.incident import Place
from schemas.events.notice import Notice
from schemas.events.refusals import CommandRefused, FeedbackRefused, Refused
from schemas.plan import Plan, load_plan
from schemas.vocabulary import Channel, Role, assignment_id_for, case_id_for
from services.case_events import Told as ToldOfCase
from services.kit.records import Message, Record, message_of
from services.kit.sql.database import Database
from services.kit.stage import timers
from services.kit.stage.batch import Batch
from services.kit.stage.timers import Deadline
from services.notifier.handlers import STAGE, TELLING, FollowingReader, TellingReader
from services.notifier.metrics import NotifierMetrics
from services.notifier.store import reading
from services.notifier.use_cases.delivering import Webhooks
from services.notifier.use_cases.inputs import Input
from tests.support.keys import SECRET
from tests.support.naked_codes import naked_in

PLAN_FILE = Path("deploy/plans/qingshanhu.toml")
NOON = datetime(2026, 1, 5, 4, 0, tzinfo=UTC)
"""12:00 on a Monday in the plan's time zone."""
ALL_EVIDENCE = [
    {"kind": k, "link": f"https://example.org/{k}"}
    for k in ("before_photo", "after_photo", "report", "receipt")
]
NEEDS: dict[str, dict[str, Any]] = {
    "done": {"result": "dealt with", "evidence": ALL_EVIDENCE},
    "declined": {"reason": "not ours"},
    "progress": {"note": "half way"},
    "blocked": {"blocked_by": "police", "reason": "the street must be closed first"},
    "check_failed": {"reason": "not yet"},
    "reopen": {"reason": "not solved"},
    "rate": {"satisfaction": "satisfied"},
}
LI_WEI: dict[str, Any] = {"person": "Li Wei", "roles": ["dispatcher"], "door": "desk"}
DEPARTMENT_WORDS = {"accepted", "declined", "started", "progress", "done", "blocked", "unblocked"}

F = TypeVar("F", bound=CaseFact)


@cache
def the_plan() -> Plan:
    """Return the seed district's plan."""
    return load_plan(PLAN_FILE)


def case_of(report: str = "1") -> UUID:
    """Return the case id of a report."""
    return case_id_for("hotline-12345", report)


def registered(category: str = "E0112", *, report: str = "1", **changes: Any) -> CaseRegistered:
    """Return the registration of a case; E0112 is handled by urban management and never checked."""
    known = the_plan().category(category)
    at = changes.pop("at", NOON)
    channel = changes.pop("channel", Channel.GRID_MEMBER)
    fields: dict[str, Any] = {
        "case_id": case_of(report),
        "at": at,
        "reported_at": at,
        "reporter": Reporter(source="hotline-12345", source_id=report, channel=channel),
        "category": category,
        "class_code": known.class_,
        "title_en": known.title_en,
        "title_zh": known.title_zh,
        "urgency": known.urgency,
        "place": Place(grid="36011100300103"),
        "classified_by": "code",
        "plan_version": the_plan().version,
    }
    return CaseRegistered(**(fields | changes))


def merged(report: str, *, into: str = "1", at: datetime = NOON, **said: Any) -> CaseMerged:
    """Return that a report joined the case of another."""
    return CaseMerged(
        case_id=case_of(into),
        at=at,
        merged_id=case_of(report),
        reporter=Reporter(source="hotline-12345", source_id=report, channel=Channel.PHONE),
        reported_at=at,
        why="same category P0137; 12.0 m apart, limit 50 m; 3 min apart, limit 24 h",
        **said,
    )


def rejected(report: str = "1") -> CaseRejected:
    """Return that a report is not accepted."""
    return CaseRejected(
        case_id=case_of(report),
        at=NOON,
        reporter=Reporter(source="hotline-12345", source_id=report, channel=Channel.PHONE),
        reported_at=NOON,
        reason="outside_district",
        field="place",
        message_en="outside the district",
        message_zh="不在辖区内",
    )


def offer(department: str, role: Role, round_: int, report: str, **told: Any) -> Offer:
    """Return an offer to a department, with what it tells besides."""
    return Offer(
        assignment_id=assignment_id_for(case_of(report), round_, department),
        department=department,
        tier=the_plan().department(department).tier,
        role=role,
        **told,
    )


def assigned(
    lead: str = "urban-management",
    *co_handlers: str,
    round_: int = 1,
    report: str = "1",
    person: str | None = None,
    category: str = "E0112",
    helpers_sign_by: datetime | None = None,
    **changes: Any,
) -> CaseAssigned:
    """Return a round of routing: 2 hours to sign, 4 hours to finish, unless changed.

    Until when co-handlers are to sign is the plan's, as of a router that does not tell it.
    """
    fields: dict[str, Any] = {
        "case_id": case_of(report),
        "at": NOON,
        "round": round_,
        "lead": offer(lead, Role.LEAD, round_, report, person=person),
        "co_handlers": tuple(
            offer(code, Role.CO_HANDLER, round_, report, sign_by=helpers_sign_by)
            for code in co_handlers
        ),
        "urgency": the_plan().category(category).urgency,
        "sign_seconds": 7200,
        "limit_seconds": 14400,
        "limit_text": "4 UH",
        "why": Explanation(plan_version=the_plan().version, rule=f"default:{category}", inputs={}),
    }
    return CaseAssigned(**(fields | changes))


@dataclass(slots=True)
class Told:
    """What the notifier published for one batch."""

    messages: list[Message]
    letters: list[Message]

    @property
    def kinds(self) -> list[str]:
        """The types of the events on `cases.v1`, in order."""
        return [event_type(m.headers) for m in self.messages if m.topic == topics.CASES]

    def facts(self, kind: type[F]) -> list[F]:
        """Return the published facts of a kind, in order."""
        return [
            kind.model_validate_json(m.value or b"")
            for m in self.messages
            if event_type(m.headers) == kind.type
        ]

    def notices(self, template: str | None = None) -> list[Notice]:
        """Return the notices, all or of one template."""
        return [n for n in self.facts(Notice) if template in {None, n.template}]

    @property
    def refused(self) -> list[Refused]:
        """The refused answers, then the refused commands."""
        return [*self.facts(FeedbackRefused), *self.facts(CommandRefused)]

    @property
    def refusals(self) -> list[Refused]:
        """The same, each told in words and not in codes."""
        assert naked_in(self.refused, plan=the_plan()) == []
        return self.refused

    @property
    def reasons(self) -> list[str]:
        """Why they were refused."""
        return [refusal.reason for refusal in self.refusals]


@dataclass(slots=True)
class NotifierBench:
    """A notifier at its bench: give it events and time, see what it says."""

    database: Database
    plan: Plan = field(default_factory=the_plan)
    now: datetime = NOON
    webhooks: Webhooks = field(default_factory=Webhooks)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    metrics: NotifierMetrics = field(init=False)
    sequences: dict[tuple[str, UUID], int] = field(default_factory=dict)
    said: int = 0
    offset: int = 0

    def __post_init__(self) -> None:
        """Count into this bench's own registry."""
        self.metrics = NotifierMetrics(self.registry)

    @property
    def reader(self) -> FollowingReader:
        """The stage's reader."""
        return FollowingReader(
            plan=lambda: self.plan,
            metrics=self.metrics,
            console=True,
            secrets=(SECRET.encode(),),
        )

    # Records --------------------------------------------------------------------------------

    def news(self, fact: CaseFact, *, sequence: int | None = None) -> Record:
        """Return the record in which intake or the router tells a fact, as its next."""
        of_router = isinstance(fact, CaseAssigned | CoHandlerOffered | LoopDetected | DutyUnfilled)
        service = "router" if of_router else "intake"
        counted = self.sequences.get((service, fact.case_id), 0) + 1
        number = counted if sequence is None else sequence
        self.sequences[service, fact.case_id] = max(counted - 1, number)
        message = message_of(event_of(fact, service=service, sequence=number), topic=topics.CASES)
        return self.record(
            topics.CASES, key=message.key, value=message.value or b"", headers=message.headers
        )

    def answer(self, party: str, kind: str, *, report: str = "1", **fields: Any) -> Record:
        """Return the record in which a party answers; of departments to their first round."""
        self.said += 1
        body: dict[str, Any] = {
            "feedback_id": str(self.said),
            "case_id": str(case_of(report)),
            "kind": kind,
            "at": self.now.isoformat(),
        }
        if kind in DEPARTMENT_WORDS:
            round_ = fields.pop("round_", 1)
            body["assignment_id"] = str(assignment_id_for(case_of(report), round_, party))
        body |= NEEDS.get(kind, {}) | fields
        value = json.dumps(body).encode()
        return self.record(topics.feedback_of(party), key=body["case_id"], value=value)

    def command(self, kind: str = "case.annotate", *, report: str = "1", **fields: Any) -> Record:
        """Return the record in which somebody at a desk commands something."""
        self.said += 1
        body: dict[str, Any] = {
            "command_id": str(self.said),
            "case_id": str(case_of(report)),
            "kind": kind,
            "at": self.now.isoformat(),
            "acting": LI_WEI,
            "note": "the owner is abroad",
        }
        value = json.dumps(body | fields).encode()
        return self.record(topics.COMMANDS, key=body["case_id"], value=value)

    def record(
        self, topic: str, *, key: str, value: bytes, headers: tuple[tuple[str, bytes], ...] = ()
    ) -> Record:
        """Return a record as it is read."""
        self.offset += 1
        return Record(
            topic=topic,
            partition=0,
            offset=self.offset,
            key=key.encode(),
            value=value,
            headers=headers,
            timestamp_ms=0,
        )

    # Batches --------------------------------------------------------------------------------

    async def tell(self, *facts: CaseFact) -> Told:
        """Let the notifier read these facts in one batch."""
        return await self.read(*(self.news(fact) for fact in facts))

    async def say(self, party: str, *kinds: str, report: str = "1", **fields: Any) -> Told:
        """Let the notifier read these answers in one batch."""
        return await self.read(
            *(self.answer(party, kind, report=report, **fields) for kind in kinds)
        )

    async def read(self, *records: Record) -> Told:
        """Let the notifier read these records in one batch."""
        return await self._in_one_batch(records, is_past=False)

    async def read_again(self, *records: Record) -> Told:
        """Let a restored notifier read these records of one batch as they had their effects."""
        return await self._in_one_batch(records, is_past=True)

    async def _in_one_batch(self, records: Iterable[Record], *, is_past: bool) -> Told:
        found = [i for r in records if (i := self.reader.decode(r)) is not None]
        async with self.database.write() as conn:
            batch = Batch[Input](
                conn,
                self.now,
                STAGE,
                dead_letter_topic="notifier.dead-letters.v1",
                is_past=is_past,
            )
            batch.incoming = found
            await self.reader.decide(batch)
        return await self._told(batch)

    async def pass_time(self, **span: float) -> Told:
        """Let time pass, then fire what is due."""
        self.now += timedelta(**span)
        async with self.database.write() as conn:
            batch = Batch[Input](conn, self.now, STAGE)
            batch.due = await timers.claim_due(conn, stage=STAGE, partitions=[0], now=self.now)
            await self.reader.decide(batch)
        return await self._told(batch)

    async def fire(self, *deadlines: Deadline) -> Told:
        """Fire these deadlines, whether they are set or not."""
        async with self.database.write() as conn:
            batch = Batch[Input](conn, self.now, STAGE)
            batch.due = list(deadlines)
            await self.reader.decide(batch)
        return await self._told(batch)

    async def _told(self, batch: Batch[Input]) -> Told:
        """Let the stage that tells read the notices; returns what the batch came to."""
        reader = TellingReader(plan=lambda: self.plan, webhooks=self.webhooks)
        notices = [
            reader.decode(self.record(m.topic, key=m.key, value=m.value or b"", headers=m.headers))
            for messages in batch.outputs.values()
            for m in messages
            if m.topic == topics.NOTICES
        ]
        async with self.database.write() as conn:
            telling = Batch[ToldOfCase[Notice]](conn, self.now, TELLING)
            telling.incoming = [notice for notice in notices if notice is not None]
            await reader.decide(telling)
        return _told(batch)

    # Looking --------------------------------------------------------------------------------

    async def case(self, case_id: UUID | None = None) -> dict[str, Any]:
        """Return a case as readers see it; that of report 1 unless another is named."""
        async with self.database.read() as conn:
            found = await reading.case(conn, case_id or case_of())
        assert found is not None
        return {**found}

    async def timers(self) -> dict[str, datetime]:
        """Return the timers that are set, by kind."""
        return {kind: due_at for (_, kind), due_at in (await self.all_timers()).items()}

    async def all_timers(self) -> dict[tuple[UUID, str], datetime]:
        """Return the timers that are set, by subject and kind."""
        async with self.database.write() as conn:
            due = await self._claimed(conn)
            await timers.set_all(conn, stage=STAGE, deadlines=due)
        return {(deadline.subject, deadline.kind): deadline.due_at for deadline in due}

    async def forget_timers(self) -> None:
        """Drop every timer."""
        async with self.database.write() as conn:
            await self._claimed(conn)

    async def _claimed(self, conn: AsyncConnection) -> list[Deadline]:
        far = self.now + timedelta(days=9999)
        return await timers.claim_due(conn, stage=STAGE, partitions=[0], now=far)

    def counted(self, name: str, **labels: str) -> float:
        """Return a counter's value; 0 when it never counted."""
        return self.registry.get_sample_value(name, labels) or 0.0


def _told(batch: Batch[Input]) -> Told:
    return Told([m for lane in batch.outputs.values() for m in lane], batch.letters)
