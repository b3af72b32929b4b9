"""Cases know which other one they were merged into, and which they took in."""

import sqlalchemy as sa
from alembic import op

revision = "1.17"
down_revision = "1.16"

_MERGED = sa.text("merged_into IS NOT NULL")


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.add_column("follow_up", sa.Column("took_in", sa.JSON(), nullable=True))
    op.create_index(
        "ix_follow_up_merged",
        "follow_up",
        ["merged_into"],
        sqlite_where=_MERGED,
        postgresql_where=_MERGED,
    )
