"""What every service answers over HTTP: is it alive, is it ready, its metrics, its topics."""

import os
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from aiokafka.errors import KafkaError
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse

from schemas.cloudevents import JSON_CONTENT
from services.kit.http.answering import Answering
from services.kit.http.docs_page import POLICY, docs_page
from services.kit.http.problems import Refused, problem, unreachable
from services.kit.http.request_guard import Admitted, Files, RequestGuard
from services.kit.http.security_headers import HEADERS, SecurityHeaders
from services.kit.process.runtime import Runtime
from services.kit.records import Fault
from services.kit.sql.faults import DatabaseAway

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

_ASKED: Final[dict[int | str, dict[str, Any]]] = {
    401: problem("Nobody was proven; whoever asks from this machine need not be"),
    403: problem("Without the scope metrics.read"),
    429: problem("Too many requests of one key or address; come again after `Retry-After` seconds"),
}
_NOT: Final[dict[int | str, dict[str, Any]]] = {503: {"description": "It is not, and why"}}


class OpenMetrics(Response):
    """Metrics as text."""

    media_type: str | None = CONTENT_TYPE_LATEST


def http_app(
    title: str,
    *,
    description: str,
    lifespan: Lifespan,
    hosts: str,
    media_types: Collection[str] = (JSON_CONTENT,),
    files: Files | None = None,
) -> FastAPI:
    """Return an HTTP app without routes that lets in what is for it.

    `hosts` are the names, with commas between, under which it is asked beside its own addresses;
    `media_types` are those of the bodies it takes, `files` where it takes files. What a
    route or the framework refuses, and what needs a server that is away, is answered as a problem.
    """
    # The framework's own pages load their scripts from hosts that a closed network does not reach.
    http = FastAPI(
        title=title, description=description, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    named = frozenset(name.strip().lower() for name in hosts.split(",") if name.strip())
    admitted = Admitted(hosts=named, media_types=media_types, files=files)
    http.add_middleware(RequestGuard, admitted=admitted)
    for kind, answer in _PROBLEMS.items():
        http.add_exception_handler(kind, answer)

    @http.get("/docs", include_in_schema=False)
    def docs(request: Request) -> HTMLResponse:
        """Show what is answered here."""
        page = docs_page(http.openapi(), base_url=str(request.base_url))
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})

    return http


def add_operations(
    http: FastAPI, runtime: Runtime, *, asyncapi: Callable[[], dict[str, Any]]
) -> None:
    """Add `/health/live`, `/health/ready`, `/metrics` and `/asyncapi.json`.

    Every answer is counted: call it last, what is added before is inside of that.
    """
    http.state.runtime = runtime
    http.add_middleware(SecurityHeaders)
    http.add_middleware(Answering, answers=runtime.metrics.answers)
    _add_health(http, runtime)

    @http.get("/metrics", tags=["operations"], response_class=OpenMetrics, responses=_ASKED)
    def metrics() -> OpenMetrics:
        """Return all metrics as OpenMetrics text."""
        text: bytes = generate_latest(runtime.registry)  # type: ignore[no-untyped-call] # untyped there
        return OpenMetrics(text)

    @http.get("/asyncapi.json", tags=["operations"], responses=_ASKED)
    def topics() -> dict[str, Any]:
        """Return the topics this service reads and writes, as AsyncAPI 3."""
        return asyncapi()


def _add_health(http: FastAPI, runtime: Runtime) -> None:
    @http.get("/health/live", tags=["operations"], responses=_NOT)
    async def live() -> JSONResponse:
        """Answer 200 while the process gets on, 503 when only a new one will help.

        A server that is away is waited for, and no reason to end anything.
        """
        stuck = runtime.stuck()
        if stuck:
            return JSONResponse({"status": "stuck", "stuck": stuck}, status_code=503)
        return JSONResponse({"status": "live"})

    @http.get("/health/ready", tags=["operations"], responses=_NOT)
    async def readiness() -> JSONResponse:
        """Answer 200 when the service takes work, 503 with what is missing otherwise.

        The process id tells whoever started it that it is this one who answers.
        """
        missing = await runtime.ready()
        if missing:
            return JSONResponse({"status": "not ready", "missing": missing}, status_code=503)
        return JSONResponse({"status": "ready", "pid": os.getpid()})


async def _invalid(_request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    faults = [Fault(".".join(map(str, item["loc"])), item["msg"]) for item in found]
    return Refused(422, "The request is not valid.", errors=faults).answer()


async def _refused(_request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        error = Refused(error.status_code, str(error.detail), headers=error.headers)
    if not isinstance(error, Refused):
        raise error
    return error.answer()


async def broken(_request: Request, _error: Exception) -> Response:
    """Answer that something of ours failed: the server logs what it was, outside of middleware."""
    told = "This is our fault; the service's log says more."
    return Refused(500, told, headers=HEADERS).answer()


async def _database_away(_request: Request, _error: Exception) -> Response:
    return unreachable("The database").answer()


async def _log_away(_request: Request, _error: Exception) -> Response:
    return unreachable("The log").answer()


_PROBLEMS: Final = {
    RequestValidationError: _invalid,
    HTTPException: _refused,
    Refused: _refused,
    DatabaseAway: _database_away,
    KafkaError: _log_away,
    Exception: broken,
}
