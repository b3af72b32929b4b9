"""Take reports over HTTP: into the log they go, and only what the log has is accepted."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from pydantic import BaseModel

from schemas import topics
from schemas.events.incident import IncidentReport, event_of
from schemas.vocabulary import case_id_for
from services.intake.bounds import FORGOTTEN_AT_ONCE, KEY_KEPT
from services.intake.store import keys, reports
from services.intake.store.tables import Report
from services.kit.clock import Clock
from services.kit.http.door import Publishes
from services.kit.records import Message, message_of
from services.kit.sql.database import Database
from services.kit.sql.retention import forget


class KeyReused(ValueError):
    """The idempotency key came with another body before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What taking reports needs: where they go, and where answers are remembered."""

    publisher: Publishes
    database: Database
    clock: Clock


class Taken(BaseModel):
    """A report that the log has, and the case it becomes unless it joins another.

    `status_page` is where whoever reported sees what becomes of it, where the plan has that page.
    """

    source: str
    id: str
    case_id: UUID
    status_page: str | None = None


class Accepted(BaseModel):
    """The answer to a submission."""

    accepted: list[Taken]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Valid reports as one request brought them, its raw body, and its idempotency key."""

    reports: Sequence[IncidentReport]
    body: bytes
    key: str | None


async def submit(submission: Submission, *, door: Door) -> str:
    """Publish the reports and return the answer as JSON, when the log has all of them.

    A key belongs to the first body that came with it, before the log hears of it: of two bodies at
    once one is refused. What was answered to a key is answered again, and nothing is published. A
    key that was only claimed (the log was away, or we ended) is published again, which is harmless:
    the same reports have the same ids, and become nothing new. Raises `KeyReused`.
    """
    known = "" if submission.key is None else await _claim(submission, submission.key, door=door)
    if known:
        return known
    await door.publisher.publish([message_for(report) for report in submission.reports])
    taken = [Taken(source=r.source, id=r.id, case_id=r.case_id) for r in submission.reports]
    answer = Accepted(accepted=taken).model_dump_json(exclude_none=True)
    if submission.key is not None:
        async with door.database.write() as conn:
            await keys.remember_answer(conn, submission.key, answer)
    return answer


def message_for(report: IncidentReport) -> Message:
    """Return the record that carries a report."""
    return message_of(event_of(report), topic=topics.INCIDENT_REPORTS)


async def report_status(source: str, source_id: str, *, database: Database) -> Report | None:
    """Return a report if intake has decided it; one that joined a case is promised what that is."""
    async with database.read() as conn:
        report = await reports.report_of(conn, case_id_for(source, source_id))
        if report is None or report.primary_id is None:
            return report
        primary = await reports.report_of(conn, report.primary_id)
        report.promised_by = None if primary is None else primary.promised_by
        return report


async def forget_keys(database: Database, *, now: datetime) -> int:
    """Forget the idempotency keys that are older than `KEY_KEPT`; returns how many."""
    prune = partial(keys.forget_answers, before=now - KEY_KEPT)
    return await forget(database, prune, portion=FORGOTTEN_AT_ONCE)


async def _claim(submission: Submission, key: str, *, door: Door) -> str:
    """Return what was answered to this key and body before; empty when nothing was."""
    body_hash = hashlib.sha256(submission.body).hexdigest()
    async with door.database.write() as conn:
        claimed = await keys.claim_key(conn, key, body_hash=body_hash, now=door.clock())
    if claimed["body_hash"] != body_hash:
        raise KeyReused(key)
    return claimed["answer"]
