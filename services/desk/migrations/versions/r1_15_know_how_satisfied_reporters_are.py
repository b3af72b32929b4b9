"""What reporters said of how satisfied they are, and cases with which somebody is not."""

import sqlalchemy as sa
from alembic import op

revision = "1.15"
down_revision = "1.14"

_SOMEBODY = sa.text("dissatisfied_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("case_view", sa.Column("ratings", sa.JSON(), nullable=False, server_default="[]"))
    at = sa.Column("dissatisfied_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("case_view", at)
    op.create_index(
        "ix_case_view_dissatisfied",
        "case_view",
        ["dissatisfied_at"],
        sqlite_where=_SOMEBODY,
        postgresql_where=_SOMEBODY,
    )
