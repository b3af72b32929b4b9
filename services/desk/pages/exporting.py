"""Lists of cases as files: the address of a list with an ending, `/cases.csv` or `/cases.xlsx`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from os import SEEK_END
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from services.access.actor import Actor
from services.access.door import ASKED
from services.access.turns import Turns
from services.desk.bounds import (
    EXPORTS_AT_ONCE,
    MOST_EXPORTED,
    SENT_AT_ONCE,
)
from services.desk.domain.view import View
from services.desk.http.cases import CasesOf, wanted_of
from services.desk.pages.columns import heads_of, row_of
from services.desk.pages.frame import Frame, SeesCases
from services.desk.pages.queues import PATH
from services.desk.pages.rendering import Reader, page, reader_of
from services.desk.pages.routing import wants_page
from services.desk.pages.sheets import CsvSheet, Sheet, XlsxSheet
from services.desk.use_cases.exporting import TooMany, exported, note_export
from services.kit.http.problems import Refused, problem


@dataclass(frozen=True, slots=True)
class _Form:
    """A form of file: what it is called, and what writes it."""

    media_type: str
    begin: Callable[..., Sheet]


_FORMS: Final[Mapping[str, _Form]] = {
    "csv": _Form("text/csv", CsvSheet),
    "xlsx": _Form("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", XlsxSheet),
}


class _Sent(StreamingResponse):
    """A file that is closed once it was sent, or once nobody wants it any more."""

    def __init__(self, file: IO[bytes], *, media_type: str, headers: Mapping[str, str]) -> None:
        """Send a file of which the whole is written."""
        size = str(file.seek(0, SEEK_END))
        file.seek(0)
        parts = iter(partial(file.read, SENT_AT_ONCE), b"")
        super().__init__(parts, headers={**headers, "Content-Length": size}, media_type=media_type)
        self._file = file

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._file:
            await super().__call__(scope, receive, send)


def export_router(frame: Frame) -> APIRouter:
    """Return the routes of files, for browsers and for keys."""
    router = APIRouter(tags=["cases"], responses=ASKED)
    turns = Turns(EXPORTS_AT_ONCE, of_one=1)
    for name in _FORMS:
        _add_route(router, frame, name, turns)
    return router


def _add_route(router: APIRouter, frame: Frame, name: str, turns: Turns) -> None:
    described: dict[int | str, dict[str, Any]] = {
        200: {"content": {_FORMS[name].media_type: {}}},
        422: problem("Not a valid filter, or more cases than go into one file"),
    }

    @router.get(
        f"{PATH}.{name}", name=f"export_{name}", response_class=Response, responses=described
    )
    async def export(
        request: Request, asked: Annotated[CasesOf, Query()], actor: SeesCases
    ) -> Response:
        """Take away all the cases that a list has for you, one row each, the newest first.

        What people read is in the language that the request asks for; times are the city's.
        """
        reader = reader_of(request, now=frame.clock(), plan=frame.plan(), actor=actor)
        try:
            async with turns.of(actor.id):
                return await _file(frame, request, reader, actor, asked, name)
        except TooMany:
            return _too_many(request, reader)


async def _file(
    frame: Frame, request: Request, reader: Reader, actor: Actor, asked: CasesOf, name: str
) -> Response:
    """Write the file beside, and send it once it is whole: what fails is told as a refusal."""
    file = TemporaryFile()  # noqa: SIM115 - it is open until it was sent
    try:
        count = await _written(file, frame, reader, actor, asked, name)
    except BaseException:
        file.close()
        raise
    note_export(actor, query=request.url.query, count=count, form=name)
    day = reader.now.astimezone(reader.plan.timezone).date()
    return _Sent(
        file,
        media_type=_FORMS[name].media_type,
        headers={"Content-Disposition": f'attachment; filename="cases-{day}.{name}"'},
    )


async def _written(
    file: IO[bytes], frame: Frame, reader: Reader, actor: Actor, asked: CasesOf, name: str
) -> int:
    """Write the cases into a file; returns how many. Raises `TooMany`."""
    with TemporaryDirectory() as folder:
        sheet = _FORMS[name].begin(file, heads=heads_of(reader), folder=Path(folder))
        take = _into(sheet, reader)
        wanted, now = wanted_of(asked), reader.now
        try:
            return await exported(wanted, take, actor=actor, now=now, database=frame.database)
        finally:
            await asyncio.to_thread(sheet.close)


def _into(sheet: Sheet, reader: Reader) -> Callable[[Sequence[View]], Awaitable[None]]:
    """Return what writes cases below the others, beside those who are answered meanwhile."""

    async def take(views: Sequence[View]) -> None:
        await asyncio.to_thread(lambda: sheet.add([row_of(view, reader) for view in views]))

    return take


def _too_many(request: Request, reader: Reader) -> Response:
    told = reader.say("export.too_many", most=MOST_EXPORTED)
    if wants_page(request.headers):
        return page("refused.html", reader, status=422, told=told, faults=())
    raise Refused(422, told)
