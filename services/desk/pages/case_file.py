"""A case's whole story to be printed: a work order in the hand, a file for the archive.

Times are said in full, since nobody knows on paper when "today" was. How reporters are reached is
not on it: the desk does not have that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from schemas.vocabulary import Role
from schemas.words import labels
from services.desk.domain.view import View
from services.desk.http.cases import not_known
from services.desk.http.file_links import Links
from services.desk.http.files import links_of
from services.desk.pages.frame import Frame, SeesCases
from services.desk.pages.map_page import name_of
from services.desk.pages.photos import Photos
from services.desk.pages.queues import PATH
from services.desk.pages.rendering import Reader, page, sentence
from services.desk.pages.routing import pages_router
from services.desk.store.lists import Found
from services.desk.store.rows import view_of
from services.desk.use_cases.looking import Whole, whole
from services.desk.use_cases.shelves import Shelf, shelves_of

FILE: Final = "file"
Fact = tuple[str, str]
"""What is known, by what it is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A department's part, and what came of it when."""

    who: str
    role: str
    status: str
    offered: str
    accepted: str
    ended: str


@dataclass(frozen=True, slots=True)
class _Line:
    """Something that happened."""

    at: str
    text: str


def file_router(frame: Frame) -> APIRouter:
    """Return the route of the page."""
    router = pages_router()

    @router.get(f"{PATH}/{{case_id}}/{FILE}")
    async def get_file(request: Request, case_id: UUID, actor: SeesCases) -> Response:
        async with frame.database.read() as conn:
            found = await whole(conn, case_id, actor=actor)
            if found is None:
                raise not_known(case_id)
            shelves = await shelves_of(conn, found)
            reader = await frame.around(request, conn, actor)
        links = links_of(frame.files, actor)
        return _sheet(found, shelves, reader, links)

    return router


def _sheet(found: Whole, shelves: Sequence[Shelf], reader: Reader, links: Links) -> Response:
    view = view_of(found.row)
    category = reader.plan.categories.get(view.category)
    either = reader.either
    return page(
        "case_file.html",
        reader,
        view=view,
        heading=sentence(either(view.title_zh, view.title_en)),
        printed=reader.say("file.printed", at=_full(reader.now, reader), who=links.actor.name),
        as_of=_full(found.as_of, reader),
        facts=[*_facts(view, reader)],
        parts=[*_parts(view, reader)],
        conditions=category
        and either(category.closing_conditions_zh or "", category.closing_conditions_en or ""),
        evidence=[reader.proof(one) for one in category.evidence] if category else [],
        basis=(category and category.legal_basis) or "",
        requests=[*_requests(view, reader)],
        photos=Photos.of(
            view,
            shelves,
            reader,
            links=links,
            at=lambda instant: _full(instant, reader),
        ),
        story=[_Line(_full(one["at"], reader), _told(one, reader)) for one in found.lines],
        joined=[
            _Line(_full(one["joined_at"], reader), f"{one['source']} / {one['source_id']}")
            for one in found.followers
        ],
    )


def _full(instant: datetime | None, reader: Reader) -> str:
    """Return an instant in the city's time, in full; nothing for none."""
    if instant is None:
        return ""
    return f"{instant.astimezone(reader.plan.timezone):%Y-%m-%d %H:%M}"


def _told(line: Found, reader: Reader) -> str:
    return reader.either(line["text_zh"], line["text_en"])


def _facts(view: View, reader: Reader) -> Iterable[Fact]:
    """Yield what is known of a case; what is not is not on the paper."""
    grid = next((one for one in reader.plan.grids if one.code == view.grid), None)
    named = view.grid and (view.grid if grid is None else f"{name_of(grid, reader)} ({view.grid})")
    point = view.place.get("point")
    facts = (
        ("column.state", reader.heading(labels.STATE[view.state])),
        ("column.category", view.category),
        ("column.urgency", reader.heading(labels.URGENCY[view.urgency])),
        ("column.level", str(view.level or "")),
        ("column.department", view.department and reader.holder(view.department, view.person)),
        ("column.supervised_for", view.supervised_for),
        ("column.address", view.place.get("address")),
        ("column.grid", named),
        ("case.point", point and f"{point['lon']:.5f}, {point['lat']:.5f}"),
        ("column.source", f"{view.source} / {view.source_id}"),
        ("column.reported_at", _full(view.reported_at, reader)),
        ("column.registered_at", _full(view.registered_at, reader)),
        ("file.sign_by", _full(view.sign_by, reader)),
        ("column.due_by", _full(view.due_by, reader)),
        ("column.promised_by", _full(view.promised_by, reader)),
        ("column.closed_at", _full(view.closed_at, reader)),
        ("column.result", view.closed_result),
        ("column.exercise", view.exercise and reader.say("export.yes")),
    )
    return ((reader.say(name), value) for name, value in facts if value)


def _parts(view: View, reader: Reader) -> Iterable[_Part]:
    """Yield every part that there was, in the order of time."""
    for part in sorted(view.parts.values(), key=lambda one: one.offered_at):
        role = "case.lead" if part.role is Role.LEAD else "case.co_handler"
        yield _Part(
            who=reader.holder(part.department, part.person),
            role=reader.say(role),
            status=reader.heading(labels.STATUS[part.status]),
            offered=_full(part.offered_at, reader),
            accepted=_full(part.accepted_at, reader),
            ended=_full(part.ended_at, reader),
        )


def _requests(view: View, reader: Reader) -> Iterable[_Line]:
    for one in view.requests:
        what = reader.heading(labels.REQUEST[one.what])
        by = reader.say("case.asked_by", who=one.asked_by)
        yield _Line(_full(one.asked_at, reader), f"{what} · {by}: {one.reason}")
