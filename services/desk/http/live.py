"""`GET /live`: what changes, as events for the pages of whoever is signed in (server-sent events).

It tells numbers of cases that somebody could see before or after the change, and nothing else: a
page reads itself anew, as whoever looks at it may see it. An event's id is a position; a browser
that comes back with the last one hears what it missed, or that anything may have changed.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from functools import partial
from secrets import randbelow
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic_core import to_json
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Send
from starlette.types import Scope as Connection
from typing_extensions import override

from schemas.scopes import Scope
from services.access.actor import Actor, ActorKind
from services.access.door import asks
from services.access.pace import address_of
from services.desk.bounds import FORGOTTEN_AT_ONCE, LOOK_LASTS, RETRY_MS
from services.desk.http.cases import not_known
from services.desk.http.form import fields_of
from services.desk.http.site import LIVE, SESSION, Site
from services.desk.store import changes, lookers, story, views
from services.desk.use_cases.identity import hash_of
from services.desk.use_cases.live import Hub, Stream, Told
from services.kit.clock import Clock
from services.kit.http.endless import Endless, endless_of
from services.kit.http.problems import Refused
from services.kit.sql.database import Database
from services.kit.sql.retention import forget

Reader = Annotated[Actor, asks(Scope.CASES_READ)]

_LAST: Final = "last-event-id"
_HEADERS: Final = {"X-Accel-Buffering": "no"}
"""For gateways that would hold events back."""


class _Sent(StreamingResponse):
    """The events of a stream, which the hub forgets once nobody reads them any more.

    Not the generator forgets it: of a browser that goes at once it is never begun.
    """

    def __init__(self, hub: Hub, stream: Stream, endless: Endless) -> None:
        """Send what a stream tells."""
        events = _events(hub, stream, endless)
        super().__init__(events, media_type="text/event-stream", headers=_HEADERS)
        self._forget = partial(hub.leave, stream)

    @override
    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._forget()


def live_router(hub: Hub, site: Site, database: Database, *, clock: Clock) -> APIRouter:
    """Return the route of what changes, and the one by which a page says what is looked at."""
    router = APIRouter(include_in_schema=False)

    @router.get(LIVE)
    async def live(request: Request, actor: Reader, after: str = "") -> Response:
        token = site.cookie(request, SESSION)
        if actor.kind is not ActorKind.PERSON or token is None:
            raise Refused(403, "This is for the pages of whoever is signed in.")
        stream = hub.open(
            actor,
            session=hash_of(token),
            address=address_of(request),
            after=request.headers.get(_LAST, after),
        )
        endless = endless_of(request.scope)
        endless.when_stopping(stream.close)
        return _Sent(hub, stream, endless)

    @router.post("/cases/{case_id}/looking", status_code=204)
    async def looking(request: Request, case_id: UUID, actor: Reader) -> None:
        if actor.kind is not ActorKind.PERSON:
            raise Refused(403, "This is for the pages of whoever is signed in.")
        await _look(database, case_id, actor, await fields_of(request), clock=clock)

    return router


async def forget_what_moved(database: Database, *, clock: Clock) -> None:
    """Forget changes that are told, and looks that are over."""
    before = clock() - LOOK_LASTS
    most = FORGOTTEN_AT_ONCE
    await forget(database, lambda conn: changes.forget(conn, most=most), portion=most)
    await forget(
        database, lambda conn: lookers.forget(conn, before=before, most=most), portion=most
    )


async def _events(hub: Hub, stream: Stream, endless: Endless) -> AsyncIterator[bytes]:
    yield f"retry: {RETRY_MS + randbelow(RETRY_MS)}\n\n".encode()
    # Without an id: what was missed is still to come.
    yield b"event: hello\ndata: true\n\n"
    while (told := await stream.next()) is not None:
        for kind, data in _kinds(told):
            yield _event(kind, told.position or hub.position, data)
        endless.gets_on()


def _kinds(told: Told) -> Iterable[tuple[str, object]]:
    """Yield the events that say this; one that says nothing is a sign of life."""
    found: Mapping[str, object] = {
        "ended": told.ended,
        "anew": told.anew,
        "changed": told.changed,
        "looked": told.looked,
    }
    telling = [(kind, data) for kind, data in found.items() if data]
    return telling or [("beat", True)]


def _event(kind: str, id_: str, data: object) -> bytes:
    return f"id: {id_}\nevent: {kind}\ndata: ".encode() + to_json(data) + b"\n\n"


async def _look(
    database: Database, case_id: UUID, actor: Actor, given: Mapping[str, str], *, clock: Clock
) -> None:
    """Keep that somebody looks at a case, or does no more, and tell it if that is new."""
    async with database.read() as conn:
        seen = await story.visible(conn, case_id, actor=actor)
        if seen is None:
            raise not_known(case_id)
        if await story.sees_as_source(conn, case_id, actor=actor):
            return
    async with database.write() as conn:
        is_new = True
        if "left" in given:
            await lookers.leave(conn, case_id, actor.id)
        else:
            is_new = await lookers.look(conn, case_id, actor.id, now=clock())
        if is_new:
            parties = await views.parties_of(conn, {case_id})
            await changes.note(conn, parties, lane=changes.LOOKS)
