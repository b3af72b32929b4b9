"""The notifier's tables. An open case is one whose `closed_at` is empty."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Index,
    LargeBinary,
    MetaData,
    Text,
    TextClause,
    false,
    text,
)
from sqlmodel import Field

from services.kit.sql.declaring import Named

NOTIFIER_METADATA = MetaData()

# Literal, not parameters: only so does a planner see that a partial index applies.
OPEN = text("closed_at IS NULL")
MERGED = text("merged_into IS NOT NULL")
CLOSED = text("state IN ('closed', 'force_closed')")
WAITING = text("sent_at IS NULL AND given_up_at IS NULL")
SENT = text("sent_at IS NOT NULL")
GIVEN_UP = text("given_up_at IS NOT NULL")

_HELD_BY_NOBODY = "('reported', 'registered', 'returned', 'consultation', 'reopened')"
_ENDED = "('closed', 'force_closed', 'archived', 'not_accepted', 'merged', 'withdrawn')"


def _where(condition: TextClause, name: str, *columns: str) -> Index:
    """Return an index over the rows that a condition holds for."""
    return Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


class NotifierTable(Named):
    """Base of the tables below."""

    metadata = NOTIFIER_METADATA


class FollowUp(NotifierTable, table=True):
    """A registered case: where it stands, who leads it, and its clocks.

    `due_by` follows from the handling clock while that runs; `handling_unit` is its limit's, empty
    for those that began before there were calendars. `intake_seq` and `router_seq` are the
    last numbers seen of the other services, `own_seq` the last told, `lines` those of the story.
    `promised_by` is what reporters were told, `promise` its limit, counted from `promised_at`.
    `joined` counts the reports that joined, `raised` is the most pressing of what these said.
    `asked` has the requests that wait, what was decided for good and who handled the case, where
    there is any of these; `decide_by` and `decider` only the release before writes and reads.
    """

    case_id: UUID = Field(primary_key=True)
    partition: int
    state: str
    level: int
    urgency: str
    category: str
    title_en: str
    title_zh: str
    source: str
    source_id: str
    channel: str
    place: dict[str, Any] = Field(sa_type=JSON)
    description: str = Field(sa_type=Text)
    exercise: bool
    triage: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    supervised_for: str | None = None
    watcher: str | None = None
    reported_at: datetime
    registered_at: datetime
    assignment_id: UUID | None = None
    department: str | None = None
    person: str | None = None
    tier: str | None = None
    round: int
    final: bool
    closing: str
    evidence: list[str] = Field(sa_type=JSON)
    must_check: bool
    handling_limit_seconds: float | None = None
    handling_used_seconds: float | None = None
    handling_since: datetime | None = None
    handling_unit: str | None = None
    handling_extensions: int | None = None
    set_aside: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    due_by: datetime | None = None
    assigned_at: datetime | None = None
    accepted_at: datetime | None = None
    sign_by: datetime | None = None
    check_by: datetime | None = None
    triage_by: datetime | None = None
    blocked: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    reminded_at: datetime | None = None
    overdue_at: datetime | None = None
    overrun_told_at: datetime | None = None
    failures: int
    returns: int
    closed_at: datetime | None = None
    closed_result: str | None = Field(default=None, sa_type=Text)
    dispatch_by: datetime | None = None
    promise: str | None = None
    promised_at: datetime | None = None
    promised_by: datetime | None = None
    promise_missed_at: datetime | None = None
    joined: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    raised: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    closed_before: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    merged_into: UUID | None = None
    took_in: list[str] | None = Field(default=None, sa_type=JSON)
    suspended_until: datetime | None = None
    exempt_at: datetime | None = None
    decide_by: datetime | None = None
    decider: str | None = None
    asked: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    intake_seq: int
    router_seq: int
    own_seq: int
    lines: int

    __table_args__ = (
        CheckConstraint("level BETWEEN 0 AND 3", name="level_on_the_ladder"),
        CheckConstraint(
            f"(closed_at IS NOT NULL) = (state IN {_ENDED})", name="closed_when_it_says_so"
        ),
        CheckConstraint("(closed_at IS NULL) = (closed_result IS NULL)", name="closed_with_result"),
        CheckConstraint(
            "(assignment_id IS NULL) = (department IS NULL)", name="held_by_a_department"
        ),
        CheckConstraint(
            f"(assignment_id IS NULL) = (state IN {_HELD_BY_NOBODY})", name="held_when_it_says_so"
        ),
        CheckConstraint(
            "(handling_since IS NULL) = (due_by IS NULL)", name="due_while_the_clock_runs"
        ),
        Index("ix_follow_up_newest", "registered_at", "case_id"),
        # Open ones stay few; sweeps and gauges over them never grow with history.
        _where(OPEN, "ix_follow_up_open", "registered_at", "case_id"),
        _where(MERGED, "ix_follow_up_merged", "merged_into"),
        _where(CLOSED, "ix_follow_up_closed", "closed_at", "case_id"),
    )


class CasePart(NotifierTable, table=True):
    """One department's part in a case."""

    assignment_id: UUID = Field(primary_key=True)
    case_id: UUID = Field(index=True)
    department: str
    tier: str
    role: str
    person: str | None = None
    status: str
    offered_at: datetime
    sign_by: datetime | None = None
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    asked_again_at: datetime | None = None
    expires_at: datetime | None = None
    due_by: datetime | None = None
    wanted: dict[str, str] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    result: str | None = Field(default=None, sa_type=Text)
    evidence: list[dict[str, str]] = Field(sa_type=JSON)

    __table_args__ = (
        CheckConstraint(
            "(ended_at IS NULL) = (status IN ('offered', 'accepted', 'working'))",
            name="ended_when_it_says_so",
        ),
    )


class CaseFollower(NotifierTable, table=True):
    """A report that joined a case, and what it says; its reporter is told of the end."""

    merged_id: UUID = Field(primary_key=True)
    case_id: UUID = Field(index=True)
    source: str
    source_id: str
    channel: str
    joined_at: datetime
    why: str
    said: dict[str, Any] | None = Field(default=None, sa_type=JSON)


class CaseLine(NotifierTable, table=True):
    """One line of a case's story; `data` is the event as JSON text.

    `clock` is the handling clock after what starts, stops or moves it; absent from older lines.
    """

    case_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    at: datetime
    type: str
    actor: str
    party: str
    text_en: str = Field(sa_type=Text)
    text_zh: str = Field(sa_type=Text)
    data: str = Field(sa_type=Text)
    clock: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))


class RejectedCase(NotifierTable, table=True):
    """A report the plan does not accept; never a case."""

    case_id: UUID = Field(primary_key=True)
    source: str
    source_id: str
    channel: str
    reported_at: datetime
    rejected_at: datetime
    reason: str
    field: str
    message_en: str = Field(sa_type=Text)
    message_zh: str = Field(sa_type=Text)


class ParkedAnswer(NotifierTable, table=True):
    """An answer or a command that came before what it is about; tried again when that arrives.

    `party` is empty for a command.
    """

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(index=True)
    party: str
    body: bytes = Field(sa_type=LargeBinary)
    partition: int
    parked_at: datetime
    number: int


class CaseTotal(NotifierTable, table=True):
    """What the release before counted; nobody does any more, and the next generation drops it."""

    partition: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    count: int


class Delivery(NotifierTable, table=True):
    """A notice on its way to a webhook. `attempt_at` is also the lease of whoever tries it now.

    `attempts` counts since it was made, or replayed by somebody last.
    """

    id: UUID = Field(primary_key=True)
    url: str
    body: bytes = Field(sa_type=LargeBinary)
    created_at: datetime
    attempt_at: datetime
    attempts: int = 0
    sent_at: datetime | None = None
    given_up_at: datetime | None = None
    last_answer: str = ""
    replayed_at: datetime | None = None
    replayed_by: str | None = None

    __table_args__ = (
        CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name="one_end"),
        _where(WAITING, "ix_delivery_waiting", "attempt_at"),
        _where(WAITING, "ix_delivery_receiver", "url", "attempt_at"),
        _where(SENT, "ix_delivery_sent", "sent_at", "id"),
        _where(SENT, "ix_delivery_sent_receiver", "url", "sent_at", "id"),
        _where(GIVEN_UP, "ix_delivery_given_up", "given_up_at", "id"),
        _where(GIVEN_UP, "ix_delivery_given_up_receiver", "url", "given_up_at", "id"),
        Index("ix_delivery_created", "created_at"),
    )
