"""A case that is open again keeps how it was closed."""

import sqlalchemy as sa
from alembic import op

revision = "1.20"
down_revision = "1.19"


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("closed_before", sa.JSON(), nullable=True))
