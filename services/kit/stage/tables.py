"""The tables every stage keeps beside the service's own, in the same database."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, MetaData, Text, text
from sqlmodel import Field

from services.kit.sql.declaring import Named

PLUMBING = MetaData()


class Plumbing(Named):
    """Base of the tables below."""

    metadata = PLUMBING


class Lane(Plumbing, table=True):
    """One partition of one stage: its fencing token, and the number of its next outbox chunk."""

    stage: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    epoch: int = 0
    next_chunk: int = Field(default=1, sa_type=BigInteger)


class Inbox(Plumbing, table=True):
    """An event that was processed; its primary key makes a redelivery an empty insert."""

    stage: str = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True)
    seen_at: datetime = Field(index=True)


class OutboxChunk(Plumbing, table=True):
    """All that one batch published for one lane, kept after publishing for a rebuild."""

    stage: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    body: bytes = Field(sa_type=LargeBinary)
    created_at: datetime
    published_at: datetime | None = Field(default=None, index=True)

    __table_args__ = (
        # What a new owner sweeps: only the few chunks that are not published yet.
        Index(
            "ix_outbox_chunk_waiting",
            "stage",
            "partition",
            "number",
            sqlite_where=text("published_at IS NULL"),
            postgresql_where=text("published_at IS NULL"),
        ),
    )


class Timer(Plumbing, table=True):
    """A deadline of one subject; it belongs to the lane that owns the subject."""

    subject: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    stage: str
    partition: int
    due_at: datetime

    # Looked at ten times a second: what is due next must cost the same with a million pending.
    __table_args__ = (Index("ix_timer_due", "stage", "due_at"),)


class MovedRecord(Plumbing, table=True):
    """A record that stood on another lane's partition, until its own lane takes it from here."""

    id: UUID = Field(primary_key=True)
    stage: str
    partition: int
    topic: str
    from_partition: int
    from_offset: int = Field(sa_type=BigInteger)
    body: bytes = Field(sa_type=LargeBinary)

    __table_args__ = (
        Index(
            "ix_moved_record_lane", "stage", "partition", "topic", "from_partition", "from_offset"
        ),
    )


class SkippedRecord(Plumbing, table=True):
    """A record that an operator told this service to pass over; `taken_at` is when it did."""

    topic: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    offset: int = Field(primary_key=True, sa_type=BigInteger)
    why: str = Field(sa_type=Text)
    asked_at: datetime
    taken_at: datetime | None = None


class BrokerIdentity(Plumbing, table=True):
    """Which Kafka cluster this database's offsets and published chunks belong to."""

    id: int = Field(default=1, primary_key=True)
    cluster_id: str


class Installation(Plumbing, table=True):
    """Which installation this database is of, on whatever cluster; its copies are of the same."""

    id: int = Field(default=1, primary_key=True)
    installation_id: UUID


class Position(Plumbing, table=True):
    """How far a stage's effects in this database reach: all before `next_offset` was taken.

    A topic that was deleted and made anew has another `topic_id`, and its offsets start again.
    """

    stage: str = Field(primary_key=True)
    topic: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    topic_id: UUID
    next_offset: int = Field(sa_type=BigInteger)
