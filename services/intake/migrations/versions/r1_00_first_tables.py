"""The tables intake began with."""

import sqlalchemy as sa
from alembic import op

from services.kit.stage.table_revisions import create_plumbing

revision = "1.0"
down_revision = None


def upgrade() -> None:
    create_plumbing()
    _create_report()
    _create_reporter_contact()
    _create_idempotency_key()


def _create_report() -> None:
    op.create_table(
        "report",
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("grid", sa.String(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("exercise", sa.Boolean(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("primary_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closure_sequence", sa.Integer(), nullable=False),
        sa.CheckConstraint("(outcome = 'merged') = (primary_id IS NOT NULL)", name="merged_into"),
    )
    op.create_index(
        "ix_report_open",
        "report",
        ["place", "reported_at"],
        sqlite_where=sa.text("outcome = 'registered' AND closed_at IS NULL"),
        postgresql_where=sa.text("outcome = 'registered' AND closed_at IS NULL"),
    )


def _create_reporter_contact() -> None:
    op.create_table(
        "reporter_contact",
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
    )


def _create_idempotency_key() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("body_hash", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"])
