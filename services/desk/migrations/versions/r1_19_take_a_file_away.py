"""Whoever brought a file by mistake takes it away."""

import sqlalchemy as sa
from alembic import op

revision = "1.19"
down_revision = "1.18"

_TAKEN_AWAY = sa.text("taken_away_at IS NOT NULL")


def upgrade() -> None:
    table = "uploaded_file"
    op.add_column(table, sa.Column("taken_away_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_uploaded_file_taken_away",
        table,
        ["taken_away_at"],
        sqlite_where=_TAKEN_AWAY,
        postgresql_where=_TAKEN_AWAY,
    )
    for name in ("whole", "small"):
        op.create_index(f"ix_uploaded_file_{name}", table, [name])
