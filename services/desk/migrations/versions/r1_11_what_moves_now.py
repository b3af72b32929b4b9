"""What moves at the moment: which cases changed last, and who looks at which."""

import sqlalchemy as sa
from alembic import op

revision = "1.11"
down_revision = "1.10"


def upgrade() -> None:
    op.create_table(
        "change_lane",
        sa.Column("lane", sa.Integer(), primary_key=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "case_change",
        sa.Column("lane", sa.Integer(), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True),
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("parties", sa.Text(), nullable=False),
    )
    op.create_table(
        "case_looker",
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("person_id", sa.String(), primary_key=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_case_looker_seen_at", "case_looker", ["seen_at"])
