"""Passes for the other services, of whoever is signed in here."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel

from schemas.scopes import Scope
from services.access.actor import Actor, ActorKind
from services.access.door import ASKED, asks
from services.access.passes import pass_of
from services.desk.bounds import PASS_HOLDS
from services.kit.clock import Clock
from services.kit.http.problems import Refused, problem


class Pass(BaseModel):
    """A pass, to be sent in the header `Tongxin-Pass`, and until when it holds."""

    token: str
    until: datetime


def passes_router(*, secrets: tuple[bytes, ...], clock: Clock) -> APIRouter:
    """Return the route that gives passes, under the installation's secret in use."""
    router = APIRouter(tags=["identity"])

    @router.post(
        "/passes",
        responses=ASKED | {503: problem("The installation has no secret to sign passes with")},
    )
    async def post_pass(
        actor: Annotated[Actor, asks(Scope.CASES_READ)], response: Response
    ) -> Pass:
        """Give whoever is signed in a pass for the other services, for five minutes.

        Intake asks for it where it shows how reporters can be reached.
        """
        if actor.kind is not ActorKind.PERSON:
            raise Refused(403, "A pass is for people who are signed in; a key needs none.")
        if not secrets:
            raise Refused(503, "TONGXIN_ACCESS_SECRET is not set: nobody could check a pass.")
        response.headers["Cache-Control"] = "no-store"
        until = clock() + PASS_HOLDS
        return Pass(token=pass_of(actor, until=until, secret=secrets[0]), until=until)

    return router
