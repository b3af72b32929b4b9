"""Answers of those without Kafka: checked like a record, put into the log, decided from there."""

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol
from uuid import UUID

from aiokafka.errors import KafkaError
from fastapi import APIRouter, Header, Request
from pydantic_core import from_json
from starlette.responses import JSONResponse, Response

from schemas import topics, vocabulary
from schemas.cloudevents import JSON_CONTENT, STRUCTURED_CONTENT, CloudEvent, media_type_of
from schemas.events.acting import MOST_ROLES
from schemas.events.feedback import FEEDBACK, FEEDBACK_TYPE
from schemas.plan import Plan
from schemas.vocabulary import derived_id
from services.kit.clock import Clock
from services.kit.http.openapi import body_schema
from services.kit.http.problems import Refused, problem, unreachable
from services.kit.records import Fault, Message, Rejected, message_of
from services.kit.sql.database import Database
from services.kit.stage.decoding import strict_json, structured_data, validated
from services.notifier.domain.answers import words_of
from services.notifier.domain.case import live_part
from services.notifier.store import files

PATIENCE_SECONDS: Final = 10.0
MEDIA_TYPES: Final = (JSON_CONTENT, STRUCTURED_CONTENT)
_MAX_BYTES: Final = 64 * 1024
_MAX_KEY: Final = 120


class Publishes(Protocol):
    """Whoever brings messages into the log."""

    async def publish(self, messages: Iterable[Message]) -> None:
        """Publish messages in order and wait until every one is acknowledged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where answers are taken: what is known, where they go, and what time it is."""

    database: Database
    publisher: Publishes
    plan: Callable[[], Plan]
    clock: Clock


def answers_router(door: Door) -> APIRouter:
    """Return the route that takes answers."""
    router = APIRouter(tags=["feedback"])

    @router.post(
        "/cases/{case_id}/feedback",
        status_code=202,
        responses=_RESPONSES,
        openapi_extra=_request_schema(),
    )
    async def post_feedback(
        case_id: UUID,
        request: Request,
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> Response:
        """Take what a party says of a case; 202 says that the log has it on all replicas.

        Whether it holds is decided from there: see the case's story, or `feedback-refusals.v1`.
        The same `Idempotency-Key` and the same body about the same case is one answer; otherwise
        every request is an answer of its own, which the case's state may refuse.
        """
        body = _answer_in(await request.body(), request.headers.get("content-type", ""))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await _taken(door, case_id, body=body, key=idempotency_key)
        except (KafkaError, TimeoutError, ConnectionError) as fault:
            raise unreachable("The log") from fault

    return router


async def _taken(door: Door, case_id: UUID, *, body: bytes, key: str | None) -> Response:
    given = _given(body, key=key)
    party = _party(given, plan=door.plan())
    at = door.clock().isoformat()
    # A used key with something else to say is another answer: as a repeat it would be lost.
    said_once = at if key is None else key
    own = derived_id("http-feedback", case_id, party, said_once, body)
    told: dict[str, Any] = {"at": at, "feedback_id": str(own)}
    told |= {name: value for name, value in given.items() if name != "party"}
    if isinstance(acting := given.get("acting"), dict):
        told["acting"] = {"door": vocabulary.Door.HTTP} | acting
    told |= {"case_id": str(case_id)} | await _assignment(door, case_id, given, party=party)
    try:
        said = validated(FEEDBACK, json.dumps(told).encode())
    except Rejected as rejected:
        raise _invalid(*rejected.faults) from rejected
    event = CloudEvent(
        id=derived_id("feedback", party, said.feedback_id),
        type=FEEDBACK_TYPE,
        source=f"/parties/{party}",
        subject=str(case_id),
        time=said.at,
        data=said.model_dump_json(exclude_none=True).encode(),
        key=str(case_id),
    )
    await door.publisher.publish([message_of(event, topic=topics.feedback_of(party))])
    answer = {"case_id": str(case_id), "feedback_id": said.feedback_id, "party": party}
    answer |= {"decided_at": f"/cases/{case_id}"}
    return JSONResponse(answer, status_code=202)


def _answer_in(body: bytes, content_type: str) -> bytes:
    """Return the answer of a request's body: the body itself, or the data of the event it is."""
    if len(body) > _MAX_BYTES:
        raise Refused(413, f"The answer has more than {_MAX_BYTES} bytes.")
    if media_type_of(content_type) != STRUCTURED_CONTENT:
        return body
    try:
        return structured_data(strict_json(body), expected_type=FEEDBACK_TYPE)
    except Rejected as rejected:
        raise _invalid(*rejected.faults) from rejected


def _given(body: bytes, *, key: str | None) -> dict[str, Any]:
    if key is not None and not 0 < len(key) <= _MAX_KEY:
        raise _invalid(Fault("Idempotency-Key", f"must have 1 to {_MAX_KEY} characters"))
    try:
        given = from_json(strict_json(body))
    except Rejected as rejected:
        raise _invalid(*rejected.faults) from rejected
    if not isinstance(given, dict):
        raise _invalid(Fault("value", "must be a JSON object"))
    return given


def _party(given: dict[str, Any], *, plan: Plan) -> str:
    party, known = given.get("party"), plan.feedback_parties()
    if not isinstance(party, str) or party not in known:
        raise _invalid(Fault("party", f"must be one of {', '.join(known)}"))
    words = sorted(words_of(party))
    if given.get("kind") not in words:
        raise _invalid(Fault("kind", f"{party} may say {', '.join(words)}"))
    return party


async def _assignment(
    door: Door, case_id: UUID, given: dict[str, Any], *, party: str
) -> dict[str, str]:
    """Return the assignment an answer is about, looked up when a department left it out."""
    async with door.database.read() as conn:
        file = await files.file_of(conn, case_id)
        primary = (await files.merged_into(conn, {case_id})).get(case_id)
    if file is None and primary is not None:
        raise _invalid(Fault("case_id", f"was merged into {primary}; say it about that case"))
    if file is None:
        raise Refused(404, f"Nothing is known of {case_id} here, or not yet.")
    if party not in door.plan().departments or "assignment_id" in given:
        return {}
    part = live_part(file.parts.values(), department=party)
    if part is None:
        raise _invalid(Fault("assignment_id", f"{party} has no part in this case now"))
    return {"assignment_id": str(part.assignment_id)}


def _invalid(*faults: Fault) -> Refused:
    return Refused(422, "The answer is not valid and was not taken.", errors=faults)


def _request_schema() -> dict[str, Any]:
    """Return the body as OpenAPI shows it: the route reads raw bytes, to be strict about them."""
    kinds = sorted({word for party in ("", "supervision", "reporters") for word in words_of(party)})
    text = {"type": "string"}
    properties = {
        "party": text | {"description": "A department's code, supervision or reporters"},
        "kind": text | {"enum": [str(kind) for kind in kinds]},
        "assignment_id": text | {"format": "uuid", "description": "Looked up when left out"},
        "feedback_id": text | {"description": "Your own id; made when left out"},
        "at": text | {"format": "date-time", "description": "Now when left out"},
        "by": text,
        "acting": ACTING,
        "reason": text | {"description": "declined, check_failed, reopen"},
        "note": text | {"description": "progress"},
        "result": text | {"description": "done"},
        "evidence": {
            "type": "array",
            "items": {"type": "object", "properties": {"kind": text, "link": text}},
        },
    }
    schema = {"type": "object", "required": ["party", "kind"], "properties": properties}
    return body_schema(schema)


ACTING: Final = {
    "type": "object",
    "description": "The person who says it; left out by a machine that speaks for its party",
    "required": ["person"],
    "properties": {
        "person": {"type": "string", "maxLength": 100},
        "roles": {"type": "array", "items": {"type": "string"}, "maxItems": MOST_ROLES},
        "door": {
            "type": "string",
            "enum": [str(door) for door in vocabulary.Door],
            "description": "http when left out",
        },
    },
}

_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    404: problem("No such case here, or not yet"),
    413: problem("More than an answer may have"),
    422: problem("Not valid; a reason per field, and nothing was taken"),
    503: problem(
        "The log or the database cannot be reached; come again after `Retry-After` seconds"
    ),
}
