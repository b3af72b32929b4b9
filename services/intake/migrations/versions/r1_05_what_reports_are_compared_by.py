"""Open cases keep what later reports are compared with."""

import sqlalchemy as sa
from alembic import op

revision = "1.5"
down_revision = "1.4"


def upgrade() -> None:
    op.add_column("report", sa.Column("channel", sa.String(), nullable=True))
    op.add_column("report", sa.Column("address", sa.Text(), nullable=True))
    op.add_column("report", sa.Column("words", sa.Text(), nullable=True))
