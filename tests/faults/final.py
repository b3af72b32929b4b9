"""The final read: all topics from their beginning, and what the databases hold."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.cloudevents import attributes
from services.demo.stagehand import ear
from services.desk.store.tables import CaseView
from services.intake.store.tables import Report
from services.kit.records import Message
from services.kit.sql.database import open_database
from services.kit.sql.declaring import table_of
from services.kit.stage import outbox
from services.kit.stage.dead_letters import position_of
from services.kit.stage.tables import Timer
from services.notifier.store import tables as notifier
from services.router.store import RoutedCase
from tests.faults.history import (
    DeskCase,
    IntakeReport,
    Line,
    NotifierCase,
    OutboxMessage,
    ParkedAnswer,
    PendingTimer,
    RouterCase,
    Seen,
)
from tests.faults.observer import sighted
from tests.faults.standing import StandingCase

_IDLE_MS: Final = 500


async def read_topics(kafka: str, topics: Sequence[str]) -> list[Seen]:
    """Return every record of these topics, up to where they end now."""
    consumer = await ear(kafka, topics)
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        found: list[Seen] = []
        waiting = {tp for tp, end in ends.items() if end > 0}
        while waiting:
            for batch in (await consumer.getmany(timeout_ms=_IDLE_MS)).values():
                found.extend(sighted(record) for record in batch)
            waiting = {tp for tp in waiting if await consumer.position(tp) < ends[tp]}
        return found
    finally:
        await consumer.stop()


async def read_database(service: str, url: str) -> list[Line]:
    """Return what a service's database says, in one snapshot."""
    database = open_database(url)
    try:
        async with database.read() as conn:
            own = [row async for row in _OWN[service](conn)]
            timers = [row async for row in _timers(conn)]
            kept = [
                _outbox_line(chunk, message, published=published)
                async for chunk, published in _chunks(conn)
                for message in chunk.messages
            ]
            return [*own, *timers, *kept]
    finally:
        await database.close()


async def _reports(conn: AsyncConnection) -> AsyncIterator[Line]:
    for row in await conn.execute(select(table_of(Report))):
        yield IntakeReport(
            case_id=str(row.case_id),
            source=row.source,
            id=row.source_id,
            outcome=row.outcome,
            primary_id=_text(row.primary_id),
            closed=row.closed_at is not None,
        )


async def _routed(conn: AsyncConnection) -> AsyncIterator[Line]:
    for row in await conn.execute(select(table_of(RoutedCase))):
        yield RouterCase(
            case_id=str(row.case_id),
            round=row.round,
            lead=row.lead,
            assignment_id=str(row.assignment_id),
            sequence=row.sequence,
            level=row.level,
        )


async def _followed(conn: AsyncConnection) -> AsyncIterator[Line]:
    for row in await conn.execute(select(table_of(notifier.FollowUp))):
        yield NotifierCase(**_standing(row))
    for row in await conn.execute(select(table_of(notifier.ParkedAnswer))):
        yield ParkedAnswer(
            party=row.party,
            id=json.loads(row.body)["feedback_id" if row.party else "command_id"],
            case_id=str(row.case_id),
        )


async def _shown(conn: AsyncConnection) -> AsyncIterator[Line]:
    for row in await conn.execute(select(table_of(CaseView))):
        yield DeskCase(**_standing(row))


def _standing(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of either service
    ids = {"case_id": str(row.case_id), "assignment_id": _text(row.assignment_id)}
    return {name: getattr(row, name) for name in StandingCase.model_fields} | ids


_OWN: Final[Mapping[str, Any]] = {
    "intake": _reports,
    "router": _routed,
    "notifier": _followed,
    "desk": _shown,
}


async def _timers(conn: AsyncConnection) -> AsyncIterator[Line]:
    for row in await conn.execute(select(table_of(Timer))):
        yield PendingTimer(subject=str(row.subject), kind=row.kind, due_at=row.due_at)


async def _chunks(conn: AsyncConnection) -> AsyncIterator[tuple[outbox.Chunk, bool]]:
    unpublished: dict[tuple[str, int], set[int]] = {}
    async for _, chunk in outbox.kept(conn):
        lane = (chunk.stage, chunk.partition)
        if lane not in unpublished:
            left = await outbox.leftovers(conn, stage=chunk.stage, partition=chunk.partition)
            unpublished[lane] = {one.number for one in left}
        yield chunk, chunk.number not in unpublished[lane]


def _outbox_line(chunk: outbox.Chunk, message: Message, *, published: bool) -> Line:
    where: dict[str, Any] = {
        "topic": message.topic,
        "position": f"{chunk.stage}/{chunk.partition}/{chunk.number}",
        "published": published,
        "sha256": sha256(message.value or b"").hexdigest(),
    }
    if message.topic.endswith(".dead-letters.v1"):  # its headers are those of what was put aside
        return OutboxMessage(**where, key=position_of(message.key))
    told = attributes(message.headers)
    return OutboxMessage(
        **where,
        ce_id=told["id"],
        ce_type=told["type"],
        sequence=int(told.get("sequence", "0")),
        case_id=json.loads(message.value or b"{}").get("case_id"),
    )


def _text(value: object | None) -> str | None:
    return None if value is None else str(value)
