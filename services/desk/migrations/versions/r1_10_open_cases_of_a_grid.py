"""What is near a case is asked for with each page of it: open ones are found without the ended."""

import sqlalchemy as sa
from alembic import op

revision = "1.10"
down_revision = "1.9"


def upgrade() -> None:
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_case_view_open_grid",
        "case_view",
        ["grid", "registered_at", "case_id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
