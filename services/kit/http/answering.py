"""Every answer over HTTP counted by its status, and none at a stop that says the fault was ours."""

import asyncio
from typing import Final

from prometheus_client import Counter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit.http.problems import unreachable

_METHODS: Final = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_NOBODY: Final = "other"


class Answering:
    """The middleware around all others; what it is given counts by method, route and status."""

    def __init__(self, app: ASGIApp, *, answers: Counter) -> None:
        """Take the application and the counter."""
        self._app = app
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count how it was answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def seen(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, seen)
        except asyncio.CancelledError:
            # The server stops and waits no longer: whoever asks again finds the next one.
            if status:
                raise
            await unreachable("The service").answer()(scope, receive, seen)
        finally:
            self._count(scope, status or 500)

    def _count(self, scope: Scope, status: int) -> None:
        """Count by the route's pattern: what a caller makes up himself is one `other`."""
        method = scope["method"] if scope["method"] in _METHODS else _NOBODY
        route = getattr(scope.get("route"), "path", _NOBODY)
        self._answers.labels(method=method, route=route, status=str(status)).inc()
