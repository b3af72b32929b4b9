"""Reports keep by when their case is to be closed."""

import sqlalchemy as sa
from alembic import op

revision = "1.7"
down_revision = "1.6"


def upgrade() -> None:
    promised = sa.Column("promised_by", sa.DateTime(timezone=True), nullable=True)
    op.add_column("report", promised)
