"""Cases count who joined, and keep what these say."""

import sqlalchemy as sa
from alembic import op

revision = "1.10"
down_revision = "1.9"


def upgrade() -> None:
    joined = sa.Column("joined", sa.Integer(), nullable=False, server_default="0")
    op.add_column("follow_up", joined)
    op.add_column("follow_up", sa.Column("raised", sa.JSON(), nullable=True))
    op.add_column("case_follower", sa.Column("said", sa.JSON(), nullable=True))
