"""Cases keep by when reporters were told that they are closed."""

import sqlalchemy as sa
from alembic import op

revision = "1.13"
down_revision = "1.12"


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("promise", sa.String(), nullable=True))
    for name in ("promised_at", "promised_by"):
        op.add_column("follow_up", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
