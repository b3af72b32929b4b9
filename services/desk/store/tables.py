"""The desk's tables of cases. An open case is one whose `closed_at` is empty."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, MetaData, Text, TextClause, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field

from services.kit.sql.declaring import Named

DESK_METADATA: Final = MetaData()

# Literal, not parameters: only so does a planner see that a partial index applies.
OPEN: Final = text("closed_at IS NULL")
TRIAGE: Final = text("triage")
SUPERVISED: Final = text("supervised_for IS NOT NULL")
REQUESTED: Final = text("decide_by IS NOT NULL")
OVERRAN: Final = text("overdue_at IS NOT NULL")
DISSATISFIED: Final = text("dissatisfied_at IS NOT NULL")
RUNNING: Final = text("due_by IS NOT NULL")
AWAITED: Final = text("turn_by IS NOT NULL")
ENDED: Final = text("closed_at IS NOT NULL")
ON_POSTGRESQL_ALONE: Final = text("0")
"""A condition that keeps an index empty on SQLite."""

TERMS: Final = Text().with_variant(TSVECTOR(), "postgresql")
"""Terms with blanks between, which is how PostgreSQL reads a `tsvector`, too."""


class DeskTable(Named):
    """Base of the tables below."""

    metadata = DESK_METADATA


def _newest(name: str, *columns: str, where: TextClause | None = None) -> Index:
    """Return an index by which a list is read in its order, the newest first."""
    return Index(
        name, *columns, "registered_at", "case_id", sqlite_where=where, postgresql_where=where
    )


class CaseView(DeskTable, table=True):
    """A case as it is shown: the columns are `services.desk.domain.view.View`.

    `grid`, `cell`, `decide_by`, `dissatisfied_at` and whose turn it is, by which clock and until
    when, are there to be looked for.
    """

    case_id: UUID = Field(primary_key=True)
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
    place: dict[str, Any] = Field(sa_type=JSON)
    grid: str | None = None
    cell: int | None = Field(default=None, sa_type=BigInteger)
    description: str = Field(sa_type=Text)
    exercise: bool
    triage: bool
    supervised_for: str | None = None
    watcher: str | None = None
    reported_at: datetime
    registered_at: datetime
    round: int
    final: bool
    assignment_id: UUID | None = None
    department: str | None = None
    person: str | None = None
    tier: str | None = None
    sign_by: datetime | None = None
    accepted_at: datetime | None = None
    limit_seconds: float | None = None
    used_seconds: float | None = None
    runs_since: datetime | None = None
    limit_unit: str | None = None
    extensions: int | None = None
    due_by: datetime | None = None
    check_by: datetime | None = None
    triage_by: datetime | None = None
    dispatch_by: datetime | None = None
    blocked: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    suspended_until: datetime | None = None
    overdue_at: datetime | None = None
    exempt_at: datetime | None = None
    promised_by: datetime | None = None
    closed_at: datetime | None = None
    closed_result: str | None = Field(default=None, sa_type=Text)
    closed_before: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    merged_into: UUID | None = None
    failures: int
    returns: int
    joined: int
    took_in: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    decide_by: datetime | None = None
    turn_who: str | None = None
    turn_clock: str | None = None
    turn_by: datetime | None = None
    hands: list[str] = Field(sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    requests: list[Any] = Field(sa_type=JSON)
    ratings: list[Any] = Field(sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    dissatisfied_at: datetime | None = None
    parts: list[Any] = Field(sa_type=JSON)
    lines: int
    intake_seq: int
    router_seq: int
    own_seq: int

    __table_args__ = (
        _newest("ix_case_view_newest"),
        _newest("ix_case_view_category", "category"),
        _newest("ix_case_view_class", "class_code"),
        _newest("ix_case_view_grid", "grid"),
        # Few of many: lists over them never grow with history.
        _newest("ix_case_view_open", where=OPEN),
        _newest("ix_case_view_open_grid", "grid", where=OPEN),
        Index("ix_case_view_open_cell", "cell", "grid", sqlite_where=OPEN, postgresql_where=OPEN),
        _newest("ix_case_view_triage", where=TRIAGE),
        _newest("ix_case_view_supervised", where=SUPERVISED),
        _newest("ix_case_view_requested", where=REQUESTED),
        _newest("ix_case_view_overran", where=OVERRAN),
        Index("ix_case_view_due", "due_by", sqlite_where=RUNNING, postgresql_where=RUNNING),
        Index("ix_case_view_turn", "turn_by", sqlite_where=AWAITED, postgresql_where=AWAITED),
        Index("ix_case_view_ended", "closed_at", sqlite_where=ENDED, postgresql_where=ENDED),
        Index(
            "ix_case_view_dissatisfied",
            "dissatisfied_at",
            sqlite_where=DISSATISFIED,
            postgresql_where=DISSATISFIED,
        ),
    )


class CaseTotal(DeskTable, table=True):
    """How many cases became something, exercises apart; those of all lanes are to be added up."""

    lane: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    count: int = Field(sa_type=BigInteger)


class CaseDay(DeskTable, table=True):
    """How many cases a day of the city saw begin or end, exercises apart, as `CaseTotal`."""

    day: date = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    lane: int = Field(primary_key=True)
    count: int = Field(sa_type=BigInteger)


class CaseTerms(DeskTable, table=True):
    """Under which terms a case is found.

    They stand apart, since they hardly ever change: an index over them is dear to write. Among them
    are those of the spans of time that it was registered in.
    """

    case_id: UUID = Field(primary_key=True)
    registered_at: datetime
    terms: str = Field(sa_type=TERMS)

    __table_args__ = (
        _newest("ix_case_terms_newest"),
        Index(
            "ix_case_terms_found",
            "terms",
            postgresql_using="gin",
            # Each search reads what waits to be put in order: 1 MiB is about half a millisecond.
            postgresql_with={"gin_pending_list_limit": 1024},
            sqlite_where=ON_POSTGRESQL_ALONE,
        ),
    )


class CaseParty(DeskTable, table=True):
    """Who has to do with a case: `department/<code>`, `person/<id>` or `source/<code>`.

    `offered/<code>` is a department that has to sign for it, or for a part. `watcher/<id>` is who
    of the supervision it is up to, or waits for to decide. `own_by` is when a department that helps
    is due with its part.
    """

    case_id: UUID = Field(primary_key=True)
    party: str = Field(primary_key=True)
    registered_at: datetime
    closed_at: datetime | None = None
    own_by: datetime | None = None

    __table_args__ = (
        _newest("ix_case_party_newest", "party"),
        _newest("ix_case_party_open", "party", where=OPEN),
    )


class CaseLine(DeskTable, table=True):
    """One line of a case's story; `data` is the JSON of what it tells of.

    Of an event on `cases.v1` it has the number that its `producer` gave it; one out of a file has
    0. Events of a case that is not known yet are kept here until it is, without words.
    """

    case_id: UUID = Field(primary_key=True)
    line_id: UUID = Field(primary_key=True)
    number: int = Field(sa_type=BigInteger)
    producer: str
    sequence: int
    at: datetime
    type: str
    text_en: str = Field(sa_type=Text)
    text_zh: str = Field(sa_type=Text)
    data: str = Field(sa_type=Text)


class CaseFollower(DeskTable, table=True):
    """A report, or a case, that joined another one; its source sees that one, too."""

    merged_id: UUID = Field(primary_key=True)
    case_id: UUID = Field(index=True)
    source: str
    source_id: str
    joined_at: datetime
    why: str = Field(sa_type=Text)


class FiledAt(DeskTable, table=True):
    """Of which instant the newest file of a case is; `taken_away` where that was the last word."""

    case_id: UUID = Field(primary_key=True)
    at: datetime
    taken_away: bool


class CaseNews(DeskTable, table=True):
    """What was told of a case beside its story: a notice, a refusal or a work order, as JSON."""

    case_id: UUID = Field(primary_key=True)
    news_id: UUID = Field(primary_key=True)
    kind: str
    at: datetime
    data: str = Field(sa_type=Text)


class SeenUntil(DeskTable, table=True):
    """Until which instant what was told is shown, by lane."""

    lane: int = Field(primary_key=True)
    at: datetime
