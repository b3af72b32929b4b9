"""Who let people and systems in, or out, is kept."""

import sqlalchemy as sa
from alembic import op

revision = "1.9"
down_revision = "1.8"


def upgrade() -> None:
    table = "audit_entry"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("by_id", "by_name", "deed", "about")
        ),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("ix_audit_entry_at", table, ["at", "id"])
    op.create_index("ix_audit_entry_about", table, ["about", "at", "id"])
