"""A refusal as a page, where a browser asked for one; who is not signed in is led to the door."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from pydantic_core import from_json
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.plan import Plan
from services.desk.bounds import MOST_SAID_BYTES
from services.desk.http.form import fields_of
from services.desk.http.site import PLAIN
from services.desk.pages.actions import is_typed
from services.desk.pages.faults import said_of
from services.desk.pages.frame import Frame
from services.desk.pages.rendering import Reader, page, reader_of
from services.desk.pages.routing import is_form, wants_page
from services.desk.pages.words import WORDS
from services.kit.clock import Clock
from services.kit.http.problems import PROBLEM, Refused, unreachable
from services.kit.http.request_guard import FOREIGN
from services.kit.http.security_headers import HEADERS
from services.kit.process.standard_routes import broken

_KEPT: Final = ("retry-after",)
_BY_TITLE: Final = {PLAIN: "refused.plain", FOREIGN: "refused.foreign"}
"""What is told of problems of whose status a sentence would say too little."""


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
        answer = _Held(send)
        unread = True

        async def read() -> Message:
            nonlocal unread
            unread = False
            return await receive()

        await _answered(self._app, scope, read, answer)
        if not answer.held:
            return
        request = Request(scope, receive)
        reader = reader_of(request, now=self._clock(), plan=self._plan())
        if answer.held[0]["status"] == HTTPStatus.UNAUTHORIZED:
            instead = await _to_the_door(request, reader, unread=unread)
        else:
            instead = _told(reader, *answer.held)
        await instead(scope, receive, send)


class _Held:
    """Sends an answer on as it comes, but holds a problem back."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False
        self.held: list[Message] = []

    async def __call__(self, message: Message) -> None:
        if self.held or (message["type"] == "http.response.start" and _is_problem(message)):
            self.held.append(message)
        else:
            self.begun = True
            await self._send(message)


async def _answered(app: ASGIApp, scope: Scope, receive: Receive, answer: _Held) -> None:
    """Let an app answer; where the server stops and waits no longer, that is a problem, too."""
    try:
        await app(scope, receive, answer)
    except asyncio.CancelledError:
        if answer.begun:
            raise
        answer.held.clear()
        await unreachable("The service").answer()(scope, receive, answer)


def broken_page(frame: Frame) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return what answers a browser when something of ours failed, outside of every middleware.

    The server logs what it was; nobody else is told more than that.
    """

    async def told(request: Request, error: Exception) -> Response:
        if not wants_page(request.headers):
            return await broken(request, error)
        reader = frame.for_anybody(request)
        answer = page("refused.html", reader, status=500, told=reader.say("refused.500"), faults=())
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer

    return told


def _told(reader: Reader, start: Message, *bodies: Message) -> Response:
    status, headers = start["status"], MutableHeaders(raw=start["headers"])
    problem = from_json(b"".join(one.get("body", b"") for one in bodies))
    name = _BY_TITLE.get(problem.get("title", ""), name_of(status))
    return page(
        "refused.html",
        reader,
        status=status,
        headers={name: headers[name] for name in _KEPT if name in headers},
        told=reader.say(name, seconds=headers.get("retry-after", "")),
        faults=[
            (reader.field(one["field"].rpartition(".")[2]), said_of(one["reason"], reader))
            for one in problem.get("errors", ())
        ],
    )


def name_of(status: int) -> str:
    """Return what says a status in `words.toml`; of one that nobody foresaw, whose fault it was.

    >>> name_of(404), name_of(418), name_of(507)
    ('refused.404', 'refused.400', 'refused.500')
    """
    known = f"refused.{status}"
    theirs = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return known if known in WORDS else "refused.400" if theirs else "refused.500"


async def _to_the_door(request: Request, reader: Reader, *, unread: bool) -> Response:
    """Lead to the door; what was typed into a form of ours waits on the page it is sent from."""
    if request.method == "GET":
        way = f"/sign-in?{urlencode({'next': reader.here})}"
        return RedirectResponse(way, status_code=303, headers={"Cache-Control": "no-store"})
    # The door refuses before anybody has read the form.
    given = await _typed(request) if unread else None
    if given is None:
        return RedirectResponse("/sign-in", status_code=303, headers={"Cache-Control": "no-store"})
    typed = {name: value for name, value in given.items() if is_typed(name)}
    return page(
        "again.html",
        reader,
        status=HTTPStatus.UNAUTHORIZED,
        path=request.url.path,
        given=given,
        typed=typed,
    )


async def _typed(request: Request) -> dict[str, str] | None:
    """Return the fields of a form that a page of ours sent; None of any other.

    Nobody else's page may put words into somebody's mouth here.
    """
    headers = request.headers
    length = headers.get("content-length", "")
    is_ours = headers.get("sec-fetch-site") == "same-origin" and is_form(headers)
    if not is_ours or not length.isdecimal() or int(length) > MOST_SAID_BYTES:
        return None
    try:
        return await fields_of(request)
    except Refused:
        return None


def _is_problem(start: Message) -> bool:
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return bool(kind.startswith(PROBLEM))
