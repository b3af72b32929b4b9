"""Intake's tables.

Contacts stand sealed in a table of their own, and no topic sees them.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, MetaData, Text, text
from sqlmodel import Field

from services.kit.sql.declaring import Named

INTAKE_METADATA = MetaData()

# Literal, not parameters: only so does a planner see that the partial index below applies.
OPEN = text("outcome = 'registered' AND closed_at IS NULL")


class IntakeTable(Named):
    """Base of the tables below."""

    metadata = INTAKE_METADATA


class Report(IntakeTable, table=True):
    """A report and what became of it; its key makes the same (source, id) one report for ever.

    `refusal` is why it was rejected, as JSON, for as long as it is.
    `channel`, `address` and `words` are what later reports are compared with: of cases that take in
    others, where the plan asks for them, the texts as they are compared.
    `promised_by` is by when the case is to be closed, as its reporters are told.
    `closed_at` is when the case stopped taking in others, `closure_sequence` the number of the
    last closing or reopening heard of; `ended_as` is the state of the case then, `ended_why` why.
    `ended_into` is the case that it was merged into by hand.
    `corrected_sequence` is the number of the last correction.
    """

    case_id: UUID = Field(primary_key=True)
    source: str
    source_id: str
    category: str
    urgency: str
    lat: float | None = None
    lon: float | None = None
    grid: str | None = None
    place: str | None = None
    exercise: bool
    reported_at: datetime
    received_at: datetime
    outcome: str
    refusal: str | None = Field(default=None, sa_type=Text)
    primary_id: UUID | None = None
    promised_by: datetime | None = None
    closed_at: datetime | None = None
    closure_sequence: int = 0
    corrected_sequence: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    ended_as: str | None = None
    ended_why: str | None = Field(default=None, sa_type=Text)
    ended_into: UUID | None = None
    channel: str | None = None
    address: str | None = Field(default=None, sa_type=Text)
    words: str | None = Field(default=None, sa_type=Text)

    __table_args__ = (
        CheckConstraint("(outcome = 'merged') = (primary_id IS NOT NULL)", name="merged_into"),
        # Open cases only, so that a search costs the same after years of closed ones.
        Index(
            "ix_report_open",
            "place",
            "reported_at",
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index(
            "ix_report_ended_into",
            "ended_into",
            sqlite_where=text("ended_into IS NOT NULL"),
            postgresql_where=text("ended_into IS NOT NULL"),
        ),
    )


class ReporterContact(IntakeTable, table=True):
    """How a reporter can be reached, sealed; on no topic.

    `sealed` opens with the data key, `data_key` with the master key `key_id`, both for this report
    only. `key_id` is empty once the data key is destroyed, and missing where a release before this
    one wrote `name`, `phone` and `email`, which are sealed soon. The marks find a person by a phone
    number or mail address, and tell neither. `belongs_to` is the case that the report is part of;
    `kept_from` is from when on its days are counted, as far as was known: when that case ended.
    """

    case_id: UUID = Field(primary_key=True)
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    key_id: str | None = Field(default=None, index=True)
    data_key: bytes | None = Field(default=None, sa_type=LargeBinary)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    phone_mark: bytes | None = Field(default=None, sa_type=LargeBinary)
    mail_mark: bytes | None = Field(default=None, sa_type=LargeBinary)
    belongs_to: UUID | None = Field(default=None, index=True)
    kept_from: datetime | None = None

    __table_args__ = tuple(
        Index(
            f"ix_reporter_contact_{column}",
            column,
            sqlite_where=text(f"{column} IS NOT NULL"),
            postgresql_where=text(f"{column} IS NOT NULL"),
        )
        for column in ("phone_mark", "mail_mark", "kept_from")
    )


class CaseHolding(IntakeTable, table=True):
    """Who works at a case: the lead that signed, and as JSON the department of each part at work.

    `told` is the number of the notifier's last news in it, `offered` of the router's.
    """

    case_id: UUID = Field(primary_key=True)
    lead: str | None = None
    parts: str = Field(sa_type=Text)
    told: int
    offered: int


class ContactLook(IntakeTable, table=True):
    """Somebody saw the contacts of a case: who, in which role, why, and of which reports.

    `departments` and `seen` are listed with a blank between: the parties that the person speaks
    for, and the reports' own cases.
    """

    id: UUID = Field(primary_key=True)
    case_id: UUID
    person: str
    name: str
    role: str
    departments: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    seen: str = Field(sa_type=Text)
    at: datetime

    __table_args__ = (
        Index("ix_contact_look_case_id", "case_id", "at", "id"),
        Index("ix_contact_look_person", "person", "at", "id"),
        Index("ix_contact_look_at", "at", "id"),
    )


class Erasure(IntakeTable, table=True):
    """That the contact of a report was destroyed because its reporter asked, by whom and why."""

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(index=True)
    reason: str = Field(sa_type=Text)
    by: str
    at: datetime = Field(index=True)


class IdempotencyKey(IntakeTable, table=True):
    """A key a client sent, the hash of the first body it came with, and what was answered.

    `answer` is empty until the log has the reports: the key is claimed before they are published.
    """

    key: str = Field(primary_key=True)
    body_hash: str
    answer: str
    created_at: datetime = Field(index=True)
