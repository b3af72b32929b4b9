"""One command goes to many cases."""

import sqlalchemy as sa
from alembic import op

revision = "1.8"
down_revision = "1.7"


def upgrade() -> None:
    op.create_table(
        "bulk",
        sa.Column("bulk_id", sa.Uuid(), primary_key=True),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=True),
        sa.Column("acting", sa.JSON(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_bulk_made_at", "bulk", ["made_at"])
    unsent = sa.text("confirmed_at IS NOT NULL AND done_at IS NULL")
    op.create_index(
        "ix_bulk_unsent", "bulk", ["confirmed_at"], sqlite_where=unsent, postgresql_where=unsent
    )
    op.create_table(
        "bulk_case",
        sa.Column("bulk_id", sa.Uuid(), primary_key=True),
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("held", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
    )
