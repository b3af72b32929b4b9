"""Cases know until when the router is to name who is next."""

import sqlalchemy as sa
from alembic import op

revision = "1.19"
down_revision = "1.18"


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("dispatch_by", sa.DateTime(timezone=True), nullable=True))
