"""Commands of those without Kafka."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request
from starlette.responses import JSONResponse, Response

from schemas import topics
from schemas.cloudevents import CloudEvent
from schemas.events import commands
from services.kit.http.openapi import body_schema
from services.kit.records import Fault
from services.notifier.http.door import (
    ACTING,
    RESPONSES,
    Given,
    Parts,
    bring,
    given_in,
    invalid,
    known_file,
    patience,
)
from services.notifier.use_cases.inputs import command_id


def commands_router(parts: Parts) -> APIRouter:
    """Return the route that takes commands."""
    router = APIRouter(tags=["commands"])

    @router.post(
        "/cases/{case_id}/commands",
        status_code=202,
        responses=RESPONSES,
        openapi_extra=_request_schema(),
    )
    async def post_command(
        case_id: UUID,
        request: Request,
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> Response:
        """Take what a person commands of a case; 202 says that the log has it on all replicas.

        Whether it holds is decided from there: see the case's story, or `feedback-refusals.v1`.
        The same `Idempotency-Key` and the same body about the same case is one command; otherwise
        every request is a command of its own.
        """
        given = await given_in(
            request, case_id, key=idempotency_key, types=commands.TYPES, at=parts.clock()
        )
        async with patience():
            return await _taken(parts, given)

    return router


async def _taken(parts: Parts, given: Given) -> Response:
    case_id, kind = str(given.case_id), given.fields.get("kind")
    if kind not in commands.TYPES:
        raise invalid(Fault("kind", f"must be one of {', '.join(commands.TYPES)}"))
    if given.type not in {None, kind}:
        raise invalid(Fault("type", f"is {given.type!r}, but the kind is {kind!r}"))
    await known_file(parts.database, given.case_id)
    said = given.told(commands.COMMAND, command_id=given.own_id("http-command"))
    event = CloudEvent(
        id=command_id(said),
        type=said.type,
        source=f"/doors/{said.acting.door}",
        subject=case_id,
        time=said.at,
        data=said.model_dump_json(exclude_none=True).encode(),
        key=case_id,
    )
    await bring(parts.publisher, event, topic=topics.COMMANDS)
    answer = {"case_id": case_id, "command_id": said.command_id, "kind": said.kind}
    return JSONResponse(answer | {"decided_at": f"/cases/{case_id}"}, status_code=202)


def _request_schema() -> dict[str, Any]:
    """Return the body as OpenAPI shows it: the route reads raw bytes, to be strict about them."""
    text = {"type": "string"}
    properties = {
        "kind": text | {"enum": [*commands.TYPES]},
        "acting": ACTING | {"description": "Who commands it"},
        "command_id": text | {"description": "Your own id; made when left out"},
        "at": text | {"format": "date-time", "description": "Now when left out"},
        "note": text | {"description": "case.annotate"},
    }
    schema = {"type": "object", "required": ["kind", "acting"], "properties": properties}
    return body_schema(schema)
