"""The frame around every page of somebody signed in: their queues, and how many are in each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from schemas.plan import Plan
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import asks
from services.assessment.plan_index import PlanIndex
from services.desk.bounds import MOST_COUNTED, MOST_LOOKERS
from services.desk.http.cases import CaseFilter, wanted_of
from services.desk.pages.queues import Tab, queues_of
from services.desk.pages.rendering import Reader, reader_of
from services.desk.pages.saved_tabs import saved_tabs
from services.desk.store import lists, lookers, story
from services.desk.use_cases.live import Hub
from services.desk.use_cases.uploading import Files
from services.kit.clock import Clock
from services.kit.sql.database import Database

SeesCases = Annotated[Actor, asks(Scope.CASES_READ)]
PLACE: Final = frozenset({"after", "limit"})
"""Parameters that say which page of a list it is, not which list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What a page needs to change by itself.

    `address` is where it reads itself anew, after what has changed beyond a `position`; `case_id`
    the case that it is of, if it is of one. Between two readings it rests for `rest`, where that
    is longer than other pages do.
    """

    address: str
    position: str
    case_id: UUID | None = None
    rest: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every page of cases needs; without a `hub` no page changes by itself."""

    database: Database
    clock: Clock
    plan: Callable[[], Plan]
    index: Callable[[], PlanIndex]
    files: Files
    hub: Hub | None = None

    def live(
        self, address: str, *, case_id: UUID | None = None, rest: timedelta | None = None
    ) -> Live | None:
        """Return what lets a page change by itself; to be asked before anything of it is read."""
        if self.hub is None:
            return None
        position = self.hub.position
        return Live(address=address, position=position, case_id=case_id, rest=rest)

    async def others(self, conn: AsyncConnection, case_id: UUID, actor: Actor) -> list[str]:
        """Return who else looks at a case; not to those who see it for their source alone."""
        if self.hub is None:
            return []
        if actor.sources and await story.sees_as_source(conn, case_id, actor=actor):
            return []
        now = self.hub.clock()
        return await lookers.others(conn, case_id, but=actor.id, now=now, most=MOST_LOOKERS)

    async def around(
        self,
        request: Request,
        conn: AsyncConnection,
        actor: Actor,
        query: Mapping[str, str] | None = None,
    ) -> Reader:
        """Return who reads a page, with their queues; `query` is the list that is shown, if any."""
        now = self.clock()
        shown = None if query is None else without(query, PLACE)
        tabs = []
        for queue in queues_of(actor) if actor.may(Scope.CASES_READ) else ():
            wanted = wanted_of(CaseFilter.model_validate(queue.query, strict=False))
            count = await lists.count(conn, wanted, actor=actor, now=now, most=MOST_COUNTED + 1)
            counted = f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)
            tabs.append(Tab(queue=queue, counted=counted, is_current=shown == queue.query))
        reader = reader_of(request, now=now, plan=self.plan(), actor=actor, tabs=tabs)
        if not actor.may(Scope.CASES_READ):
            return reader
        return replace(reader, saved=await saved_tabs(conn, actor, shown=shown, now=now))

    def for_anybody(self, request: Request, *, here: str | None = None) -> Reader:
        """Return who reads a page that is for anybody; `here` is where it can be asked for."""
        reader = reader_of(request, now=self.clock(), plan=self.plan())
        return reader if here is None else replace(reader, here=here)


def without(query: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    """Return the parameters that are not one of these."""
    return {name: value for name, value in query.items() if name not in names}
