"""What a case looks like over HTTP."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field, Json

from schemas.events.assignment import Wanted
from schemas.events.blocking import Blocking
from schemas.standing import RequestView, TurnView, request_views, turn_view
from services.notifier.store.reading import Found
from services.notifier.store.rows import case_of


class CaseView(BaseModel):
    """Where a case stands.

    `overdue_at` is the fact, which stays; one that is exempt does not count. `promised_by` is by
    when it is to be closed, as reporters were told.
    """

    case_id: UUID
    state: str
    level: int
    urgency: str
    category: str
    title_en: str
    title_zh: str
    source: str
    source_id: str
    channel: str
    exercise: bool
    triage: bool
    supervised_for: str | None
    reported_at: datetime
    registered_at: datetime
    department: str | None
    person: str | None
    assignment_id: UUID | None
    round: int
    final: bool
    sign_by: datetime | None
    due_by: datetime | None
    check_by: datetime | None
    triage_by: datetime | None
    blocked: Blocking | None
    overdue_at: datetime | None
    promised_by: datetime | None
    failures: int
    returns: int
    closed_at: datetime | None
    closed_result: str | None
    merged_into: UUID | None
    suspended_until: datetime | None
    exempt_at: datetime | None
    requests: list[RequestView]
    late_now: TurnView | None


class PartView(BaseModel):
    """One department's part."""

    assignment_id: UUID
    department: str
    tier: str
    role: str
    person: str | None
    status: str
    offered_at: datetime
    accepted_at: datetime | None
    asked_again_at: datetime | None
    due_by: datetime | None
    wanted: Wanted | None
    ended_at: datetime | None
    result: str | None
    evidence: list[dict[str, str]]


class FollowerView(BaseModel):
    """A report that joined the case, and what it says."""

    merged_id: UUID
    source: str
    source_id: str
    channel: str
    joined_at: datetime
    description: str = ""
    media: list[str] = []
    people: int | None = None


class LineView(BaseModel):
    """One line of the story; `data` is the event that was told."""

    number: int
    at: datetime
    type: str
    actor: str
    party: str
    text_en: str
    text_zh: str
    data: Json[dict[str, Any]]


class RejectionView(BaseModel):
    """Why a report was not accepted."""

    at: datetime = Field(validation_alias="rejected_at")
    reason: str
    field: str
    message_en: str
    message_zh: str


class CaseStory(BaseModel):
    """All that is known of an id.

    For a merged report `merged_into` names the case it joined, which is shown, and for a case that
    was merged by hand the other one; for a report that
    was not accepted `rejected` says why, and there is no case.
    """

    asked_for: UUID
    merged_into: UUID | None = None
    rejected: RejectionView | None = None
    case: CaseView | None = None
    description: str = ""
    place: dict[str, Any] = {}
    closing_rule: str = ""
    evidence: list[str] = []
    parts: list[PartView] = []
    followers: list[FollowerView] = []
    story: list[LineView] = []


def case_view(row: Found, *, now: datetime) -> CaseView:
    """Return a case as it is shown at an instant."""
    case = case_of(row)
    shown = {
        "late_now": turn_view(case, now=now),
        "requests": request_views(case.requests, now=now),
        "blocked": case.blocked,
    }
    return CaseView.model_validate({**row, **shown})
