"""What a case looks like over HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Json

from schemas.events.blocking import Blocking
from schemas.events.case_file import FiledPart
from schemas.events.rating import Rating
from schemas.standing import RequestView, TurnView, request_views, turn_view
from services.desk.store.rows import view_of


class PlaceShown(BaseModel):
    """Where it is."""

    point: dict[str, float] | None = None
    grid: str | None = None
    address: str | None = None


class CaseShown(BaseModel):
    """Where a case stands, as of the instant of the answer.

    `overdue` tells that the handling clock ran out at `due_by`; `overdue_at` is the fact, which
    stays. `limit_seconds` is the limit in the time of its `limit_unit`. `late_now` is whose move it
    is, and absent once the case ended. `ratings` are how satisfied those who reported are, by each
    closing. `lines` counts those of its story, and is what an answer or a command gives as `seen`.
    """

    case_id: UUID
    state: str
    level: int
    urgency: str
    category: str
    class_code: str
    title_en: str
    title_zh: str
    source: str
    source_id: str
    channel: str
    place: PlaceShown
    description: str
    exercise: bool
    triage: bool
    supervised_for: str | None
    reported_at: datetime
    registered_at: datetime
    round: int
    final: bool
    assignment_id: UUID | None
    department: str | None
    person: str | None
    tier: str | None
    sign_by: datetime | None
    limit_seconds: float | None
    limit_unit: str | None
    extensions: int | None
    due_by: datetime | None
    overdue: bool
    check_by: datetime | None
    triage_by: datetime | None
    blocked: Blocking | None
    suspended_until: datetime | None
    overdue_at: datetime | None
    exempt_at: datetime | None
    promised_by: datetime | None
    closed_at: datetime | None
    closed_result: str | None
    merged_into: UUID | None
    failures: int
    returns: int
    joined: int
    requests: list[RequestView]
    ratings: list[Rating]
    late_now: TurnView | None
    parts: list[FiledPart]
    lines: int


class CasePage(BaseModel):
    """One page of cases, the newest first; `next` is the cursor of the page after it.

    `as_of` is the instant until which all that was told is shown; null as long as nobody knows.
    """

    cases: list[CaseShown]
    next: str | None
    as_of: datetime | None


class LineShown(BaseModel):
    """One line of the story; `data` is what it tells of."""

    number: int
    at: datetime
    type: str
    text_en: str
    text_zh: str
    data: Json[dict[str, Any]]


class FollowerShown(BaseModel):
    """A report, or a case, that joined."""

    merged_id: UUID
    source: str
    source_id: str
    joined_at: datetime
    why: str


class WholeCase(BaseModel):
    """All that is shown of a case; `asked_for` is its id, or that of a report that joined it."""

    asked_for: UUID
    case: CaseShown
    followers: list[FollowerShown]
    story: list[LineShown]
    notices: list[dict[str, Any]]
    refusals: list[dict[str, Any]]
    work_orders: list[dict[str, Any]]
    as_of: datetime | None


class Summary(BaseModel):
    """Totals since the beginning, the open cases by state, and who is late with how many.

    `merged` are reports that joined a case. `closed_late` are those of the closed ones that were
    overdue, without the `exempt` ones. `valid` are the registered cases that were not dismissed,
    withdrawn or merged by hand; `due` those that should be closed by now: closed ones, and open
    ones that are overdue. A share of nothing is null. Exercises are not counted.
    """

    registered: int
    merged: int
    dismissed: int
    withdrawn: int
    merged_by_hand: int
    valid: int
    closed: int
    closed_late: int
    exempt: int
    due: int
    closed_share: float | None
    closed_of_due: float | None
    in_time_of_due: float | None
    open: int
    open_by_state: dict[str, int]
    late_now: dict[str, int]
    as_of: datetime | None


def case_shown(row: Mapping[str, Any], *, now: datetime) -> CaseShown:
    """Return a row as it is shown at an instant."""
    view, due = view_of(row), row["due_by"]
    shown = {
        "overdue": due is not None and row["closed_at"] is None and due < now,
        "requests": request_views(view.requests, now=now),
        "late_now": turn_view(view, now=now),
    }
    return CaseShown.model_validate({**row, **shown}, strict=False)
