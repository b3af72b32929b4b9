"""Parts know who asked for them, and why."""

import sqlalchemy as sa
from alembic import op

revision = "1.27"
down_revision = "1.26"


def upgrade() -> None:
    op.add_column("case_part", sa.Column("wanted", sa.JSON(), nullable=True))
