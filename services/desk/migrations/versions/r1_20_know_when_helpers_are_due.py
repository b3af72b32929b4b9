"""Until when a department that helps is due with its part; of older cases, once they change."""

import sqlalchemy as sa
from alembic import op

revision = "1.20"
down_revision = "1.19"


def upgrade() -> None:
    op.add_column("case_party", sa.Column("own_by", sa.DateTime(timezone=True), nullable=True))
