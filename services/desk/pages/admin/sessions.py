"""Who is signed in now; an administrator ends one of them, whoever's it is."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.desk.bounds import LISTED_AT_ONCE
from services.desk.http.form import fields_of
from services.desk.pages.admin.administration import (
    Administration,
    LetsIn,
    Searched,
    doer,
    done,
    told_of,
)
from services.desk.pages.rendering import page
from services.desk.pages.routing import pages_router
from services.desk.store import people, sessions
from services.desk.use_cases import administering
from services.kit.http.addresses import shortened

PATH: Final = "/open-sessions"


def sessions_router(administration: Administration) -> APIRouter:
    """Return these routes."""
    router = pages_router()

    @router.get(PATH)
    async def list_sessions(
        request: Request,
        actor: LetsIn,
        person: Searched = "",
    ) -> Response:
        now = administration.clock()
        async with administration.frame.database.read() as conn:
            found = await sessions.lasting(
                conn, now=now, most=LISTED_AT_ONCE + 1, person_id=person.strip()
            )
            names = await people.names_of(conn, (one.person_id for one in found))
            reader = await administration.reader(request, conn, actor)
        shown = found[:LISTED_AT_ONCE]
        return page(
            "admin/sessions.html",
            reader,
            sessions=[(one, names.get(one.person_id, ""), shortened(one.address)) for one in shown],
            person=person.strip(),
            more=len(found) > LISTED_AT_ONCE,
            told=told_of(request, reader),
        )

    @router.post(PATH)
    async def end_session(request: Request, actor: LetsIn) -> Response:
        given = await fields_of(request)
        await administering.end_session(
            given.get("session", ""),
            database=administration.frame.database,
            now=administration.clock(),
            by=doer(actor),
        )
        return done(PATH, "session_ended")

    return router
