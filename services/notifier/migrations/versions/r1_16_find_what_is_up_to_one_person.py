"""What is up to one person of the supervision is found by an index of its own."""

import sqlalchemy as sa
from alembic import op

revision = "1.16"
down_revision = "1.15"


def upgrade() -> None:
    op.create_index(
        "ix_follow_up_watched",
        "follow_up",
        ["watcher", "registered_at", "case_id"],
        sqlite_where=sa.text("watcher IS NOT NULL"),
        postgresql_where=sa.text("watcher IS NOT NULL"),
    )
