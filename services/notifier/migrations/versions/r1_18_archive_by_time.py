"""Closed cases that are to be archived are found, however many are archived."""

import sqlalchemy as sa
from alembic import op

revision = "1.18"
down_revision = "1.17"

_CLOSED = sa.text("state IN ('closed', 'force_closed')")


def upgrade() -> None:
    op.create_index(
        "ix_follow_up_closed",
        "follow_up",
        ["closed_at", "case_id"],
        sqlite_where=_CLOSED,
        postgresql_where=_CLOSED,
    )
