"""Cases know whether nobody could categorise them; those there are, by the catch-all's code.

What a process of the release before writes meanwhile is not shown as such.
"""

import sqlalchemy as sa
from alembic import op

revision = "1.4"
down_revision = "1.3"


def upgrade() -> None:
    op.add_column(
        "follow_up", sa.Column("triage", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.execute("UPDATE follow_up SET triage = true WHERE category = 'E9999'")
    op.create_index(
        "ix_follow_up_triage",
        "follow_up",
        ["registered_at", "case_id"],
        sqlite_where=sa.text("triage"),
        postgresql_where=sa.text("triage"),
    )
