"""The day's picture as data, for whoever sees every case."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from schemas.plan import Plan
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import ASKED, asks, not_yours
from services.desk.use_cases.overview import Overview, overview_of
from services.kit.clock import Clock
from services.kit.sql.database import Database


class _Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class MovesShown(_Shown):
    """Open cases whose next move is up to `who`, by which clock, on which level.

    `since` is when the one was due that has been late for longest.
    """

    who: str
    clock: str
    level: int
    open: int
    late: int
    since: datetime | None


class DayShown(_Shown):
    """A day of the city; `open` is how many cases were at its end."""

    day: date
    registered: int
    ended: int
    open: int


class RatedShown(_Shown):
    """What reporters said of how satisfied they are since a day; who said nothing is in none.

    `cases` are those with which somebody was dissatisfied. A share of nothing is null.
    """

    since: date
    satisfied: int
    mostly: int
    dissatisfied: int
    cases: int
    satisfied_share: float | None


class OldCase(_Shown):
    """An open case that was registered before most others."""

    case_id: UUID
    title_en: str
    title_zh: str
    registered_at: datetime


class OverviewShown(_Shown):
    """What is open and late now and whose move it is, and the last days. Exercises are in none.

    `checks` wait for the supervision, `requested` for a decision. Today is the last of `days`;
    `ended` are all ways to end.
    """

    open: int
    late: int
    checks: int
    supervised: int
    requested: int
    moves: list[MovesShown]
    days: list[DayShown]
    rated: RatedShown
    oldest: list[OldCase]
    as_of: datetime | None


def overview_router(database: Database, *, clock: Clock, plan: Callable[[], Plan]) -> APIRouter:
    """Return the route of the picture."""
    router = APIRouter(tags=["cases"], responses=ASKED)

    @router.get("/overview")
    async def get_overview(actor: Annotated[Actor, asks(Scope.CASES_READ)]) -> OverviewShown:
        """Return the day's picture, to whoever sees every case."""
        found = await overview_for(actor, database, clock=clock, plan=plan())
        return OverviewShown.model_validate(found)

    return router


async def overview_for(actor: Actor, database: Database, *, clock: Clock, plan: Plan) -> Overview:
    """Return the day's picture. Raises `Refused` for who does not see every case."""
    if not actor.sees_all:
        raise not_yours("all parties")
    async with database.read() as conn:
        return await overview_of(conn, actor=actor, now=clock(), zone=plan.timezone)
