"""Cases know that it was told that they are not closed when they were to be."""

import sqlalchemy as sa
from alembic import op

revision = "1.24"
down_revision = "1.23"


def upgrade() -> None:
    op.add_column(
        "follow_up", sa.Column("promise_missed_at", sa.DateTime(timezone=True), nullable=True)
    )
