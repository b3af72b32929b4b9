"""A refusal as a page, where a browser asked for one; who is not signed in is led to the door."""

from collections.abc import Callable
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
from services.desk.pages.actions import is_typed
from services.desk.pages.rendering import Reader, page, reader_of
from services.desk.pages.routing import is_form, wants_page
from services.desk.pages.words import WORDS
from services.kit.clock import Clock
from services.kit.http.problems import PROBLEM, Refused

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
        unread = True

        async def read() -> Message:
            nonlocal unread
            unread = False
            return await receive()

        async def hold(message: Message) -> None:
            if (message["type"] == "http.response.start" and _is_problem(message)) or held:
                held.append(message)
            else:
                await send(message)

        await self._app(scope, read, hold)
        if not held:
            return
        request = Request(scope, receive)
        reader = reader_of(request, now=self._clock(), plan=self._plan())
        if held[0]["status"] == HTTPStatus.UNAUTHORIZED:
            answer = await _to_the_door(request, reader, unread=unread)
        else:
            answer = _told(reader, *held)
        await answer(scope, receive, send)


def _told(reader: Reader, start: Message, *bodies: Message) -> Response:
    status, headers = start["status"], MutableHeaders(raw=start["headers"])
    problem = from_json(b"".join(one.get("body", b"") for one in bodies))
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
