"""Cases know the part that their lead waits for, and parts until when they are waited for."""

import sqlalchemy as sa
from alembic import op

revision = "1.15"
down_revision = "1.14"


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("blocked", sa.JSON(), nullable=True))
    op.add_column("case_part", sa.Column("due_by", sa.DateTime(timezone=True), nullable=True))
