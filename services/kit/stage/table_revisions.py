"""What revisions did to the tables of `services.kit.stage.tables`, for each service's history.

Databases went through these functions: none of them is ever changed, a new one is added.
"""

import sqlalchemy as sa
from alembic import op


def create_plumbing() -> None:
    """Create the tables every stage keeps: lanes, inbox, outbox, timers, the broker's identity."""
    op.create_table(
        "broker_identity",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("cluster_id", sa.String(), nullable=False),
    )
    op.create_table(
        "lane",
        sa.Column("stage", sa.String(), primary_key=True),
        sa.Column("partition", sa.Integer(), primary_key=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("next_chunk", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "inbox",
        sa.Column("stage", sa.String(), primary_key=True),
        sa.Column("event_id", sa.Uuid(), primary_key=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_inbox_seen_at", "inbox", ["seen_at"])
    _create_outbox()
    op.create_table(
        "timer",
        sa.Column("subject", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_timer_due", "timer", ["stage", "due_at"])


def _create_outbox() -> None:
    op.create_table(
        "outbox_chunk",
        sa.Column("stage", sa.String(), primary_key=True),
        sa.Column("partition", sa.Integer(), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
    )
    if op.get_context().dialect.name == "postgresql":
        # Written once and read almost never: compressing a chunk costs more than it saves.
        op.execute("ALTER TABLE outbox_chunk ALTER COLUMN body SET STORAGE EXTERNAL")
    op.create_index("ix_outbox_chunk_published_at", "outbox_chunk", ["published_at"])
    waiting = sa.text("published_at IS NULL")
    op.create_index(
        "ix_outbox_chunk_waiting",
        "outbox_chunk",
        ["stage", "partition", "number"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def add_moved_and_skipped_records() -> None:
    """Create the tables of records on their way to another lane, and of those passed over."""
    op.create_table(
        "moved_record",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("from_partition", sa.Integer(), nullable=False),
        sa.Column("from_offset", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_index(
        "ix_moved_record_lane",
        "moved_record",
        ["stage", "partition", "topic", "from_partition", "from_offset"],
    )
    op.create_table(
        "skipped_record",
        sa.Column("topic", sa.String(), primary_key=True),
        sa.Column("partition", sa.Integer(), primary_key=True),
        sa.Column("offset", sa.BigInteger(), primary_key=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
    )


def create_positions() -> None:
    """Create the table of how far each stage has taken its topics."""
    op.create_table(
        "position",
        sa.Column("stage", sa.String(), primary_key=True),
        sa.Column("topic", sa.String(), primary_key=True),
        sa.Column("partition", sa.Integer(), primary_key=True),
        sa.Column("topic_id", sa.Uuid(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
    )


def create_installation() -> None:
    """Create the table of which installation the database is of."""
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("installation_id", sa.Uuid(), nullable=False),
    )
