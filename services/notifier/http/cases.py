"""The whole story of one case, as its owner has it; lists are the desk's."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import asks
from services.kit.clock import Clock
from services.kit.sql.database import Database
from services.notifier.http.door import OF_A_CASE, unknown
from services.notifier.http.views import (
    CaseStory,
    RejectionView,
    case_view,
)
from services.notifier.store import reading


def cases_router(database: Database, *, clock: Clock) -> APIRouter:
    """Return the route that reads a case."""
    router = APIRouter(tags=["cases"])

    @router.get("/cases/{case_id}", responses=OF_A_CASE)
    async def get_case(case_id: UUID, actor: Annotated[Actor, asks(Scope.CASES_READ)]) -> CaseStory:
        """Return all that is known of a case, a merged report, or a rejected one."""
        found = await _story(database, case_id, actor=actor, clock=clock)
        if found is None:
            raise unknown(case_id)
        return found

    return router


async def _story(
    database: Database, case_id: UUID, *, actor: Actor, clock: Clock
) -> CaseStory | None:
    async with database.read() as conn:
        primary = None
        case = await reading.case(conn, case_id)
        if case is not None:
            primary = case["merged_into"]
        else:
            primary = await reading.primary_of(conn, case_id)
            case = None if primary is None else await reading.case(conn, primary)
        if case is None:
            why = await reading.rejected(conn, case_id)
            if why is None or not actor.sees_all:
                return None
            return CaseStory(asked_for=case_id, rejected=RejectionView.model_validate(why))
        id_ = case["case_id"]
        if not actor.is_concerned(await reading.concerned(conn, id_)):
            return None
        return CaseStory.model_validate(
            {
                **case,
                "asked_for": case_id,
                "merged_into": primary,
                "case": case_view(case, now=clock()),
                "closing_rule": case["closing"],
                "parts": await reading.parts(conn, id_),
                "followers": await reading.followers(conn, id_),
                "story": await reading.story(conn, id_),
            }
        )
