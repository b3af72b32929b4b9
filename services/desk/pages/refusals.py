"""A refusal as a page, where a browser asked for one; who is not signed in is led to the door."""

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from pydantic_core import from_json
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.plan import Plan
from services.desk.pages.rendering import page, reader_of
from services.desk.pages.routing import wants_page
from services.desk.pages.words import WORDS
from services.kit.clock import Clock
from services.kit.http.problems import PROBLEM

_KEPT: Final = ("retry-after",)
_OTHERS: Final = 500


class RefusalPages:
    """ASGI middleware that turns problems into pages for whoever reads pages."""

    def __init__(self, app: ASGIApp, *, plan: Callable[[], Plan], clock: Clock) -> None:
        """Take what stands behind, and what a page needs."""
        self._app = app
        self._plan = plan
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as what stands behind does, but a problem to a browser."""
        if scope["type"] != "http" or not wants_page(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def hold(message: Message) -> None:
            if (message["type"] == "http.response.start" and _is_problem(message)) or held:
                held.append(message)
            else:
                await send(message)

        await self._app(scope, receive, hold)
        if held:
            await self._told(Request(scope), held)(scope, receive, send)

    def _told(self, request: Request, held: list[Message]) -> Response:
        start, *bodies = held
        status, headers = start["status"], MutableHeaders(raw=start["headers"])
        if status == 401 and request.method == "GET":  # noqa: PLR2004 - the status by its number
            here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(
                f"/sign-in?next={quote(here, safe='')}",
                status_code=303,
                headers={"Cache-Control": "no-store"},
            )
        problem = from_json(b"".join(one.get("body", b"") for one in bodies))
        reader = reader_of(request, now=self._clock(), plan=self._plan())
        name = f"refused.{status}" if f"refused.{status}" in WORDS else f"refused.{_OTHERS}"
        return page(
            "refused.html",
            reader,
            status=status,
            headers={name: headers[name] for name in _KEPT if name in headers},
            told=reader.say(name, seconds=headers.get("retry-after", "")),
            title=problem.get("title", ""),
            errors=problem.get("errors", ()),
        )


def _is_problem(start: Message) -> bool:
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return bool(kind.startswith(PROBLEM))
