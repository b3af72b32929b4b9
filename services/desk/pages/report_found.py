"""What is found for a report before it is saved: what it would become, what it may belong to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.events.incident import IncidentReport
from schemas.roles import may
from schemas.vocabulary import CommandKind, Urgency
from services.access.actor import Actor
from services.assessment.assess import Assessment, Told, assess
from services.assessment.classification import beside_danger
from services.assessment.position import Position
from services.desk.bounds import MOST_COMPARED, MOST_SIMILAR
from services.desk.domain.similar import Reported, similar_to
from services.desk.domain.view import View
from services.desk.pages.frame import Frame
from services.desk.pages.list_page import CaseInBrief
from services.desk.pages.merge_page import reasons_of
from services.desk.pages.rendering import Reader, sentence
from services.desk.store import nearby


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a report would become: its category and why, how urgent, and what is promised.

    `seen` is what a form says that was shown this.
    """

    title: str
    code: str
    why: str
    urgency: Urgency
    danger: str
    promised: str
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """An open case that a report may belong to, and why."""

    case: CaseInBrief
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was found for a report that is not saved so far."""

    proposal: Proposal
    same: list[Same]
    may_join: bool


async def look(frame: Frame, report: IncidentReport, *, actor: Actor, reader: Reader) -> Looked:
    """Return what a report would become, and what it may belong to."""
    index, now = frame.index(), frame.clock()
    point = report.place.point
    position = None if point is None else Position(point.lat, point.lon)
    text = report.description or ""
    told = Told(
        code=report.category,
        text=text,
        urgency=report.urgency,
        channel=report.channel,
        position=position,
        grid=report.place.grid,
        reported_at=report.reported_at,
    )
    assessment = assess(told, index=index, now=now)
    category = assessment.classified.category
    place = report.place.model_dump(mode="json", exclude_none=True) | {"grid": assessment.grid}
    thing = Reported(category=category.code, description=text, place=place)
    async with frame.database.read() as conn:
        others = await _others(conn, place, exercise=report.exercise, actor=actor, now=now)
    same = similar_to(thing, others, most=MOST_SIMILAR)
    danger = beside_danger(category, text, danger=index.danger)
    return Looked(
        proposal=_proposal(assessment, danger or "", reader),
        same=[
            Same(
                case=CaseInBrief.of(one.view, reader),
                why=reader.either("、", ", ").join(reasons_of(one, reader)),
            )
            for one in same
        ],
        may_join=may(CommandKind.MERGE, actor.roles),
    )


async def _others(
    conn: AsyncConnection,
    place: Mapping[str, Any],
    *,
    exercise: bool,
    actor: Actor,
    now: datetime,
) -> Collection[View]:
    """Return the open cases that a report is compared with: around it, and at its address."""
    found = await nearby.around(conn, place, exercise=exercise, actor=actor, most=MOST_COMPARED)
    found += await nearby.at_address(
        conn, place.get("address"), exercise=exercise, actor=actor, now=now
    )
    return {one.case_id: one for one in found}.values()


def _proposal(assessment: Assessment, danger: str, reader: Reader) -> Proposal:
    """Return what a report would become, and why."""
    category = assessment.classified.category
    _, until = assessment.promised(reader.plan, at=reader.now)
    kind, _, word = assessment.classified.by.partition(":")
    return Proposal(
        title=sentence(reader.either(category.title_zh, category.title_en)),
        code=category.code,
        why=reader.say(f"by.{kind}", word=word),
        urgency=assessment.urgency,
        danger=danger,
        promised=reader.at(until),
        seen=f"{category.code} {assessment.urgency}",
    )
