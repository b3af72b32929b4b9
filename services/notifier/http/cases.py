"""Lists of cases, totals, and the whole story of one."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from schemas.events.acting import Person
from schemas.events.base import Code
from schemas.lifecycle import CaseState
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import ASKED, asks, not_yours
from services.kit.clock import Clock
from services.kit.http.problems import Refused, problem
from services.kit.records import Fault
from services.kit.sql.cursors import Cursor, InvalidCursor
from services.kit.sql.database import Database
from services.notifier.bounds import MOST_CASES
from services.notifier.domain.figures import figures_of
from services.notifier.http.door import unknown
from services.notifier.http.views import (
    CaseList,
    CaseStory,
    RejectionView,
    Summary,
    case_view,
)
from services.notifier.store import gauges, reading
from services.notifier.store.reading import Wanted

_TOTALS: Final = (
    *("registered", "merged", "rejected", "dismissed", "withdrawn", "merged_by_hand"),
    *("closed", "closed_late", "exempt"),
)


class CaseFilter(BaseModel):
    """Which cases to list; what is left out narrows nothing, what is unknown is refused.

    `triage` asks for cases that nobody could categorise, `supervised` for those of which somebody
    wants to know, `requested` for those in which a request waits to be decided, `watcher` for those
    that are up to one person of the supervision, or wait for that person's decision.
    """

    model_config = ConfigDict(extra="forbid")

    state: CaseState | None = None
    department: Code | None = None
    source: Code | None = None
    watcher: Person | None = None
    open: bool | None = None
    overdue: bool = False
    triage: bool = False
    supervised: bool = False
    requested: bool = False
    limit: Annotated[int, Field(ge=1, le=MOST_CASES)] = 50
    after: str | None = None


def cases_router(database: Database, *, clock: Clock) -> APIRouter:
    """Return the routes that read cases."""
    router = APIRouter(tags=["cases"])

    @router.get("/cases", responses=ASKED | {422: problem("Not a valid filter")})
    async def list_cases(
        asked: Annotated[CaseFilter, Query()], actor: Annotated[Actor, asks(Scope.CASES_READ)]
    ) -> CaseList:
        """List cases, the newest first; `after` is the `next` of the page before.

        Whoever speaks for a department reads of those that it leads. Reports that intake merged or
        rejected are no cases: ask for one by its id. A list without
        cases is an answer: of a department that left, of a source that never reported.
        """
        return await _page(database, _of_theirs(asked, actor), clock=clock)

    @router.get("/cases/summary", responses=ASKED)
    async def summary(actor: Annotated[Actor, asks(Scope.CASES_READ)]) -> Summary:
        """Return the totals and who is late now; exercises are not counted."""
        if not actor.sees_all:
            raise not_yours("all parties")
        return await _summary(database, clock=clock)

    @router.get("/cases/{case_id}", responses=ASKED | {404: problem("Not known here")})
    async def get_case(case_id: UUID, actor: Annotated[Actor, asks(Scope.CASES_READ)]) -> CaseStory:
        """Return all that is known of a case, a merged report, or a rejected one."""
        found = await _story(database, case_id, clock=clock)
        if found is None or not actor.is_concerned(part.department for part in found.parts):
            raise unknown(case_id)
        return found

    return router


def _of_theirs(asked: CaseFilter, actor: Actor) -> CaseFilter:
    """Return the filter with the only department of whoever speaks for one. Raises `Refused`."""
    if actor.sees_all:
        return asked
    department = asked.department
    if department is None and len(actor.departments) == 1:
        (department,) = actor.departments
    if department is None or department not in actor.departments:
        raise not_yours("all parties" if department is None else f"the party {department}")
    return asked.model_copy(update={"department": department})


def _wanted(asked: CaseFilter) -> Wanted:
    try:
        after = None if asked.after is None else Cursor.parse(asked.after)
    except InvalidCursor as invalid:
        fault = Fault("after", str(invalid))
        raise Refused(422, "The filter is not valid.", errors=[fault]) from invalid
    return Wanted(**asked.model_dump() | {"after": after})


async def _page(database: Database, asked: CaseFilter, *, clock: Clock) -> CaseList:
    wanted = _wanted(asked)
    async with database.read() as conn:
        rows = await reading.cases(conn, wanted)
    now = clock()
    following = None
    if len(rows) == wanted.limit:
        following = str(Cursor(rows[-1]["registered_at"], rows[-1]["case_id"]))
    return CaseList(cases=[case_view(row, now=now) for row in rows], next=following)


async def _summary(database: Database, *, clock: Clock) -> Summary:
    async with database.read() as conn:
        totals = await gauges.totals(conn)
        by_state = await reading.open_by_state(conn)
        late = await reading.late_departments(conn, now=clock())
        overdue = await reading.overdue(conn)
    figures = figures_of(totals, overdue=overdue)
    return Summary(
        **{kind: totals.get(kind, 0) for kind in _TOTALS},
        valid=figures.valid,
        due=figures.due,
        closed_share=figures.closed_share,
        closed_of_due=figures.closed_of_due,
        in_time_of_due=figures.in_time_of_due,
        open=sum(by_state.values()),
        open_by_state=by_state,
        late_now=late,
    )


async def _story(database: Database, case_id: UUID, *, clock: Clock) -> CaseStory | None:
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
            if why is None:
                return None
            return CaseStory(asked_for=case_id, rejected=RejectionView.model_validate(why))
        id_ = case["case_id"]
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
