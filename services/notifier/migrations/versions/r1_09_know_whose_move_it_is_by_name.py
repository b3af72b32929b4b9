"""Cases know who of the supervision was told by name that they are up to him."""

import sqlalchemy as sa
from alembic import op

revision = "1.9"
down_revision = "1.8"


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("watcher", sa.String(), nullable=True))
