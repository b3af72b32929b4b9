"""What a form of a case's page says: brought into the log, and back to the page.

Nothing that was typed is lost: what is not taken comes back in its form, with what is wrong.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, time
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from pydantic_core import to_json
from starlette.responses import RedirectResponse, Response

from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import asks
from services.desk.bounds import EFFECT_LOOKS, EFFECT_SECONDS
from services.desk.http.form import fields_of
from services.desk.http.saying import unknown_here
from services.desk.http.site import START
from services.desk.pages.actions import ANSWERS, COMMANDS, EVIDENCE
from services.desk.pages.case_page import Said, Tried, said_in, show_case
from services.desk.pages.frame import Frame
from services.desk.pages.queues import PATH
from services.desk.pages.routing import pages_router
from services.desk.store import story
from services.desk.use_cases.answering import answer
from services.desk.use_cases.commanding import command
from services.desk.use_cases.inputs import REFUSAL
from services.desk.use_cases.saying import SEEN, MayNot, MovedOn, Saying, UnknownCase, Wanted
from services.kit.http.door import patience
from services.kit.http.problems import Refused
from services.kit.records import Fault, Rejected

_ONCE: Final = "once"
"""The field by which a form that is sent twice says one thing."""
_UNTIL: Final = "until"


def acting_router(frame: Frame, door: Saying) -> APIRouter:
    """Return the routes that take the forms of a case's page."""
    router = pages_router()

    @router.post(f"{PATH}/{{case_id}}/{ANSWERS}")
    async def take_answer(
        request: Request, case_id: UUID, actor: Annotated[Actor, asks(Scope.ANSWERS_WRITE)]
    ) -> Response:
        async def say(wanted: Wanted) -> str:
            departments = frame.plan().departments
            taken = await answer(wanted, actor=actor, door=door, departments=departments)
            return taken.said.feedback_id

        return await _taken(frame, request, case_id, actor, say, door)

    @router.post(f"{PATH}/{{case_id}}/{COMMANDS}")
    async def take_command(
        request: Request, case_id: UUID, actor: Annotated[Actor, asks(Scope.COMMANDS_WRITE)]
    ) -> Response:
        async def say(wanted: Wanted) -> str:
            return (await command(wanted, actor=actor, door=door)).command_id

        return await _taken(frame, request, case_id, actor, say, door)

    return router


async def _taken(
    frame: Frame,
    request: Request,
    case_id: UUID,
    actor: Actor,
    say: Callable[[Wanted], Awaitable[str]],
    door: Saying,
) -> Response:
    given = await fields_of(request)
    try:
        wanted = wanted_of(case_id, given, zone=frame.plan().timezone)
        async with patience():
            said = Said(await say(wanted), wanted.fields.get(SEEN, 0))
    except UnknownCase as unknown:
        raise unknown_here(unknown) from unknown
    except (Rejected, MayNot, MovedOn, Refused) as not_taken:
        tried = Tried.of(given, not_taken)
        return await show_case(frame, request, case_id, actor, tried=tried)
    if not await _still_sees_it(frame, actor, case_id, said, door):
        # Whoever declines a case has no more to do with it: their list goes on.
        return RedirectResponse(START, status_code=303)
    query = urlencode({"said": said.id, "after": said.lines})
    return RedirectResponse(f"{PATH}/{case_id}?{query}", status_code=303)


async def _still_sees_it(
    frame: Frame, actor: Actor, case_id: UUID, said: Said, door: Saying
) -> bool:
    """Wait a moment for the notifier's word; return whether the case is somebody's to see still."""
    for _ in range(EFFECT_LOOKS):
        found = await door.looks(actor, case_id, said.lines)
        if found is None:
            return False
        async with frame.database.read() as conn:
            told = await story.news(conn, case_id)
        if found.since or any(one["kind"] == REFUSAL and said.id in said_in(one) for one in told):
            break
        await asyncio.sleep(EFFECT_SECONDS / EFFECT_LOOKS)
    return True


def wanted_of(case_id: UUID, given: Mapping[str, str], *, zone: ZoneInfo) -> Wanted:
    """Return what the fields of a form say; one that was left empty says nothing.

    Raises `Rejected` for a date that is none.
    """
    fields = said_of(given, zone=zone)
    once = fields.pop(_ONCE, None)
    return Wanted(case_id=case_id, fields=fields, body=to_json(fields), key=once)


def said_of(given: Mapping[str, str], *, zone: ZoneInfo) -> dict[str, Any]:
    """Return the fields of what a form says. Raises `Rejected` for a date that is none."""
    filled = {name: value.strip() for name, value in given.items() if value.strip()}
    fields: dict[str, Any] = {n: v for n, v in filled.items() if not n.startswith(EVIDENCE)}
    proofs = [
        {"kind": name.removeprefix(EVIDENCE), "link": value}
        for name, value in filled.items()
        if name.startswith(EVIDENCE)
    ]
    if proofs:
        fields["evidence"] = proofs
    if _UNTIL in fields:
        fields[_UNTIL] = _instant(fields[_UNTIL], zone=zone).isoformat()
    if (seen := fields.get(SEEN, "")).isdecimal():
        fields[SEEN] = int(seen)
    return fields


def _instant(text: str, *, zone: ZoneInfo) -> datetime:
    """Return when a day begins in the city."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), zone)
    except ValueError as broken:
        raise Rejected("invalid", [Fault(_UNTIL, "must be a date: 2026-01-31")]) from broken
