"""Cases that nobody could categorise know until when somebody is to say what they are."""

import sqlalchemy as sa
from alembic import op

revision = "1.11"
down_revision = "1.10"


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("triage_by", sa.DateTime(timezone=True), nullable=True))
