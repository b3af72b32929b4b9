"""What every service answers over HTTP: is it alive, is it ready, its metrics, its topics."""

import os
from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from services.kit.database_faults import DatabaseAway
from services.kit.problems import Refused, unreachable
from services.kit.records import Fault

Readiness = Callable[[], Awaitable[dict[str, str]]]
"""Returns what is not ready, by part; empty when all is."""


def add_operations(
    http: FastAPI,
    *,
    ready: Readiness,
    registry: CollectorRegistry,
    asyncapi: Callable[[], dict[str, Any]],
) -> None:
    """Add `/health/live`, `/health/ready`, `/metrics` and `/asyncapi.json`.

    What the framework refuses, and what needs a database that is away, is answered as a problem.
    """
    for kind, answer in _PROBLEMS.items():
        http.add_exception_handler(kind, answer)

    @http.get("/health/live", tags=["operations"])
    async def live() -> dict[str, str]:
        """Answer as long as the process runs."""
        return {"status": "live"}

    @http.get("/health/ready", tags=["operations"])
    async def readiness() -> JSONResponse:
        """Answer 200 when the service takes work, 503 with what is missing otherwise.

        The process id tells whoever started it that it is this one who answers.
        """
        missing = await ready()
        if missing:
            return JSONResponse({"status": "not ready", "missing": missing}, status_code=503)
        return JSONResponse({"status": "ready", "pid": os.getpid()})

    @http.get("/metrics", tags=["operations"])
    def metrics() -> Response:
        """Return all metrics as OpenMetrics text."""
        text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call] # untyped there
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    @http.get("/asyncapi.json", tags=["operations"])
    def topics() -> dict[str, Any]:
        """Return the topics this service reads and writes, as AsyncAPI 3."""
        return asyncapi()


async def _invalid(_request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    faults = [Fault(".".join(map(str, item["loc"])), item["msg"]) for item in found]
    return Refused(422, "The request is not valid.", errors=faults).answer()


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return Refused(error.status_code, str(error.detail)).answer()


async def _database_away(_request: Request, _error: Exception) -> Response:
    return unreachable("The database").answer()


_PROBLEMS: Final = {
    RequestValidationError: _invalid,
    HTTPException: _refused,
    DatabaseAway: _database_away,
}
