"""Cases know what the departments that had them before had left of their limits."""

import sqlalchemy as sa
from alembic import op

revision = "1.4"
down_revision = "1.3"


def upgrade() -> None:
    op.add_column("routed_case", sa.Column("rests", sa.JSON(), nullable=True))
