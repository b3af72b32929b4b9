"""A report says how its case ended, and why."""

import sqlalchemy as sa
from alembic import op

revision = "1.8"
down_revision = "1.7"


def upgrade() -> None:
    op.add_column("report", sa.Column("ended_as", sa.String(), nullable=True))
    op.add_column("report", sa.Column("ended_why", sa.Text(), nullable=True))
