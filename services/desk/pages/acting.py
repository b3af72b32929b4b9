"""What a form of a case's page says: brought into the log, and back to the page.

Nothing that was typed is lost: what is not taken comes back in its form, with what is wrong.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
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
from services.access.door import asks, not_yours
from services.desk.bounds import EFFECT_LOOKS, EFFECT_SECONDS
from services.desk.http.files import bringing
from services.desk.http.form import fields_of, parts_of
from services.desk.http.saying import unknown_here
from services.desk.http.site import START
from services.desk.http.taking_away import taken_away
from services.desk.pages.actions import (
    ANSWERS,
    CHOSEN_TEXT,
    COMMANDS,
    EVIDENCE,
    FILES,
    KEPT,
    USE,
)
from services.desk.pages.bounds import MOST_PROVING_FIELDS
from services.desk.pages.case_page import Said, show_case
from services.desk.pages.frame import Frame, SeesCases
from services.desk.pages.photos import AWAY
from services.desk.pages.queues import PATH
from services.desk.pages.routing import pages_router
from services.desk.pages.tried import Tried
from services.desk.store import story
from services.desk.use_cases.answering import answer
from services.desk.use_cases.commanding import command
from services.desk.use_cases.inputs import REFUSAL
from services.desk.use_cases.looking import said_in
from services.desk.use_cases.saying import SEEN, MayNot, MovedOn, Saying, UnknownCase, Wanted
from services.desk.use_cases.uploading import NotStored, keep
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
        given = await fields_of(request)
        return await _taken(frame, request, case_id, actor, given, _Answers(frame, actor, door))

    @router.post(f"{PATH}/{{case_id}}/{COMMANDS}")
    async def take_command(
        request: Request, case_id: UUID, actor: Annotated[Actor, asks(Scope.COMMANDS_WRITE)]
    ) -> Response:
        given = await fields_of(request)
        return await _taken(frame, request, case_id, actor, given, _Commands(actor, door))

    @router.post(f"{PATH}/{{case_id}}/{FILES}")
    async def take_files(request: Request, case_id: UUID, actor: SeesCases) -> Response:
        given, why_not = await _brought(frame, request, case_id, actor)
        if why_not is not None and USE not in given:
            tried = Tried.of(given, why_not)
            return await show_case(frame, request, case_id, actor, tried=tried)
        if "kind" not in given:
            return RedirectResponse(f"{PATH}/{case_id}#{FILES}", status_code=303)
        if not actor.may(Scope.ANSWERS_WRITE):
            raise not_yours("any party that answers")
        return await _taken(frame, request, case_id, actor, given, _Answers(frame, actor, door))

    _add_away(router, frame)
    return router


def _add_away(router: APIRouter, frame: Frame) -> None:
    @router.post(f"{PATH}/{{case_id}}/{FILES}/{{file_id}}/{AWAY}")
    async def take_file_away(case_id: UUID, file_id: UUID, actor: SeesCases) -> Response:
        await taken_away(frame.files, case_id, file_id, actor)
        return RedirectResponse(f"{PATH}/{case_id}#{FILES}", status_code=303)


@dataclass(frozen=True, slots=True)
class _Answers:
    """Brings answers of somebody into the log."""

    frame: Frame
    actor: Actor
    door: Saying

    async def say(self, wanted: Wanted) -> str:
        departments = self.frame.plan().departments
        taken = await answer(wanted, actor=self.actor, door=self.door, departments=departments)
        return taken.said.feedback_id


@dataclass(frozen=True, slots=True)
class _Commands:
    """Brings commands of somebody into the log."""

    actor: Actor
    door: Saying

    async def say(self, wanted: Wanted) -> str:
        return (await command(wanted, actor=self.actor, door=self.door)).command_id


async def _brought(
    frame: Frame, request: Request, case_id: UUID, actor: Actor
) -> tuple[dict[str, str], Rejected | NotStored | None]:
    """Return the fields of a form with files, which are kept now, and why not, if so."""
    files, zone = frame.files, frame.plan().timezone
    async with bringing(files, case_id, actor) as found:
        parts = await parts_of(request, most=MOST_PROVING_FIELDS, several=KEPT)
        given = {name: value for name, value in parts.fields.items() if value.strip()}
        try:
            kept = await keep(files, found, parts.files, actor=actor, zone=zone)
        except (Rejected, NotStored) as not_kept:
            return given, not_kept
    for one, upload in zip(parts.files, kept, strict=True):
        if one.field.startswith(EVIDENCE):
            name = KEPT + one.field.removeprefix(EVIDENCE)
            named = [*given.get(name, "").split(), files.reference(upload)]
            given[name] = " ".join(dict.fromkeys(named))
    asked = [n for n in parts.fields if n.startswith(EVIDENCE) and n not in given]
    lacking = [n for n in asked if KEPT + n.removeprefix(EVIDENCE) not in given]
    lacking += ["file"] if not kept and "kind" not in given else []
    faults = [Fault(name, "choose a photo or a PDF, or give a link") for name in lacking]
    return given, Rejected("invalid", faults) if faults else None


async def _taken(
    frame: Frame,
    request: Request,
    case_id: UUID,
    actor: Actor,
    given: Mapping[str, str],
    bring: _Answers | _Commands,
) -> Response:
    door = bring.door
    if USE in given:
        return await show_case(frame, request, case_id, actor, tried=Tried.using(given))
    try:
        wanted = wanted_of(case_id, given, zone=frame.plan().timezone)
        before = await door.looks(actor, case_id, None)
        async with patience():
            said = Said(await bring.say(wanted), wanted.fields.get(SEEN, 0))
    except UnknownCase as unknown:
        raise unknown_here(unknown) from unknown
    except (Rejected, MayNot, MovedOn, Refused) as not_taken:
        tried = Tried.of(given, not_taken)
        return await show_case(frame, request, case_id, actor, tried=tried)
    lines = 0 if before is None else before.view.lines
    if not await _still_sees_it(frame, actor, case_id, said, door, lines=lines):
        # Whoever declines a case has no more to do with it: their list goes on.
        return RedirectResponse(START, status_code=303)
    query = urlencode({"said": said.id, "after": said.lines})
    return RedirectResponse(f"{PATH}/{case_id}?{query}", status_code=303)


async def _still_sees_it(
    frame: Frame, actor: Actor, case_id: UUID, said: Said, door: Saying, *, lines: int
) -> bool:
    """Wait a moment for the notifier's word; return whether the case is somebody's to see still.

    What the story had already, in `lines`, is no word of it: it may be of what they said before.
    """
    for _ in range(EFFECT_LOOKS):
        found = await door.looks(actor, case_id, lines)
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
    filled = {n: v.strip() for n, v in given.items() if v.strip() and n not in {CHOSEN_TEXT, USE}}
    fields: dict[str, Any] = {n: v for n, v in filled.items() if not n.startswith((EVIDENCE, KEPT))}
    proofs = [
        {"kind": name.removeprefix(before), "link": link}
        for before in (EVIDENCE, KEPT)
        for name, value in filled.items()
        if name.startswith(before)
        for link in value.split()
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
