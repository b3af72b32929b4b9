"""Cases that may be one: shown beside a case, laid side by side, and merged after that look."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from schemas.lifecycle import ENDED, commands_in
from schemas.roles import may
from schemas.scopes import Scope
from schemas.vocabulary import CommandKind
from services.access.actor import Actor
from services.access.door import asks
from services.desk.bounds import MOST_COMPARED, MOST_SIMILAR
from services.desk.domain.similar import NEAR_METRES, Similar, metres_between, similar_to
from services.desk.domain.view import GOING_ON, View
from services.desk.http.cases import not_known
from services.desk.pages.actions import COMMANDS
from services.desk.pages.frame import Frame
from services.desk.pages.list_page import CaseInBrief
from services.desk.pages.queues import PATH
from services.desk.pages.rendering import Reader, page
from services.desk.pages.routing import pages_router
from services.desk.store import nearby, story
from services.desk.store.lists import Found
from services.desk.store.rows import view_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarShown:
    """A case that may be the same thing, why, and where the two are laid side by side.

    `compared` is absent for who may not merge.
    """

    brief: CaseInBrief
    why: str
    compared: str | None

    @classmethod
    def of(cls, one: Similar, view: View, reader: Reader) -> Self:
        """Return what is shown of it beside a case."""
        merges = reader.actor is not None and may(CommandKind.MERGE, reader.actor.roles)
        return cls(
            brief=CaseInBrief.of(one.view, reader),
            why=reader.either("、", ", ").join(reasons_of(one, reader)),
            compared=address_of(view.case_id, one.view.case_id) if merges else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One of two cases: `told` are who reported it as well."""

    brief: CaseInBrief
    parts: list[str]
    told: Sequence[Found]


async def near(
    conn: AsyncConnection, view: View, *, actor: Actor, reader: Reader
) -> list[SimilarShown]:
    """Return the open cases that may be the same thing as an open one, the likeliest first."""
    if view.closed_at is not None:
        return []
    others = await nearby.around(
        conn,
        view.place,
        exercise=view.exercise,
        actor=actor,
        most=MOST_COMPARED,
        but=view.case_id,
    )
    found = similar_to(view, others, most=MOST_SIMILAR)
    return [SimilarShown.of(one, view, reader) for one in found]


def hindrances(view: View, into: View) -> list[str]:
    """Return by codes why a case cannot be merged into another, as far as the desk knows."""
    found = {
        "same": view.case_id == into.case_id,
        "ended": view.state in ENDED,
        "not_yet": view.state not in ENDED and CommandKind.MERGE not in commands_in(view.state),
        "into_merged": into.merged_into is not None,
        "into_ended": into.state in ENDED and into.merged_into is None,
        "exercise": view.exercise != into.exercise,
    }
    return [why for why, holds in found.items() if holds]


def merge_router(frame: Frame) -> APIRouter:
    """Return the route of two cases side by side."""
    router = pages_router()

    @router.get(PATH + "/{case_id}/merge")
    async def look(
        request: Request,
        case_id: UUID,
        into: UUID,
        actor: Annotated[Actor, asks(Scope.COMMANDS_WRITE)],
    ) -> Response:
        async with frame.database.read() as conn:
            reader = await frame.around(request, conn, actor)
            sides, views = [], []
            for id_ in (case_id, into):
                row = await story.case(conn, id_, actor=actor)
                if row is None:
                    raise not_known(id_)
                views.append(view_of(row))
                told = await story.followers(conn, row["case_id"])
                sides.append(_side(views[-1], told, reader))
        return _shown(reader, sides, *views, actor=actor)

    return router


def _shown(
    reader: Reader, sides: Sequence[_Side], view: View, into: View, *, actor: Actor
) -> Response:
    why_not = [reader.say(f"merge.why_{why}") for why in hindrances(view, into)]
    if not may(CommandKind.MERGE, actor.roles):
        why_not.append(reader.say("merge.why_role"))
    metres = metres_between(view, into)
    let_go = [
        reader.party(part.department) for part in view.parts.values() if part.status in GOING_ON
    ]
    return page(
        "merge.html",
        reader,
        view=view,
        into=into,
        ends=sides[0],
        stays=sides[1],
        let_go=reader.either("、", ", ").join(dict.fromkeys(let_go)),
        reports=1 + view.joined,
        distance="" if metres is None else reader.say("merge.metres", metres=round(metres)),
        why_not=why_not,
        other_way=address_of(into.case_id, view.case_id),
        door=COMMANDS,
        once=token_urlsafe(12),
    )


def _side(view: View, told: Sequence[Found], reader: Reader) -> _Side:
    parts = [
        reader.holder(part.department, part.person)
        for part in view.parts.values()
        if part.status in GOING_ON
    ]
    return _Side(brief=CaseInBrief.of(view, reader), parts=parts, told=told)


def reasons_of(one: Similar, reader: Reader) -> Iterable[str]:
    """Yield what speaks for a case to be the same thing."""
    if one.metres is not None and one.metres <= NEAR_METRES:
        yield reader.say("merge.metres", metres=round(one.metres))
    for name in ("same_address", "same_category", "words_alike"):
        if getattr(one, name):
            yield reader.say(f"merge.{name}")


def address_of(case_id: UUID, into: UUID) -> str:
    """Return where two cases are laid side by side."""
    return f"{PATH}/{case_id}/merge?into={into}"
