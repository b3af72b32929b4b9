"""The page of numbers that everybody may see, by grid and by category, and the same as a CSV.

Nobody signs in, nothing depends on who asks but the language, and only what was counted is read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Annotated, Final, Self

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.desk.domain.public_numbers import COUNTED_AFTER, Part
from services.desk.http.site import Site
from services.desk.pages.bounds import NUMBERS_KEPT_SECONDS, TOLD_BEFORE
from services.desk.pages.frame import Frame
from services.desk.pages.plan_map import Area, Map, plan_map
from services.desk.pages.rendering import Reader, page, sentence
from services.desk.pages.resident_page import check_shown
from services.desk.pages.routing import pages_router
from services.desk.pages.sheets import CsvSheet
from services.desk.pages.times import date_alone
from services.desk.store import public_numbers
from services.desk.store.public_numbers import Days, Told
from services.kit.http.problems import Refused

_PAGE: Final = "/numbers"
_SHEET: Final = f"{_PAGE}.csv"
NUMBERS: Final = frozenset({_PAGE, _SHEET})
"""Paths that everybody may ask for, where the plan shows what is there."""
_WIDTH: Final = 720
_FEWER, _MORE = 0.75, 1.25
"""Parts of the average of all grids from which on a grid has fewer, or more."""
_OF_THE_ANSWER: Final = ("etag", "cache-control", "vary", "content-security-policy")
"""Headers that an answer has also where nothing changed."""

_Asked = Annotated[str, Query(alias="from")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A number as it is shown: what of, how many, and of an area how that compares."""

    name: str
    codes: Sequence[str]
    count: int
    compared: str = ""

    @classmethod
    def of_area(cls, part: Part, reader: Reader, *, average: float) -> Self:
        """Return an area; `average` is that of all grids."""
        share = part.count / len(part.codes) / average
        compared = "fewer" if share < _FEWER else "more" if share > _MORE else "about"
        first, last = (reader.grid(code) for code in (part.codes[0], part.codes[-1]))
        match len(part.codes):
            case 1:
                name = first
            case 2:
                name = reader.say("public.two", first=first, last=last)
            case number:
                name = reader.say("public.several", first=first, last=last, grids=number)
        return cls(name=name, codes=part.codes, count=part.count, compared=compared)

    @classmethod
    def of_category(cls, part: Part, reader: Reader) -> Self:
        """Return a category, or all others."""
        if len(part.codes) > 1:
            name = reader.say("public.others", kinds=len(part.codes))
        else:
            [code] = part.codes
            known = reader.plan.categories.get(code)
            told = code if known is None else reader.either(known.title_zh, known.title_en)
            name = sentence(told)
        return cls(name=name, codes=part.codes, count=part.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What the page shows of some days; `earlier` are links to others."""

    days: str
    length: int
    least: int
    count: int
    areas: Sequence[_Row]
    categories: Sequence[_Row]
    drawn: Map | None
    on_map: dict[str, _Row]
    sheet: str
    others: Sequence[tuple[str, str, bool]]

    @classmethod
    def of(cls, told: Told, times: Sequence[Days], reader: Reader) -> Self:
        """Return what is told of some days, and links to others."""
        count = sum(part.count for part in told.areas)
        average = count / max(1, sum(len(part.codes) for part in told.areas))
        areas = [_Row.of_area(part, reader, average=average) for part in told.areas]
        on_map = {code: row for row in areas for code in row.codes}
        return cls(
            days=_days(told, reader),
            length=(told.last_day - told.first_day).days + 1,
            least=told.least,
            count=count,
            areas=areas,
            categories=[_Row.of_category(part, reader) for part in told.categories],
            drawn=_drawn(on_map, reader) if len(areas) > 1 else None,
            on_map=on_map,
            sheet=f"{_SHEET}?from={told.first_day}",
            others=[
                (
                    _days(one, reader),
                    f"{_PAGE}?from={one.first_day}",
                    one.first_day == told.first_day,
                )
                for one in times
            ],
        )


def public_router(frame: Frame, site: Site) -> APIRouter:
    """Return the routes of the page and of its sheet."""
    router = APIRouter(include_in_schema=False)
    pages = pages_router()

    @pages.get(_PAGE)
    async def get_numbers(request: Request, first_day: _Asked = "") -> Response:
        reader = _reader(frame, site, request)
        async with frame.database.read() as conn:
            times = await public_numbers.last_told(conn, most=1 + TOLD_BEFORE)
            following = await public_numbers.counting(conn)
            asked = _day(first_day) if first_day else next((t.first_day for t in times), None)
            told = None if asked is None else await public_numbers.told_of(conn, asked)
        missing = bool(first_day) and told is None
        answer = page(
            "public.html",
            reader,
            status=HTTPStatus.NOT_FOUND if missing else HTTPStatus.OK,
            shown=None if told is None else _Shown.of(told, times, reader),
            missing=missing,
            following=None if following is None else _days(following, reader),
            told_from=None if following is None else _told_from(following, reader),
        )
        return _kept(request, answer)

    @router.get(_SHEET)
    async def get_sheet(request: Request, first_day: _Asked = "") -> Response:
        reader = _reader(frame, site, request)
        asked = _day(first_day)
        async with frame.database.read() as conn:
            told = None if asked is None else await public_numbers.told_of(conn, asked)
        if told is None:
            raise Refused(404, "There are no numbers of days that begin with this one.")
        name = f'attachment; filename="numbers-{told.first_day}.csv"'
        answer = Response(_sheet(told, reader), media_type="text/csv")
        answer.headers.update({"Content-Disposition": name, "Vary": "Accept-Language, Cookie"})
        return _kept(request, answer)

    router.include_router(pages)
    return router


def _reader(frame: Frame, site: Site, request: Request) -> Reader:
    """Return who reads. Raises `Refused` where the plan shows nothing, and for who is too quick."""
    site.strangers.check(request)
    check_shown(shown=frame.plan().residents.public_page)
    return frame.for_anybody(request)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _days(days: Days, reader: Reader) -> str:
    ends = (date_alone(at, language=reader.language) for at in (days.first_day, days.last_day))
    first, last = ends
    return reader.say("public.days", first=first, last=last)


def _told_from(following: Days, reader: Reader) -> str:
    at = following.last_day + timedelta(days=1) + COUNTED_AFTER
    return date_alone(at, language=reader.language)


def _drawn(on_map: dict[str, _Row], reader: Reader) -> Map | None:
    """Return the map of all grids that have a number and an outline."""
    areas = []
    for grid in reader.plan.grids:
        row = on_map.get(grid.code)
        if row is not None and grid.polygon is not None:
            told = reader.say("public.on_map", name=row.name, count=row.count)
            compared = reader.say(f"compared.{row.compared}")
            areas.append(Area(code=grid.code, told=f"{told} · {compared}", outline=grid.polygon))
    return plan_map(areas, width=_WIDTH)


def _sheet(told: Told, reader: Reader) -> bytes:
    """Return what the page tells as a CSV, a row each."""
    file = BytesIO()
    heads = ("from", "until", "kind", "codes", "name", "cases")
    sheet = CsvSheet(file, heads=[reader.say(f"sheet.{one}") for one in heads], folder=Path())
    sheet.add(_cells(told, reader))
    sheet.close()
    return file.getvalue()


def _cells(told: Told, reader: Reader) -> Iterator[Sequence[str | int]]:
    shown = _Shown.of(told, (), reader)
    of = (told.first_day.isoformat(), told.last_day.isoformat())
    for kind, rows in (("grid", shown.areas), ("category", shown.categories)):
        for row in rows:
            yield (*of, reader.say(f"sheet.{kind}"), " ".join(row.codes), row.name, row.count)


def _kept(request: Request, answer: Response) -> Response:
    """Let whoever has this answer already keep it, and everybody for a while."""
    tag = f'"{sha256(answer.body).hexdigest()[:32]}"'
    answer.headers["ETag"] = tag
    answer.headers["Cache-Control"] = f"public, max-age={NUMBERS_KEPT_SECONDS}"
    known = request.headers.get("if-none-match", "").split(",")
    if answer.status_code == HTTPStatus.OK and tag in {
        one.strip().removeprefix("W/") for one in known
    }:
        headers = {name: answer.headers[name] for name in _OF_THE_ANSWER if name in answer.headers}
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return answer
