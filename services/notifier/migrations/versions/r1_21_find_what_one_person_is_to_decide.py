"""What one person of the supervision is to decide is found by name."""

import sqlalchemy as sa
from alembic import op

revision = "1.21"
down_revision = "1.20"


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("decider", sa.String(), nullable=True))
    op.create_index(
        "ix_follow_up_undecided",
        "follow_up",
        ["decider", "registered_at", "case_id"],
        sqlite_where=sa.text("decider IS NOT NULL"),
        postgresql_where=sa.text("decider IS NOT NULL"),
    )
