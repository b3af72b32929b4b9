"""Cases know that it was told that their limit is over, apart from that it once was."""

import sqlalchemy as sa
from alembic import op

revision = "1.22"
down_revision = "1.21"


def upgrade() -> None:
    op.add_column(
        "follow_up", sa.Column("overrun_told_at", sa.DateTime(timezone=True), nullable=True)
    )
    # Of whatever was overdue so far it was told.
    op.execute("UPDATE follow_up SET overrun_told_at = overdue_at WHERE overdue_at IS NOT NULL")
