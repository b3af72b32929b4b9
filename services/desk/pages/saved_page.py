"""A list is kept under a name, and given up: its address is never but a list's query."""

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from services.access.actor import Actor
from services.desk.domain.saved_views import LONGEST_VIEW_NAME, MOST_VIEWS, free_among
from services.desk.http.form import fields_of
from services.desk.pages.bulk_offered import filter_in, pairs_in
from services.desk.pages.frame import Frame, SeesCases
from services.desk.pages.queues import PATH
from services.desk.pages.rendering import page
from services.desk.pages.routing import pages_router
from services.desk.store import saved
from services.kit.http.problems import Refused

VIEWS: Final = "/views"
Number = Annotated[int, Path(ge=1, le=MOST_VIEWS)]


def saved_router(frame: Frame) -> APIRouter:
    """Return the routes of lists that people keep."""
    router = pages_router()

    @router.get(VIEWS)
    async def show(request: Request, actor: SeesCases) -> Response:
        return await _shown(frame, request, actor, status=200)

    @router.post(VIEWS)
    async def keep(request: Request, actor: SeesCases) -> Response:
        given = await fields_of(request)
        filter_in(given.get("query", ""))
        query = urlencode(pairs_in(given.get("query", "")))
        name = " ".join(given.get("name", "").split())
        fault = _fault_of(name) or await _keep(frame, actor, name=name, query=query)
        if fault:
            typed = {"name": name, "query": query}
            return await _shown(frame, request, actor, status=422, fault=fault, typed=typed)
        return RedirectResponse(f"{PATH}?{query}", status_code=303)

    @router.post(VIEWS + "/{number}/delete")
    async def delete(number: Number, actor: SeesCases) -> Response:
        async with frame.database.write() as conn:
            if not await saved.drop(conn, number, person=actor.id):
                raise Refused(404, "You keep no list of this number.")
        return RedirectResponse(VIEWS, status_code=303)

    return router


def _fault_of(name: str) -> str:
    """Return what says what is wrong with a name; empty for nothing."""
    if not name:
        return "fault.missing"
    if len(name) > LONGEST_VIEW_NAME:
        return "fault.long"
    return "" if name.isprintable() else "fault.signs"


async def _keep(frame: Frame, actor: Actor, *, name: str, query: str) -> str:
    """Keep a list; returns what says why it could not be kept, and empty where it was."""
    async with frame.database.write() as conn:
        number = free_among({row["number"] for row in await saved.views_of(conn, actor.id)})
        if number is None:
            return "view.full"
        kept = await saved.keep(conn, number, person=actor.id, name=name, query=query)
    return "" if kept else "view.taken"


async def _shown(
    frame: Frame,
    request: Request,
    actor: Actor,
    *,
    status: int,
    fault: str = "",
    typed: Mapping[str, str] | None = None,
) -> Response:
    async with frame.database.read() as conn:
        reader = await frame.around(request, conn, actor)
    told = reader.say(fault, most=LONGEST_VIEW_NAME) if fault else ""
    return page("views.html", reader, status=status, told=told, typed=typed, most=MOST_VIEWS)
