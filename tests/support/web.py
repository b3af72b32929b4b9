"""A service's routes behind what stands before them in a service, and clients of an app."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import httpx
from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from schemas.cloudevents import JSON_CONTENT
from schemas.events.people import KeyRecorded
from services.access.door import Doors
from services.kit.http.request_guard import Files
from services.kit.process.standard_routes import http_app
from tests.support.keys import TOKEN, bearing, doorkeeper


@asynccontextmanager
async def nothing_to_run(_: FastAPI) -> AsyncIterator[None]:
    """Be the lifespan of an app that has nothing to start."""
    yield


def app_of(
    *routers: APIRouter,
    hosts: str = "",
    media_types: Collection[str] = (JSON_CONTENT,),
    keys: Collection[KeyRecorded] = (),
    is_guarded: bool = True,
    files: Files | None = None,
) -> FastAPI:
    """Return an app with these routes, as a service makes its own.

    Its door knows these keys, or the one that opens everything; without a guard there is no door.
    """
    http = http_app(
        "Test",
        description="",
        lifespan=nothing_to_run,
        hosts=hosts,
        media_types=media_types,
        files=files,
    )
    for router in routers:
        http.include_router(router)
    if is_guarded:
        http.add_middleware(Doors, keeper=doorkeeper(*keys))
    return http


def talking_to(http: ASGIApp, *, token: str = TOKEN) -> httpx.AsyncClient:
    """Return a client that sees what a client over the network would, a 500 included.

    It brings the key that opens everything, or another; none if the token is empty.
    """
    transport = httpx.ASGITransport(app=http, raise_app_exceptions=False)
    headers = bearing(token) if token else {}
    return httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)
