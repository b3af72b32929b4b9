"""Reports follow what is corrected of their cases."""

import sqlalchemy as sa
from alembic import op

revision = "1.6"
down_revision = "1.5"


def upgrade() -> None:
    corrected = sa.Column("corrected_sequence", sa.Integer(), nullable=False, server_default="0")
    op.add_column("report", corrected)
