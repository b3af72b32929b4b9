"""The page of one report, for whoever made it and has its link: no sign-in, no staff around it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final, Self

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from schemas.words import labels
from services.access.report_links import BELOW, report_of
from services.desk.bounds import EFFECT_LOOKS, EFFECT_SECONDS
from services.desk.domain.progress import Step
from services.desk.http.form import fields_of
from services.desk.http.site import Site
from services.desk.pages.frame import Frame
from services.desk.pages.rendering import Reader, page, reader_of, sentence
from services.desk.pages.routing import pages_router
from services.desk.use_cases.reporting import Progress, TooLate, not_solved, progress
from services.desk.use_cases.saying import Saying
from services.kit.http.door import patience
from services.kit.http.problems import Refused
from services.kit.records import Rejected

RESIDENTS_BELOW: Final = (BELOW,)
"""Where a link leads that proves by itself which report it is of."""
_NOT_SOLVED: Final = "not-solved"
_NOT_KEPT: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """Something that happened, as a resident reads it."""

    at: str
    instant: str
    text: str
    why: str

    @classmethod
    def of(cls, step: Step, reader: Reader) -> Self:
        dates = {"before": step.before, "until": step.until}
        told = {name: reader.at(at) for name, at in dates.items() if at is not None}
        phrase = labels.PHRASES.get(step.why)
        return cls(
            at=reader.at(step.at),
            instant=step.at.isoformat(),
            text=reader.say(f"step.{step.kind}", **told),
            why=step.why if phrase is None else reader.heading(phrase),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What the page of a report shows; `typed` is a text that was not taken, `fault` why."""

    title: str
    stands: str
    lines: Sequence[_Line]
    promised_by: str
    result: str
    rejected: str
    exercise: bool
    reopen_until: str
    is_late: bool
    path: str
    sent: bool = False
    typed: str = ""
    fault: str = ""

    @classmethod
    def of(cls, found: Progress, reader: Reader, **beside: Any) -> Self:
        view, rejected = found.view, found.rejected
        until = found.reopen_until(reader.plan)
        may = until is not None and reader.now <= until
        titles = ("", "") if view is None else (view.title_zh, view.title_en)
        is_open = view is not None and view.closed_at is None
        promised = view.promised_by if view is not None and is_open else None
        return cls(
            title=sentence(reader.either(*titles)),
            stands=found.stands,
            lines=[_Line.of(step, reader) for step in reversed(found.steps)],
            promised_by="" if promised is None else reader.at(promised),
            result=found.result,
            rejected="" if rejected is None else reader.either(rejected.text_zh, rejected.text_en),
            exercise=any(one.exercise for one in (view, rejected) if one is not None),
            reopen_until=reader.at(until) if may and until is not None else "",
            is_late=found.ended_at is not None and not may,
            path=reader.here,
            **beside,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Residents:
    """What the pages of residents need; `secrets` are the installation's."""

    frame: Frame
    site: Site
    door: Saying
    secrets: Sequence[bytes]

    async def report(self, request: Request, token: str) -> tuple[Progress | None, Reader]:
        """Return what became of the report of a token, None for no such token, and who reads.

        Raises `Refused` where the plan shows residents nothing, and for an address that asks too
        often.
        """
        self.site.strangers.check(request)
        plan = self.frame.plan()
        check_shown(shown=plan.residents.status_page)
        reader = reader_of(request, now=self.frame.clock(), plan=plan)
        # Whatever form was sent: from here somebody goes on to the page, in either language.
        reader = replace(reader, here=f"{BELOW}{token}")
        report_id = report_of(token, self.secrets)
        if report_id is None:
            return None, reader
        async with self.frame.database.read() as conn:
            return await progress(conn, report_id), reader


def check_shown(*, shown: bool) -> None:
    """Refuse what the plan does not show, as what is not there."""
    if not shown:
        raise Refused(404, "Not Found")


def resident_router(residents: Residents) -> APIRouter:
    """Return the routes of a report's page."""
    router = pages_router()

    @router.get(BELOW + "{token}")
    async def get_report(request: Request, token: str, sent: str = "") -> Response:
        found, reader = await residents.report(request, token)
        return _page(found, reader, sent=bool(sent))

    @router.post(BELOW + "{token}/" + _NOT_SOLVED)
    async def take_not_solved(request: Request, token: str) -> Response:
        found, reader = await residents.report(request, token)
        if found is None or not found.is_shown(reader.plan, now=reader.now):
            return _page(found, reader)
        text = (await fields_of(request)).get("text", "").strip()
        status, why = await _said(residents, found, text, reader)
        if status:
            typed = "" if status == HTTPStatus.CONFLICT else text
            return _page(found, reader, status=status, fault=reader.say(why), typed=typed)
        await _heard(residents, found)
        return RedirectResponse(f"{reader.here}?sent=1", status_code=303, headers=_NOT_KEPT)

    return router


async def _said(
    residents: Residents, found: Progress, text: str, reader: Reader
) -> tuple[int, str]:
    """Say that a case is not solved; return the status and the word of why not, 0 if it is said."""
    try:
        async with patience():
            await not_solved(found, text, plan=reader.plan, door=residents.door)
    except TooLate:
        return HTTPStatus.CONFLICT, "resident.too_late"
    except Rejected:
        return HTTPStatus.UNPROCESSABLE_ENTITY, "resident.no_text"
    except Refused:
        return HTTPStatus.SERVICE_UNAVAILABLE, "tried.503"
    return 0, ""


async def _heard(residents: Residents, before: Progress) -> None:
    """Wait a moment until the case is open again, so that the page says so."""
    for _ in range(EFFECT_LOOKS):
        async with residents.frame.database.read() as conn:
            if (await progress(conn, before.report_id)).ended_at is None:
                return
        await asyncio.sleep(EFFECT_SECONDS / EFFECT_LOOKS)


def _page(
    found: Progress | None, reader: Reader, *, status: int = 200, **beside: str | bool
) -> Response:
    if found is None:
        return _none(reader, HTTPStatus.NOT_FOUND, why="unknown")
    if not found.is_shown(reader.plan, now=reader.now):
        return _none(reader, HTTPStatus.GONE, why="over")
    shown = _Shown.of(found, reader, **beside)
    return page("resident_report.html", reader, status=status, headers=_NOT_KEPT, shown=shown)


def _none(reader: Reader, status: HTTPStatus, *, why: str) -> Response:
    return page("resident_none.html", reader, status=status, headers=_NOT_KEPT, why=why)
