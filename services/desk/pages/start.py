"""Where a browser begins, in which language it goes on, and what all pages load."""

from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from schemas.roles import ActingRole
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import WHOEVER
from services.desk.http.entrance import ACCOUNT
from services.desk.http.form import fields_of
from services.desk.http.site import Site, inside
from services.desk.pages.language import CHOICE, Language
from services.desk.pages.overview_page import OVERVIEW
from services.desk.pages.places import places_of
from services.desk.pages.preferences import remember
from services.desk.pages.queues import queues_of
from services.desk.pages.rendering import ASSETS, ICON, Asset
from services.desk.pages.routing import pages_router
from services.kit.http.problems import Refused

LANGUAGE_PATH: Final = "/language"
FAVICON: Final = "/favicon.ico"
"""Where browsers look for an icon where no page names one."""
OPEN: Final = frozenset({LANGUAGE_PATH, FAVICON, *(asset.path for asset in ASSETS)})
"""Paths that everybody may ask for."""
_A_DAY: Final = "public, max-age=86400"
_FOR_GOOD: Final = "public, max-age=31536000, immutable"


def start_router(site: Site) -> APIRouter:
    """Return these routes."""
    router = pages_router()

    @router.get("/")
    async def start(actor: Annotated[Actor, WHOEVER]) -> Response:
        return RedirectResponse(_first_of(actor), status_code=303)

    @router.post(LANGUAGE_PATH)
    async def choose_language(request: Request) -> Response:
        site.strangers.check(request)
        given = await fields_of(request)
        if given.get(CHOICE) not in {*Language}:
            raise Refused(422, "There is no such language here.")
        answer = RedirectResponse(inside(given.get("next", "/")), status_code=303)
        remember(site, request, answer, CHOICE, given[CHOICE])
        return answer

    return router


def _first_of(actor: Actor) -> str:
    """Return what somebody sees first."""
    if actor.may(Scope.CASES_READ):
        return OVERVIEW if ActingRole.SUPERVISOR in actor.roles else queues_of(actor)[0].address
    places = places_of(actor)
    return places[0].path if places else ACCOUNT


def assets_router() -> APIRouter:
    """Return the routes of what pages load, which are no pages."""
    router = APIRouter(include_in_schema=False)
    for asset in ASSETS:
        router.add_api_route(asset.path, partial(_given, asset), methods=["GET"])
    router.add_api_route(FAVICON, partial(_given, ICON, kept=_A_DAY), methods=["GET"])
    return router


async def _given(asset: Asset, kept: str = _FOR_GOOD) -> Response:
    return Response(asset.content, media_type=asset.media_type, headers={"Cache-Control": kept})
