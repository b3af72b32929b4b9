"""Lines of a story keep the clock that they moved, as it was counted then."""

import sqlalchemy as sa
from alembic import op

revision = "1.29"
down_revision = "1.28"


def upgrade() -> None:
    op.add_column("case_line", sa.Column("clock", sa.JSON(), nullable=True))
