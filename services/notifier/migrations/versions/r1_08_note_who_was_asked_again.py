"""A part knows when its department was asked again because nobody had signed for it."""

import sqlalchemy as sa
from alembic import op

revision = "1.8"
down_revision = "1.7"


def upgrade() -> None:
    op.add_column(
        "case_part", sa.Column("asked_again_at", sa.DateTime(timezone=True), nullable=True)
    )
