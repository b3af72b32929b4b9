"""Lists of cases, totals, and the whole story of one."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from schemas.lifecycle import TERMINAL, CaseState
from schemas.plan import Plan
from services.kit.clock import Clock
from services.kit.database import Database
from services.kit.problems import Refused, problem
from services.kit.records import Fault
from services.notifier.http.views import (
    CaseList,
    CaseStory,
    FollowerView,
    PartView,
    Summary,
    case_view,
    line_view,
    rejection_view,
)
from services.notifier.store import gauges, reading
from services.notifier.store.reading import Cursor, InvalidCursor, Wanted

MOST_CASES = 200
_NO_CASES = TERMINAL - {CaseState.ARCHIVED}


class CaseFilter(BaseModel):
    """Which cases to list; what is left out narrows nothing, what is unknown is refused."""

    model_config = ConfigDict(extra="forbid")

    state: CaseState | None = None
    department: str | None = None
    source: str | None = None
    open: bool | None = None
    overdue: bool = False
    limit: Annotated[int, Field(ge=1, le=MOST_CASES)] = 50
    after: str | None = None


def cases_router(database: Database, *, clock: Clock, plan: Callable[[], Plan]) -> APIRouter:
    """Return the routes that read cases."""
    router = APIRouter(tags=["cases"])

    @router.get("/cases", response_model=CaseList, responses={422: problem("Not a valid filter")})
    async def list_cases(asked: Annotated[CaseFilter, Query()]) -> CaseList | Response:
        """List cases, the newest first; `after` is the `next` of the page before.

        Merged and rejected reports are no cases: ask for one by its id. A department that has no
        cases and is not in the plan either is refused.
        """
        try:
            return await _page(database, asked, clock=clock, plan=plan())
        except Refused as refused:
            return refused.answer()

    @router.get("/cases/summary")
    async def summary() -> Summary:
        """Return the totals and who is late now; exercises are not counted."""
        return await _summary(database, clock=clock)

    @router.get(
        "/cases/{case_id}", response_model=CaseStory, responses={404: problem("Not known here")}
    )
    async def get_case(case_id: UUID) -> CaseStory | Response:
        """Return all that is known of a case, a merged report, or a rejected one."""
        found = await _story(database, case_id, clock=clock)
        return found or Refused(404, f"Nothing is known of {case_id} here, or not yet.").answer()

    return router


def _wanted(asked: CaseFilter) -> Wanted:
    try:
        after = None if asked.after is None else Cursor.parse(asked.after)
    except InvalidCursor as invalid:
        fault = Fault("after", str(invalid))
        raise Refused(422, "The filter is not valid.", errors=[fault]) from invalid
    return Wanted(
        state=_state(asked.state),
        department=asked.department,
        source=asked.source,
        is_open=asked.open,
        overdue=asked.overdue,
        after=after,
        limit=asked.limit,
    )


def _check_department(department: str | None, plan: Plan) -> None:
    if department is not None and department not in plan.departments:
        known = ", ".join(sorted(plan.departments))
        fault = Fault("department", f"there is no {department!r}; the plan has {known}")
        raise Refused(422, "The filter is not valid.", errors=[fault])


def _state(state: CaseState | None) -> str | None:
    if state in _NO_CASES:
        fault = Fault("state", f"{state} reports are no cases; ask for one by its id")
        raise Refused(422, "The filter is not valid.", errors=[fault])
    return state


async def _page(database: Database, asked: CaseFilter, *, clock: Clock, plan: Plan) -> CaseList:
    wanted = _wanted(asked)
    async with database.read() as conn:
        rows = await reading.cases(conn, wanted)
    if not rows:
        _check_department(asked.department, plan)
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
    kinds = ("registered", "merged", "rejected", "closed")
    return Summary(
        **{kind: totals.get(kind, 0) for kind in kinds},
        open=sum(by_state.values()),
        open_by_state=by_state,
        late_now=late,
    )


async def _story(database: Database, case_id: UUID, *, clock: Clock) -> CaseStory | None:
    async with database.read() as conn:
        primary = None
        case = await reading.case(conn, case_id)
        if case is None:
            primary = await reading.primary_of(conn, case_id)
            case = None if primary is None else await reading.case(conn, primary)
        if case is None:
            why = await reading.rejected(conn, case_id)
            if why is None:
                return None
            return CaseStory(asked_for=case_id, rejected=rejection_view(why))
        id_ = case["case_id"]
        return CaseStory(
            asked_for=case_id,
            merged_into=primary,
            case=case_view(case, now=clock()),
            description=case["description"],
            place=case["place"],
            closing_rule=case["closing"],
            evidence=case["evidence"],
            parts=[PartView.model_validate({**p}) for p in await reading.parts(conn, id_)],
            followers=[
                FollowerView.model_validate({**f}) for f in await reading.followers(conn, id_)
            ],
            story=[line_view(line) for line in await reading.story(conn, id_)],
        )
