"""Numbers of cases that everybody may see, counted once."""

import sqlalchemy as sa
from alembic import op

revision = "1.17"
down_revision = "1.16"


def upgrade() -> None:
    op.create_table(
        "public_counting",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
    )
    op.create_table(
        "public_time",
        sa.Column("first_day", sa.Date(), primary_key=True),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
    )
    op.create_table(
        "public_number",
        sa.Column("first_day", sa.Date(), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("place", sa.Integer(), primary_key=True),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
    )
