"""A rejected report keeps why it was refused, as JSON."""

import sqlalchemy as sa
from alembic import op

revision = "1.3"
down_revision = "1.2"


def upgrade() -> None:
    op.add_column("report", sa.Column("refusal", sa.Text(), nullable=True))
