"""Taking a report for a caller or a visitor: look what it is, then save it, then read back.

Looking keeps nothing. What was typed comes back in its form, whatever becomes of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from secrets import token_urlsafe
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from schemas.events.incident import IncidentReport
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import asks
from services.desk.http.form import fields_of
from services.desk.pages.faults import said_of
from services.desk.pages.frame import Frame
from services.desk.pages.rendering import Reader, page
from services.desk.pages.report_form import (
    FIELDS,
    MOST,
    Wrong,
    categories_of,
    channels_of,
    grids_of,
    typed_of,
)
from services.desk.pages.report_found import Looked, look
from services.desk.pages.report_map import picked, picker_of, picks, settled
from services.desk.pages.report_read_back import Joins, followed, read_back
from services.desk.pages.routing import pages_router
from services.desk.use_cases.saying import Saying
from services.desk.use_cases.taking import NUMBER, Typed, report_of, take
from services.kit.http.door import patience
from services.kit.http.problems import Refused
from services.kit.records import Rejected

PATH: Final = "/report"
_SAVE: Final = "save"
_SEE_OTHER: Final = 303
Takes = Annotated[Actor, asks(Scope.REPORTS_WRITE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filled:
    """A form as somebody filled it in, with what was found for it, or what is wrong.

    `told` names in `words.toml` why it was not taken.
    """

    given: Mapping[str, str]
    status: int = 200
    told: str = ""
    wrong: Wrong = field(default_factory=dict)
    looked: Looked | None = None


def report_router(frame: Frame, door: Saying) -> APIRouter:
    """Return the routes of taking reports."""
    router = pages_router()

    @router.get(PATH)
    async def get_form(request: Request, actor: Takes) -> Response:
        reader = await _around(frame, request, actor)
        return _shown(_Filled(given={"once": token_urlsafe(12)}), reader, actor)

    @router.post(PATH)
    async def post_form(request: Request, actor: Takes) -> Response:
        given = await fields_of(request)
        return await _taken(frame, request, actor, given, door)

    @router.get(PATH + "/{number}")
    async def get_taken(
        request: Request,
        number: Annotated[str, Path(pattern=NUMBER)],
        actor: Takes,
        joins: UUID | None = None,
    ) -> Response:
        return await read_back(frame, request, actor, number, joins)

    return router


async def _around(frame: Frame, request: Request, actor: Actor) -> Reader:
    async with frame.database.read() as conn:
        return await frame.around(request, conn, actor)


def _shown(filled: _Filled, reader: Reader, actor: Actor) -> Response:
    """Return the form as it was filled in."""
    given = filled.given
    return page(
        "report.html",
        reader,
        status=filled.status,
        given={name: given.get(name, "") for name in FIELDS},
        once=given["once"],
        told=reader.say(filled.told) if filled.told else "",
        wrong=filled.wrong,
        elsewhere={name: why for name, why in filled.wrong.items() if name not in FIELDS},
        most=MOST,
        looked=filled.looked,
        picker=picker_of(given, reader),
        channels=channels_of(actor),
        categories=categories_of(reader),
        grids=grids_of(reader),
    )


async def _taken(
    frame: Frame, request: Request, actor: Actor, given: Mapping[str, str], door: Saying
) -> Response:
    """Look what a form is about; save it where that was shown."""
    reader = await _around(frame, request, actor)
    given = {**given, "once": given.get("once") or token_urlsafe(12)}
    if picks(given):
        given, wrong = picked(given, reader, frame.index())
        return _shown(
            _Filled(given=given, status=422 if wrong else 200, wrong=wrong), reader, actor
        )
    given, misplaced = settled(given, reader, frame.index())
    typed, wrong = typed_of(given, once=given["once"], actor=actor, reader=reader)
    wrong |= misplaced
    report = None if wrong else _report(typed, wrong, actor=actor, frame=frame, reader=reader)
    if report is None:
        invalid = _Filled(given=given, status=422, told="tried.422", wrong=wrong)
        return _shown(invalid, reader, actor)
    filled = _Filled(given=given, looked=await look(frame, report, actor=actor, reader=reader))
    joins = Joins.of(given, reason=reader.say("report.same_thing"))
    if given.get("act") == _SAVE or joins is not None:
        filled = await _saved(frame, report, filled, actor, joins, door)
    if filled.status == _SEE_OTHER:
        query = "" if joins is None else f"?{urlencode({'joins': joins.case_id})}"
        return RedirectResponse(f"{PATH}/{report.id}{query}", status_code=_SEE_OTHER)
    return _shown(filled, reader, actor)


def _report(
    typed: Typed, wrong: Wrong, *, actor: Actor, frame: Frame, reader: Reader
) -> IncidentReport | None:
    """Return the report that a form means; None, and what is wrong with it."""
    try:
        return report_of(typed, actor=actor, at=frame.clock())
    except Rejected as rejected:
        wrong |= {one.field: said_of(one.reason, reader) for one in rejected.faults}
        return None


async def _saved(
    frame: Frame,
    report: IncidentReport,
    filled: _Filled,
    actor: Actor,
    joins: Joins | None,
    door: Saying,
) -> _Filled:
    """Bring a report into the log, if it is what was shown; return where that leads."""
    if filled.looked is None or filled.given.get("shown") != filled.looked.proposal.seen:
        return replace(filled, status=409, told="report.changed")
    try:
        async with patience():
            await take(report, actor=actor, door=door)
    except Refused:
        return replace(filled, status=503, told="tried.503")
    await followed(frame, report.case_id, actor=actor, joins=joins, door=door)
    return replace(filled, status=_SEE_OTHER)
