"""Cases know who wants to know of them."""

import sqlalchemy as sa
from alembic import op

revision = "1.7"
down_revision = "1.6"


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("supervised_for", sa.String(), nullable=True))
    op.create_index(
        "ix_follow_up_supervised",
        "follow_up",
        ["registered_at", "case_id"],
        sqlite_where=sa.text("supervised_for IS NOT NULL"),
        postgresql_where=sa.text("supervised_for IS NOT NULL"),
    )
