"""What became of a report that somebody took, and what to tell whoever brought it."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from schemas.lifecycle import commands_in
from schemas.vocabulary import CommandKind
from services.access.actor import Actor
from services.desk.bounds import EFFECT_LOOKS, EFFECT_SECONDS
from services.desk.domain.view import View
from services.desk.pages.frame import Frame
from services.desk.pages.list_page import CaseInBrief
from services.desk.pages.merge_page import address_of
from services.desk.pages.rendering import page
from services.desk.pages.report_map import map_of
from services.desk.store import story
from services.desk.store.rows import view_of
from services.desk.use_cases.commanding import command
from services.desk.use_cases.saying import MayNot, MovedOn, Saying, UnknownCase, Wanted
from services.desk.use_cases.taking import case_of
from services.kit.http.door import patience
from services.kit.http.problems import Refused
from services.kit.records import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Joins:
    """The open case that a report belongs to, as somebody says: in which words, by which form."""

    case_id: UUID
    reason: str
    once: str

    @classmethod
    def of(cls, given: Mapping[str, str], *, reason: str) -> Self | None:
        """Return what a form says of it."""
        try:
            case_id = UUID(given.get("joins", ""))
        except ValueError:
            return None
        return cls(case_id=case_id, reason=reason, once=given["once"])


async def followed(
    frame: Frame, case_id: UUID, *, actor: Actor, joins: Joins | None, door: Saying
) -> None:
    """Wait a moment until a report is a case or joined one; let it join what it belongs to.

    A case is merged once somebody has it. Where that takes longer, its page offers it.
    """
    said = False
    for _ in range(EFFECT_LOOKS if actor.sees_all else 1):
        view = await _view(frame, case_id, actor)
        if view is not None:
            if joins is None or view.case_id != case_id or view.merged_into is not None:
                return
            if not said and CommandKind.MERGE in commands_in(view.state):
                said = True
                await _join(view, joins, actor=actor, door=door)
        await asyncio.sleep(EFFECT_SECONDS / EFFECT_LOOKS)


async def _join(view: View, joins: Joins, *, actor: Actor, door: Saying) -> None:
    """Command that a case is the same thing as another one; if that fails, nothing is lost."""
    fields = {"kind": CommandKind.MERGE, "into": str(joins.case_id), "reason": joins.reason}
    wanted = Wanted(case_id=view.case_id, fields=fields, body=to_json(fields), key=joins.once)
    with suppress(Rejected, MayNot, MovedOn, UnknownCase, Refused):
        async with patience():
            await command(wanted, actor=actor, door=door)


async def read_back(
    frame: Frame, request: Request, actor: Actor, number: str, joins: UUID | None
) -> Response:
    """Return the page of a report that was taken; `joins` is the case that it should belong to."""
    case_id = case_of(number)
    async with frame.database.read() as conn:
        reader = await frame.around(request, conn, actor)
        view = await _seen(conn, case_id, actor)
        is_new = view is not None and view.case_id == case_id
        merged_into = None if view is None else view.merged_into
        other = merged_into or (joins if is_new else None)
        into = None if other is None else await _seen(conn, other, actor)
    waits = into is not None and merged_into is None
    return page(
        "reported.html",
        reader,
        number=number,
        case=None if view is None else CaseInBrief.of(view, reader),
        is_new=is_new,
        drawn=None if view is None else map_of(view, reader),
        into=None if into is None else CaseInBrief.of(into, reader),
        waits=waits,
        compared=None if other is None or not waits else address_of(case_id, other),
    )


async def _view(frame: Frame, case_id: UUID, actor: Actor) -> View | None:
    async with frame.database.read() as conn:
        return await _seen(conn, case_id, actor)


async def _seen(conn: AsyncConnection, case_id: UUID, actor: Actor) -> View | None:
    """Return a case, or the one that a report of this id joined, if somebody may see it."""
    row = await story.case(conn, case_id, actor=actor)
    return None if row is None else view_of(row)
