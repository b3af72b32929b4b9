"""Who handled a case, so that it is one of theirs; of one from before that is not known."""

import sqlalchemy as sa
from alembic import op

revision = "1.18"
down_revision = "1.17"


def upgrade() -> None:
    op.add_column("case_view", sa.Column("hands", sa.JSON(), nullable=False, server_default="[]"))
