"""What single keys do: a page that says so, and where they are switched off."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.access.actor import Actor
from services.access.door import WHOEVER
from services.desk.http.form import fields_of
from services.desk.http.site import Site, inside
from services.desk.pages.frame import Frame
from services.desk.pages.preferences import CHOICES, remember
from services.desk.pages.rendering import page
from services.desk.pages.routing import pages_router
from services.kit.http.problems import Refused

SHORTCUTS: Final = "/shortcuts"
CHOOSE: Final = "/preferences"


def shortcuts_router(frame: Frame, site: Site) -> APIRouter:
    """Return the routes of how somebody wants pages to be."""
    router = pages_router()

    @router.get(SHORTCUTS)
    async def show(request: Request, actor: Annotated[Actor, WHOEVER]) -> Response:
        async with frame.database.read() as conn:
            reader = await frame.around(request, conn, actor)
        return page("shortcuts_page.html", reader)

    @router.post(CHOOSE)
    async def choose(request: Request, _: Annotated[Actor, WHOEVER]) -> Response:
        given = await fields_of(request)
        chosen = _chosen(given)
        answer = RedirectResponse(inside(given.get("next", "/")), status_code=303)
        for name, value in chosen.items():
            remember(site, request, answer, name, value)
        return answer

    return router


def _chosen(given: Mapping[str, str]) -> dict[str, str]:
    """Return what is chosen by name. Raises `Refused` where that is nothing we know."""
    chosen = {name: given[name] for name in CHOICES if name in given}
    if not chosen or any(value not in {*CHOICES[name]} for name, value in chosen.items()):
        raise Refused(422, "There is no such choice here.")
    return chosen
