"""Commands of whoever is signed in, or brings a key that may: who acts is who was proven."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel

from schemas.events import commands
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import asks
from services.desk.http.saying import RESPONSES, answered, body_of, wanted_in
from services.desk.use_cases.commanding import ID, command
from services.desk.use_cases.saying import Saying


class CommandTaken(BaseModel):
    """A command that the log has; `decided_at` is where to see what became of it."""

    case_id: UUID
    command_id: str
    kind: str
    decided_at: str


def commands_router(door: Saying) -> APIRouter:
    """Return the route that takes commands."""
    router = APIRouter(tags=["commands"])

    @router.post(
        "/cases/{case_id}/commands",
        status_code=202,
        response_description="The log has it",
        responses=RESPONSES,
        openapi_extra=body_of(commands.KINDS, ID),
    )
    async def post_command(
        case_id: UUID,
        request: Request,
        actor: Annotated[Actor, asks(Scope.COMMANDS_WRITE)],
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> CommandTaken:
        """Take what you want to be done with a case, as `kind` and its fields; 202 on all replicas.

        Who acts, which case and when are the desk's to say: leave `acting`, `case_id`, `at` and
        `command_id` out. Whether it holds is decided from there: see the case's story, or its
        refusals. The same `Idempotency-Key` and the same body of the same person is one command.
        With `seen`, the `lines` of the case when you looked, it is taken while nobody has said
        anything since, and nothing else has happened.
        """
        wanted = await wanted_in(request, case_id, key=idempotency_key)
        async with answered():
            said = await command(wanted, actor=actor, door=door)
        return CommandTaken(
            case_id=case_id,
            command_id=said.command_id,
            kind=said.kind,
            decided_at=f"/cases/{case_id}",
        )

    return router
