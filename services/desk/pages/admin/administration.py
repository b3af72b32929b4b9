"""What every page of administrators needs, and how they answer."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote, urlencode

import httpx
from fastapi import Path as InPath
from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import RedirectResponse, Response

from schemas.events.base import Text
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import asks
from services.desk.bounds import LONGEST_SEARCH
from services.desk.domain.audit import Doer
from services.desk.http.site import Site
from services.desk.pages.faults import told_of_line
from services.desk.pages.frame import Frame
from services.desk.pages.rendering import Reader, page
from services.desk.pages.words import WORDS
from services.desk.use_cases.asking import Others, Peer
from services.kit.clock import Clock
from services.kit.stage.replaying import OwnLetters

Searched = Annotated[Text, Query(max_length=LONGEST_SEARCH)]
"""What somebody looks for, by the address of a page."""
Named = Annotated[Text, InPath()]
"""Whom or what a page is about, by its address."""
LetsIn = Annotated[Actor, asks(Scope.PEOPLE_MANAGE)]
_DONE: Final = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What of the installation is shown: the plan's file, and the processes that are asked.

    `missing` says what keeps this process from taking work; `transport` is by what others are
    asked. `letters` are what the desk itself could not process.
    """

    plan_path: Path
    webhooks_to_loopback: bool
    peers: Sequence[Peer]
    transport: httpx.AsyncBaseTransport
    missing: Callable[[], Awaitable[dict[str, str]]]
    letters: OwnLetters


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """What these pages need; `clock` is the machine's time, as for all that lets people in.

    `secret` is what tokens of keys are kept by, where the installation has one.
    """

    frame: Frame
    site: Site
    clock: Clock
    secret: bytes | None
    installation: Installation

    @property
    def others(self) -> Others:
        """The processes of other services, asked in the name of whoever is signed in."""
        told = self.installation
        return Others(
            peers=told.peers, transport=told.transport, secret=self.secret, clock=self.clock
        )

    async def reader(self, request: Request, conn: AsyncConnection, actor: Actor) -> Reader:
        """Return who reads a page."""
        return replace(await self.frame.around(request, conn, actor), now=self.clock())


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why what somebody wanted was not done: what is told, and faults of what they typed."""

    status: int
    told: str = ""
    faults: Sequence[str] = ()

    def told_to(self, reader: Reader) -> list[tuple[str, str]]:
        """Return the faults as people read them: the field, and what is wrong with it."""
        return [told_of_line(one, reader) for one in self.faults]


def doer(actor: Actor) -> Doer:
    """Return who does something here, as it is kept."""
    return Doer(actor.id, actor.name)


def done(path: str, what: str, query: Mapping[str, str] | None = None) -> Response:
    """Return the way back to a page, of this query, that says what was done."""
    way = f"{quote(path)}?{urlencode({**(query or {}), _DONE: what})}"
    return RedirectResponse(way, status_code=303, headers={"Cache-Control": "no-store"})


def told_of(request: Request, reader: Reader) -> str:
    """Return what was done just now, by the address of a page; empty for nothing."""
    name = f"done.{request.query_params.get(_DONE, '')}"
    return reader.say(name) if name in WORDS else ""


def shown_once(
    reader: Reader, *, heading: str, secret: str, told: Sequence[str], back: str
) -> Response:
    """Return the page that shows a secret, which no other page shows and nobody keeps."""
    shown = page("admin/once.html", reader, heading=heading, secret=secret, told=told, back=back)
    shown.headers["Cache-Control"] = "no-store"
    return shown


def called(reader: Reader, name: str) -> str:
    """Return what the code in `table.code` is called; that of a later release is as it stands."""
    return reader.say(name) if name in WORDS else name.partition(".")[2]
