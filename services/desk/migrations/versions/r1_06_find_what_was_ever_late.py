"""Cases whose limit ran out are found, closed ones too."""

import sqlalchemy as sa
from alembic import op

revision = "1.6"
down_revision = "1.5"

_OVERRAN = sa.text("overdue_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_case_view_overran",
        "case_view",
        ["registered_at", "case_id"],
        sqlite_where=_OVERRAN,
        postgresql_where=_OVERRAN,
    )
