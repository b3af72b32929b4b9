"""What every service answers over HTTP: is it alive, is it ready, its metrics, its topics."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Response
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse

Readiness = Callable[[], Awaitable[dict[str, str]]]
"""Returns what is not ready, by part; empty when all is."""


def add_operations(
    http: FastAPI,
    *,
    ready: Readiness,
    registry: CollectorRegistry,
    asyncapi: Callable[[], dict[str, Any]],
) -> None:
    """Add `/health/live`, `/health/ready`, `/metrics` and `/asyncapi.json`."""

    @http.get("/health/live", tags=["operations"])
    async def live() -> dict[str, str]:
        """Answer as long as the process runs."""
        return {"status": "live"}

    @http.get("/health/ready", tags=["operations"])
    async def readiness() -> JSONResponse:
        """Answer 200 when the service takes work, 503 with what is missing otherwise."""
        missing = await ready()
        if missing:
            return JSONResponse({"status": "not ready", "missing": missing}, status_code=503)
        return JSONResponse({"status": "ready"})

    @http.get("/metrics", tags=["operations"])
    def metrics() -> Response:
        """Return all metrics as OpenMetrics text."""
        text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call] # untyped there
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    @http.get("/asyncapi.json", tags=["operations"])
    def topics() -> dict[str, Any]:
        """Return the topics this service reads and writes, as AsyncAPI 3."""
        return asyncapi()
