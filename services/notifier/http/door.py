"""What is said of a case over HTTP: checked like a record, put into the log, decided from there."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from aiokafka.errors import KafkaError
from fastapi import Request
from pydantic import TypeAdapter
from pydantic_core import from_json

from schemas.cloudevents import JSON_CONTENT, STRUCTURED_CONTENT, CloudEvent, media_type_of
from schemas.events.acting import MOST_ROLES
from schemas.plan import Plan
from schemas.vocabulary import Door, derived_id
from services.kit.clock import Clock
from services.kit.http.problems import Refused, problem, unreachable
from services.kit.records import Fault, Message, Rejected, message_of
from services.kit.sql.database import Database
from services.kit.stage.decoding import strict_json, structured_data, validated
from services.notifier.domain.case import CaseFile
from services.notifier.store import files

PATIENCE_SECONDS: Final = 10.0
MEDIA_TYPES: Final = (JSON_CONTENT, STRUCTURED_CONTENT)
_MAX_BYTES: Final = 64 * 1024
_MAX_KEY: Final = 120

T = TypeVar("T")


class Publishes(Protocol):
    """Whoever brings messages into the log."""

    async def publish(self, messages: Iterable[Message]) -> None:
        """Publish messages in order and wait until every one is acknowledged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the routes work with: what is known, where it goes, and what time it is."""

    database: Database
    publisher: Publishes
    plan: Callable[[], Plan]
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a request says of a case, at which instant.

    `type` is that of the CloudEvent it came as, `body` its JSON; all with one `key` are one.
    """

    case_id: UUID
    at: datetime
    type: str | None
    fields: dict[str, Any]
    body: bytes
    key: str | None

    def own_id(self, kind: str, *scope: str) -> str:
        """Return the id of what is said for whoever gave none."""
        # A used key with something else to say is another word: as a repeat it would be lost.
        said_once = self.at.isoformat() if self.key is None else self.key
        return str(derived_id(kind, self.case_id, *scope, said_once, self.body))

    def told(self, adapter: TypeAdapter[T], **defaults: str) -> T:
        """Return what is said with what was left out filled in. Raises `Refused`."""
        told = {"at": self.at.isoformat()} | defaults | self.fields | {"case_id": str(self.case_id)}
        if isinstance(acting := told.get("acting"), dict):
            told["acting"] = {"door": Door.HTTP} | acting
        try:
            return validated(adapter, json.dumps(told).encode())
        except Rejected as rejected:
            raise invalid(*rejected.faults) from rejected


async def given_in(
    request: Request, case_id: UUID, *, key: str | None, types: Collection[str], at: datetime
) -> Given:
    """Return what a request brings, as JSON or as a CloudEvent of one of these types.

    Raises `Refused`.
    """
    raw = await request.body()
    if len(raw) > _MAX_BYTES:
        raise Refused(413, f"This has more than {_MAX_BYTES} bytes.")
    if key is not None and not 0 < len(key) <= _MAX_KEY:
        raise invalid(Fault("Idempotency-Key", f"must have 1 to {_MAX_KEY} characters"))
    type_ = None
    try:
        body = strict_json(raw)
        if media_type_of(request.headers.get("content-type", "")) == STRUCTURED_CONTENT:
            body = structured_data(body, expected_types=types)
            type_ = from_json(raw)["type"]
    except Rejected as rejected:
        raise invalid(*rejected.faults) from rejected
    fields = from_json(body)
    if not isinstance(fields, dict):
        raise invalid(Fault("value", "must be a JSON object"))
    return Given(case_id=case_id, at=at, type=type_, fields=fields, body=body, key=key)


async def known_file(database: Database, case_id: UUID) -> CaseFile:
    """Return the file of a case. Raises `Refused` for one that is not known, or was merged."""
    async with database.read() as conn:
        file = await files.file_of(conn, case_id)
        primary = (await files.merged_into(conn, {case_id})).get(case_id)
    if file is None and primary is not None:
        raise invalid(Fault("case_id", f"was merged into {primary}; say it about that case"))
    if file is None:
        raise Refused(404, f"Nothing is known of {case_id} here, or not yet.")
    return file


@asynccontextmanager
async def patience() -> AsyncIterator[None]:
    """Answer that the log cannot be reached when this block cannot reach it in time."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield
    except (KafkaError, TimeoutError, ConnectionError) as fault:
        raise unreachable("The log") from fault


async def bring(publisher: Publishes, event: CloudEvent, *, topic: str) -> None:
    """Put an event into the log; all replicas have it when this returns."""
    await publisher.publish([message_of(event, topic=topic)])


def invalid(*faults: Fault) -> Refused:
    """Return the problem of what is not taken, a reason per field."""
    return Refused(422, "This is not valid and was not taken.", errors=faults)


ACTING: Final = {
    "type": "object",
    "required": ["person"],
    "properties": {
        "person": {"type": "string", "maxLength": 100},
        "roles": {"type": "array", "items": {"type": "string"}, "maxItems": MOST_ROLES},
        "door": {
            "type": "string",
            "enum": [str(door) for door in Door],
            "description": "http when left out",
        },
    },
}
"""A person who acts, as OpenAPI shows it."""

RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    404: problem("No such case here, or not yet"),
    413: problem("More than this may have"),
    422: problem("Not valid; a reason per field, and nothing was taken"),
    503: problem(
        "The log or the database cannot be reached; come again after `Retry-After` seconds"
    ),
}
