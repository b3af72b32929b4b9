"""A report says into which case its own was merged by hand."""

import sqlalchemy as sa
from alembic import op

revision = "1.9"
down_revision = "1.8"


def upgrade() -> None:
    op.add_column("report", sa.Column("ended_into", sa.Uuid(), nullable=True))
