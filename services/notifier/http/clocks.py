"""The clocks of a case, stretch by stretch, as a person checks them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from schemas.events.case_file import FiledClock
from schemas.lifecycle import Actor
from schemas.plan import Plan
from schemas.scopes import Scope
from schemas.topics import CASE_FACTS
from schemas.vocabulary import SUPERVISION
from services.access.actor import Actor as WhoAsks
from services.access.door import asks
from services.kit.clock import Clock
from services.kit.sql.database import Database
from services.notifier.domain.colours import Colour
from services.notifier.domain.facts import Reported, ReporterJoined
from services.notifier.domain.ledger import (
    Account,
    Asked,
    Line,
    Move,
    Rest,
    Run,
    ledger_of,
)
from services.notifier.http.door import OF_A_CASE, unknown
from services.notifier.http.stages import (
    OwnClockView,
    StageView,
    own_clock_views,
    stage_views,
)
from services.notifier.store import reading
from services.notifier.store.reading import Found
from services.notifier.store.rows import told_in

_ONLY_NOTED: Final = {Reported.type, ReporterJoined.type}
"""Lines that are named like an event and are notes of the story's own."""


class MoveView(BaseModel):
    """From when to when it was whose move, until when it had to be made, and whether it was late.

    `began_by` and `ended_by` are the numbers of the lines of the story that say why.
    """

    who: str
    person: str | None
    clock: str
    since: datetime
    until: datetime | None
    due_by: datetime | None
    late: bool
    began_by: int
    ended_by: int | None


class RunView(BaseModel):
    """From when to when a handling clock ran, and what it had counted before and by its end.

    Between two runs it stands. `used_before` is less than the run before had where a failed check
    gave some of the limit back.
    """

    since: datetime
    until: datetime | None
    used_before_seconds: float
    used_after_seconds: float
    began_by: int
    ended_by: int | None


class RestView(BaseModel):
    """From when to when a handling clock stood, and the line of the story that says why."""

    since: datetime
    until: datetime | None
    why: str
    text_en: str
    text_zh: str
    began_by: int
    ended_by: int | None


class AdditionView(BaseModel):
    """When the limit was added to its end once more, and both ends; `line` is the story's."""

    at: datetime
    before: datetime
    after: datetime
    line: int


class AskedView(BaseModel):
    """From when to when a request waited, who had to decide it until when, and what ended it.

    `outcome` is the type of the event that did.
    """

    request_id: UUID
    what: str
    asked_by: str
    who: str
    since: datetime
    until: datetime | None
    due_by: datetime
    late: bool
    outcome: str | None
    began_by: int
    ended_by: int | None


class HandlingView(BaseModel):
    """The handling clock of a department: its limit, what is used and left of it, and its runs.

    Between two runs it rests. `left` is of the limit with what was added to it. Seconds are in the
    limit's own time: of `WH` and `WD` working time only.
    """

    department: str
    person: str | None
    limit: str
    limit_seconds: float
    added_seconds: float
    used_seconds: float
    left_seconds: float
    due_by: datetime | None
    colour: Colour
    runs: list[RunView]
    rests: list[RestView]
    additions: list[AdditionView]


class ClocksView(BaseModel):
    """The ledger of a case at an instant; what runs is counted by the plan of now.

    `moves` are without gaps from its registration to its closing: the open one says who is late.
    `stages` are the clocks besides the handling limits, `own_clocks` what each party has to do now.
    """

    asked_for: UUID
    case_id: UUID
    at: datetime
    plan_version: str
    moves: list[MoveView]
    handling: list[HandlingView]
    requests: list[AskedView]
    stages: list[StageView]
    own_clocks: list[OwnClockView]


def clocks_router(database: Database, *, plan: Callable[[], Plan], clock: Clock) -> APIRouter:
    """Return the route that reads the clocks of a case."""
    router = APIRouter(tags=["cases"])

    @router.get("/cases/{case_id}/clocks", responses=OF_A_CASE)
    async def get_clocks(
        case_id: UUID, asking: Annotated[WhoAsks, asks(Scope.CASES_READ)]
    ) -> ClocksView:
        """Return who had to move when, and what each handling clock counted and why.

        The id of a merged report shows the clocks of the case it joined.
        """
        found, story = await _story(database, case_id)
        if not (story and await _is_theirs(database, found, asking)):
            raise unknown(case_id)
        now, used = clock(), plan()
        ledger = ledger_of(lines_of(story), plan=used)
        texts = {row["number"]: row for row in story}
        return ClocksView(
            asked_for=case_id,
            case_id=found,
            at=now,
            plan_version=used.version,
            moves=[_move(move, now=now) for move in ledger.moves],
            handling=[
                _handling(account, texts, now=now, remind_at=used.limits.remind_at)
                for account in ledger.accounts
            ],
            requests=[_asked(one, now=now) for one in ledger.requests],
            stages=[*stage_views(ledger.stages.all, now=now, remind_at=used.limits.remind_at)],
            own_clocks=[*own_clock_views(ledger.file, used, now=now)],
        )

    return router


async def _is_theirs(database: Database, case_id: UUID, asking: WhoAsks) -> bool:
    async with database.read() as conn:
        return asking.is_concerned(await reading.concerned(conn, case_id))


async def _story(database: Database, case_id: UUID) -> tuple[UUID, list[Found]]:
    async with database.read() as conn:
        story = await reading.story(conn, case_id)
        if story or (primary := await reading.primary_of(conn, case_id)) is None:
            return case_id, story
        return primary, await reading.story(conn, primary)


def lines_of(story: list[Found]) -> Iterator[Line]:
    """Yield those lines of a story that are events; what only the story has moves no clock."""
    for row in story:
        model = CASE_FACTS.get(row["type"])
        if model is not None and model.type not in _ONLY_NOTED:
            fact = model.model_validate_json(row["data"])
            clock = told_in(row["clock"], FiledClock)
            yield Line(number=row["number"], fact=fact, actor=Actor(row["actor"]), clock=clock)


def _move(move: Move, *, now: datetime) -> MoveView:
    return MoveView(
        who=move.turn.who,
        person=move.turn.person,
        clock=move.turn.clock,
        since=move.since,
        until=move.until,
        due_by=move.turn.until,
        late=move.is_late(now),
        began_by=move.began,
        ended_by=move.ended,
    )


def _handling(
    account: Account, texts: Mapping[int, Found], *, now: datetime, remind_at: float
) -> HandlingView:
    used, clock = account.used(now), account.clock
    return HandlingView(
        department=account.department,
        person=account.person,
        limit=account.limit_text,
        limit_seconds=clock.limit.total_seconds(),
        added_seconds=(clock.whole - clock.limit).total_seconds(),
        used_seconds=used.total_seconds(),
        left_seconds=(clock.whole - used).total_seconds(),
        due_by=account.due_by,
        colour=account.colour(now, remind_at=remind_at),
        runs=[_run(run, used=used) for run in account.runs],
        rests=[_rest(rest, texts[rest.began]) for rest in account.rests],
        additions=[
            AdditionView(at=one.at, before=one.before, after=one.after, line=one.line)
            for one in account.additions
        ],
    )


def _rest(rest: Rest, line: Found) -> RestView:
    return RestView(
        since=rest.since,
        until=rest.until,
        why=line["type"],
        text_en=line["text_en"],
        text_zh=line["text_zh"],
        began_by=rest.began,
        ended_by=rest.ended,
    )


def _asked(asked: Asked, *, now: datetime) -> AskedView:
    return AskedView(
        request_id=asked.pending.request_id,
        what=asked.pending.what,
        asked_by=asked.pending.asked_by,
        who=SUPERVISION,
        since=asked.since,
        until=asked.until,
        due_by=asked.pending.decide_by,
        late=asked.is_late(now),
        outcome=asked.outcome,
        began_by=asked.began,
        ended_by=asked.ended,
    )


def _run(run: Run, *, used: timedelta) -> RunView:
    after = used if run.used_after is None else run.used_after
    return RunView(
        since=run.since,
        until=run.until,
        used_before_seconds=run.used_before.total_seconds(),
        used_after_seconds=after.total_seconds(),
        began_by=run.began,
        ended_by=run.ended,
    )
