"""Commands of those without Kafka."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel

from schemas import topics
from schemas.events import commands
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import asks, not_yours
from services.kit.http.door import invalid, patience
from services.kit.records import Fault
from services.notifier.http.door import (
    RESPONSES,
    Given,
    Parts,
    body_of,
    bring,
    given_in,
    known_file,
)


class CommandTaken(BaseModel):
    """A command that the log has; `decided_at` is where to see what became of it."""

    case_id: UUID
    command_id: str
    kind: str
    decided_at: str


def commands_router(parts: Parts) -> APIRouter:
    """Return the route that takes commands."""
    router = APIRouter(tags=["commands"])

    @router.post(
        "/cases/{case_id}/commands",
        status_code=202,
        response_description="The log has it",
        responses=RESPONSES,
        openapi_extra=body_of(commands.KINDS),
    )
    async def post_command(
        case_id: UUID,
        request: Request,
        actor: Annotated[Actor, asks(Scope.COMMANDS_WRITE)],
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> CommandTaken:
        """Take what somebody commands of a case; 202 says that the log has it on all replicas.

        Whether it holds is decided from there: see the case's story, or `feedback-refusals.v1`.
        The same `Idempotency-Key` and the same body about the same case is one command; otherwise
        every request is a command of its own.
        """
        given = await given_in(
            request, case_id, key=idempotency_key, types=commands.TYPES, at=parts.clock()
        )
        async with patience():
            return await _taken(parts, given, actor)

    return router


async def _taken(parts: Parts, given: Given, actor: Actor) -> CommandTaken:
    kind = given.fields.get("kind")
    if kind not in commands.TYPES:
        raise invalid(Fault("kind", f"must be one of {', '.join(commands.TYPES)}"))
    if given.type not in {None, kind}:
        raise invalid(Fault("type", f"is {given.type!r}, but the kind is {kind!r}"))
    await known_file(parts.database, given.case_id, actor=actor)
    said = given.told(
        commands.as_command(given.fields),
        actor=actor,
        command_id=given.own_id("http-command", actor.id),
    )
    if (field := commands.ASKS_FOR.get(type(said))) is not None:
        department = getattr(said, field)
        if not actor.asks_for(department):
            raise not_yours(f"the department named as {field}: {department or 'none'}")
    await bring(parts, commands.event_of(said), topic=topics.COMMANDS)
    return CommandTaken(
        case_id=given.case_id,
        command_id=said.command_id,
        kind=said.kind,
        decided_at=f"/cases/{given.case_id}",
    )
