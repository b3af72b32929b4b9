"""That somebody's data was erased is kept, and none of it."""

import sqlalchemy as sa
from alembic import op

revision = "1.12"
down_revision = "1.11"


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_erasure_case_id", "erasure", ["case_id"])
    op.create_index("ix_erasure_at", "erasure", ["at"])
