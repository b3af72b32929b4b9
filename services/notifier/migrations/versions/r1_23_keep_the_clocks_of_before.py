"""Cases keep the clocks of departments that had them before."""

import sqlalchemy as sa
from alembic import op

revision = "1.23"
down_revision = "1.22"


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("set_aside", sa.JSON(), nullable=True))
