"""The page of one case: what it is, whose move it is, what closing it needs, and its story."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from secrets import token_urlsafe
from typing import Any, Self
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic_core import from_json
from starlette.responses import Response

from schemas.events.case_file import FiledPart
from schemas.events.requests import PendingRequest
from schemas.standing import COUNTED, Turn
from schemas.vocabulary import CommandKind, Role
from schemas.words import labels
from services.access.actor import Actor
from services.desk.domain.own_clocks import turn_of_part
from services.desk.domain.view import View
from services.desk.http.cases import not_known
from services.desk.http.files import links_of
from services.desk.pages.actions import Action
from services.desk.pages.answers_offered import answers_offered
from services.desk.pages.commands_offered import commands_offered
from services.desk.pages.contact_page import LookForm
from services.desk.pages.faults import said_of
from services.desk.pages.frame import Frame, SeesCases
from services.desk.pages.help_wanted import told_why
from services.desk.pages.list_page import CaseInBrief
from services.desk.pages.merge_page import near
from services.desk.pages.photos import Photos
from services.desk.pages.queues import PATH
from services.desk.pages.rendering import Reader, page, sentence
from services.desk.pages.routing import pages_router
from services.desk.pages.standard_texts import with_texts
from services.desk.pages.tried import Tried
from services.desk.pages.where import Where, nearby
from services.desk.store.lists import Found
from services.desk.store.rows import view_of
from services.desk.use_cases.contacts import is_opened_by_signing
from services.desk.use_cases.inputs import REFUSAL
from services.desk.use_cases.looking import Whole, said_in, whole
from services.desk.use_cases.shelves import shelves_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A department's part: whose it is, as what, where it stands, and who asked for it and why.

    `until` is what has to be done next, and until when.
    """

    who: str
    role: str
    status: str
    until: str
    wanted: str

    @classmethod
    def of(cls, part: FiledPart, view: View, reader: Reader) -> Self:
        role = "case.lead" if part.role is Role.LEAD else "case.co_handler"
        return cls(
            who=reader.holder(part.department, part.person),
            role=reader.say(role),
            status=reader.heading(labels.STATUS[part.status]),
            until=_until(turn_of_part(view, part), reader),
            wanted=told_why(part.wanted, reader),
        )


def _until(turn: Turn | None, reader: Reader) -> str:
    """Return what has to be done until when, and how late that is; nothing where no limit runs."""
    if turn is None or turn.until is None:
        return ""
    told = reader.say("clock.by", name=reader.clock(turn.clock), at=reader.at(turn.until))
    if not turn.is_late(reader.now):
        return told
    return f"{told} · {reader.say('clock.over', time=reader.length(reader.now - turn.until))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A request that waits."""

    what: str
    reason: str
    by: str
    decide_by: str

    @classmethod
    def of(cls, one: PendingRequest, reader: Reader) -> Self:
        return cls(
            what=reader.heading(labels.REQUEST[one.what]),
            reason=one.reason,
            by=reader.say("case.asked_by", who=one.asked_by),
            decide_by=reader.say("case.decide_by", at=reader.at(one.decide_by)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    """A case as its page shows it; `other_title` is its title in the other language.

    `conditions` and `evidence` are what closing it needs, `basis` the law, `look` a form offered,
    or `look_later` that signing brings it.
    """

    brief: CaseInBrief
    other_title: str
    parts: list[_Part]
    facts: list[tuple[str, str]]
    conditions: str
    evidence: list[str]
    basis: str
    requests: list[_Asked]
    look: LookForm | None
    look_later: bool

    @classmethod
    def of(cls, view: View, reader: Reader) -> Self:
        category = reader.plan.categories.get(view.category)
        return cls(
            brief=CaseInBrief.of(view, reader),
            other_title=sentence(reader.language.other.of(view.title_zh, view.title_en)),
            parts=[_Part.of(part, view, reader) for part in _parts(view)],
            facts=[*_facts(view, reader)],
            conditions=sentence(
                reader.either(
                    category.closing_conditions_zh or "", category.closing_conditions_en or ""
                )
            )
            if category
            else "",
            evidence=[reader.proof(e) for e in category.evidence] if category else [],
            basis=(category and category.legal_basis) or "",
            requests=[_Asked.of(one, reader) for one in view.requests],
            look=LookForm.offered(view, reader.actor) if reader.actor else None,
            look_later=reader.actor is not None and is_opened_by_signing(view, reader.actor),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """Something that happened."""

    at: str
    instant: str
    text: str

    @classmethod
    def of(cls, told: Found, reader: Reader) -> Self:
        text = reader.spoken(told["text_zh"], told["text_en"])
        return cls(at=reader.at(told["at"]), instant=told["at"].isoformat(), text=text)

    @classmethod
    def of_refusal(cls, told: Found, reader: Reader) -> Self:
        refused = from_json(told["data"])
        text = reader.spoken(refused["message_zh"], refused["message_en"])
        return cls(at=reader.at(told["at"]), instant=told["at"].isoformat(), text=text)


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was said under an id, when the story had so many lines."""

    id: str
    lines: int


@dataclass(frozen=True, slots=True)
class _CameOf:
    """What came of what somebody said: `taken`, `refused`, or `sent` while that is not known."""

    how: str
    text: str


def case_router(frame: Frame) -> APIRouter:
    """Return the route of a case."""
    router = pages_router()

    @router.get(PATH + "/{case_id}")
    async def get_case(
        request: Request, case_id: UUID, actor: SeesCases, said: str = "", after: int = 0
    ) -> Response:
        return await show_case(frame, request, case_id, actor, said=Said(said, after))

    return router


async def show_case(
    frame: Frame,
    request: Request,
    case_id: UUID,
    actor: Actor,
    *,
    said: Said | None = None,
    tried: Tried | None = None,
) -> Response:
    """Return the page of a case: after something was `said` with what came of it, or `tried`."""
    live = frame.live(f"{PATH}/{case_id}", case_id=case_id)
    async with frame.database.read() as conn:
        found = await whole(conn, case_id, actor=actor)
        if found is None:
            raise not_known(case_id)
        shelves = await shelves_of(conn, found)
        view = view_of(found.row)
        others = await frame.others(conn, view.case_id, actor)
        around = await nearby(conn, view, actor=actor, now=frame.clock())
        reader = await frame.around(request, conn, actor)
        similar = await near(conn, view, actor=actor, reader=reader)
    reader = reader if tried is None else replace(reader, here=f"{PATH}/{case_id}")
    actions = _actions(view, reader, actor)
    return page(
        "case.html",
        reader,
        status=200 if tried is None else tried.status,
        live=live,
        others=others,
        case=_Whole.of(view, reader),
        photos=Photos.of(view, shelves, reader, links=links_of(frame.files, actor), at=reader.at),
        actions=actions,
        similar=similar,
        undoes=any(one.kind == CommandKind.UNMERGE for one in actions),
        where=Where.of(view, around, reader),
        tried=None if tried is None else tried.filled(actions),
        why_not=[*_why_not(tried, reader)],
        once=token_urlsafe(12),
        **_told(found, view, said, reader),
    )


def _told(found: Whole, view: View, said: Said | None, reader: Reader) -> dict[str, Any]:
    """Return what was told of a case, the newest first, and what came of what was `said`."""
    refused = [one for one in found.told if one["kind"] == REFUSAL]
    return {
        "lines": [_Line.of(one, reader) for one in reversed(found.lines)],
        "joined": found.followers,
        "refusals": [_Line.of_refusal(one, reader) for one in refused],
        "said": _came_of(said, view, refused, reader),
        "as_of": found.as_of,
    }


def _why_not(tried: Tried | None, reader: Reader) -> Iterable[tuple[str, str]]:
    """Yield what is wrong with what was tried, by what it is about; by nothing, with all of it."""
    if tried is None:
        return
    for fault in tried.faults:
        yield reader.field(fault.field), said_of(fault.reason, reader)
    if (barred := tried.barred) is not None:
        party = reader.party(barred.party) if barred.party else ""
        yield "", reader.say(f"may_not.{barred.bar}", party=party)


def _came_of(
    said: Said | None, view: View, refused: Sequence[Found], reader: Reader
) -> _CameOf | None:
    if said is None or not said.id:
        return None
    for one in refused:
        if said.id in said_in(one):
            why = _Line.of_refusal(one, reader).text
            return _CameOf("refused", reader.say("case.not_taken", why=why))
    how = "taken" if view.lines > said.lines else "sent"
    return _CameOf(how, reader.say(f"case.{how}"))


def _actions(view: View, reader: Reader, actor: Actor) -> list[Action]:
    """Return what somebody may do with a case, the likeliest first."""
    plan = reader.plan
    found = [*answers_offered(view, actor, plan), *commands_offered(view, actor, plan)]
    return sorted(with_texts(found, view, reader, actor), key=lambda one: not one.first)


def _parts(view: View) -> list[FiledPart]:
    """Return the parts that somebody has, the lead's first."""
    parts = [part for part in view.parts.values() if part.status in COUNTED]
    return sorted(parts, key=lambda one: (one.role is not Role.LEAD, one.offered_at))


def _facts(view: View, reader: Reader) -> Iterable[tuple[str, str]]:
    """Yield what is known of a case, by what it is called."""
    yield reader.say("case.urgency"), reader.heading(labels.URGENCY[view.urgency])
    title = sentence(reader.either(view.title_zh, view.title_en))
    yield reader.say("case.category"), f"{title} ({view.category})"
    if view.grid:
        yield reader.say("case.grid"), f"{reader.grid(view.grid)} ({view.grid})"
    if (point := view.place.get("point")) is not None:
        yield reader.say("case.point"), f"{point['lon']:.5f}, {point['lat']:.5f}"
    yield reader.say("case.reported_at"), reader.at(view.reported_at)
    yield reader.say("case.registered_at"), reader.at(view.registered_at)
    for one in view.ratings:
        yield reader.say("case.rated"), reader.heading(labels.SATISFACTION[one.satisfaction])
    if view.promised_by is not None:
        yield reader.say("case.promised_by"), reader.at(view.promised_by)
    yield reader.say("case.source"), f"{view.source} / {view.source_id}"
    yield reader.say("case.number"), str(view.case_id)
