"""Who somebody is here, to what is no browser; `pages/account_page.py` shows it to people."""

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from services.desk.domain.people import needs_second_factor
from services.desk.http.entrance import ACCOUNT, NO_STORE, Entrance
from services.desk.use_cases import lasting
from services.desk.use_cases.lasting import SignedIn
from services.kit.http.problems import Refused, problem


class OwnSession(BaseModel):
    """One of somebody's sessions; `current` is the one that asks."""

    began_at: datetime
    seen_at: datetime
    device: str
    address: str
    current: bool


class Me(BaseModel):
    """Somebody who is signed in, the roles that hold now, and their sessions.

    `second_factor_needed` tells that roles of theirs hold only after a second factor.
    """

    id: str
    name: str
    roles: list[str]
    departments: list[str]
    areas: list[str]
    scopes: list[str]
    second_factor: bool
    second_factor_needed: bool
    sessions: list[OwnSession]


def me_router(entrance: Entrance) -> APIRouter:
    """Return the route that tells programs who is signed in."""
    router = APIRouter(tags=["identity"])

    @router.get(ACCOUNT, response_model=Me, responses={401: problem("Nobody is signed in")})
    async def me(request: Request) -> Response:
        """Tell who is signed in: as a page to a browser, else as JSON."""
        who = await entrance.site.who(request, identity=entrance.identity)
        if who is None:
            raise Refused(401, "Nobody is signed in.")
        answer = await _described(who, entrance)
        return JSONResponse(answer.model_dump(mode="json"), headers=NO_STORE)

    return router


async def _described(who: SignedIn, entrance: Entrance) -> Me:
    actor = who.actor
    sessions = await lasting.own_sessions(who, identity=entrance.identity)
    return Me(
        id=actor.id,
        name=actor.name,
        roles=sorted(actor.roles),
        departments=sorted(actor.departments),
        areas=sorted(actor.areas),
        scopes=sorted(actor.scopes),
        second_factor=who.session.second_factor,
        second_factor_needed=needs_second_factor(who.person.described.roles),
        sessions=[
            OwnSession(
                began_at=one.began_at,
                seen_at=one.seen_at,
                device=one.device,
                address=one.address,
                current=one.token_hash == who.session.token_hash,
            )
            for one in sessions
        ],
    )
