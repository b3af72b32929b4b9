"""The page of one report, for whoever made it and has its link: no sign-in, no staff around it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final, NamedTuple, Self

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from schemas.plan import Plan
from schemas.vocabulary import Satisfaction
from schemas.words import labels
from services.access.report_links import BELOW, report_of
from services.desk.bounds import EFFECT_LOOKS, EFFECT_SECONDS
from services.desk.domain.progress import Step
from services.desk.http.form import fields_of
from services.desk.http.site import Site
from services.desk.pages.frame import Frame
from services.desk.pages.rendering import Reader, page, reader_of, sentence
from services.desk.pages.routing import pages_router
from services.desk.use_cases.reporting import (
    Progress,
    RatedAlready,
    TooLate,
    not_solved,
    progress,
    rate,
)
from services.desk.use_cases.saying import Saying
from services.kit.http.door import patience
from services.kit.http.problems import Refused
from services.kit.records import Rejected

RESIDENTS_BELOW: Final = (BELOW,)
"""Where a link leads that proves by itself which report it is of."""
_NOT_SOLVED: Final = "not-solved"
_RATED: Final = "rated"
_WHY_NOT: Final[Mapping[type[Exception], tuple[int, str]]] = {
    TooLate: (HTTPStatus.CONFLICT, "resident.too_late"),
    RatedAlready: (HTTPStatus.CONFLICT, "resident.rated_already"),
    Refused: (HTTPStatus.SERVICE_UNAVAILABLE, "tried.503"),
}
_NOT_KEPT: Final = {"Cache-Control": "no-store"}


class _Form(NamedTuple):
    """What can be said of a closed case: how, what shows its effect, and what it may not lack."""

    say: Callable[[Progress, Mapping[str, str], Plan, Saying], Awaitable[None]]
    is_seen: Callable[[Progress], bool]
    needs: str


async def _say_not_solved(
    found: Progress, given: Mapping[str, str], plan: Plan, door: Saying
) -> None:
    await not_solved(found, _text_of(given), plan=plan, door=door)


async def _say_rated(found: Progress, given: Mapping[str, str], plan: Plan, door: Saying) -> None:
    told = {"satisfaction": given.get("satisfaction", "")}
    if text := _text_of(given):
        told["reason"] = text
    await rate(found, told, plan=plan, door=door)


def _text_of(given: Mapping[str, str]) -> str:
    return given.get("text", "").strip()


_FORMS: Final = {
    _NOT_SOLVED: _Form(_say_not_solved, lambda now: now.ended_at is None, "resident.no_text"),
    _RATED: _Form(_say_rated, lambda now: now.rating is not None, "resident.no_rating"),
}


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
    """What the page of a report shows; `ratings` can be chosen, `rating` is what was.

    `sent` and `tried` name the form that was taken or was not; `typed` and `chosen` are what it
    had, `fault` why it was not taken.
    """

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
    rating: str
    ratings: Sequence[tuple[str, str]]
    sent: str = ""
    tried: str = ""
    typed: str = ""
    chosen: str = ""
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
            rating=_name(found.rating, reader),
            ratings=[(one, _name(one, reader)) for one in Satisfaction],
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
        return _page(found, reader, sent=sent if sent in _FORMS else "")

    @router.post(BELOW + "{token}/" + _NOT_SOLVED)
    async def take_not_solved(request: Request, token: str) -> Response:
        return await _take(residents, request, token, form=_NOT_SOLVED)

    @router.post(BELOW + "{token}/" + _RATED)
    async def take_rating(request: Request, token: str) -> Response:
        return await _take(residents, request, token, form=_RATED)

    return router


async def _take(residents: Residents, request: Request, token: str, *, form: str) -> Response:
    """Let whoever reported say something of a closed case, and show what came of it."""
    found, reader = await residents.report(request, token)
    if found is None or not found.is_shown(reader.plan, now=reader.now):
        return _page(found, reader)
    given = await fields_of(request)
    status, why = await _said(residents, found, given, form=_FORMS[form], plan=reader.plan)
    if status:
        typed = {} if status == HTTPStatus.CONFLICT else {"typed": _text_of(given)}
        chosen = given.get("satisfaction", "")
        tried = {"tried": form, "fault": reader.say(why), "chosen": chosen}
        return _page(found, reader, status=status, **tried, **typed)
    await _heard(residents, found, is_seen=_FORMS[form].is_seen)
    return RedirectResponse(f"{reader.here}?sent={form}", status_code=303, headers=_NOT_KEPT)


async def _said(
    residents: Residents, found: Progress, given: Mapping[str, str], *, form: _Form, plan: Plan
) -> tuple[int, str]:
    """Say what a form says; return the status and the word of why not, 0 if it is said."""
    try:
        async with patience():
            await form.say(found, given, plan, residents.door)
    except Rejected:
        return HTTPStatus.UNPROCESSABLE_ENTITY, form.needs
    except (TooLate, RatedAlready, Refused) as why_not:
        return _WHY_NOT[type(why_not)]
    return 0, ""


async def _heard(
    residents: Residents, before: Progress, *, is_seen: Callable[[Progress], bool]
) -> None:
    """Wait a moment until what was said is seen, so that the page says so."""
    for _ in range(EFFECT_LOOKS):
        async with residents.frame.database.read() as conn:
            if is_seen(await progress(conn, before.report_id)):
                return
        await asyncio.sleep(EFFECT_SECONDS / EFFECT_LOOKS)


def _name(rating: Satisfaction | None, reader: Reader) -> str:
    return "" if rating is None else reader.heading(labels.SATISFACTION[rating])


def _page(found: Progress | None, reader: Reader, *, status: int = 200, **beside: str) -> Response:
    if found is None:
        return _none(reader, HTTPStatus.NOT_FOUND, why="unknown")
    if not found.is_shown(reader.plan, now=reader.now):
        return _none(reader, HTTPStatus.GONE, why="over")
    shown = _Shown.of(found, reader, **beside)
    return page("resident_report.html", reader, status=status, headers=_NOT_KEPT, shown=shown)


def _none(reader: Reader, status: HTTPStatus, *, why: str) -> Response:
    return page("resident_none.html", reader, status=status, headers=_NOT_KEPT, why=why)
