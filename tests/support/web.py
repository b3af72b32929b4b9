"""A service's routes behind what stands before them in a service, and clients of an app."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import httpx
from fastapi import APIRouter, FastAPI

from schemas.cloudevents import JSON_CONTENT
from services.kit.process.standard_routes import http_app


@asynccontextmanager
async def nothing_to_run(_: FastAPI) -> AsyncIterator[None]:
    """Be the lifespan of an app that has nothing to start."""
    yield


def app_of(
    *routers: APIRouter, hosts: str = "", media_types: Collection[str] = (JSON_CONTENT,)
) -> FastAPI:
    """Return an app with these routes, as a service makes its own."""
    http = http_app(
        "Test", description="", lifespan=nothing_to_run, hosts=hosts, media_types=media_types
    )
    for router in routers:
        http.include_router(router)
    return http


def talking_to(http: FastAPI) -> httpx.AsyncClient:
    """Return a client that sees what a client over the network would, a 500 included."""
    transport = httpx.ASGITransport(app=http, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")
