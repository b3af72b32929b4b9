"""Lists of cases, and the whole of one, for whoever may see them."""

from collections.abc import Sequence
from typing import Annotated, Final, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from schemas.events.acting import Person
from schemas.events.base import Code, Instant, in_utc
from schemas.lifecycle import CaseState
from schemas.scopes import Scope
from schemas.vocabulary import MAX_LEVEL, Urgency
from services.access.actor import Actor
from services.access.door import ASKED, asks, not_yours
from services.desk.bounds import LONGEST_SEARCH, MOST_CASES, MOST_ENDED
from services.desk.domain.figures import figures_of
from services.desk.domain.totals import KINDS
from services.desk.http.views import CasePage, Summary, WholeCase, case_shown
from services.desk.store import lists, story, totals
from services.desk.store.lists import Found
from services.desk.store.wanted import Wanted
from services.desk.use_cases.inputs import NOTICE, REFUSAL, WORK_ORDER
from services.desk.use_cases.looking import whole
from services.kit.clock import Clock
from services.kit.http.problems import Refused, problem
from services.kit.sql.cursors import Cursor, InvalidCursor
from services.kit.sql.database import Database

Reader = Annotated[Actor, asks(Scope.CASES_READ)]
_ENDS: Final = ("ended_since", "ended_until")
_RATED: Final = ("dissatisfied_since", "dissatisfied_until")
_INSTANTS: Final = ("since", "until", *_ENDS, *_RATED)


def _cursor(text: str) -> str:
    try:
        return str(Cursor.parse(text))
    except InvalidCursor as invalid:
        raise ValueError(str(invalid)) from invalid


class CasesOf(BaseModel):
    """Which cases; what is left out narrows nothing, what is unknown is refused.

    `party` leads the case or has a part in it, `person` is on it or handled it, `mine` are those of
    whoever asks, `unsigned` those of which their departments were offered the lead or a part, and
    have not signed for it. `unheld` are open ones that nobody leads. `since` and `until` are when
    it was registered, the latter not included. `text` is looked for in title, description, address
    and the source's id, in Chinese and in English. `overdue` are those whose handling clock has run
    out by now, `overran` those of which that is a fact, closed ones too. `triage` asks for cases
    that nobody could categorise, `supervised` for those of which somebody wants to know,
    `requested` for those in which a request waits, `watcher` for those that are up to one person of
    the supervision, or wait for that person's decision. `turn` has the move now: a department,
    `supervision`, `router` or `notifier`, and `clock` is for which move; `late` are those late with
    it, to a department that helps those of which its own part is. `ended_since` and `ended_until`
    are when it ended, the latter not included: both, and at most 31 days apart.
    `dissatisfied_since` and `dissatisfied_until` are when somebody who reported said last that they
    are, bound alike. `unplaced` are open ones of which no grid is known.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    state: CaseState | None = None
    party: Code | None = None
    person: Person | None = None
    watcher: Person | None = None
    mine: bool = False
    unsigned: bool = False
    unheld: bool = False
    unplaced: bool = False
    category: Code | None = None
    class_code: Annotated[Code | None, Field(alias="class")] = None
    grid: Code | None = None
    source: Code | None = None
    level: Annotated[int, Field(ge=0, le=MAX_LEVEL)] | None = None
    urgency: Urgency | None = None
    exercise: bool | None = None
    open: bool | None = None
    overdue: bool = False
    overran: bool = False
    late: bool = False
    turn: Code | None = None
    clock: Code | None = None
    ended_since: Instant | None = None
    ended_until: Instant | None = None
    dissatisfied_since: Instant | None = None
    dissatisfied_until: Instant | None = None
    triage: bool = False
    supervised: bool = False
    requested: bool = False
    since: Instant | None = None
    until: Instant | None = None
    text: Annotated[str, StringConstraints(max_length=LONGEST_SEARCH)] | None = None

    @model_validator(mode="after")
    def _check_ends(self) -> Self:
        for names in (_ENDS, _RATED):
            since, until = (getattr(self, name) for name in names)
            if since is None and until is None:
                continue
            if since is None or until is None:
                raise ValueError(f"{names[0]} and {names[1]} go together")
            if in_utc(until) - in_utc(since) > MOST_ENDED:
                raise ValueError(f"{names[0]} and {names[1]} may be 31 days apart")
        return self


class CaseFilter(CasesOf):
    """Which cases to list, and which page of them: `limit` at most, behind the `after`."""

    limit: Annotated[int, Field(ge=1, le=MOST_CASES)] = 50
    after: Annotated[str, AfterValidator(_cursor)] | None = None


def cases_router(database: Database, *, clock: Clock) -> APIRouter:
    """Return the routes that read cases."""
    router = APIRouter(tags=["cases"], responses=ASKED)

    @router.get("/cases", responses={422: problem("Not a valid filter")})
    async def list_cases(asked: Annotated[CaseFilter, Query()], actor: Reader) -> CasePage:
        """List the cases that you may see, the newest first; `after` is the `next` before.

        A page neither skips nor repeats a case, whatever happens between two of them.
        """
        return await _page(database, asked, actor=actor, clock=clock)

    @router.get("/cases/summary")
    async def summary(actor: Reader) -> Summary:
        """Return the totals and who is late now, to whoever sees every case."""
        if not actor.sees_all:
            raise not_yours("all parties")
        return await _summary(database, clock=clock)

    @router.get(
        "/cases/{case_id}",
        responses={
            404: problem("Not known here, or not yours"),
            422: problem("Not an id of a case"),
        },
    )
    async def get_case(case_id: UUID, actor: Reader) -> WholeCase:
        """Return all that is known of a case, or of the one that a report of this id joined."""
        found = await _whole(database, case_id, actor=actor, clock=clock)
        if found is None:
            raise not_known(case_id)
        return found

    return router


def not_known(case_id: UUID) -> Refused:
    """Return the refusal of a case that is not there, or none of theirs: which is not told."""
    return Refused(404, f"Nothing is known of {case_id} here, not yet, or not to you.")


def next_of(rows: Sequence[Found], *, limit: int) -> str | None:
    """Return where a list goes on after these rows; None where it ends."""
    if len(rows) < limit:
        return None
    return str(Cursor(rows[-1]["registered_at"], rows[-1]["case_id"]))


def wanted_of(asked: CasesOf) -> Wanted:
    """Return which cases a filter asks for."""
    told = asked.model_dump()
    if told.get("after") is not None:
        told["after"] = Cursor.parse(told["after"])
    return Wanted(**told | {n: in_utc(told[n]) for n in _INSTANTS if told[n] is not None})


async def _page(database: Database, asked: CaseFilter, *, actor: Actor, clock: Clock) -> CasePage:
    wanted, now = wanted_of(asked), clock()
    async with database.read() as conn:
        as_of = await story.as_of(conn)
        rows = await lists.cases(conn, wanted, actor=actor, now=now)
    following = next_of(rows, limit=wanted.limit)
    return CasePage(cases=[case_shown(row, now=now) for row in rows], next=following, as_of=as_of)


async def _summary(database: Database, *, clock: Clock) -> Summary:
    async with database.read() as conn:
        as_of = await story.as_of(conn)
        became = await totals.totals(conn)
        by_state = await totals.open_by_state(conn)
        late = await totals.late_departments(conn, now=clock())
        overdue = await totals.overdue(conn)
    figures = figures_of(became, overdue=overdue)
    return Summary(
        **{kind: became[kind] for kind in KINDS},
        valid=figures.valid,
        due=figures.due,
        closed_share=figures.closed_share,
        closed_of_due=figures.closed_of_due,
        in_time_of_due=figures.in_time_of_due,
        open=sum(by_state.values()),
        open_by_state=by_state,
        late_now=late,
        as_of=as_of,
    )


async def _whole(
    database: Database, case_id: UUID, *, actor: Actor, clock: Clock
) -> WholeCase | None:
    async with database.read() as conn:
        found = await whole(conn, case_id, actor=actor)
    if found is None:
        return None
    return WholeCase.model_validate(
        {
            "asked_for": case_id,
            "case": case_shown(found.row, now=clock()),
            "followers": found.followers,
            "story": found.lines,
            "notices": found.of_kind(NOTICE),
            "refusals": found.of_kind(REFUSAL),
            "work_orders": found.of_kind(WORK_ORDER),
            "as_of": found.as_of,
        }
    )
