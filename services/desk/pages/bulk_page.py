"""One command for many cases: chosen on a list, looked at before, confirmed, and followed."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from secrets import token_urlsafe
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from schemas.lifecycle import CaseState
from schemas.scopes import Scope
from schemas.vocabulary import CommandKind, derived_id
from schemas.words import labels
from services.access.actor import Actor
from services.access.door import asks
from services.desk.bounds import EFFECT_LOOKS, EFFECT_SECONDS, MOST_BULK, MOST_CHOSEN_FIELDS
from services.desk.domain.view import View
from services.desk.http.cases import wanted_of
from services.desk.http.form import fields_of
from services.desk.pages import faults
from services.desk.pages.acting import said_of
from services.desk.pages.actions import USE
from services.desk.pages.bulk_offered import (
    fields_for_many,
    filter_in,
    ids_in,
    kind_of,
    why_not,
)
from services.desk.pages.frame import Frame, Live
from services.desk.pages.list_page import CaseInBrief
from services.desk.pages.queues import PATH
from services.desk.pages.rendering import Reader, page
from services.desk.pages.routing import pages_router
from services.desk.pages.standard_texts import for_many
from services.desk.pages.tried import Tried
from services.desk.store import bulks, lists
from services.desk.store.lists import Found
from services.desk.store.rows import view_of
from services.desk.use_cases.bulks import Bulks, Progress, confirmed
from services.kit.http.door import patience
from services.kit.http.problems import Refused
from services.kit.records import Rejected

BULKS: Final = "/bulks"
CHOSEN: Final = "case."
"""Before the id of a case, in the name of the field by which it is chosen."""
_ALL: Final = "all"

Commands = Annotated[Actor, asks(Scope.COMMANDS_WRITE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """A case of which nothing is sent, or that was refused, and why."""

    brief: CaseInBrief | None
    why: str


def bulk_router(frame: Frame, sender: Bulks) -> APIRouter:
    """Return the routes of commands for many cases."""
    router = pages_router()

    @router.post(BULKS)
    async def choose(request: Request, actor: Commands) -> Response:
        given = await fields_of(request, most=MOST_CHOSEN_FIELDS)
        kind = kind_of(given, actor)
        query = given.get("query", "")
        async with frame.database.write() as conn:
            if given.get("which") == _ALL:
                wanted = replace(wanted_of(filter_in(query)), limit=MOST_BULK + 1)
                rows = await lists.cases(conn, wanted, actor=actor, now=frame.clock())
            else:
                rows = await bulks.chosen(conn, ids_in(given), actor=actor)
            if not rows or len(rows) > MOST_BULK:
                reader = await frame.around(request, conn, actor)
                return _not_chosen(reader, query, "too_many" if rows else "none")
            bulk_id = derived_id("bulk", actor.id, token_urlsafe(16))
            told = {"bulk_id": bulk_id, "person": actor.id, "kind": kind, "query": query}
            await bulks.keep(conn, told | {"made_at": frame.clock()}, rows)
        return _to(bulk_id)

    @router.get(BULKS + "/{bulk_id}")
    async def look(request: Request, bulk_id: UUID, actor: Commands) -> Response:
        return await _shown(frame, sender, request, bulk_id, actor)

    @router.post(BULKS + "/{bulk_id}")
    async def confirm(request: Request, bulk_id: UUID, actor: Commands) -> Response:
        given = await fields_of(request)
        tried = await _tried(frame, bulk_id, actor, given)
        if tried is not None:
            return await _shown(frame, sender, request, bulk_id, actor, tried=tried)
        await _sent(sender, bulk_id)
        return _to(bulk_id)

    return router


def _to(bulk_id: UUID) -> Response:
    return RedirectResponse(f"{BULKS}/{bulk_id}", status_code=303)


def _not_chosen(reader: Reader, query: str, why: str) -> Response:
    told = reader.say(f"bulk.{why}", most=MOST_BULK)
    back = f"{PATH}?{query}"
    # The choice has no address of its own: another language leads to the list.
    reader = replace(reader, here=back)
    return page("bulk_none.html", reader, status=422, told=told, back=back)


def _unknown() -> Refused:
    return Refused(404, "This choice of cases is none of yours, or is forgotten: choose again.")


async def _tried(
    frame: Frame, bulk_id: UUID, actor: Actor, given: Mapping[str, str]
) -> Tried | None:
    """Confirm what a form says; return what was not to be confirmed, if so. Raises `Refused`."""
    if USE in given:
        return Tried.using(given)
    try:
        await _confirm(frame, bulk_id, actor, given)
    except Rejected as rejected:
        return Tried.of(given, rejected)
    return None


async def _confirm(frame: Frame, bulk_id: UUID, actor: Actor, given: Mapping[str, str]) -> None:
    """Keep what is to be sent; a bulk that was confirmed before stays as it is.

    Raises `Rejected` for what no case could be told, and `Refused`.
    """
    plan = frame.plan()
    async with frame.database.write() as conn:
        bulk = await bulks.bulk(conn, bulk_id, person=actor.id, lock=True)
        if bulk is None:
            raise _unknown()
        if bulk["confirmed_at"] is not None:
            return
        kind = kind_of({"kind": bulk["kind"]}, actor)
        asked = {field.name for field in fields_for_many(kind, plan)}
        said = said_of(given, zone=plan.timezone)
        said = {name: value for name, value in said.items() if name in asked}
        told = confirmed(bulk, said, actor=actor, now=frame.clock())
        ids = [row["case_id"] for row in await bulks.cases_of(conn, bulk_id)]
        views = {row["case_id"]: view_of(row) for row in await bulks.chosen(conn, ids, actor=actor)}
        held = {id_: why_not(views.get(id_), kind, actor, plan, said) for id_ in ids}
        held = {id_: why for id_, why in held.items() if why}
        await bulks.confirm(conn, bulk_id, told, held)


async def _sent(sender: Bulks, bulk_id: UUID) -> None:
    """Send it, and wait a moment for what comes of it; what is left is sent by the sweep."""
    try:
        async with patience():
            await sender.send(bulk_id)
    except Refused:
        return
    for _ in range(EFFECT_LOOKS):
        async with sender.database.read() as conn:
            bulk = await bulks.bulk(conn, bulk_id)
        if bulk is None or not (await sender.progress(bulk)).waiting:
            return
        await asyncio.sleep(EFFECT_SECONDS / EFFECT_LOOKS)


async def _shown(
    frame: Frame,
    sender: Bulks,
    request: Request,
    bulk_id: UUID,
    actor: Actor,
    *,
    tried: Tried | None = None,
) -> Response:
    live = frame.live(f"{BULKS}/{bulk_id}")
    async with frame.database.read() as conn:
        bulk = await bulks.bulk(conn, bulk_id, person=actor.id)
        if bulk is None:
            raise _unknown()
        reader = await frame.around(request, conn, actor)
        ids = [row["case_id"] for row in await bulks.cases_of(conn, bulk_id)]
        rows = await bulks.chosen(conn, ids, actor=actor)
    views = {row["case_id"]: view_of(row) for row in rows}
    if bulk["confirmed_at"] is None:
        return _before(reader, bulk, ids, views, actor=actor, tried=tried)
    return _after(reader, bulk, views, await sender.progress(bulk), live=live)


def _before(
    reader: Reader,
    bulk: Found,
    ids: Sequence[UUID],
    views: Mapping[UUID, View],
    *,
    actor: Actor,
    tried: Tried | None,
) -> Response:
    """Return the look before: how many, where they stand, and what is known to be refused."""
    kind, plan = CommandKind(bulk["kind"]), reader.plan
    held = {id_: why_not(views.get(id_), kind, actor, plan, {}) for id_ in ids}
    held = {id_: why for id_, why in held.items() if why}
    states = Counter(view.state for id_, view in views.items() if id_ not in held)
    fields = for_many(fields_for_many(kind, plan), kind, reader, actor)
    if tried is not None:
        tried = tried.in_boxes(fields)
    return page(
        "bulk.html",
        reader,
        status=200 if tried is None else tried.status,
        bulk=bulk,
        action=reader.action(bulk["kind"]),
        total=len(ids),
        going=len(ids) - len(held),
        states=[
            (reader.heading(labels.STATE[state]), states[state])
            for state in CaseState
            if states[state]
        ],
        held=_named(reader, held, views),
        fields=fields,
        tried=tried,
        why_not=[
            (reader.field(one.field), faults.said_of(one.reason, reader))
            for one in (() if tried is None else tried.faults)
        ],
        back=f"{PATH}?{bulk['query']}",
    )


def _after(
    reader: Reader,
    bulk: Found,
    views: Mapping[UUID, View],
    progress: Progress,
    *,
    live: Live | None,
) -> Response:
    """Return what came of it so far; the page follows that until nothing waits."""
    refused = {
        id_: reader.spoken(one["message_zh"], one["message_en"])
        for id_, one in progress.refused.items()
    }
    return page(
        "bulk_sent.html",
        reader,
        live=live if progress.waiting else None,
        bulk=bulk,
        action=reader.action(bulk["kind"]),
        progress=progress,
        held=_named(reader, progress.held, views),
        refused=[_Named(brief=_brief(reader, views, i), why=w) for i, w in refused.items()],
        back=f"{PATH}?{bulk['query']}",
    )


def _named(reader: Reader, held: Mapping[UUID, str], views: Mapping[UUID, View]) -> list[_Named]:
    return [
        _Named(brief=_brief(reader, views, id_), why=reader.say(f"bulk.why_{why}"))
        for id_, why in held.items()
    ]


def _brief(reader: Reader, views: Mapping[UUID, View], id_: UUID) -> CaseInBrief | None:
    """Return a case as it is named; None for one that is to be seen no more."""
    return CaseInBrief.of(views[id_], reader) if id_ in views else None
