"""Commands of whoever is signed in, or brings a key that may: who acts is who was proven."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel
from pydantic_core import from_json

from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import ASKED, asks
from services.desk.bounds import MOST_SAID_BYTES
from services.desk.use_cases.commanding import (
    Commanding,
    MayNot,
    UnknownCase,
    Wanted,
    command,
)
from services.kit.http.door import faults_of_key, patience, refusals
from services.kit.http.problems import Refused, problem
from services.kit.records import Rejected
from services.kit.stage.decoding import strict_json

_RESPONSES = {**ASKED, 404: problem("No such case here, or not one of yours"), **refusals()}


class CommandTaken(BaseModel):
    """A command that the log has; whether it holds is told in the case's story."""

    case_id: UUID
    command_id: str
    kind: str


def commands_router(door: Commanding) -> APIRouter:
    """Return the route that takes commands."""
    router = APIRouter(tags=["commands"])

    @router.post(
        "/cases/{case_id}/commands",
        status_code=202,
        response_description="The log has it",
        responses=_RESPONSES,
    )
    async def post_command(
        case_id: UUID,
        request: Request,
        actor: Annotated[Actor, asks(Scope.COMMANDS_WRITE)],
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> CommandTaken:
        """Take what you want to be done with a case, as `kind` and its fields; 202 on all replicas.

        Who acts, which case and when are the desk's to say: leave `acting`, `case_id`, `at` and
        `command_id` out. Whether it holds is decided from there. The same `Idempotency-Key` and
        the same body of the same person is one command.
        """
        body = await request.body()
        wanted = _wanted(case_id, body, key=idempotency_key)
        try:
            async with patience():
                said = await command(wanted, actor=actor, door=door)
        except Rejected as rejected:
            raise _invalid(rejected) from rejected
        except MayNot as barred:
            raise Refused(403, str(barred)) from barred
        except UnknownCase as unknown:
            raise Refused(404, f"Nothing is known of {case_id} here, or not yet.") from unknown
        return CommandTaken(case_id=case_id, command_id=said.command_id, kind=said.kind)

    return router


def _wanted(case_id: UUID, body: bytes, *, key: str | None) -> Wanted:
    """Return what a request brings. Raises `Refused`."""
    if len(body) > MOST_SAID_BYTES:
        raise Refused(413, f"A command has at most {MOST_SAID_BYTES} bytes.")
    if faults := faults_of_key(key):
        raise Refused(422, "This is not valid and was not taken.", errors=faults)
    try:
        fields = from_json(strict_json(body))
    except Rejected as rejected:
        raise _invalid(rejected) from rejected
    if not isinstance(fields, dict):
        raise Refused(422, "A command is a JSON object; this was not taken.")
    return Wanted(case_id=case_id, fields=fields, body=body, key=key)


def _invalid(rejected: Rejected) -> Refused:
    return Refused(422, "This is not valid and was not taken.", errors=rejected.faults)
