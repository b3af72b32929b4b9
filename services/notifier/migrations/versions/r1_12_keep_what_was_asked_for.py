"""Cases keep what was asked for, until when they are suspended, and what was granted."""

import sqlalchemy as sa
from alembic import op

revision = "1.12"
down_revision = "1.11"


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.add_column("follow_up", sa.Column("handling_extensions", sa.Integer(), nullable=True))
    op.add_column("follow_up", sa.Column("suspended_until", instant, nullable=True))
    op.add_column("follow_up", sa.Column("exempt_at", instant, nullable=True))
    op.add_column("follow_up", sa.Column("decide_by", instant, nullable=True))
    op.add_column("follow_up", sa.Column("asked", sa.JSON(), nullable=True))
    op.create_index(
        "ix_follow_up_requested",
        "follow_up",
        ["registered_at", "case_id"],
        sqlite_where=sa.text("decide_by IS NOT NULL"),
        postgresql_where=sa.text("decide_by IS NOT NULL"),
    )
