"""A list of cases: one of a reader's queues, or whatever the address narrows it to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from schemas.lifecycle import ENDED, CaseState
from schemas.scopes import Scope
from schemas.words import labels
from schemas.words.form import Words
from services.access.actor import Actor
from services.desk.domain.own_clocks import helping_as
from services.desk.domain.view import GOING_ON, View
from services.desk.http.cases import CaseFilter, next_of, wanted_of
from services.desk.pages.clocks import ClockShown, clock_of
from services.desk.pages.faults import said_of
from services.desk.pages.frame import PLACE, Frame, Live, SeesCases, without
from services.desk.pages.help_wanted import told_why
from services.desk.pages.queues import PATH
from services.desk.pages.rendering import Reader, page
from services.desk.pages.routing import pages_router
from services.desk.store import lists, story
from services.desk.store.rows import view_of
from services.desk.use_cases.bulks import kinds_for_many

_STATES: Final = tuple(state for state in CaseState if state not in ENDED)
_TYPED: Final = frozenset({"text", "state", "late"})
"""Parameters that the form of a list has fields for; it carries the others along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseInBrief:
    """A case as a list shows it, in the language of who reads.

    `wanted` is who asks the reader's department to help, and why. The clock is that of its part if
    it helps, else of whoever has the move.
    """

    view: View
    address: str
    title: str
    place: str
    state: str
    who: str
    wanted: str
    clock: ClockShown | None

    @classmethod
    def of(cls, view: View, reader: Reader) -> Self:
        """Return what is shown of a case."""
        address = view.place.get("address")
        grid = reader.grid(view.grid) if view.grid else None
        return cls(
            view=view,
            address=f"{PATH}/{view.case_id}",
            title=reader.heading(Words(view.title_en, view.title_zh)),
            place=address or grid or reader.say("case.no_address"),
            state=reader.heading(labels.STATE[view.state]),
            who=reader.holder(view.department, view.person),
            wanted=_wanted(view, reader),
            clock=clock_of(view, plan=reader.plan, now=reader.now, theirs=helping_as(reader.actor)),
        )


def _wanted(view: View, reader: Reader) -> str:
    """Return who asks one of the reader's departments to help, and why, while that goes on."""
    theirs = () if reader.actor is None else sorted(reader.actor.departments)
    for part in map(view.part_of, theirs):
        if part is not None and part.status in GOING_ON and part.wanted is not None:
            return told_why(part.wanted, reader)
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a list found, or the `fault` of what was asked for.

    `following` and `newest` are the addresses of the page after it and of the first.
    """

    cases: Sequence[CaseInBrief] = ()
    following: str | None = None
    newest: str | None = None
    as_of: datetime | None = None
    fault: str = ""


def list_router(frame: Frame) -> APIRouter:
    """Return the route of lists."""
    router = pages_router()

    @router.get(PATH)
    async def list_cases(request: Request, actor: SeesCases) -> Response:
        # A form sends its empty fields, too: they narrow nothing.
        query = {name: value for name, value in request.query_params.items() if value}
        try:
            asked = CaseFilter.model_validate(query, strict=False)
        except ValidationError as invalid:
            return await _faulty(frame, request, actor, query, invalid)
        return await _listed(frame, request, actor, query, asked)

    return router


async def _listed(
    frame: Frame, request: Request, actor: Actor, query: Mapping[str, str], asked: CaseFilter
) -> Response:
    wanted, list_ = wanted_of(asked), without(query, PLACE)
    live = frame.live(_address(query))
    async with frame.database.read() as conn:
        as_of = await story.as_of(conn)
        rows = await lists.cases(conn, wanted, actor=actor, now=frame.clock())
        reader = await frame.around(request, conn, actor, query)
    after = next_of(rows, limit=wanted.limit)
    found = _Found(
        cases=[CaseInBrief.of(view_of(row), reader) for row in rows],
        following=None if after is None else _address(list_ | {"after": after}),
        newest=None if wanted.after is None else _address(list_),
        as_of=as_of,
    )
    return _page(reader, query, found, live=live)


async def _faulty(
    frame: Frame,
    request: Request,
    actor: Actor,
    query: Mapping[str, str],
    invalid: ValidationError,
) -> Response:
    first = invalid.errors(include_url=False)[0]
    field = ".".join(map(str, first["loc"]))
    async with frame.database.read() as conn:
        reader = await frame.around(request, conn, actor, query)
    fault = reader.say(
        "list.invalid", field=reader.field(field), reason=said_of(first["msg"], reader)
    )
    return _page(reader, query, _Found(fault=fault))


def _page(
    reader: Reader, query: Mapping[str, str], found: _Found, *, live: Live | None = None
) -> Response:
    current = next((tab.queue.name for tab in reader.tabs if tab.is_current), "search")
    own = next((tab.name for tab in reader.saved if tab.is_current), "")
    return page(
        "list.html",
        reader,
        status=422 if found.fault else 200,
        live=live,
        heading=own or reader.say(f"queue.{current}"),
        found=found,
        query=query,
        carried=without(query, PLACE | _TYPED),
        exported=urlencode(without(query, PLACE)),
        states=[(str(state), reader.heading(labels.STATE[state])) for state in _STATES],
        for_many=_for_many(reader) if found.cases else [],
        list_query=urlencode(without(query, PLACE)),
    )


def _for_many(reader: Reader) -> list[tuple[str, str]]:
    """Return what a reader may command of many cases, and what that is called."""
    if reader.actor is None or not reader.actor.may(Scope.COMMANDS_WRITE):
        return []
    kinds = kinds_for_many(reader.actor)
    return [(kind, reader.action(kind)) for kind in kinds]


def _address(query: Mapping[str, str]) -> str:
    return f"{PATH}?{urlencode(query)}"
